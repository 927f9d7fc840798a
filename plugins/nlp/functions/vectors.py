"""Functions on the meaning of texts as vectors: likeness, groups, and search."""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from planlang.plugins import ReadPath, WritePath, function, worker
from planlang.plugins.nlp.index import Index
from planlang.plugins.nlp.vector import Vector

from .common import DIGEST, ENCODER

_VECTORS = "planlang.plugins.nlp.encoder:Encoder.vectors"
_CALLS = "planlang.plugins.nlp.vector_calls"

Likeness = Annotated[float, "how alike in meaning: 1 for the same, about 0 for unrelated"]
Known = Annotated[list[Vector] | None, "the vector of each text, where you have them: [embed(t) for t in texts]"]


class Ranked(TypedDict):
    """A text in the order of its likeness to a query."""

    index: Annotated[int, "its place in the list that was ranked"]
    text: str
    score: Likeness


class Clusters(TypedDict):
    """Texts in groups."""

    labels: Annotated[list[int], "the number of each text's group; groups are numbered as they first appear"]
    groups: Annotated[list[list[int]], "the indexes of each group's texts, the most typical first"]


class Duplicate(TypedDict):
    """A text that says nearly the same as one before it."""

    first: Annotated[int, "the index of the text to keep: it stands before, and is no duplicate itself"]
    second: Annotated[int, "the index of its duplicate"]
    score: Likeness


class Hit(TypedDict):
    """What a search found."""

    row: Annotated[Any, "the row as it was indexed"]
    score: Likeness


@worker("planlang.plugins.nlp.encoder:Encoder.embed", model=ENCODER, digest=DIGEST)
def embed(text: str) -> Vector:  # type: ignore[empty-body] - its worker answers
    """The meaning of `text` as a vector: texts that mean the same have vectors that are alike."""


@worker("planlang.plugins.nlp.encoder:Encoder.similarity", model=ENCODER, digest=DIGEST, direct=f"{_CALLS}:similarity")
def similarity(a: str | Vector, b: str | Vector) -> float:  # type: ignore[empty-body] - its worker answers
    """How alike two texts or vectors are in meaning: 1 for the same, about 0 for unrelated ones.

    For two vectors no model is asked.
    """


@worker(_VECTORS, model=ENCODER, digest=DIGEST, direct=f"{_CALLS}:rank")
def rank(
    query: Annotated[str | Vector, "what the texts are compared with"],
    texts: list[str],
    k: Annotated[int | None, "how many of the best are wanted; all if left out"] = None,
    *,
    vectors: Known = None,
) -> list[Ranked]:  # type: ignore[empty-body] - its worker answers
    """`texts` by how alike they are to `query` in meaning, best first.

    To ask many things of the same texts, give their `vectors`, or make an `index`.
    """


@worker("planlang.plugins.nlp.encoder:Encoder.cluster", model=ENCODER, digest=DIGEST)
def cluster(
    texts: Annotated[list[str] | list[Vector], "texts, or their vectors"],
    k: Annotated[int, "how many groups"],
) -> Clusters:  # type: ignore[empty-body] - its worker answers
    """`texts` in `k` groups of like meaning (k-means). The same texts in the same order give the same groups.

    Where fewer than `k` texts differ, there are fewer groups.
    """


@worker("planlang.plugins.nlp.encoder:Encoder.duplicates", model=ENCODER, digest=DIGEST)
def duplicates(
    texts: Annotated[list[str] | list[Vector], "texts, or their vectors"],
    limit: Annotated[float, "how alike a text must be to one before it"] = 0.95,
) -> list[Duplicate]:  # type: ignore[empty-body] - its worker answers
    """The texts that say nearly the same as one before them. Without these, no two texts are as alike as `limit`."""


@worker(_VECTORS, model=ENCODER, digest=DIGEST, direct=f"{_CALLS}:index")
def index(
    rows: Annotated[list[Any], "texts, or dicts with a text in them"],
    text: Annotated[str, "the field that holds a row's text"] = "text",
    *,
    vectors: Known = None,
) -> Index:  # type: ignore[empty-body] - its worker answers
    """An index of `rows`, in which `search` finds them by meaning. It never changes; `add` gives a larger one.

    With `vectors`, no model is asked: `[embed(r.text) for r in rows]` is spread over all workers, and the vector of
    each text is kept in the cache.
    """


@worker(_VECTORS, model=ENCODER, digest=DIGEST, direct=f"{_CALLS}:add")
def add(
    index: Index,
    rows: Annotated[list[Any], "texts, or dicts with a text in them, as the index has them"],
    *,
    vectors: Known = None,
) -> Index:  # type: ignore[empty-body] - its worker answers
    """An index with `rows` behind those of `index`, which stays as it is. Both share what they have in common."""


@worker(_VECTORS, model=ENCODER, digest=DIGEST, direct=f"{_CALLS}:search")
def search(
    index: Index,
    query: Annotated[str | Vector, "what is looked for, in plain words; or its vector"],
    k: Annotated[int, "how many rows are wanted"] = 5,
    *,
    approximate: Annotated[
        bool, "whether it may miss some for speed, in a large index with thousands of searches"
    ] = False,
) -> list[Hit]:  # type: ignore[empty-body] - its worker answers
    """The rows of `index` that are most alike to `query` in meaning, best first.

    Every row is compared, and nothing is missed, unless `approximate` says that a graph of neighbours will do; it is
    made at the first such search, which takes a while. The model must be that with which the index was made.
    """


@function(effect="change")
def save_index(index: Index, path: Annotated[str, WritePath, "the file to write"]) -> None:
    """Write `index` to a file, with its rows and vectors: all of it, or nothing if that fails."""
    from planlang.plugins.nlp.index_files import save

    save(index, path)


@function(effect="observation")
def load_index(path: Annotated[str, ReadPath, "a file that `save_index` wrote"]) -> Index:
    """The index that `save_index` wrote. Its contents are checked; nothing in a file can run."""
    from planlang.plugins.nlp.index_files import load

    return load(path)


FUNCTIONS: tuple[Any, ...] = (
    embed,
    similarity,
    rank,
    cluster,
    duplicates,
    index,
    add,
    search,
    save_index,
    load_index,
)
