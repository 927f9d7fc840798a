"""The opaque type `Index`: rows of a plan with a vector each, found by meaning.

An `Index` never changes. What `add` makes shares its storage with what it was made from, so that a loop of additions
takes time and memory in proportion to what is added. Rows are kept packed, and unpacked when they are found.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from planlang.plugins import Failure, Opaque

from . import likeness
from .neighbours import Neighbours
from .vector import Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .likeness import Matrix

LARGEST = 800 * 2**20
"""Bytes that the vectors and rows of one index may take together: journals hold values of up to 1 GB."""


class About(NamedTuple):
    """What is true of all rows of an index.

    length: how many numbers a vector has; 0 while there is none.
    model: the name of the model that made the vectors, "" where they were given.
    digest: what identifies that model.
    text: the field of a row that holds its text.
    """

    length: int
    model: str
    digest: str
    text: str


class Index(Opaque):
    """Rows with their vectors."""

    __slots__ = ("_digest", "_size", "_store", "about")
    plan_type: ClassVar[str] = "Index"

    def __init__(self, about: About, store: Store, size: int) -> None:
        """The first `size` rows of `store`."""
        self.about = about
        self._store = store
        self._size = size
        self._digest = ""

    @classmethod
    def of(cls, about: About, rows: Sequence[bytes], vectors: Matrix) -> Self:
        """An index of packed `rows` and a vector for each. Raises `Failure` where that is too much for one."""
        return cls(about, Store(about.length), 0).with_rows(rows, vectors)

    def with_rows(self, rows: Sequence[bytes], vectors: Matrix) -> Self:
        """An index with further rows behind those that are there."""
        store = self._store.extended(self._size, rows, vectors)
        return type(self)(self.about, store, self._size + len(rows))

    def __len__(self) -> int:
        """How many rows."""
        return self._size

    def search(self, query: Vector, k: int, *, approximate: bool = False) -> list[tuple[bytes, float]]:
        """The `k` rows most alike to `query`, packed, with how alike they are, best first.

        approximate: look at a graph of neighbours in place of every row. It is made at the first such search.
        """
        if not self._size or k <= 0:
            return []
        if len(query) != self.about.length:
            raise Failure(
                f"the index has vectors of {self.about.length} numbers, and the query has {len(query)}",
                kind="value",
                hint="are they from two different models?",
            )
        store = self._store
        numbers, vectors = likeness.numbers_of(query), store.vectors[: self._size]
        if approximate:
            places = store.near(self._size, numbers, k)
            found = likeness.ordered(places, likeness.cosines(vectors[places], numbers), k)
        else:
            found = likeness.nearest(vectors, store.inverses[: self._size], numbers, k)
        return [(store.rows[place], score) for place, score in found]

    def rows(self) -> list[bytes]:
        """All rows, packed."""
        return self._store.rows[: self._size]

    def vectors(self) -> Matrix:
        """The vector of each row."""
        return self._store.vectors[: self._size]

    def digest(self) -> str:
        """SHA-256 of what `save` gives."""
        if not self._digest:
            from hashlib import sha256

            from .index_format import encode

            hasher = sha256()
            for part in encode(self):
                hasher.update(part)
            self._digest = hasher.hexdigest()
        return self._digest

    def save(self) -> bytes:
        """The contents as `index_format` has them."""
        from .index_format import encode

        return b"".join(encode(self))

    @classmethod
    def load(cls, data: bytes) -> Self:
        """From what `save` gave; raises ValueError for anything else."""
        from .index_format import decode

        about, rows, vectors = decode(data)
        return cls.of(about, rows, vectors)

    def __str__(self) -> str:
        """`<Index of 3 rows>`."""
        return f"<Index of {self._size:,} row{'' if self._size == 1 else 's'}>"

    def __reduce__(self) -> Any:
        """For other processes: the contents, not the storage that may be shared."""
        return type(self).load, (self.save(),)


class Store:
    """Rows and vectors in the order in which they were added. Grows at its end; what is there never changes."""

    def __init__(self, length: int) -> None:
        """Empty, for vectors of `length` numbers."""
        import numpy as np

        self.rows: list[bytes] = []
        self.vectors: Matrix = np.empty((0, length), np.float32)
        self.inverses: Matrix = np.empty(0, np.float32)
        self._bytes = 0
        self._graph: Neighbours | None = None
        self._lock = threading.Lock()

    def extended(self, size: int, rows: Sequence[bytes], vectors: Matrix) -> Store:
        """A store of the first `size` rows of this one and `rows`: this one, if it ends there."""
        with self._lock:
            store = self if len(self.rows) == size else self._copy(size)
            store.append(size, rows, vectors)
            return store

    def near(self, size: int, query: Matrix, k: int) -> NDArray[np.intp]:
        """Places of about `k` of the first `size` vectors that are near to `query`."""
        with self._lock:
            graph = self._graph
            if graph is None or len(graph) > size:
                graph = self._graph = Neighbours(self.vectors.shape[1])
            graph.grow(self.vectors[:size])
            return graph.near(query, k)

    def _copy(self, size: int) -> Store:
        copy = Store(self.vectors.shape[1])
        copy.append(0, self.rows[:size], self.vectors[:size])
        return copy

    def append(self, size: int, rows: Sequence[bytes], vectors: Matrix) -> None:
        """Put rows and their vectors behind the `size` that are there; nobody else may do so meanwhile."""
        added = sum(map(len, rows)) + vectors.nbytes
        if self._bytes + added > LARGEST:
            raise Failure(
                f"the index would take more than {LARGEST >> 20} MiB ({size + len(rows):,} rows)",
                kind="value",
                hint="keep less in each row, or make several indexes and search in each",
            )
        self._reserve(size, len(rows))
        self.vectors[size : size + len(rows)] = vectors
        self.inverses[size : size + len(rows)] = likeness.inverse_lengths(vectors)
        self.rows.extend(rows)
        self._bytes += added

    def _reserve(self, size: int, more: int) -> None:
        """Make room. Larger arrays take the place of the old ones, which an index may still be looking at."""
        import numpy as np

        if size + more <= len(self.vectors):
            return
        room = max(size + more, size + size // 2)
        vectors = np.empty((room, self.vectors.shape[1]), np.float32)
        inverses = np.empty(room, np.float32)
        vectors[:size], inverses[:size] = self.vectors[:size], self.inverses[:size]
        self.vectors, self.inverses = vectors, inverses
