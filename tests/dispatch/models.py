"""A plugin whose pretend models misbehave as their arguments say."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

from planlang.plugins import Context, Failure, Item, hookimpl, worker

LOADED: list[str] = []
BATCHES: list[list[str]] = []
PREPARED: list[tuple[str, int]] = []
RAN: list[tuple[str, int]] = []


def forget() -> None:
    """Start counting anew."""
    for kept in (LOADED, BATCHES, PREPARED, RAN):
        kept.clear()


class Echo:
    """Gives back the text; takes the longest of the seconds that its items name."""

    max_batch = 8

    def load(self, context: Context) -> None:
        if context.model == "missing":
            raise Failure("there is no such model")
        time.sleep(float(context.settings.get("load_seconds", 0)))
        LOADED.append(context.model)
        self.context = context

    def run(self, batch: Sequence[Item]) -> list[Any]:
        BATCHES.append([item["text"] for item in batch])
        end = time.monotonic() + max(item["seconds"] for item in batch)
        while time.monotonic() < end and not self.context.stopping():
            time.sleep(0.001)
        return [self.answer(item["text"]) for item in batch]

    def answer(self, text: str) -> Any:
        if "poison" in text:
            raise KeyError(text)
        return Failure("broken") if "broken" in text else text


class Stubborn(Echo):
    """Does not look whether anybody still waits."""

    def run(self, batch: Sequence[Item]) -> list[Any]:
        time.sleep(max(item["seconds"] for item in batch))
        return [self.answer(item["text"]) for item in batch]


class Preparing(Echo):
    """Prepares batches on another thread."""

    max_batch = 4

    def prepare(self, batch: Sequence[Item]) -> list[str]:
        PREPARED.append((batch[0]["text"], threading.get_ident()))
        if any("unready" in item["text"] for item in batch):
            raise ValueError("not ready")
        return [item["text"].upper() for item in batch]

    def run(self, batch: Sequence[Item], prepared: list[str]) -> list[Any]:
        RAN.append((batch[0]["text"], threading.get_ident()))
        super().run(batch)
        return prepared


class Concurrent(Echo):
    """Answers four batches at a time; those whose text begins with "meet" wait until four are there."""

    max_batch = 1
    concurrent = 4

    def load(self, context: Context) -> None:
        super().load(context)
        self.meeting = threading.Barrier(4)

    def run(self, batch: Sequence[Item]) -> list[Any]:
        if batch[0]["text"].startswith("meet"):
            self.meeting.wait(timeout=60)
        return super().run(batch)


def _function(cls: type, name: str) -> Any:
    @worker(f"{cls.__module__}:{cls.__name__}", model="local", name=name)
    def ask(text: str, seconds: float = 0.0) -> str:  # type: ignore[empty-body] - its worker answers
        """What the worker gives back."""

    return ask


@hookimpl
def register_functions(register: Any) -> None:
    """A function for each class."""
    for cls in (Echo, Stubborn, Preparing, Concurrent):
        register(_function(cls, cls.__name__.lower()))
