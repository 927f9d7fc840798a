"""Lists that are gone over while they grow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from planlang.runtime.values import Value

from .pending import DONE, WAITING, Pending, known

MORE = object()
"""Stands for elements of which nobody knows yet whether there are any."""


class Growing:
    """Goes over a list while it grows: first what is known of it, then `MORE`, and on when there is more.

    The list only ever gets longer, so that the elements of an earlier state of it are the first of the later ones.
    """

    def __init__(self, last: Pending) -> None:
        """`last` is the state of the list that is to be gone over."""
        self._states: list[tuple[Pending, Any]] = []
        """The states that are not known yet, the earliest at the end, each with the one that it grew from."""
        self._list: Value = None
        self._at = 0
        self._go_back(last)

    def _go_back(self, state: Value) -> None:
        """Take in `state` and those before it that are not known."""
        while type(state) is Pending and state.state != DONE:
            base = state.base
            self._states.append((state, base))
            state = base
        if state is not None:
            self._list = known(state)

    def _has_more(self) -> bool:
        while True:
            if self._list is not None and self._at < len(self._list):
                return True
            if not self._states:
                return False
            state, base = self._states[-1]
            if state.state == DONE:
                self._states.pop()
                self._list = known(state)
            elif state.state == WAITING and state.base is not base:
                self._states[-1] = state, state.base
                self._go_back(state.base)
            else:
                return False

    def missing(self) -> Iterator[Pending]:
        """What to wait for until there is more, or the end is known."""
        while not self._has_more() and self._states:
            yield self._states[-1][0]

    def __iter__(self) -> Growing:
        """Itself."""
        return self

    def __next__(self) -> Value:
        """The next element, or `MORE`."""
        if self._has_more():
            self._at += 1
            return self._list[self._at - 1]
        if self._states:
            return MORE
        raise StopIteration
