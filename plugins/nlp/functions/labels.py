"""Functions that put labels on texts."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypedDict

from typing_extensions import TypeVar

from planlang.plugins import worker

from .common import DIGEST, ENCODER, Score

T = TypeVar("T", default=str)

_WORKER = "planlang.plugins.nlp.labeler:Labeler"

Labels = Annotated[
    list[str] | dict[str, str] | type[T] | None,
    "what it may be: a list, a type of literals, or {label: description}; left out, the labels that the model has",
]
Scores = dict[str, float]


class Sentiment(TypedDict):
    """How a text sounds."""

    label: Literal["positive", "negative", "neutral"]
    score: Score


class Example(TypedDict):
    """A text whose label is known."""

    text: str
    label: Annotated[str | int | float | bool, "one of the labels"]


class Classification(TypedDict, Generic[T]):
    """Which label fits a text best."""

    label: Annotated[T, "the label that fits best"]
    score: Score
    scores: Annotated[Scores, "the score of every label; they sum to 1"]


class Classifications(TypedDict, Generic[T]):
    """Which labels fit a text."""

    labels: Annotated[list[T], "the labels that fit, the surest first"]
    scores: Annotated[Scores, "how likely each label fits, from 0 to 1, the others apart"]


@worker(f"{_WORKER}.sentiment", model=ENCODER, digest=DIGEST)
def sentiment(text: Annotated[str, "an English sentence or review"]) -> Sentiment:  # type: ignore[empty-body] - its worker answers
    """How `text` sounds: positive, negative or neutral.

    `model=` names a model that was trained for it, an encoder, or a language model.
    """


@worker(f"{_WORKER}.analyze_sentiment", model=ENCODER, digest=DIGEST)
def analyze_sentiment(
    text: Annotated[str, "an English sentence or review"],
) -> Literal["positive", "negative"]:  # type: ignore[empty-body] - its worker answers
    """Whether `text` sounds more positive or more negative."""


@worker(f"{_WORKER}.classify", model=ENCODER, digest=DIGEST)
def classify(
    text: Annotated[str, "what is to be sorted"],
    labels: Labels[T] = None,
    *,
    examples: Annotated[list[Example] | None, "texts whose labels are known: a few for each label help much"] = None,
) -> Classification[T]:  # type: ignore[empty-body] - its worker answers
    """Which of `labels` fits `text` best, without any training.

    By likeness of meaning, or with `model=` by a language model; a model that was trained to classify, by `finetune` or
    by others, has labels of its own.
    """


@worker(f"{_WORKER}.classify_multi", model=ENCODER, digest=DIGEST)
def classify_multi(
    text: Annotated[str, "what is to be sorted"],
    labels: Labels[T] = None,
    *,
    threshold: Annotated[float, "how likely a label must fit, from 0 to 1"] = 0.5,
) -> Classifications[T]:  # type: ignore[empty-body] - its worker answers
    """All of `labels` that fit `text`: none, one, or several."""


FUNCTIONS: tuple[Any, ...] = (sentiment, analyze_sentiment, classify, classify_multi)
