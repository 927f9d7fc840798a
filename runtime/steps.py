"""Counting steps: loop turns, function calls, and elements that standard functions work through (`--max-steps`)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice, repeat
from operator import length_hint

from .errors import LimitError


class Steps:
    """A budget of steps.

    Generated code draws one step with `next_step()`, the bare `__next__` of an iterator of that many nothings: the
    cheapest exact counter that CPython has. It raises StopIteration at the limit, which becomes a `LimitError`.
    """

    __slots__ = ("_left", "limit", "next_step", "take")

    def __init__(self, limit: int | None) -> None:
        """A budget of `limit` steps; None is no limit and costs nothing."""
        self.limit = limit
        self._left = repeat(None, limit if limit is not None else 0)
        self.next_step: Callable[[], None] = self._left.__next__
        self.take: Callable[..., None] = _free if limit is None else self._take

    def _take(self, count: int = 1) -> None:
        if length_hint(self._left) < count:
            raise self.exhausted()
        next(islice(self._left, count, count), None)

    def exhausted(self) -> LimitError:
        """The error for a run whose steps are used up."""
        return LimitError(f"the plan reached its limit of {self.limit:,} steps", "raise --max-steps, or do less")


def _free(count: int = 1) -> None:
    """Count nothing: there is no limit."""
