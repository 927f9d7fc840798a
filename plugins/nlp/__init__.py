"""Text functions on language models: sentiment, labels, vectors, similarity and generation.

Only signatures stand here; `encoder.py` and `generator.py` hold the workers, and import torch when one is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict

from planlang.plugins import hookimpl, worker

from .vector import Vector

INTERFACE_VERSION = 1

ENCODER = "all-MiniLM-L6-v2"
GENERATOR = "SmolLM2-135M-Instruct"
DIGEST = "planlang.plugins.nlp.digests:digest"

Score = Annotated[float, "how sure the model is, from 0 to 1"]


class Sentiment(TypedDict):
    """How a text sounds."""

    label: Literal["positive", "negative", "neutral"]
    score: Score


class Classification(TypedDict):
    """Which label fits a text best."""

    label: Annotated[str, "the label that fits best"]
    score: Score
    scores: Annotated[dict[str, float], "the score of every label; they sum to 1"]


@worker("planlang.plugins.nlp.encoder:Encoder.sentiment", model=ENCODER, digest=DIGEST)
def sentiment(text: Annotated[str, "an English sentence or review"]) -> Sentiment:  # type: ignore[empty-body] - its worker answers
    """How `text` sounds: positive, negative or neutral."""


@worker("planlang.plugins.nlp.encoder:Encoder.classify", model=ENCODER, digest=DIGEST)
def classify(
    text: Annotated[str, "what is to be sorted"],
    labels: Annotated[list[str], "what it may be, in words that say it"],
) -> Classification:  # type: ignore[empty-body] - its worker answers
    """Which of `labels` fits `text` best, without any training. A language model (`model=`) can do it too."""


@worker("planlang.plugins.nlp.encoder:Encoder.embed", model=ENCODER, digest=DIGEST)
def embed(text: str) -> Vector:  # type: ignore[empty-body] - its worker answers
    """The meaning of `text` as a vector: texts that mean the same have vectors that are alike."""


@worker("planlang.plugins.nlp.encoder:Encoder.similarity", model=ENCODER, digest=DIGEST)
def similarity(a: str | Vector, b: str | Vector) -> float:  # type: ignore[empty-body] - its worker answers
    """How alike two texts or vectors are in meaning: 1 for the same, about 0 for unrelated ones."""


@worker("planlang.plugins.nlp.generator:Generator", model=GENERATOR, sampled="temperature", digest=DIGEST)
def generate(  # noqa: PLR0913 - each is an option that plans use by name
    prompt: Annotated[str, "what to do, in plain words"],
    *,
    max_tokens: Annotated[int, "the longest answer, in tokens (about 3/4 of a word each)"] = 256,
    temperature: Annotated[float, "0 takes the likeliest words; about 1 varies them"] = 0.0,
    top_p: Annotated[float, "samples only among the likeliest words that sum to this probability"] = 1.0,
    stop: Annotated[str | list[str] | None, "the answer ends before any of these texts"] = None,
    system: Annotated[str | None, "who the model is to be"] = None,
) -> str:  # type: ignore[empty-body] - its worker answers
    """What a language model answers to `prompt`."""


@hookimpl
def register_functions(register: Callable[[Any], None]) -> None:
    """The functions of this plugin."""
    for function in (sentiment, classify, embed, similarity, generate):
        register(function)
