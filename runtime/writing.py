"""Nested values as text, without recursion: what plan literals, JSON and canonical JSON have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from .run import Limits
from .sizes import DEFAULT_LIMITS, size, too_large
from .values import PlanDict, PlanList, Value


class Style(NamedTuple):
    """How values are written.

    scalar gives the text of everything but lists and dicts, key that of a dict's key with what follows it ("a: ").
    indent is what each level is indented by; None writes all on one line. sort_keys orders a dict's keys by their text.
    """

    scalar: Callable[[Value], str]
    key: Callable[[Value], str]
    separator: str = ", "
    indent: str | None = None
    sort_keys: bool = False


class _Frame:
    """A container of which some parts are written. `parts` gives each part's prefix (a key, or "") and its value."""

    __slots__ = ("closer", "first", "parts")

    def __init__(self, holder: Value, style: Style) -> None:
        self.first = True
        if type(holder) is PlanDict:
            self.closer = "}"
            self.parts: Iterator[tuple[str, Value]] = _entries(holder, style)
        else:
            self.closer = "]"
            self.parts = (("", item) for item in holder)


def _entries(holder: PlanDict, style: Style) -> Iterator[tuple[str, Value]]:
    key = style.key
    if style.sort_keys:
        return iter(sorted(((key(k), v) for k, v in holder.items()), key=_text_of_key))
    return ((key(k), v) for k, v in holder.items())


def _text_of_key(entry: tuple[str, Value]) -> str:
    return entry[0]


def write(value: Value, style: Style, limits: Limits = DEFAULT_LIMITS) -> str:
    """The text of `value`. Raises `LimitError` if the value or its text would exceed the limits."""
    kind = type(value)
    if kind is not PlanList and kind is not PlanDict and kind is not range:
        return style.scalar(value)
    size(value, limits)
    pieces: list[str] = []
    room = limits.value_size
    stack = [_open(value, style, pieces)]
    while stack:
        room -= _write_parts(stack, style, pieces, room)
        if room < 0:
            too_large(limits.value_size, "a text")
    return "".join(pieces)


def _open(holder: Value, style: Style, pieces: list[str]) -> _Frame:
    frame = _Frame(holder, style)
    pieces.append("{" if frame.closer == "}" else "[")
    return frame


def _write_parts(stack: list[_Frame], style: Style, pieces: list[str], room: int) -> int:
    """Write parts of the innermost container until one is a container itself, or it ends; gives the characters used."""
    frame = stack[-1]
    scalar = style.scalar
    margin = "" if style.indent is None else _line(style, len(stack))
    separator = style.separator.rstrip() + margin if margin else style.separator
    used = 2
    for key, item in frame.parts:
        prefix = (margin if frame.first else separator) + key
        frame.first = False
        kind = type(item)
        used += len(prefix)
        if kind is PlanList or kind is PlanDict or kind is range:
            pieces.append(prefix)
            stack.append(_open(item, style, pieces))
            return used
        text = scalar(item)
        used += len(text)
        pieces.append(prefix + text)
        if used > room:
            return used
    stack.pop()
    if style.indent is not None and not frame.first:
        pieces.append(_line(style, len(stack)))
    pieces.append(frame.closer)
    return used


def _line(style: Style, level: int) -> str:
    return "\n" + (style.indent or "") * level
