"""A plugin with deterministic pretend models: for tests of the language, the scheduler and the command.

Its workers can be slow, and can fail, in ways that the arguments say; `LOADS` and `BATCHES` show what happened.
"""

from __future__ import annotations

import hashlib
import time
from typing import Literal, TypedDict

from planlang.plugins import Answer, Context, Failure, Item, hookimpl, worker

INTERFACE_VERSION = 1

LOADS: list[str] = []
"""The model names that were loaded, in order."""
BATCHES: list[list[str]] = []
"""The texts of each batch that was answered, in order."""

_ATTEMPTS: dict[str, int] = {}


class Mood(TypedDict):
    label: Literal["positive", "negative", "neutral"]
    score: float


def forget() -> None:
    """Start counting anew."""
    LOADS.clear()
    BATCHES.clear()
    _ATTEMPTS.clear()


class FakeModel:
    """Answers from the words of a text alone."""

    max_batch = 8

    def load(self, context: Context) -> None:
        if context.model == "missing":
            raise Failure("there is no such model", hint="name another")
        LOADS.append(context.model)
        self.context = context

    def label(self, batch: list[Item]) -> list[object]:
        BATCHES.append([item["text"] for item in batch])
        self._wait(max(item["seconds"] for item in batch))
        return [_mood(item["text"]) for item in batch]

    def text(self, batch: list[Item]) -> list[object]:
        BATCHES.append([item["prompt"] for item in batch])
        self._wait(max(item["seconds"] for item in batch))
        return [_reply(item) for item in batch]

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and not self.context.stopping():
            time.sleep(0.005)


def _mood(text: str) -> object:
    words = text.lower().split()
    if "poison" in words:
        raise KeyError("poison")
    if "broken" in words:
        return Failure("the text is broken")
    if "flaky" in words:
        _ATTEMPTS[text] = _ATTEMPTS.get(text, 0) + 1
        if _ATTEMPTS[text] < 3:
            return Failure("busy", retryable=True)
    if "wrong" in words:
        return {"label": "angry", "score": 1}
    good, bad = sum(w in {"good", "great", "love"} for w in words), sum(w in {"bad", "awful", "hate"} for w in words)
    label = "positive" if good > bad else "negative" if bad > good else "neutral"
    return {"label": label, "score": 0.5 + min(abs(good - bad), 5) / 10}


def _reply(item: Item) -> object:
    if not item["sample"]:
        return Answer(f"reply to: {item['prompt']}", tokens=len(item["prompt"].split()))
    return hashlib.sha256(f"{item.seed} {item['prompt']}".encode()).hexdigest()[:8]


@worker(f"{__name__}:FakeModel.label", model="fake")
def fake_label(text: str, seconds: float = 0.0) -> Mood:
    """How `text` sounds, by counting words. "broken", "poison", "flaky" and "wrong" in it fail in their ways."""


@worker(f"{__name__}:FakeModel.text", model="fake", sampled="sample")
def fake_text(prompt: str, seconds: float = 0.0, *, sample: bool = False) -> str:
    """A reply that repeats the prompt, or with `sample` one drawn from the seed."""


@hookimpl
def register_functions(register) -> None:
    register(fake_label)
    register(fake_text)
