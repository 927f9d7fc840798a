"""A graph of neighbours (HNSW: Malkov and Yashunin 2016), in which a search looks at some of many vectors.

The library is usearch. Vectors go in one after the other on one thread, so that the graph, and with it every answer,
follows from their order alone, however many went in at a time. The graph holds numbers of 16 bits: it only says which
vectors are worth a look.
"""

# usearch leaves some of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .loading import not_installed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .likeness import Matrix

_LINKS = 16
_LOOKS_TO_ADD = 64
_LOOKS_TO_FIND = 128
"""Vectors that are looked at for each that is added or asked for: of the ten nearest of 20,000, 99.9 % are found."""
_PART = 256
"""Vectors that go in at a time: between parts, a run can be interrupted."""


class Neighbours:
    """The graph of some vectors, which can be made larger."""

    def __init__(self, length: int) -> None:
        """Empty, for vectors of `length` numbers. Raises `Failure` where usearch is not installed."""
        try:
            from usearch.index import Index as Graph
        except ModuleNotFoundError as error:
            raise not_installed("usearch") from error
        self._graph: Any = Graph(
            ndim=length, metric="cos", dtype="f16", connectivity=_LINKS, expansion_add=_LOOKS_TO_ADD
        )

    def __len__(self) -> int:
        """How many vectors are in it."""
        return len(self._graph)

    def grow(self, vectors: Matrix) -> None:
        """Add those of `vectors` that are not in it yet; the first ones are."""
        import numpy as np

        for start in range(len(self), len(vectors), _PART):
            part = vectors[start : start + _PART]
            self._graph.add(np.arange(start, start + len(part)), part, threads=1)

    def near(self, query: Matrix, k: int) -> NDArray[np.intp]:
        """Places of about `k` vectors near to `query`, or more, in no order."""
        import numpy as np

        self._graph.expansion_search = max(_LOOKS_TO_FIND, 2 * k)
        return self._graph.search(query, k, threads=1).keys.astype(np.intp)
