"""What `similarity`, `rank`, `index`, `add` and `search` do in the plan's own process.

Models only say what texts mean as vectors; the rest is computed here, so that an index never travels to a worker, nor
into a journal with each search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from planlang.plugins import Ask, Failure

from . import likeness
from .index import About, Index
from .index_format import packed_row
from .vector import Vector

_WhichModel = Callable[[], tuple[str, str]]


def similarity(arguments: Mapping[str, Any], _model: _WhichModel) -> Any:
    """Two vectors are compared at once; texts go to the worker."""
    a, b = arguments["a"], arguments["b"]
    return likeness.cosine(a, b) if isinstance(a, Vector) and isinstance(b, Vector) else NotImplemented


def rank(arguments: Mapping[str, Any], _model: _WhichModel) -> Any:
    """Texts in the order of how alike they are to the query."""
    texts: list[str] = arguments["texts"]
    vectors, query, k = arguments["vectors"], arguments["query"], _wanted(arguments["k"], len(texts))
    _check_vectors(vectors, len(texts), "texts")

    def ranked(known: Mapping[str, Vector]) -> list[dict[str, Any]]:
        mine = vectors if vectors is not None else [known[text] for text in texts]
        asked = query if isinstance(query, Vector) else known[query]
        rows = likeness.matrix(mine, len(asked))
        found = likeness.nearest(rows, likeness.inverse_lengths(rows), likeness.numbers_of(asked), k)
        return [{"index": i, "text": texts[i], "score": score} for i, score in found]

    return _with_vectors([] if isinstance(query, Vector) else [query], texts if vectors is None else [], ranked)


def index(arguments: Mapping[str, Any], model: _WhichModel) -> Any:
    """A new index."""
    return _indexed(None, arguments["rows"], arguments["text"], arguments["vectors"], model)


def add(arguments: Mapping[str, Any], model: _WhichModel) -> Any:
    """An index with further rows."""
    old: Index = arguments["index"]
    return _indexed(old, arguments["rows"], old.about.text, arguments["vectors"], model)


def search(arguments: Mapping[str, Any], model: _WhichModel) -> Any:
    """The rows of an index that are most alike to the query."""
    from .index_format import row_of

    old: Index = arguments["index"]
    query, k = arguments["query"], _wanted(arguments["k"], len(old))
    approximate: bool = arguments["approximate"]

    def found(vector: Vector) -> list[dict[str, Any]]:
        return [
            {"row": row_of(packed), "score": score} for packed, score in old.search(vector, k, approximate=approximate)
        ]

    if isinstance(query, Vector):
        return found(query)
    _check_model(old, model)
    return _with_vectors([query], [], lambda known: found(known[query]))


def _indexed(
    old: Index | None, rows: Sequence[Any], text: str, vectors: Sequence[Vector] | None, model: _WhichModel
) -> Any:
    texts = [_text_of(row, text, number) for number, row in enumerate(rows)]
    _check_vectors(vectors, len(texts), "rows")
    try:
        packed = [packed_row(row, text, number) for number, row in enumerate(rows)]
    except ValueError as error:
        raise Failure(str(error), kind="value") from error
    name, digest = ("", "") if vectors is not None else _identity(model)
    if old is not None and vectors is None:
        _check_model(old, model)

    def made(known: Mapping[str, Vector]) -> Index:
        mine = vectors if vectors is not None else [known[each] for each in texts]
        about = old.about if old is not None and len(old) else About(len(mine[0]) if mine else 0, name, digest, text)
        matrix = likeness.matrix(mine, about.length)
        return old.with_rows(packed, matrix) if old is not None and len(old) else Index.of(about, packed, matrix)

    return _with_vectors([], texts if vectors is None else [], made)


def _with_vectors(some: Sequence[str], more: Sequence[str], finish: Callable[[Mapping[str, Vector]], Any]) -> Any:
    """What `finish` makes of the vector of each text; a model is asked for them if there are any."""
    texts = list(dict.fromkeys([*some, *more]))
    if not texts:
        return finish({})
    return Ask({"texts": texts}, lambda vectors: finish(dict(zip(texts, vectors, strict=True))))


def _wanted(k: int | None, count: int) -> int:
    if k is not None and k < 0:
        raise Failure(f"k says how many are wanted, and {k} is below 0", kind="value")
    return count if k is None else min(k, count)


def _check_vectors(vectors: Sequence[Vector] | None, count: int, what: str) -> None:
    if vectors is not None and len(vectors) != count:
        raise Failure(
            f"there are {len(vectors)} vectors and {count} {what}",
            kind="value",
            hint=f"give a vector for each of {what}",
        )


def _text_of(row: Any, field: str, number: int) -> str:
    """The text of row `number`, which is a text itself or a dict with it under `field`."""
    if isinstance(row, str):
        return row
    if not isinstance(row, dict):
        raise Failure(f"row {number} is neither a text nor a dict", kind="value")
    cells = cast(dict[Any, Any], row)
    if field not in cells:
        names = ", ".join(f'"{name}"' for name in list(cells)[:8])
        hint = f"name the field that holds it: index(rows, text=…); this row has {names}" if names else ""
        raise Failure(f'row {number} has no field "{field}", where its text should be', kind="value", hint=hint)
    if not isinstance(cells[field], str):
        raise Failure(f'the field "{field}" of row {number} is no text', kind="value")
    return cells[field]


def _identity(model: _WhichModel) -> tuple[str, str]:
    """Name of the model and what identifies it: its files, where these are known."""
    name, digest = model()
    return name, digest.partition(";")[0] if digest.startswith("sha256:") else name


def _check_model(old: Index, model: _WhichModel) -> None:
    """Raise `Failure` where the index holds vectors of another model: they would not be alike to anything."""
    about = old.about
    if not about.digest:
        return
    name, digest = _identity(model)
    if digest != about.digest:
        other = f"`{name}`" if name != about.model else f"another version of `{name}`"
        raise Failure(
            f"the index was made with the model `{about.model}`, and this call is for {other}",
            kind="value",
            hint=f'name the same model here (model="{about.model}"), or make the index anew',
        )
