"""How large a value is and how deep it nests, and the errors for values beyond the limits (§9)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import NoReturn

from .errors import LimitError
from .run import Limits
from .values import PlanDict, PlanList, Value

DEFAULT_LIMITS = Limits()
"""What bounds values that are made outside a run."""

INT_BITS = 524_288
"""Ints are exact up to 64 KiB."""

_SLOT = 8
"""Bytes that an element takes in its container."""


def too_large(limit: int, what: str = "a value") -> NoReturn:
    """Raise the error for something that would exceed the value-size limit of `limit` bytes."""
    shown = f"{limit // 2**20} MiB" if limit >= 2**20 else f"{limit:,} bytes"
    raise LimitError(f"this would make {what} larger than the limit for one value ({shown})")


def too_deep(limit: int) -> NoReturn:
    """Raise the error for data that nests more than `limit` levels."""
    raise LimitError(f"the data nests more than {limit:,} levels deep")


def check_length(count: int, limits: Limits, what: str = "a text") -> None:
    """Refuse a text of `count` characters if it is too large; call it before the text is built."""
    if count > limits.value_size:
        too_large(limits.value_size, what)


def check_count(count: int, limits: Limits, what: str = "a list") -> None:
    """Refuse a list of `count` elements if it is too large; call it before the list is built."""
    if count * _SLOT > limits.value_size:
        too_large(limits.value_size, what)


def size(value: Value, limits: Limits = DEFAULT_LIMITS) -> int:
    """The size of `value` in bytes: a text a byte a character, a container 8 an element (a dict 16) and its parts.

    Shared parts count each time they occur, but each container is visited once, so this takes time in proportion to
    what is in memory. Raises `LimitError` where the size or the depth exceeds the limits.
    """
    kind = type(value)
    if kind is str:
        check_length(len(value), limits)
        return len(value)
    if kind is not PlanList and kind is not PlanDict:
        return _scalar(value, limits)
    return _container(value, limits)


def _scalar(value: Value, limits: Limits) -> int:
    kind = type(value)
    if kind is str:
        return len(value)
    if kind is int:
        return value.bit_length() >> 3
    if kind is range:
        check_count(len(value), limits)
        return len(value) * _SLOT
    return 0


class _Frame:
    """A container whose parts are being summed up."""

    __slots__ = ("holder", "levels", "parts", "total")

    def __init__(self, holder: Value) -> None:
        self.holder = holder
        self.levels = 1
        if type(holder) is PlanDict:
            self.parts: Iterator[Value] = chain(holder, holder.values())
            self.total = 2 * _SLOT * len(holder)
        else:
            self.parts = iter(holder)
            self.total = _SLOT * len(holder)


def _container(root: Value, limits: Limits) -> int:
    done: dict[int, tuple[int, int]] = {}  # id → bytes, levels
    stack = [_Frame(root)]
    while True:
        frame = stack[-1]
        child = _sum_up(frame, done, limits)
        if child is not None:
            if len(stack) >= limits.depth:
                too_deep(limits.depth)
            stack.append(_Frame(child))
            continue
        if frame.total > limits.value_size:
            too_large(limits.value_size)
        stack.pop()
        if not stack:
            return frame.total
        done[id(frame.holder)] = frame.total, frame.levels
        _add(stack[-1], frame.total, frame.levels, limits)


def _sum_up(frame: _Frame, done: dict[int, tuple[int, int]], limits: Limits) -> Value:
    """Add up parts of `frame` until one needs a frame of its own, which is returned; None at the end."""
    for item in frame.parts:
        kind = type(item)
        if kind is PlanList or kind is PlanDict:
            known = done.get(id(item))
            if known is None:
                return item
            _add(frame, *known, limits)
        elif kind is str:
            frame.total += len(item)
        elif kind is int or kind is range:
            frame.total += _scalar(item, limits)
    return None


def _add(frame: _Frame, total: int, levels: int, limits: Limits) -> None:
    frame.total += total
    if levels >= frame.levels:
        frame.levels = levels + 1
        if frame.levels > limits.depth:
            too_deep(limits.depth)
