"""What needs no cluster: where workers are, what an actor needs, what it is sent, and what calls cost."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from planlang.runtime.errors import PlanError
from planlang.runtime.workers.places import place_of
from planlang.runtime.workers.protocol import Failure, Item
from planlang.runtime.workers.ray.measuring import Measuring, dressed, light_copy
from planlang.runtime.workers.ray.payload import LargeArguments, Unpacker, pack_items, pack_outcomes, unpack_outcomes
from planlang.runtime.workers.ray.requirements import Node, Requirement, fitting, required


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


# ── places ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_workers_are_here_unless_somebody_says_otherwise() -> None:
    """The command line goes before plan.toml, that before the environment."""
    assert "local" == place_of(None, {})
    assert "ray" == place_of(None, {"workers": {"on": "ray"}})
    assert "ray://h:1" == place_of("ray://h:1", {"workers": {"on": "ray"}})
    assert "local" == place_of("local", {"workers": {"on": "ray"}})


def test_an_address_or_several_gpus_mean_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    """One GPU does not, nor does what this process may not use."""
    for visible, place in (("0", "local"), ("0,1", "ray"), ("-1", "local")):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert place == place_of(None, {})
    monkeypatch.setenv("RAY_ADDRESS", "host:6379")
    assert "ray" == place_of(None, {})
    assert "local" == place_of("local", {})


@pytest.mark.parametrize("on", ["raj", "ray:/x", "ray://", "http://host", "ray://host/path"])
def test_what_is_no_place_is_told(on: str) -> None:
    """With what there is."""
    with pytest.raises(PlanError, match="is no place for workers") as caught:
        place_of(on, {})
    assert "there are local, ray and ray://HOST:PORT" == caught.value.hint


# ── requirements ─────────────────────────────────────────────────────────────────────────────────────────────────────

SMALL = Node("small", {"CPU": 4, "memory": 8e9})
GPUS = Node("gpus", {"CPU": 16, "memory": 64e9, "GPU": 2, "accelerator_type:A100-40G": 1})
NODES = (SMALL, GPUS)


def needs(own: Any = None, *stated: tuple[str, Any], preferred: tuple[tuple[str, Any], ...] = ()) -> Requirement:
    listed = (*((*pair, False) for pair in stated), *((*pair, True) for pair in preferred))
    return required(own or {}, listed, NODES, "mine")


def test_the_class_goes_before_the_task_resource_by_resource() -> None:
    """It knows its model; what it leaves open, the task states."""
    found = needs({"gpu": 0.25}, ("gpu", 1), ("memory", "4 GB"), ("model", "any"))
    assert Requirement(1.0, 0.25, 4_000_000_000) == found
    assert {"CPU": 1.0, "GPU": 0.25, "memory": 4e9} == found.resources
    assert 8 == fitting(found, NODES)


def test_what_is_preferred_is_taken_where_it_is() -> None:
    """Beside all the rest; else it is left."""
    assert 1.0 == needs(None, preferred=(("gpu", 1),)).gpu
    assert 0.0 == needs(None, preferred=(("gpu", 3),)).gpu
    assert "" == needs(None, preferred=(("accelerator", "H100"),)).accelerator


def test_an_accelerator_is_known_by_a_part_of_its_name() -> None:
    """And brings a GPU."""
    found = needs(None, ("accelerator", "a100"))
    assert ("A100-40G", 1.0) == (found.accelerator, found.gpu)
    assert {"num_cpus": 1.0, "num_gpus": 1.0, "accelerator_type": "A100-40G"} == found.options


REFUSED = [
    ((("cpu", 17),), "it needs 17 CPU cores on one node, and the largest node of the cluster has 16"),
    ((("gpu", 4),), "it needs 4 GPUs on one node, and the largest node of the cluster has 2"),
    ((("memory", "70 GB"),), "it needs 70 GB of memory on one node, and the largest node of the cluster has 64 GB"),
    ((("accelerator", "H100"),), "it needs an accelerator H100 on one node, and the cluster has A100-40G"),
]


@pytest.mark.parametrize(("stated", "told"), REFUSED)
def test_what_no_node_has_is_told(stated: Any, told: str) -> None:
    """What is missing, and what there is."""
    with pytest.raises(Failure, match="on one node") as caught:
        needs(None, *stated)
    assert told == caught.value.message


def test_what_no_node_has_together_is_told() -> None:
    """Each part is there, on different nodes."""
    nodes = (Node("a", {"CPU": 2, "memory": 1e9, "GPU": 1}), Node("b", {"CPU": 8, "memory": 1e9}))
    with pytest.raises(Failure) as caught:
        required({}, (("cpu", 4, False), ("gpu", 1, False)), nodes, "mine")
    told = "it needs 4 CPU cores, 1 GPU on one node, and no node has all of it: "
    assert f"{told}2 CPU cores, 1 GB, 1 GPU; 8 CPU cores, 1 GB" == caught.value.message


@pytest.mark.parametrize("own", [{"gpus": 1}, {"gpu": "one"}, {"accelerator": 3}, {"memory": None}])
def test_what_a_class_cannot_ask_for_is_told(own: Any) -> None:
    """The plugin is named."""
    with pytest.raises(Failure, match="the plugin `mine` asks for"):
        needs(own)


# ── what is sent ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_large_arguments_are_put_into_the_store_once() -> None:
    """However often they come, and whichever value they are."""
    store: list[bytes] = []
    large = LargeArguments(lambda data: store.append(data) or len(store) - 1, pickle.dumps)
    labels = ["x" * 300 for _ in range(1000)]
    batches = [[Item("f", {"text": f"{n}", "labels": list(labels), "long": "y" * 200_000}, n)] for n in range(3)]
    unpacker = Unpacker()
    for batch in batches:
        message, references = pack_items(batch, large, pickle.dumps)
        assert len(message) < 1000
        items = unpacker.items("f", message, [store[reference] for reference in references])
        assert batch == items
    assert 2 == len(store)


def test_small_arguments_travel_with_the_batch() -> None:
    """Nothing is put into the store."""
    large = LargeArguments(lambda _data: pytest.fail("it was put into the store"), pickle.dumps)
    batch = [Item("f", {"text": "a", "labels": ["b"], "options": {"c": "d"}}, 5)]
    assert batch == Unpacker().items("f", pack_items(batch, large, pickle.dumps)[0], ())


def test_a_failure_takes_its_traceback_along() -> None:
    """As a note, which --debug shows; the cause itself may not be sendable."""
    failure = Failure("bad", kind="value", hint="mend it", retryable=True)
    failure.__cause__ = KeyError("poison")
    (found,) = unpack_outcomes(pack_outcomes([failure], "mine", None, pickle.dumps))
    assert ("bad", "value", "mend it", True) == (found.message, found.kind, found.hint, found.retryable)
    assert "KeyError: 'poison'" in found.__notes__[0]


# ── what calls cost ──────────────────────────────────────────────────────────────────────────────────────────────────


class Costly:
    """Costs hang on what `load` set."""

    def __init__(self, how: str = "") -> None:
        self.how = how

    def load(self, factor: int) -> Costly:
        self.factor, self.model, self.words = factor, object(), {"a": 1}
        return self

    def cost(self, item: Item) -> int:
        if "asks the model" in self.how:
            return self.model.tokens(item["text"])  # type: ignore[attr-defined] - a stand-in has no such thing
        if "looks at the kind" in self.how:
            return 1 if isinstance(self.model, int) else 2
        return len(item["text"]) * (self.factor if self.model else 0)


def measuring(how: str, far: Any) -> Measuring:
    copied = light_copy(Costly(how).load(3))
    return Measuring(dressed(Costly(), copied), "mine", far)


ITEMS = [Item("f", {"text": "ab"}), Item("f", {"text": "abc"})]


def test_costs_are_told_without_a_trip() -> None:
    """By a copy that has the plain attributes of the loaded worker, and knows that there is a model."""
    found = measuring("", lambda _items: pytest.fail("an actor was asked"))
    assert [(6.0, None), (9.0, None)] == found(ITEMS)


@pytest.mark.parametrize("how", ["asks the model", "looks at the kind"])
def test_costs_that_hang_on_the_model_are_asked_for(how: str) -> None:
    """One trip for a bunch of calls; the copy is not tried again."""
    found = measuring(how, lambda items: [(7.0, None)] * len(items))
    assert [(7.0, None), (7.0, None)] == found(ITEMS)
    assert [(7.0, None)] == found(ITEMS[:1])
    assert 2 == found.trips


def test_an_item_that_cannot_be_measured_fails() -> None:
    """As the actor says; the copy goes on with the others."""
    failed = Failure("no text")
    found = measuring("", lambda _items: [failed])
    assert [failed] == found([Item("f", {"text": None})])
    assert [(6.0, None)] == found(ITEMS[:1])
