"""How alike vectors are: one number for each pair, the same wherever it is computed.

The cosine of the angle, in double precision. Sums are numpy's, pairwise along each row, so that a pair alone, a row
among many and any number of threads give the same bits. Where many pairs are compared, a product of matrices in single
precision finds what may count, and only that is computed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from planlang.plugins import Failure

from .loading import not_installed
from .vector import Vector

if TYPE_CHECKING:  # numpy is imported at the first call: signatures are read without it
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float32]
    Doubles: TypeAlias = NDArray[np.float64]

_BLOCK = 1024
"""Rows that are compared at a time."""
_LARGEST = 1e15


def cosine(a: Vector, b: Vector) -> float:
    """How alike two vectors are, from -1 to 1; 0 where one has no direction. Raises `Failure` for other lengths."""
    _check_length(len(a), len(b))
    return float(cosines(numbers_of(a)[None], numbers_of(b))[0])


def numbers_of(vector: Vector) -> Matrix:
    """The numbers of a vector, not copied."""
    import numpy as np

    return np.frombuffer(vector.numbers, "<f4")


def matrix(vectors: Sequence[Vector], length: int | None = None) -> Matrix:
    """A row for each vector; raises `Failure` where they are not of one `length`, None for that of the first."""
    import numpy as np

    length = length if length is not None else len(vectors[0]) if vectors else 0
    for vector in vectors:
        _check_length(len(vector), length)
    rows = np.frombuffer(b"".join(vector.numbers for vector in vectors), "<f4").reshape(len(vectors), length)
    if not sound(rows):
        raise Failure("a vector holds a number that is none", kind="value")
    return rows


def sound(rows: Matrix) -> bool:
    """Whether all are numbers, and small enough to be multiplied and added up in single precision."""
    import numpy as np

    return bool((np.abs(rows) < _LARGEST).all())


def _check_length(one: int, other: int) -> None:
    if one != other:
        raise Failure(
            f"vectors of {one} and of {other} numbers cannot be compared",
            kind="value",
            hint="are they from two different models?",
        )


def cosines(rows: Matrix, query: Matrix) -> Doubles:
    """How alike each of `rows` is to `query`."""
    import numpy as np

    wide, narrow = rows.astype(np.float64), query.astype(np.float64)
    products = np.add.reduce(wide * narrow, axis=-1)
    lengths = np.sqrt(np.add.reduce(wide * wide, axis=-1) * np.add.reduce(narrow * narrow))
    found = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 0)
    return np.clip(found, -1.0, 1.0)


def inverse_lengths(rows: Matrix) -> Matrix:
    """1 by the length of each row; 0 where it has none."""
    import numpy as np

    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def slack(length: int) -> float:
    """By how much a cosine in single precision may be wrong, for vectors of `length` numbers."""
    return 2.4e-7 * (length + 16)


def nearest(rows: Matrix, inverses: Matrix, query: Matrix, k: int) -> list[tuple[int, float]]:
    """The `k` rows most alike to `query` with how alike they are, best first; equal ones in their order.

    inverses: `inverse_lengths(rows)`.
    """
    import numpy as np

    if k <= 0 or not len(rows):
        return []
    if k >= len(rows):
        return ordered(np.arange(len(rows)), cosines(rows, query), k)
    rough = (rows @ query) * inverses * inverse_lengths(query[None])[0]
    least = np.partition(rough, len(rough) - k)[len(rough) - k] - 2 * slack(len(query))
    places = np.flatnonzero(rough >= least)
    return ordered(places, cosines(rows[places], query), k)


def ordered(places: NDArray[np.intp], scores: Doubles, k: int) -> list[tuple[int, float]]:
    """The `k` best of `places` with their scores, best first; equal ones in the order of their places."""
    import numpy as np

    best = np.lexsort((places, -scores))[:k]
    return [(int(places[i]), float(scores[i])) for i in best]


def near_duplicates(
    rows: Matrix, limit: float, check: Callable[[], None] = lambda: None
) -> Iterator[tuple[int, int, float]]:
    """For each row that is alike (at least `limit`) to one kept before it: the kept one, the row, how alike they are.

    Rows are kept, in their order, if they are alike to none kept so far. Of several alike the most alike is named.
    Memory grows with the rows, not with their square. `check` is called now and then, and may raise to end it.
    """
    import numpy as np

    unit = rows * inverse_lengths(rows)[:, None]
    threshold = limit - slack(rows.shape[1])
    kept = np.empty(0, np.intp)
    for start in range(0, len(rows), _BLOCK):
        check()
        block = unit[start : start + _BLOCK]
        candidates = _candidates(unit, kept, block, threshold)
        inside = block @ block.T >= threshold
        fresh = np.zeros(len(block), bool)
        for i in range(len(block)):
            mine = np.array([*candidates[i], *(start + np.flatnonzero(inside[i, :i] & fresh[:i]))], np.intp)
            best = ordered(mine, cosines(rows[mine], rows[start + i]), 1) if len(mine) else []
            fresh[i] = not best or best[0][1] < limit
            if not fresh[i]:
                yield best[0][0], start + i, best[0][1]
        kept = np.concatenate([kept, start + np.flatnonzero(fresh)])


def _candidates(unit: Matrix, kept: NDArray[np.intp], block: Matrix, threshold: float) -> list[list[int]]:
    """For each row of `block`, which of the rows `kept` may be alike."""
    import numpy as np

    found: list[list[int]] = [[] for _ in range(len(block))]
    for start in range(0, len(kept), 4 * _BLOCK):
        part = kept[start : start + 4 * _BLOCK]
        for i, j in np.argwhere(block @ unit[part].T >= threshold):
            found[int(i)].append(int(part[j]))
    return found


def clusters(rows: Matrix, k: int) -> tuple[list[int], list[list[int]]]:
    """k-means (Lloyd 1982, seeded as k-means++) of the rows' directions, with a fixed seed, on one thread.

    Gives the number of each row's group, groups numbered as they first appear, and the rows of each group, the most
    typical first. Where fewer than `k` rows differ, there are fewer groups.
    """
    import warnings

    import numpy as np

    try:
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning
        from threadpoolctl import threadpool_limits
    except ModuleNotFoundError as error:
        raise not_installed("scikit-learn") from error

    unit = rows * inverse_lengths(rows)[:, None]
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different rows than groups
        found: Any = cast(Any, KMeans)(k, n_init=4, random_state=0).fit(unit)
    numbers: dict[int, int] = {}
    labels = [numbers.setdefault(int(label), len(numbers)) for label in found.labels_]
    groups: list[list[int]] = [[] for _ in numbers]
    for own, number in numbers.items():
        places = np.flatnonzero(found.labels_ == own)
        centre = found.cluster_centers_[own].astype(np.float32)
        groups[number] = [place for place, _ in ordered(places, cosines(unit[places], centre), len(places))]
    return labels, groups
