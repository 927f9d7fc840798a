"""The signatures of the functions of `nlp`: what the checker and the documentation see. All light to import."""

from __future__ import annotations

from typing import Any

from . import labels, reading, training, vectors, writing

FUNCTIONS: tuple[Any, ...] = (
    *labels.FUNCTIONS,
    *vectors.FUNCTIONS,
    *writing.FUNCTIONS,
    *reading.FUNCTIONS,
    *training.FUNCTIONS,
)
