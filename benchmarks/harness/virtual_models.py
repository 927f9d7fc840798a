"""Pretend models: what each answers and how long it takes, for planlang and its peers alike (nothing is imported).

Answers are drawn from a hash of the arguments, so every run and every peer gets the same ones. A batch takes
`start + each * items + per_unit * units` seconds, where a call's units are the words that are read or written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WORDS = ("yes", "no", "maybe", "never", "always", "often", "seldom", "here")


@dataclass(frozen=True, slots=True)
class Service:
    """How a model serves: seconds of a batch, its largest batch, and how many workers hold the model."""

    start: float
    each: float
    per_unit: float
    max_batch: int
    workers: int

    def seconds(self, units: Sequence[float]) -> float:
        """The time of one batch whose calls have these units."""
        return self.start + self.each * len(units) + self.per_unit * sum(units)


MODELS = {
    "encoder": Service(start=0.005, each=0.0, per_unit=0.0002, max_batch=32, workers=2),
    "decoder": Service(start=0.5, each=0.02, per_unit=0.0, max_batch=32, workers=1),
    "endpoint": Service(start=0.2, each=0.0, per_unit=0.02, max_batch=1, workers=64),
    "optimist": Service(start=0.5, each=0.0, per_unit=0.0, max_batch=64, workers=1),
    "sceptic": Service(start=0.5, each=0.0, per_unit=0.0, max_batch=64, workers=1),
}
"""An encoder whose time is its tokens, a local decoder that gains much by batches, a served model that takes 64 calls
at once and batches nothing, and two decoders whose steps cost the same for any batch up to 64 (memory-bound)."""

DEFAULT_MODEL = {
    "sentiment": "encoder",
    "classify": "encoder",
    "similarity": "encoder",
    "summarize": "decoder",
    "generate": "endpoint",
}
WRITING = ("summarize", "generate")
"""Functions whose units (what is written) nobody knows before the answer is there: no scheduler may use them."""


def fraction(*parts: object) -> float:
    """A number from 0 to 1 that hangs on `parts` alone."""
    digest = hashlib.blake2b("\0".join(map(str, parts)).encode(), digest_size=6).digest()
    return int.from_bytes(digest, "big") / 2**48


def units(function: str, arguments: Mapping[str, Any]) -> float:
    """The words that a call makes its model read (encoders) or write (endpoint)."""
    if function == "generate":
        return float(_length(arguments["prompt"]))
    if function == "summarize":
        return 1.0
    if function == "similarity":
        return float(len(arguments["a"].split()) + len(arguments["b"].split()))
    return float(len(arguments["text"].split()))


def answer(function: str, arguments: Mapping[str, Any], seed: int = 0) -> Any:
    """What the model behind `function` says, as plain data."""
    if function == "sentiment":
        draw = fraction(function, arguments["text"])
        return {"label": "negative" if draw < 0.3 else "positive", "score": 1.0 - draw / 2}
    if function == "classify":
        draw = fraction(function, arguments["text"])
        return {"label": arguments["labels"][int(draw * len(arguments["labels"]))], "score": 1.0 - draw / 2}
    if function == "similarity":
        return fraction(function, arguments["a"], arguments["b"])
    if function == "summarize":
        return _words(f"summary {arguments['text']}", 12)
    return _written(arguments["prompt"], seed)


def _written(prompt: str, seed: int) -> str:
    """Words drawn from the prompt and the seed; lines of six where a list is asked for."""
    words = _words(f"{seed} {prompt}", _length(prompt)).split()
    if not prompt.startswith("List"):
        return " ".join(words)
    return "\n".join(" ".join(words[i : i + 6]) for i in range(0, len(words), 6))


def _length(prompt: str) -> int:
    """How many words the answer to `prompt` has: 5 to 60, or 3 to 6 lines of six where a list is asked for."""
    draw = fraction("length", prompt)
    return 6 * (3 + int(draw * 4)) if prompt.startswith("List") else 5 + int(draw * 56)


def _words(key: str, count: int) -> str:
    drawn = hashlib.shake_128(key.encode()).digest(count)
    return " ".join(WORDS[byte % len(WORDS)] for byte in drawn)
