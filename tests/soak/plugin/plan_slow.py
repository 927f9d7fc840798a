"""The plugin of the kill test: models that take their time and report to a counter in another process."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

import slow_work

from planlang.plugins import Context, Failure, Item, hookimpl, worker

INTERFACE_VERSION = 1


class Mood(TypedDict):
    label: Literal["positive", "negative", "neutral"]
    score: float
    id: str


class SlowModel:
    """Answers after a while; `[plugins.slow]` of plan.toml names the counter and how long it takes."""

    max_batch = 16

    def load(self, context: Context) -> None:
        """Nothing to load."""
        self._reporter = slow_work.Reporter(str(context.settings.get("counter", "")))
        self._scale = float(context.settings.get("scale", 1.0))

    def run(self, batch: list[Item]) -> list[Any]:
        """Answer a batch of one function."""
        function = batch[0].function.rpartition(".")[2]
        marks = [
            slow_work.mark_of(function, item.arguments, item.seed if item.arguments.get("temperature") else 0)
            for item in batch
        ]
        answers = slow_work.work(function, marks, self._reporter, self._scale)
        return [
            Failure(f"no answer to {mark}") if each is None else each for mark, each in zip(marks, answers, strict=True)
        ]


class WideModel(SlowModel):
    """The same for large batches."""

    max_batch = 32


class NarrowModel(SlowModel):
    """The same for small batches."""

    max_batch = 4


@worker(f"{__name__}:SlowModel", model="slow")
def rate(text: str) -> Mood:
    """How `text` sounds, as chance has it."""


@worker(f"{__name__}:WideModel", model="wide", sampled="temperature")
def reply(prompt: str, *, temperature: float = 0.0) -> str:
    """Two words, drawn from the seed at a temperature above 0."""


@worker(f"{__name__}:NarrowModel", model="narrow")
def risky(text: str) -> Mood:
    """The same as `rate`; a fourth of all texts fail."""


@hookimpl
def register_functions(register: Any) -> None:
    """All three."""
    for function in (rate, reply, risky):
        register(function)
