"""Models with labels of their own: trained to classify, or a head on an encoder.

A text longer than the model takes is read in pieces, whose scores are averaged by their tokens.
"""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from planlang.plugins import Failure

from .encoding import TextEncoder, text_encoder
from .heads import Head, weights_digest
from .loading import load_tokenizer, load_weights
from .models import read_config
from .tasks import Task

_SAMPLES = ("One two three, four.", "Is it so?")


class Classifier(Protocol):
    """Scores its own labels.

    several: whether several labels may fit one text; else scores sum to 1.
    exact: whether a text's scores do not depend on what it is batched with.
    """

    labels: tuple[str, ...]
    several: bool
    exact: bool

    def scores(self, texts: Sequence[str], stopping: Callable[[], bool]) -> list[list[float]]:
        """For each text the score of each label."""
        ...


class HeadClassifier:
    """A linear layer on an encoder's vectors."""

    several = False

    def __init__(self, head: Head, encoder: TextEncoder) -> None:
        """`encoder` is the one that `head` was trained on."""
        self.labels = head.labels
        self.exact = encoder.exact
        self._head = head
        self._encoder = encoder

    def scores(self, texts: Sequence[str], stopping: Callable[[], bool]) -> list[list[float]]:
        """For each text the score of each label; they sum to 1."""
        import torch

        vectors = self._encoder.encode(texts, self._head.layers, stopping)
        weight, bias = self._head.weight, self._head.bias
        return [torch.softmax(weight @ row + bias, dim=0).tolist() for row in vectors]


class OwnLabels:
    """Answers tasks by a classifier, whose labels theirs must be among."""

    def __init__(self, classifier: Classifier, name: str, stopping: Callable[[], bool]) -> None:
        """`name` is for messages; `stopping` says when nobody wants the scores any more."""
        self.classifier = classifier
        self._name = name
        self._stopping = stopping

    def score(
        self,
        texts: Sequence[str],
        tasks: Sequence[Task],
        *,
        apart: bool = False,
        exact: bool = True,  # noqa: ARG002 - it always is
    ) -> list[Any]:
        """For each text the score of each label of its task, or a `Failure`; they sum to 1 unless `apart`."""
        found = self.classifier.scores(texts, self._stopping)
        return [self._chosen(scores, task, apart) for scores, task in zip(found, tasks, strict=True)]

    def _chosen(self, scores: list[float], task: Task, apart: bool) -> list[float] | Failure:
        own = dict(zip(self.classifier.labels, scores, strict=True))
        unknown = [name for name in task.names if name not in own]
        if unknown:
            return Failure(
                f"`{self._name}` was trained for other labels than `{unknown[0]}`: {', '.join(own)}",
                kind="value",
                hint="leave labels out, or name a model that takes any labels",
            )
        if task.examples:
            return Failure(
                f"`{self._name}` has labels of its own and does not look at examples",
                kind="value",
                hint="leave out examples, or model=",
            )
        chosen = [own[name] for name in task.names]
        return chosen if apart else [score / (sum(chosen) or 1.0) for score in chosen]


def head_classifier(head: Head, folder: Path) -> HeadClassifier:
    """`head` on the encoder in `folder`; raises `Failure` where it was trained on another."""
    if weights_digest(folder) != head.encoder_digest:
        raise Failure(
            f"the head was trained on another version of `{head.encoder}` than the one on this machine",
            hint="train it again",
        )
    return HeadClassifier(head, text_encoder(folder))


class TrainedClassifier:
    """A model of transformers that was trained to classify texts.

    Its body reads the texts of a batch in packed passes; its last part then sees each text by itself.
    """

    def __init__(self, folder: Path, name: str) -> None:
        """Load it; `name` is for messages."""
        self._folder = folder
        self._tokenizer = load_tokenizer(folder)
        self._text = TextEncoder(folder, self._load, _longest(self._tokenizer, folder))
        self.exact = self._text.exact
        self._apart = self._take_apart()
        if not self._apart:
            self._load()
            self.exact = True  # one text at a time
        config = self._model.config
        self.labels = tuple(str(config.id2label[place]) for place in range(config.num_labels))
        self.several = config.problem_type == "multi_label_classification"
        if len(self.labels) < 2:
            raise Failure(f"`{name}` gives a number, not one of several labels", hint="name a model with labels")

    def scores(self, texts: Sequence[str], stopping: Callable[[], bool]) -> list[list[float]]:
        """For each text the score of each label."""
        import torch

        totals = torch.zeros(len(texts), len(self.labels))
        counts = torch.zeros(len(texts), 1)
        for row, tokens, logits in self._logits(texts, stopping):
            totals[row] += (torch.sigmoid(logits) if self.several else torch.softmax(logits, 0)) * len(tokens)
            counts[row] += len(tokens)
        return (totals / counts.clamp(min=1)).tolist()

    def _logits(self, texts: Sequence[str], stopping: Callable[[], bool]) -> Iterator[tuple[int, list[int], Any]]:
        """The number of the text, the tokens, and the logits of every piece."""
        if self._apart:
            for row, tokens, states in self._text.states(texts, stopping):
                yield row, tokens, self._after(tokens, states)
            return
        for row, tokens in ((row, piece) for row, cut in enumerate(self._text.cut(texts)) for piece in cut):
            if stopping():
                return
            yield row, tokens, self._whole(tokens)

    def _load(self) -> Any:
        """Load the model; gives its body, and notes what the whole makes of the samples."""
        from transformers import AutoModelForSequenceClassification

        self._model = load_weights(AutoModelForSequenceClassification, self._folder)
        self._plain = {tuple(each): self._whole(each) for each in self._tokenizer(list(_SAMPLES))["input_ids"]}
        return self._model.base_model

    def _whole(self, tokens: list[int]) -> Any:
        import torch

        with torch.inference_mode():
            return self._model(input_ids=torch.tensor([tokens])).logits[0]

    def _take_apart(self) -> bool:
        """Put what is known of a text in the place of the model's body; False where that changes what comes out."""
        import torch

        body = self._model.base_model
        if body is self._model:
            return False
        self._known = _known_states(getattr(body, "pooler", None))
        setattr(self._model, self._model.base_model_prefix, self._known)
        try:
            for _, tokens, states in self._text.states(_SAMPLES, lambda: False):
                if not torch.allclose(self._plain[tuple(tokens)], self._after(tokens, states), rtol=1e-3, atol=1e-4):
                    return False
        except (RuntimeError, TypeError, ValueError, AttributeError, IndexError, KeyError):
            return False
        return True

    def _after(self, tokens: list[int], states: Any) -> Any:
        """The logits of a text by what the body made of it."""
        self._known.states = states[None]
        return self._whole(tokens)


def _known_states(pooler: Any) -> Any:
    """A module that stands for the body of a model, and gives what is put into its `states`."""
    import torch
    from transformers.modeling_outputs import BaseModelOutputWithPooling

    class Known(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pooler = pooler
            self.states: Any = None

        def forward(self, *_: Any, **_options: Any) -> Any:
            pooled = None if self.pooler is None else self.pooler(self.states)
            return BaseModelOutputWithPooling(last_hidden_state=self.states, pooler_output=pooled)

    return Known()


def _longest(tokenizer: Any, folder: Path) -> int:
    """The most tokens that the model takes; RoBERTa counts positions from 2."""
    positions = read_config(folder).get("max_position_embeddings") or tokenizer.model_max_length
    return max(8, min(tokenizer.model_max_length, positions - 2))
