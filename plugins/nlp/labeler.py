"""The worker of `sentiment` and `classify`: an encoder, a model trained to classify, or a language model."""

# transformers, torch and safetensors leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from planlang.plugins import Answer, Context, Failure, Item

from . import judges, models
from .encoding import TextEncoder, text_encoder
from .loading import alone, prepare

if TYPE_CHECKING:  # torch is imported when a model is loaded
    from .scoring import LabelScorer

_SHARPNESS = 20.0
"""Turns differences of similarity (rarely above 0.3) into probabilities: with it, scores are about as often right."""
_TEMPLATE = "This text is about {}."
_KEPT_LABELS = 1024
_NO_LABELS = "there are no labels to choose from"
_LANGUAGE_COST = 2048
"""A language model needs seconds for this many tokens."""


class Labeler:
    """Holds an encoder model; or one trained to classify, for `sentiment`; or a language model, for `classify`."""

    max_batch = 128
    max_cost = 4096

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        self._name = context.model
        self._stopping = context.stopping
        self._labels: dict[str, Any] = {}
        self._encoder: TextEncoder | None = None
        self._judge: judges.Judge | None = None
        self._scorer: LabelScorer | None = None
        folder = models.locate(context.model, context.cache_folder)
        architecture = " ".join(models.read_config(folder).get("architectures") or [])
        if "ForSequenceClassification" in architecture:
            self._judge = judges.Classifier(folder, context.model)
        elif "ForCausalLM" in architecture:
            from .language import language_model
            from .scoring import LabelScorer

            self._scorer = LabelScorer(language_model(folder), context.stopping)
            self.max_cost = _LANGUAGE_COST
        elif "ForConditionalGeneration" in architecture:
            raise self._unsuited("writes texts")
        else:
            self._encoder = text_encoder(folder)
            self._judge = judges.judge_for(folder, self._encoder, context.stopping)

    def cost(self, item: Item) -> int:
        """Roughly its tokens."""
        values = item.arguments.values()
        labels = item.arguments.get("labels", ()) if self._scorer else ()
        return sum(len(value) // 4 + 2 for value in (*values, *labels) if isinstance(value, str))

    def sentiment(self, batch: Sequence[Item]) -> list[Any]:
        """`{label, score}` for each text."""
        if self._judge is None:
            raise self._unsuited("writes texts")
        return self._judge.judge([item["text"] for item in batch])

    def classify(self, batch: Sequence[Item]) -> list[Any]:
        """`{label, score, scores}` for each text and its labels."""
        each = [tuple(dict.fromkeys(item["labels"])) for item in batch]
        answers: list[Any] = [None if labels else Failure(_NO_LABELS, kind="value") for labels in each]
        asked = [i for i, answer in enumerate(answers) if answer is None]
        texts, labels = [batch[i]["text"] for i in asked], [each[i] for i in asked]
        found = self._likeness(texts, labels) if self._scorer is None else self._scorer.score(texts, labels)
        for i, shares in zip(asked, found, strict=True):
            answers[i] = _best(each[i], shares)
        return answers

    def _likeness(self, texts: list[str], labels: list[tuple[str, ...]]) -> list[Any]:
        """For each text the share of each of its labels, by how alike they are in meaning."""
        import torch

        fresh = dict.fromkeys(label for each in labels for label in each if label not in self._labels)
        rows = self._encode(texts + [_TEMPLATE.format(label) for label in fresh])
        known = self._labels | dict(zip(fresh, rows[len(texts) :], strict=True))
        if not self._stopping():  # else some are missing
            self._labels = known if len(known) <= _KEPT_LABELS else {}
        likeness = [torch.stack([torch.dot(rows[i], known[label]) for label in each]) for i, each in enumerate(labels)]
        return [torch.softmax(_SHARPNESS * each, 0).tolist() for each in likeness]

    def _encode(self, texts: list[str]) -> Any:
        if self._encoder is None:
            raise self._unsuited("writes texts" if self._scorer else "classifies texts")
        return self._encoder.encode(texts, stopping=self._stopping)

    def _unsuited(self, what: str) -> Failure:
        return Failure(
            f"`{self._name}` {what}; this function needs a model that encodes them",
            hint="name another model, or leave model= out",
        )


def _best(labels: tuple[str, ...], found: Any) -> Any:
    """The answer of `classify`; `found` are the shares of `labels`, in an `Answer` or bare, or a `Failure`."""
    if isinstance(found, Failure):
        return found
    shares: list[float] = found.value if isinstance(found, Answer) else found
    best = max(range(len(labels)), key=shares.__getitem__)
    value = {"label": labels[best], "score": shares[best], "scores": dict(zip(labels, shares, strict=True))}
    return Answer(value, found.tokens) if isinstance(found, Answer) else value
