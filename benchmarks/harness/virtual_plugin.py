"""The pretend models of `virtual_models` as a plugin: the functions that the plans under `plans/` call.

Their names and arguments are those of the real text functions: the plans are written as a user would write them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypedDict

from planlang.plugins import Context, Item, hookimpl, worker

from . import virtual_models

INTERFACE_VERSION = 1


class Sentiment(TypedDict):
    """How a text sounds."""

    label: Literal["positive", "negative", "neutral"]
    score: float


class Classification(TypedDict):
    """Which label fits."""

    label: str
    score: float


class PretendModel:
    """Answers at once, or after `pace` times its service time where the plugin's settings name a `pace`."""

    def load(self, context: Context) -> None:
        """Be the model of that name."""
        self.service = virtual_models.MODELS[context.model]
        self.max_batch = self.service.max_batch
        self.pace = float(context.settings.get("pace", 0.0))

    def cost(self, item: Item) -> float:
        """What can be told of a call beforehand: the words that are read, not those that will be written."""
        name = _name(item)
        return 1.0 if name in virtual_models.WRITING else virtual_models.units(name, item.arguments)

    def seconds(self, batch: Sequence[Item]) -> float:
        """How long the batch takes, in the model's own time."""
        return self.service.seconds([virtual_models.units(_name(item), item.arguments) for item in batch])

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """The answers."""
        if self.pace:
            time.sleep(self.pace * self.seconds(batch))
        return [virtual_models.answer(_name(item), item.arguments, item.seed) for item in batch]


def _name(item: Item) -> str:
    return item.function.rpartition(".")[2]


_TARGET = f"{__name__}:PretendModel"


@worker(_TARGET, model="encoder")
def sentiment(text: str) -> Sentiment:
    """How `text` sounds."""


@worker(_TARGET, model="encoder")
def classify(text: str, labels: list[str]) -> Classification:
    """Which label fits."""


@worker(_TARGET, model="encoder")
def similarity(a: str, b: str) -> float:
    """How alike two texts are."""


@worker(_TARGET, model="decoder")
def summarize(text: str) -> str:
    """`text`, shorter."""


@worker(_TARGET, model="endpoint", sampled="temperature")
def generate(prompt: str, *, temperature: float = 0.0) -> str:
    """What a language model answers."""


@hookimpl
def register_functions(register: Callable[[Any], None]) -> None:
    """All of them."""
    for function in (sentiment, classify, similarity, summarize, generate):
        register(function)


def settings(pace: float) -> Mapping[str, Any]:
    """plan.toml for workers that really take `pace` seconds for each second of their service time."""
    return {"plugins": {"models": {"pace": pace}}}
