"""The worker of `entities`: names, dates, amounts in a text, by a spaCy pipeline or a model that labels tokens."""

# transformers, torch and spaCy leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from planlang.plugins import Context, Failure, Item

from . import models, spacy_pipelines
from .loading import alone, load_tokenizer, load_weights, prepare
from .sentences import pieces

KINDS = {
    "per": "person", "org": "organization", "gpe": "place", "loc": "place", "fac": "building", "norp": "group",
    "work_of_art": "work", "cardinal": "number", "misc": "other", "location": "place", "organisation": "organization",
}  # fmt: skip
"""What labels of models are in plain words; other labels stay as they are, in small letters."""
_PIECE = 20_000
"""Characters that spaCy is given at a time: its memory grows with them."""


class _Finder(Protocol):
    def find(self, text: str) -> list[dict[str, Any]]:
        """`{text, kind, start}` for each, in the order of the text."""
        ...


class EntityFinder:
    """Holds a spaCy pipeline or a token classifier. Texts are read one by one, so none depends on another."""

    max_batch = 64

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        self._stopping = context.stopping
        if (found := spacy_pipelines.installed(context.model)) is not None:
            self._finder: _Finder = _Pipeline(spacy_pipelines.load(found, ("tok2vec", "ner")), context.model)
            return
        if context.model in _SPACY_NAMES:
            raise spacy_pipelines.not_installed()
        prepare(context.threads)
        folder = models.locate(context.model, context.cache_folder)
        architecture = " ".join(models.read_config(folder).get("architectures") or [])
        if "ForTokenClassification" not in architecture:
            raise Failure(
                f"`{context.model}` does not find entities: it is a {architecture or 'model of unknown kind'}",
                hint="name a token classification model or an installed spaCy pipeline, or leave model= out",
            )
        self._finder = _TokenClassifier(folder)

    def cost(self, item: Item) -> int:
        """Roughly its tokens."""
        return len(item["text"]) // 4 + 4

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """A list of `{text, kind, start}` for each text."""
        stopped = Failure("it was stopped")
        return [stopped if self._stopping() else self._finder.find(item["text"]) for item in batch]


_SPACY_NAMES = ("en_core_web_sm",)


class _Pipeline:
    """A spaCy pipeline with a recogniser of names. It reads one text at a time: batches would change its last bits."""

    def __init__(self, pipeline: Any, name: str) -> None:
        if "ner" not in pipeline.pipe_names:
            raise Failure(f"the spaCy pipeline `{name}` has no part that finds entities (`ner`)")
        self._pipeline = pipeline

    def find(self, text: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        start = 0
        for piece in pieces(text, len, _PIECE):
            with self._pipeline.memory_zone():  # else its vocabulary keeps every word for ever
                found += [entity(e.text, e.label_, start + e.start_char) for e in self._pipeline(piece).ents]
            start += len(piece)
        return found


class _TokenClassifier:
    """A model of transformers that labels tokens. A word has the label of its first token; B- begins a name."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForTokenClassification

        self._model = load_weights(AutoModelForTokenClassification, folder)
        self._tokenizer = load_tokenizer(folder)
        if not self._tokenizer.is_fast:
            raise Failure("the model's tokenizer does not say where in the text its tokens stand")
        longest = min(self._tokenizer.model_max_length, self._model.config.max_position_embeddings - 2)
        self._room = longest - self._tokenizer.num_special_tokens_to_add()
        self._labels: dict[int, str] = self._model.config.id2label

    def find(self, text: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        start = 0
        for piece in pieces(text, self._count, self._room):
            found += [entity(piece[n.start : n.end], n.label, start + n.start) for n in self._names(piece)]
            start += len(piece)
        return found

    def _count(self, text: str) -> int:
        return len(self._tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"])

    def _names(self, text: str) -> list[_Name]:
        import torch

        tokens = self._tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
        places = tokens.pop("offset_mapping")[0].tolist()
        with torch.inference_mode():
            best = self._model(**tokens).logits[0].argmax(dim=1).tolist()
        names: list[_Name] = []
        before, last = "O", None
        for word, label, (first, end) in zip(
            tokens.word_ids(), map(self._labels.__getitem__, best), places, strict=True
        ):
            if word is None:
                continue
            mark, _, kind = label.rpartition("-")
            if word == last:  # a further token of the same word
                if before != "O":
                    names[-1] = names[-1]._replace(end=end)
                continue
            if label != "O" and kind == before and mark != "B":
                names[-1] = names[-1]._replace(end=end)
            elif label != "O":
                names.append(_Name(kind, first, end))
            before, last = kind, word
        return names


class _Name(NamedTuple):
    label: str
    start: int
    end: int


def entity(text: str, label: str, start: int) -> dict[str, Any]:
    """`{text, kind, start}`, without space around; `label` is the model's."""
    bare = text.lstrip()
    kind = label.lower()
    return {"text": bare.rstrip(), "kind": KINDS.get(kind, kind), "start": start + len(text) - len(bare)}
