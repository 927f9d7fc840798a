"""Where a generated program's choices come from: hypothesis, a seed, or a list that was recorded."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from hypothesis import strategies as st


class Choices(Protocol):
    """Draws ints."""

    def number(self, low: int, high: int) -> int:
        """An int between the two, both included."""
        ...


class Drawn:
    """Choices that hypothesis makes, and makes smaller when a program fails."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw: Callable[[st.SearchStrategy[int]], int] = draw

    def number(self, low: int, high: int) -> int:
        """An int between the two, both included."""
        return self._draw(_integers(low, high))


_STRATEGIES: dict[tuple[int, int], st.SearchStrategy[int]] = {}


def _integers(low: int, high: int) -> st.SearchStrategy[int]:
    found = _STRATEGIES.get((low, high))
    if found is None:
        found = _STRATEGIES[low, high] = st.integers(low, high)
    return found


class Seeded:
    """Choices that follow from a seed: ten times as fast, for the soak."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - programs, not secrets

    def number(self, low: int, high: int) -> int:
        """An int between the two, both included."""
        return low + int(self._random.random() * (high - low + 1))
