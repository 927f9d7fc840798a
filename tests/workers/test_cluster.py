"""Several nodes, each with what a test declares: who gets placed where, what cannot be, and nodes that are lost."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planlang.runtime.progress import WorkersAwaited
from planlang.runtime.values import from_python
from planlang.runtime.workers.ray import staff

from .asking import Place, eventually

QUICK_TO_NOTICE = {
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 300,
    "health_check_timeout_ms": 300,
    "health_check_failure_threshold": 3,
}


@pytest.fixture(scope="module")
def nodes(no_ray_here: None) -> Iterator[Any]:
    """A head with one core, and a node with two cores and two (declared) GPUs of a kind."""
    from ray.cluster_utils import Cluster

    from planlang.runtime.workers.ray.cluster import Connection

    before = dict(os.environ)
    cluster = Cluster()
    cluster.add_node(num_cpus=1, node_ip_address="127.0.0.2", include_dashboard=False, _system_config=QUICK_TO_NOTICE)
    cluster.add_node(num_cpus=2, num_gpus=2, node_ip_address="127.0.0.3", resources={"accelerator_type:A100": 1})
    os.environ["RAY_ADDRESS"] = cluster.address
    connection = Connection(None)
    try:
        connection.wait()
        yield cluster
    finally:
        connection.close()
        cluster.shutdown()
        os.environ.pop("RAY_ADDRESS")
        os.environ.update(before)


@pytest.fixture
def place(nodes: Any, tmp_path: Path) -> Iterator[Place]:
    made = Place("ray", tmp_path)
    yield made
    made.plugins.close()


IMPOSSIBLE = [
    ({"needs": (("gpu", 3, False),)}, "it needs 3 GPUs on one node, and the largest node of the cluster has 2"),
    ({"needs": (("cpu", 2, False), ("gpu", 1.5, False))}, "it needs 1.5 GPUs, and more than one come whole"),
    (
        {"needs": (("accelerator", "H100", False),)},
        "it needs an accelerator H100 on one node, and the cluster has A100",
    ),
    ({"needs": (("memory", "9 TB", False),)}, "it needs 9,000 GB of memory on one node, and the largest node of"),
]


@pytest.mark.parametrize(("options", "told"), IMPOSSIBLE)
def test_what_no_node_can_ever_give_is_told_at_once(place: Place, options: Any, told: str) -> None:
    """What is missing, and what there is."""
    asking = place.asking(**options)
    began = time.monotonic()
    asking.ask("a")
    answer = asking.finish()["a"]
    assert time.monotonic() - began < 30
    assert f"`echo` failed: the model `pretend` could not be loaded: {told}" in answer
    assert asking.errors["a"].hint


def test_a_class_that_needs_too_much_or_nonsense_is_told(place: Place) -> None:
    """The plugin's own `needs`."""
    for function, told in (
        ("large", "it needs 1000 CPU cores on one node, and the largest node of the cluster has 2"),
        ("mistaken", "the plugin `models` asks for `gpus = 1` for its model, which is no resource"),
    ):
        asking = place.asking(function)
        asking.ask("a")
        assert told in asking.finish()["a"]


def test_what_is_only_preferred_is_done_without(place: Place) -> None:
    """`prefers gpu = 3` runs where there are two."""
    asking = place.asking(needs=(("gpu", 3, True),))
    asking.ask("a")
    assert {"a": "a"} == asking.finish()


def test_parts_of_gpus_are_packed(place: Place) -> None:
    """Four models that need a quarter each share one GPU; the next gets the other."""
    seen: list[str] = []
    runs = [place.asking("quarter", settings={"copy": number}, needs=(("cpu", 0.1, False),)) for number in range(5)]
    for asking in runs:
        asking.ask("gpus")
        seen += asking.finish().values()
    assert [4, 1] == sorted((seen.count(gpu) for gpu in ("0", "1")), reverse=True)


def test_an_accelerator_is_found_by_its_name(place: Place) -> None:
    """In whatever case, with a GPU of that node."""
    asking = place.asking(needs=(("accelerator", "a100", False),))
    asking.ask("gpus")
    assert asking.finish()["gpus"] in {"0", "1"}


def test_more_models_than_gpus_take_turns(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that has nothing to do gives up its GPU; until then the next one waits, and says so."""
    monkeypatch.setattr(staff, "PATIENCE", 0.3)
    told: list[object] = []
    runs = [
        place.asking(settings={"copy": number}, needs=(("gpu", 1, False), ("cpu", 0.1, False)), on_progress=told.append)
        for number in range(3)
    ]

    def work(asking: Any) -> None:
        for number in range(3):
            asking.ask(f"{number}", 0.5)
        asking.ask("gpus")
        asking.finish()

    threads = [threading.Thread(target=work, args=(asking,)) for asking in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert [4, 4, 4] == [len(asking.answers) for asking in runs]
    assert {"0", "1"} >= {asking.answers["gpus"] for asking in runs}
    waits = "pretend waits for 0.1 CPU cores, 1 GPU: the cluster is busy"
    assert WorkersAwaited("pretend", waits) in told
    assert WorkersAwaited("pretend", "") in told


def test_a_node_is_lost_in_mid_run(nodes: Any, place: Place) -> None:
    """Its batches go to the others; all calls are answered, each as it would be."""
    node = nodes.add_node(num_cpus=2, node_ip_address="127.0.0.4", resources={"own": 1})
    asking = place.asking(workers={"per_model": 4}, needs=(("cpu", 1, False),), settings={"load_seconds": 0.01})
    for number in range(1200):
        asking.ask(f"{number}", 0.05)
    killer = threading.Timer(1.5, lambda: nodes.remove_node(node, allow_graceful=False))
    killer.start()
    answers = asking.finish()
    killer.join()
    assert {f"{n}": f"{n}" for n in range(1200)} == answers
    assert len(place.noted("load")) > 1


def test_large_arguments_go_to_the_store_once(place: Place) -> None:
    """However many batches have them."""
    more = from_python([f"label {number} {'x' * 200}" for number in range(1000)])
    asking = place.asking(workers={"per_model": 1})
    for number in range(64):
        asking.ask(f"{number}", more=more)
    assert 64 == len(asking.finish())
    ray_pool: Any = next(iter(asking.dispatcher._waiting))
    assert 1 == ray_pool._large.stored
    assert len(place.noted("run")) >= 8


def test_nothing_is_left_behind(place: Place) -> None:
    """Once the plugins are closed there are no actors."""
    asking = place.asking()
    asking.ask("a")
    asking.finish()
    process = place.noted("load")[0][0]
    place.plugins.close()
    assert eventually(lambda: not Path(f"/proc/{process}").exists())
