"""The worker of `embed` and `similarity`: an encoder model."""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planlang.plugins import Context, Failure, Item

from . import models
from .encoding import text_encoder
from .loading import alone, prepare
from .vector import Vector

_UNSUITED = {
    "ForCausalLM": "writes texts",
    "ForConditionalGeneration": "writes texts",
    "ForSequenceClassification": "classifies texts",
}
"""Kinds of models that do not encode, and what they do."""


class Encoder:
    """Holds an encoder model, which it may share with other workers."""

    max_batch = 128
    max_cost = 4096

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        self._stopping = context.stopping
        folder = models.locate(context.model, context.cache_folder)
        architecture = " ".join(models.read_config(folder).get("architectures") or [])
        for kind, does in _UNSUITED.items():
            if kind in architecture:
                raise Failure(
                    f"`{context.model}` {does}; this function needs a model that encodes them",
                    hint="name another model, or leave model= out",
                )
        self._encoder = text_encoder(folder)

    def cost(self, item: Item) -> int:
        """Roughly its tokens."""
        return sum(len(value) // 4 + 2 for value in item.arguments.values() if isinstance(value, str))

    def embed(self, batch: Sequence[Item]) -> list[Any]:
        """A `Vector` for each text."""
        return [Vector(row.tobytes()) for row in self._encode([item["text"] for item in batch]).numpy().astype("<f4")]

    def similarity(self, batch: Sequence[Item]) -> list[Any]:
        """The cosine of the angle between each two texts or vectors."""
        texts = dict.fromkeys(value for item in batch for value in (item["a"], item["b"]) if isinstance(value, str))
        rows = self._encode(list(texts)) if texts else []
        vectors = dict(zip(texts, rows, strict=True))
        return [_cosine(_row(item["a"], vectors), _row(item["b"], vectors)) for item in batch]

    def _encode(self, texts: list[str]) -> Any:
        return self._encoder.encode(texts, stopping=self._stopping)


def _row(value: Any, vectors: dict[str, Any]) -> Any:
    import torch

    return vectors[value] if isinstance(value, str) else torch.frombuffer(bytearray(value.numbers), dtype=torch.float32)


def _cosine(a: Any, b: Any) -> Any:
    import torch

    if a.shape != b.shape:
        return Failure(
            f"vectors of {len(a)} and of {len(b)} numbers cannot be compared",
            kind="value",
            hint="are they from two different models?",
        )
    return max(-1.0, min(1.0, float(torch.dot(a, b))))
