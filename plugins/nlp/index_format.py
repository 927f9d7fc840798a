"""An `Index` as bytes, for files, journals and caches: rows and vectors, nothing that could run.

    8 bytes    planidx1
    4 bytes    length of the header, little-endian as all numbers here
    header     MessagePack: {length, model, digest, text, rows}
    4 a row    the length of each row
    rows       MessagePack each
    vectors    32-bit floats
    32 bytes   SHA-256 of all before

Who reads it takes nothing on trust: every length is checked before it is used, and every row is opened once.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast

from planlang.runtime.errors import PlanError
from planlang.runtime.journal.packing import pack, unpack
from planlang.runtime.values import Opaque, from_python

from .index import About, Index
from .likeness import sound
from .vector import Vector

if TYPE_CHECKING:
    from .likeness import Matrix

MAGIC = b"planidx1"
_SUM = 32
_LONGEST_HEADER = 1 << 16
_LONGEST_VECTOR = 1 << 16
"""Numbers of a vector: no model comes near."""


def encode(index: Index) -> Iterator[bytes]:
    """The parts of the file, in order."""
    import numpy as np

    hasher = sha256()
    rows = index.rows()
    header = pack(index.about._asdict() | {"rows": len(rows)})
    lengths = np.fromiter(map(len, rows), "<u4", len(rows)).tobytes()
    vectors = np.ascontiguousarray(index.vectors(), "<f4").tobytes()
    for part in (MAGIC, len(header).to_bytes(4, "little"), header, lengths, b"".join(rows), vectors):
        hasher.update(part)
        yield part
    yield hasher.digest()


def decode(data: bytes) -> tuple[About, list[bytes], Matrix]:
    """What `encode` gave: what is true of the index, its rows packed, its vectors.

    Raises ValueError for anything else.
    """
    import numpy as np

    if data[: len(MAGIC)] != MAGIC:
        raise ValueError("this is no index")
    body = memoryview(data)[: max(len(data) - _SUM, 0)]
    if sha256(body).digest() != data[-_SUM:]:
        raise ValueError("this index is damaged")
    start = len(MAGIC) + 4
    end = start + int.from_bytes(body[len(MAGIC) : start], "little")
    if end > len(body) or end - start > _LONGEST_HEADER:
        raise ValueError("this index is damaged")
    about, count = _header(body[start:end])
    if end + count * 4 * (1 + about.length) > len(body):
        raise ValueError("this index is damaged")
    ends = np.cumsum(np.frombuffer(body, "<u4", count, end), dtype=np.int64) + end + 4 * count
    vectors_at = int(ends[-1]) if count else end
    if vectors_at + 4 * count * about.length != len(body):
        raise ValueError("this index is damaged")
    starts = [end + 4 * count, *map(int, ends[:-1])]
    rows = [bytes(body[begin:stop]) for begin, stop in zip(starts, map(int, ends), strict=False)]
    vectors = np.frombuffer(body, "<f4", count * about.length, vectors_at).reshape(count, about.length)
    if not sound(vectors):
        raise ValueError("this index has a vector with a number that is none")
    try:
        for row in rows:
            _check(row, about.text)
    except ValueError:
        raise ValueError("this index is damaged") from None
    return about, rows, vectors


def _header(packed: memoryview) -> tuple[About, int]:
    """What the header says, each part of its type."""
    try:
        known: dict[Any, Any] = dict(unpack(bytes(packed)))
    except (ValueError, TypeError):
        raise ValueError("this index is damaged") from None
    length, count = known.get("length"), known.get("rows")
    texts = [known.get(name) for name in ("model", "digest", "text")]
    if type(length) is not int or type(count) is not int or not all(type(text) is str for text in texts):
        raise ValueError("this index is damaged")
    if not (0 <= length <= _LONGEST_VECTOR and count >= 0 and (length or not count)):
        raise ValueError("this index is damaged")
    return About(length, *cast(list[str], texts)), count


def packed_row(row: Any, text: str, number: int) -> bytes:
    """Row `number` as an index keeps it; raises ValueError where it is not plain data."""
    try:
        packed = pack(row)
    except TypeError:
        raise ValueError(f"row {number} holds a function, which an index cannot keep") from None
    if _has_parts(row):
        try:
            _check(packed, text)
        except ValueError as error:
            why = str(error).removeprefix("damaged data: ")
            raise ValueError(f"row {number} cannot be kept: {why}") from None
    return packed


def _has_parts(row: Any) -> bool:
    """Whether a row may have something in it that only its own type could read."""
    parts = list(cast(dict[Any, Any], row).values()) if isinstance(row, dict) else [row]
    return any(isinstance(part, (Opaque, dict, list)) for part in parts)


def row_of(packed: bytes) -> Any:
    """The row that was packed."""
    return unpack(packed, _vector_only)


def _check(packed: bytes, text: str) -> None:
    """Raise ValueError unless `packed` is a row that a plan may hold, with its text."""
    row = row_of(packed)
    try:
        from_python(row)
    except PlanError as error:
        raise ValueError(f"this index has a row that no plan may hold: {error.message}") from None
    words = cast(dict[Any, Any], row).get(text) if isinstance(row, dict) else row
    if type(words) is not str:
        raise ValueError("this index has a row without text")


def _vector_only(kind: str, data: bytes) -> Vector:
    if kind != Vector.plan_type or len(data) % 4:
        raise ValueError(f"an index cannot keep a value of the type {kind[:40]}")
    return Vector.load(data)
