"""Functions that put labels on texts."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from planlang.plugins import worker

from .common import DIGEST, ENCODER, Score


class Sentiment(TypedDict):
    """How a text sounds."""

    label: Literal["positive", "negative", "neutral"]
    score: Score


class Classification(TypedDict):
    """Which label fits a text best."""

    label: Annotated[str, "the label that fits best"]
    score: Score
    scores: Annotated[dict[str, float], "the score of every label; they sum to 1"]


@worker("planlang.plugins.nlp.labeler:Labeler.sentiment", model=ENCODER, digest=DIGEST)
def sentiment(text: Annotated[str, "an English sentence or review"]) -> Sentiment:  # type: ignore[empty-body] - its worker answers
    """How `text` sounds: positive, negative or neutral."""


@worker("planlang.plugins.nlp.labeler:Labeler.classify", model=ENCODER, digest=DIGEST)
def classify(
    text: Annotated[str, "what is to be sorted"],
    labels: Annotated[list[str], "what it may be, in words that say it"],
) -> Classification:  # type: ignore[empty-body] - its worker answers
    """Which of `labels` fits `text` best, without any training. A language model (`model=`) can do it too."""


FUNCTIONS: tuple[Any, ...] = (sentiment, classify)
