"""The worker of `sentiment`, `classify`, `embed` and `similarity`: one encoder model answers all four."""

# transformers, torch and safetensors leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planlang.plugins import Context, Failure, Item

from . import judges, models
from .encoding import TextEncoder
from .loading import prepare
from .vector import Vector

_SHARPNESS = 20.0
"""Turns differences of similarity (rarely above 0.3) into probabilities: with it, scores are about as often right."""
_TEMPLATE = "This text is about {}."


class Encoder:
    """Holds an encoder model, or for `sentiment` alone a model that was trained to classify texts."""

    max_batch = 128
    max_cost = 4096

    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        self._name = context.model
        self._folder: Path = models.locate(context.model, context.cache_folder)
        self._stopping = context.stopping
        architecture = " ".join(models.read_config(self._folder).get("architectures") or [])
        self._encoder: TextEncoder | None = None
        self._judge: judges.Judge
        if "ForSequenceClassification" in architecture:
            self._judge = judges.Classifier(self._folder, context.model)
        elif "ForCausalLM" in architecture or "ForConditionalGeneration" in architecture:
            raise Failure(
                f"`{context.model}` writes texts; this function needs a model that encodes them",
                hint="name another model, or leave model= out",
            )
        else:
            self._encoder = TextEncoder(self._folder, context.stopping)
            self._judge = judges.judge_for(self._folder, self._encoder)

    def cost(self, item: Item) -> int:
        """Roughly its tokens."""
        return sum(len(value) // 4 + 2 for value in item.arguments.values() if isinstance(value, str))

    def sentiment(self, batch: Sequence[Item]) -> list[Any]:
        """`{label, score}` for each text."""
        return self._judge.judge([item["text"] for item in batch])

    def embed(self, batch: Sequence[Item]) -> list[Any]:
        """A `Vector` for each text."""
        return [Vector.of(row.tolist()) for row in self._encode([item["text"] for item in batch])]

    def similarity(self, batch: Sequence[Item]) -> list[Any]:
        """The cosine of the angle between each two texts or vectors."""
        texts = dict.fromkeys(value for item in batch for value in (item["a"], item["b"]) if isinstance(value, str))
        rows = self._encode(list(texts)) if texts else []
        vectors = dict(zip(texts, rows, strict=True))
        return [_cosine(_row(item["a"], vectors), _row(item["b"], vectors)) for item in batch]

    def classify(self, batch: Sequence[Item]) -> list[Any]:
        """`{label, score, scores}` for each text and its labels."""
        labels = list(dict.fromkeys(label for item in batch for label in item["labels"]))
        rows = self._encode([item["text"] for item in batch] + [_TEMPLATE.format(label) for label in labels])
        by_label = dict(zip(labels, rows[len(batch) :], strict=True))
        return [_best(rows[i], item["labels"], by_label) for i, item in enumerate(batch)]

    def _encode(self, texts: list[str]) -> Any:
        if self._encoder is None:
            raise Failure(f"`{self._name}` classifies texts; this function needs a model that encodes them")
        return self._encoder.encode(texts)


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


def _best(text: Any, labels: list[str], by_label: dict[str, Any]) -> Any:
    import torch

    names = list(dict.fromkeys(labels))
    if not names:
        return Failure("there are no labels to choose from", kind="value")
    scores = torch.softmax(_SHARPNESS * torch.stack([torch.dot(text, by_label[name]) for name in names]), 0).tolist()
    best = max(range(len(names)), key=scores.__getitem__)
    return {"label": names[best], "score": scores[best], "scores": dict(zip(names, scores, strict=True))}
