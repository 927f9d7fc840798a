"""The worker of functions on meaning: an encoder model gives the vectors, `likeness` compares them."""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from planlang.plugins import Context, Failure, Item

from . import likeness, models
from .encoding import text_encoder
from .loading import alone, prepare
from .vector import Vector

_UNSUITED = {
    "ForCausalLM": "writes texts",
    "ForConditionalGeneration": "writes texts",
    "ForSequenceClassification": "classifies texts",
}
"""Kinds of models that do not encode, and what they do."""
_CHUNK = 4096
"""Texts after which progress is told, and which are held as tokens at a time."""


class Encoder:
    """Holds an encoder model, which it may share with other workers."""

    max_batch = 128
    max_cost = 4096

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        self._stopping = context.stopping
        self._report = context.report
        folder = models.locate(context.model, context.cache_folder)
        architecture = " ".join(models.read_config(folder).get("architectures") or [])
        for kind, does in _UNSUITED.items():
            if kind in architecture:
                raise Failure(
                    f"`{context.model}` {does}; this function needs a model that encodes them",
                    hint="name another model, or leave model= out",
                )
        self._encoder = text_encoder(folder)
        self.exact = self._encoder.exact

    def cost(self, item: Item) -> int:
        """Roughly its tokens."""
        return sum(len(text) // 4 + 2 for value in item.arguments.values() for text in _texts_in(value))

    def embed(self, batch: Sequence[Item]) -> list[Any]:
        """A `Vector` for each text."""
        texts = [item["text"] for item in batch]
        known = self._encode(texts, batch)
        return [known[text] for text in texts]

    def vectors(self, batch: Sequence[Item]) -> list[Any]:
        """A list of `Vector`s for each list of texts."""
        known = self._encode((text for item in batch for text in item["texts"]), batch)
        return [[known[text] for text in item["texts"]] for item in batch]

    def similarity(self, batch: Sequence[Item]) -> list[Any]:
        """The cosine of the angle between each two texts or vectors."""
        pairs = [(item["a"], item["b"]) for item in batch]
        known = self._encode((value for pair in pairs for value in pair if isinstance(value, str)), batch)
        vectors = [[known[value] if isinstance(value, str) else value for value in pair] for pair in pairs]
        return [_told(likeness.cosine, *pair) for pair in vectors]

    def cluster(self, batch: Sequence[Item]) -> list[Any]:
        """`{labels, groups}` for each list of texts or vectors."""
        return [_told(_clusters, item["k"], rows) for item, rows in zip(batch, self._rows(batch), strict=True)]

    def duplicates(self, batch: Sequence[Item]) -> list[Any]:
        """A list of `{first, second, score}` for each list of texts or vectors."""
        each = zip(batch, self._rows(batch), strict=True)
        return [_told(_duplicates, item["limit"], rows, self._check_wanted) for item, rows in each]

    def _rows(self, batch: Sequence[Item]) -> list[list[Vector]]:
        """The vectors of each item."""
        known = self._encode((text for item in batch for text in item["texts"] if isinstance(text, str)), batch)
        return [[known[text] if isinstance(text, str) else text for text in item["texts"]] for item in batch]

    def _encode(self, texts: Iterable[str], batch: Sequence[Item]) -> dict[str, Vector]:
        """The vector of each of the texts of `batch`; raises `Failure` once nobody wants them."""
        each = list(dict.fromkeys(texts))
        known: dict[str, Vector] = {}
        for start in range(0, len(each), _CHUNK):
            chunk = each[start : start + _CHUNK]
            rows = self._encoder.encode(chunk, stopping=self._stopping, exact=batch[0].exact).numpy().astype("<f4")
            self._check_wanted()
            known |= {text: Vector(row.tobytes()) for text, row in zip(chunk, rows, strict=True)}
            if len(each) > _CHUNK:
                self._report(len(known), len(each))
        return known

    def _check_wanted(self) -> None:
        """Raise `Failure` once nobody wants the answers any more."""
        if self._stopping():
            raise Failure("it was stopped")


def _texts_in(value: Any) -> Iterator[str]:
    """The texts in an argument."""
    for each in cast(list[Any], value) if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield each


def _told(work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work` gives, or the `Failure` that it raises: one bad item must not fail the others."""
    try:
        return work(*arguments)
    except Failure as failure:
        return failure


def _clusters(k: int, vectors: list[Vector]) -> dict[str, Any]:
    if not 1 <= k <= len(vectors):
        raise Failure(f"{len(vectors)} texts cannot make {k} groups", kind="value", hint="k is from 1 to their number")
    labels, groups = likeness.clusters(likeness.matrix(vectors), k)
    return {"labels": labels, "groups": groups}


def _duplicates(limit: float, vectors: list[Vector], check: Callable[[], None]) -> list[dict[str, Any]]:
    if not 0 < limit <= 1:
        raise Failure(f"limit is a likeness above 0 and up to 1, and not {limit:g}", kind="value")
    found = likeness.near_duplicates(likeness.matrix(vectors), limit, check)
    return [{"first": first, "second": second, "score": score} for first, second, score in found]
