"""A plugin whose pretend models do as their arguments say, and write down what happens: they may be other processes."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from planlang.plugins import Answer, Context, Failure, Item, hookimpl, worker


class Echo:
    """Gives back the text; takes the longest of the seconds that its items name. `load` and `run` are written down."""

    max_batch = 8

    def load(self, context: Context) -> None:
        self.context = context
        if context.model == "missing":
            raise Failure("there is no such model", hint="name another")
        if context.model == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(float(context.settings.get("load_seconds", 0)))
        self.note("load", context.model)

    def note(self, *words: Any) -> None:
        line = " ".join(map(str, (os.getpid(), *words)))
        with Path(self.context.settings["log"]).open("a", encoding="utf-8") as log:
            log.write(f"{line}\n")

    def run(self, batch: Sequence[Item]) -> list[Any]:
        self.note("run", *(item["text"][:20].replace(" ", "_") for item in batch))
        if any("deadly" in item["text"] for item in batch):
            os.kill(os.getpid(), signal.SIGKILL)
        end = time.monotonic() + max(item["seconds"] for item in batch)
        while time.monotonic() < end and not self.context.stopping():
            time.sleep(0.001)
        return [self.answer(item) for item in batch]

    def answer(self, item: Item) -> Any:
        text = item["text"]
        if "poison" in text:
            raise KeyError(text)
        if text.startswith("secret "):
            return Failure(f"the key is {self.context.secrets[text[7:]]}")
        if "gpus" in text:
            return Answer(os.environ.get("CUDA_VISIBLE_DEVICES", ""), tokens=1)
        if "fails" in text:
            return Failure("broken", kind="value", hint="mend it")
        return text


class Stubborn(Echo):
    """Does not look whether anybody still waits."""

    def run(self, batch: Sequence[Item]) -> list[Any]:
        time.sleep(max(item["seconds"] for item in batch))
        return [item["text"] for item in batch]


class Frozen(Stubborn):
    """Holds the interpreter lock all the time that it works."""

    def run(self, batch: Sequence[Item]) -> list[Any]:
        sys.setswitchinterval(1000)
        end = time.monotonic() + max(item["seconds"] for item in batch)
        while time.monotonic() < end:
            pass
        sys.setswitchinterval(0.005)
        self.note("done")
        return [item["text"] for item in batch]


class Preparing(Echo):
    """Prepares batches on another thread."""

    max_batch = 4

    def prepare(self, batch: Sequence[Item]) -> list[str]:
        self.note("prepare", threading.get_ident(), batch[0]["text"])
        return [item["text"].upper() for item in batch]

    def run(self, batch: Sequence[Item], prepared: list[str]) -> list[Any]:
        self.note("ran", threading.get_ident(), batch[0]["text"])
        time.sleep(max(item["seconds"] for item in batch))
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


class Reporting(Echo):
    """Tells how far it is."""

    def run(self, batch: Sequence[Item]) -> list[Any]:
        self.context.report(1, 2)
        time.sleep(0.1)
        return [item["text"] for item in batch]


class Miscounting(Echo):
    def run(self, batch: Sequence[Item]) -> list[Any]:
        return []


class Unsendable(Echo):
    def answer(self, item: Item) -> Any:
        return threading.Lock() if "lock" in item["text"] else item["text"]


class Measured(Echo):
    """Long and short texts do not share a batch; costs follow from the text and from a number that `load` sets."""

    max_cost = 20

    def load(self, context: Context) -> None:
        super().load(context)
        self._model = object()
        self._factor = 2

    def cost(self, item: Item) -> int:
        return len(item["text"]) * (self._factor if self._model else 1)

    def batch_key(self, item: Item) -> bool:
        return len(item["text"]) > 3


class FarMeasured(Measured):
    """Asks its model for the cost."""

    def load(self, context: Context) -> None:
        super().load(context)
        self._model = {"tokens": lambda text: len(text) * 2}

    def cost(self, item: Item) -> int:
        return self._model["tokens"](item["text"])


class Quarter(Echo):
    """Needs a part of a GPU."""

    needs: ClassVar = {"gpu": 0.25}


class Large(Echo):
    """Needs more than there is."""

    needs: ClassVar = {"cpu": 1000}


class Mistaken(Echo):
    """Needs what is no resource."""

    needs: ClassVar = {"gpus": 1}


CLASSES = (Echo, Stubborn, Frozen, Preparing, Concurrent, Reporting, Miscounting, Unsendable, Measured, FarMeasured,
           Quarter, Large, Mistaken)  # fmt: skip


def _function(cls: type, name: str) -> Any:
    @worker(f"{cls.__module__}:{cls.__name__}", model="pretend", name=name)
    def ask(text: str, seconds: float = 0.0, more: list[str] = ()) -> str:  # type: ignore[assignment]
        """What the worker gives back."""

    return ask


@hookimpl
def register_functions(register: Any) -> None:
    """A function for each class."""
    for cls in CLASSES:
        register(_function(cls, cls.__name__.lower()))
