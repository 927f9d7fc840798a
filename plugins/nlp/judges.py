"""How a text sounds, from what a model makes of it: three ways, by what the model is.

- The default encoder has a small head (`sentiment.safetensors`) that was trained on rated review sentences
  (`train_sentiment.py`); its scores are calibrated on sentences that it was not trained on.
- Any other encoder compares the text with sentences that say plainly how something sounds.
- A model that was trained to classify texts is asked directly.
"""

# transformers, torch and safetensors leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from planlang.plugins import Failure

from .encoding import TextEncoder
from .heads import load_head, weights_digest
from .loading import load_tokenizer, load_weights

LABELS = ("negative", "neutral", "positive")
HEAD = Path(__file__).with_name("sentiment.safetensors")
HEAD_LAYERS = (3, 4, 5, 6)
"""The head sees these layers of six: the last alone says more of what a text is about than of how it sounds."""

_PLAIN = {
    "negative": ("This is terrible, I hate it.", "A bad experience, very disappointing.", "It is broken and useless."),
    "neutral": ("This states a fact.", "It arrived on Tuesday.", "The box holds two cables."),
    "positive": ("This is wonderful, I love it.", "A great experience, very pleasing.", "It works perfectly."),
}
_SHARPNESS = 12.0


class Judge(Protocol):
    """Says how texts sound."""

    def judge(self, texts: Sequence[str]) -> list[Any]:
        """`{label, score}` for each text."""
        ...


def judge_for(folder: Path, encoder: TextEncoder, stopping: Callable[[], bool]) -> Judge:
    """The best judge for the encoder model in `folder`."""
    head = load_head(HEAD)
    if head.encoder_digest == weights_digest(folder):
        return Head(encoder, head.weight, head.bias, stopping)
    return Prototypes(encoder, stopping)


def _answers(probabilities: Any) -> list[Any]:
    scores, places = probabilities.max(dim=1)
    return [
        {"label": LABELS[place], "score": score} for place, score in zip(places.tolist(), scores.tolist(), strict=True)
    ]


class Head:
    """A linear layer on the encoder's vectors in HEAD_LAYERS."""

    def __init__(self, encoder: TextEncoder, weight: Any, bias: Any, stopping: Callable[[], bool]) -> None:
        """`weight` has a row for each of LABELS."""
        self._encoder = encoder
        self._weight = weight
        self._bias = bias
        self._stopping = stopping

    def judge(self, texts: Sequence[str]) -> list[Any]:
        """`{label, score}` for each text."""
        import torch

        vectors = self._encoder.encode(texts, HEAD_LAYERS, self._stopping)
        return _answers(torch.softmax(torch.stack([self._weight @ row for row in vectors]) + self._bias, dim=1))


class Prototypes:
    """Likeness to sentences that say plainly how something sounds."""

    def __init__(self, encoder: TextEncoder, stopping: Callable[[], bool]) -> None:
        """Encode the sentences."""
        self._encoder = encoder
        self._stopping = stopping
        self._rows = [encoder.encode(_PLAIN[label]) for label in LABELS]

    def judge(self, texts: Sequence[str]) -> list[Any]:
        """`{label, score}` for each text."""
        import torch

        vectors = self._encoder.encode(texts, stopping=self._stopping)
        likeness = torch.stack([(vectors @ rows.T).mean(dim=1) for rows in self._rows], dim=1)
        return _answers(torch.softmax(_SHARPNESS * likeness, dim=1))


class Classifier:
    """A model that was trained to classify texts, with labels that say negative, neutral or positive."""

    def __init__(self, folder: Path, name: str) -> None:
        """Load it; `name` is for messages."""
        from transformers import AutoModelForSequenceClassification

        self._model = load_weights(AutoModelForSequenceClassification, folder)
        self._tokenizer = load_tokenizer(folder)
        self._columns = _columns(self._model.config.id2label, name)
        self._longest = min(self._tokenizer.model_max_length, self._model.config.max_position_embeddings - 2)

    def judge(self, texts: Sequence[str]) -> list[Any]:
        """`{label, score}` for each text."""
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Any:
        import torch

        tokens = self._tokenizer(text, return_tensors="pt")
        count = tokens["input_ids"].shape[1]
        if count > self._longest:
            return Failure(
                f"the text has {count:,} tokens, and the model takes at most {self._longest:,}",
                kind="value",
                hint="split it, for example with chunks(lines(text), 20)",
            )
        with torch.inference_mode():
            probabilities = torch.softmax(self._model(**tokens).logits, dim=1)
        summed = torch.stack([probabilities[:, columns].sum(dim=1) for columns in self._columns], dim=1)
        return _answers(summed)[0]


def _columns(names: dict[int, str], model: str) -> list[list[int]]:
    """Which of the model's outputs mean each of LABELS."""
    columns = [[i for i, name in names.items() if name.lower().startswith(label[:3])] for label in LABELS]
    if not columns[0] or not columns[2]:
        raise Failure(
            f"the labels of `{model}` do not say which is negative and which is positive: {', '.join(names.values())}"
        )
    return columns
