"""Actors that are killed or hang, nodes that are lost: their batches go elsewhere, and all calls are answered."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from planlang.runtime.journal.outbox import read_outbox
from planlang.runtime.journal.packing import unpack
from planlang.runtime.progress import ModelLoading
from planlang.runtime.workers.jobs import Batch, Inbox
from planlang.runtime.workers.protocol import Answer, Item
from planlang.runtime.workers.ray import staff
from planlang.runtime.workers.ray.crew import Hand, Piece, Shipment

from .asking import Place, eventually


def kill(process: str) -> None:
    os.kill(int(process), signal.SIGKILL)


def test_a_killed_actor_is_replaced_and_its_batches_go_elsewhere(on_ray: Place) -> None:
    """Killed twice in one run; nothing is missing."""
    asking = on_ray.asking(workers={"per_model": 1})
    for number in range(160):
        asking.ask(f"{number}", 0.05)
    killed: set[str] = set()

    def killer() -> None:
        while len(killed) < 2:
            time.sleep(0.15)
            last = on_ray.lines[-1][0] if on_ray.lines else ""
            if on_ray.noted("run") and last not in killed:
                killed.add(last)
                kill(last)

    thread = threading.Thread(target=killer)
    thread.start()
    answers = asking.finish()
    thread.join()
    assert {f"{n}": f"{n}" for n in range(160)} == answers
    assert 3 == len(on_ray.noted("load"))


def test_a_call_that_ends_its_process_fails_alone(on_ray: Place) -> None:
    """It is found by halves, as one that raises is; its neighbours are answered."""
    asking = on_ray.asking(workers={"per_model": 1})
    texts = [f"{i}" for i in range(7)]
    for text in (*texts, "deadly"):
        asking.ask(text)
    answers = asking.finish()
    assert texts == [answers[text] for text in texts]
    assert (
        "`echo` failed: the worker process of `pretend` ended while it worked on this call, 2 times"
        == answers["deadly"]
    )
    assert len(on_ray.noted("load")) <= 7


def test_a_model_that_ends_its_process_when_it_loads_is_not_tried_for_ever(on_ray: Place) -> None:
    """Three times, and then it is told."""
    asking = on_ray.asking()
    asking.ask("a", model="deadly")
    told = "3 worker processes of `deadly` ended one after the other, while they loaded the model"
    assert {"a": f"`echo` failed: {told}"} == asking.finish()


def test_an_actor_that_hears_nothing_is_replaced(on_ray: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """It holds Python's lock, so that it cannot even be told to stop."""
    monkeypatch.setattr(staff, "HEARING", 0.5)
    asking = on_ray.asking("frozen", workers={"per_model": 1})
    asking.ask("warm")
    asking.finish()
    asking.ask("stuck", 30.0, timeout=0.2)
    asking.finish()
    asking.ask("next")
    assert "next" == asking.finish()["next"]  # 30 s later if it were waited for
    assert 2 == len(on_ray.noted("done"))


def test_answers_that_cannot_be_sent_fail_alone(on_ray: Place) -> None:
    """A lock stays where it is; the other answers of the batch come."""
    asking = on_ray.asking("unsendable")
    for text in ("a", "lock", "b"):
        asking.ask(text)
    answers = asking.finish()
    told = "`unsendable` failed: the plugin `models` gave an answer that cannot be sent from one process to another"
    assert {"a": "a", "lock": told, "b": "b"} == answers


def test_ten_thousand_calls_through_four_actors(on_ray: Place) -> None:
    """One trip for each batch; more actors come as more waits."""
    asking = on_ray.asking(workers={"per_model": 4})
    for number in range(10_000):
        asking.ask(f"{number}", 0.005)
        if number % 1000 == 0:
            asking.dispatcher.pump(wait=False)
    answers = asking.finish()
    assert all(text == answer for text, answer in answers.items())
    assert 10_000 == len(answers)
    assert 1 < len({line[0] for line in on_ray.noted("run")}) <= 4  # on a busy machine the last comes too late
    assert asking.run_.stats.batches <= 1300


def test_actors_that_are_not_needed_are_let_go(on_ray: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while all but one; that one too where another model finds no room."""
    monkeypatch.setattr(staff, "IDLE", 0.3)
    monkeypatch.setattr("planlang.runtime.workers.pool.WORTH", 0.0)
    asking = on_ray.asking(workers={"per_model": 3}, settings={"load_seconds": 0.01})
    for number in range(300):
        asking.ask(f"{number}", 0.1)
    asking.finish()
    processes = {line[0] for line in on_ray.noted("load")}
    assert 1 < len(processes)
    assert eventually(lambda: 1 == sum(Path(f"/proc/{process}").exists() for process in processes))
    monkeypatch.setattr(staff, "PATIENCE", 0.2)
    seen: list[object] = []
    wide = on_ray.asking(needs=(("cpu", 4, False),), on_progress=seen.append)
    wide.ask("wide")
    assert {"wide": "wide"} == wide.finish()
    assert seen.count(ModelLoading("pretend")) == 1
    asking.ask("again")
    assert "again" == asking.finish()["again"]


def test_a_finished_batch_is_in_the_outbox_before_it_is_told(on_ray: Place, tmp_path: Path) -> None:
    """One that its actor left there is not asked for again where the actor is lost before it could answer."""
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    asking = on_ray.asking()
    asking.ask("warm")
    asking.finish()
    batch = _KeptBatch(["a", "b"], outbox)
    ray_pool = next(iter(asking.dispatcher._waiting))
    ray_pool.start(batch)
    assert eventually(lambda: bool(batch.inbox.messages))
    assert batch.kept
    files = list(outbox.iterdir())
    assert [[[b"a" * 32], [b"b" * 32]]] == [found.tags for file in files for found in read_outbox(file)]
    hand = Hand(files[0].stem, None)
    assert ["a", "b"] == [answer.value for answer in hand.salvaged(Piece(Shipment(batch), 0, 2)) or []]


class _Keeper:
    """Keeps nothing itself."""

    def __init__(self, outbox: Path) -> None:
        self.outbox = str(outbox)

    def model(self, batch: Batch) -> str:
        return "pretend"

    def address(self, batch: Batch) -> None:
        return None

    def keep(self, batch: Batch, outcomes: Any, seconds: float) -> list[Any]:
        return []

    def answer(self, packed: bytes) -> Answer:
        return Answer(*unpack(packed))


class _KeptBatch(Batch):
    """A batch of a run with a journal."""

    def __init__(self, texts: list[str], outbox: Path) -> None:
        super().__init__("models.echo", "run", list(texts), Inbox(), 1.0)  # type: ignore[arg-type] - as many jobs
        self._items = [Item("models.echo", {"text": text, "seconds": 0.0}) for text in texts]
        self.keeper = _Keeper(outbox)

    @property
    def tags(self) -> list[list[bytes]]:
        return [[item["text"].encode() * 32] for item in self.items]
