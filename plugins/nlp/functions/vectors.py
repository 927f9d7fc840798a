"""Functions on the meaning of texts as vectors."""

from __future__ import annotations

from typing import Any

from planlang.plugins import worker
from planlang.plugins.nlp.vector import Vector

from .common import DIGEST, ENCODER


@worker("planlang.plugins.nlp.encoder:Encoder.embed", model=ENCODER, digest=DIGEST)
def embed(text: str) -> Vector:  # type: ignore[empty-body] - its worker answers
    """The meaning of `text` as a vector: texts that mean the same have vectors that are alike."""


@worker("planlang.plugins.nlp.encoder:Encoder.similarity", model=ENCODER, digest=DIGEST)
def similarity(a: str | Vector, b: str | Vector) -> float:  # type: ignore[empty-body] - its worker answers
    """How alike two texts or vectors are in meaning: 1 for the same, about 0 for unrelated ones."""


FUNCTIONS: tuple[Any, ...] = (embed, similarity)
