"""How a text sounds, from what a model makes of it: four ways, by what the model is.

- The default encoder has a small head (`sentiment.safetensors`) that was trained on rated review sentences; its scores
  are calibrated on sentences that it was not trained on.
- Any other encoder compares the text with sentences that say plainly how something sounds.
- A model that was trained to classify texts, by anybody or by `finetune`, is asked for its own labels.
- A language model is asked which word fits.
"""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from planlang.plugins import Answer, Failure

from .classifiers import Classifier, HeadClassifier
from .encoding import TextEncoder
from .heads import load_head, weights_digest
from .tasks import Task

if TYPE_CHECKING:  # torch is imported when a model is loaded
    from .language import LanguageModel

LABELS = ("negative", "neutral", "positive")
HEAD = Path(__file__).with_name("sentiment.safetensors")
"""The head that ships: what examples/train_sentiment.plan makes (`make sentiment`)."""

_PLAIN = {
    "negative": ("This is terrible, I hate it.", "A bad experience, very disappointing.", "It is broken and useless."),
    "neutral": ("This states a fact.", "It arrived on Tuesday.", "The box holds two cables."),
    "positive": ("This is wonderful, I love it.", "A great experience, very pleasing.", "It works perfectly."),
}
_SHARPNESS = 12.0
_QUESTION = "Labels: negative, neutral, positive\n\nHow does the writer feel in this text?\n\n"
"""The best of four on the default model, on 100 sentences of the training half: right for 62, the worst for 38."""
_STARS = {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}


class Judge(Protocol):
    """Says how texts sound."""

    def shares(self, texts: Sequence[str]) -> list[Any]:
        """For each text the shares of LABELS, in an `Answer` or bare, or a `Failure`."""
        ...


def judge_for(folder: Path, encoder: TextEncoder, stopping: Callable[[], bool]) -> Judge:
    """The best judge for the encoder model in `folder`."""
    head = load_head(HEAD)
    if head.encoder_digest == weights_digest(folder):
        return Own(HeadClassifier(head, encoder), head.encoder, stopping)
    return Prototypes(encoder, stopping)


class Own:
    """A classifier with labels that say negative, neutral or positive."""

    def __init__(self, classifier: Classifier, name: str, stopping: Callable[[], bool]) -> None:
        """`name` is for messages; raises `Failure` where the labels say something else."""
        self._classifier = classifier
        self._columns = _columns(classifier.labels, name)
        self._stopping = stopping

    def shares(self, texts: Sequence[str]) -> list[Any]:
        """The shares of LABELS for each text."""
        found = self._classifier.scores(texts, self._stopping)
        summed = [[sum(scores[column] for column in columns) for columns in self._columns] for scores in found]
        return [[share / (sum(shares) or 1.0) for share in shares] for shares in summed]


class Prototypes:
    """Likeness to sentences that say plainly how something sounds."""

    def __init__(self, encoder: TextEncoder, stopping: Callable[[], bool]) -> None:
        """Encode the sentences."""
        self._encoder = encoder
        self._stopping = stopping
        self._rows = [encoder.encode(_PLAIN[label]) for label in LABELS]

    def shares(self, texts: Sequence[str]) -> list[Any]:
        """The shares of LABELS for each text."""
        import torch

        vectors = self._encoder.encode(texts, stopping=self._stopping)
        likeness = [torch.stack([(rows @ vector).mean() for rows in self._rows]) for vector in vectors]
        return [torch.softmax(_SHARPNESS * each, dim=0).tolist() for each in likeness]


class Asked:
    """A language model that is asked which of LABELS fits."""

    _TASK = Task(LABELS, LABELS, ("",) * len(LABELS))

    def __init__(self, language: LanguageModel, stopping: Callable[[], bool]) -> None:
        """`stopping` says when nobody wants the answers any more."""
        from .scoring import LabelScorer

        self._scorer = LabelScorer(language, stopping, lambda _task: _QUESTION)

    def shares(self, texts: Sequence[str]) -> list[Any]:
        """The shares of LABELS for each text."""
        return self._scorer.score(texts, [self._TASK] * len(texts))


def mood(found: Any) -> Any:
    """`{label, score}` by the shares of LABELS."""
    return _with(found, lambda shares: {"label": LABELS[shares.index(max(shares))], "score": max(shares)})


def side(found: Any) -> Any:
    """Which of negative and positive is likelier, by the shares of LABELS."""
    return _with(found, lambda shares: LABELS[2] if shares[2] >= shares[0] else LABELS[0])


def _with(found: Any, make: Callable[[list[float]], Any]) -> Any:
    """What `make` makes of shares that may stand in an `Answer`; a `Failure` as it is."""
    if isinstance(found, Failure):
        return found
    return Answer(make(found.value), found.tokens) if isinstance(found, Answer) else make(found)


def _columns(names: Sequence[str], model: str) -> list[list[int]]:
    """Which of the model's labels mean each of LABELS."""
    meant = [_meaning(name) for name in names]
    columns = [[i for i, meaning in enumerate(meant) if meaning == label] for label in LABELS]
    if not columns[0] or not columns[2]:
        raise Failure(
            f"the labels of `{model}` do not say which is negative and which is positive: {', '.join(names)}",
            hint="name a model that was trained for sentiment, or use `classify`",
        )
    return columns


def _meaning(name: str) -> str | None:
    """What a label says of how a text sounds: `POS`, `negative`, `4 stars`."""
    stars = re.fullmatch(r"([1-5]) stars?", name.lower())
    if stars:
        return _STARS[int(stars[1])]
    return next((label for label in LABELS if name.lower().startswith(label[:3])), None)
