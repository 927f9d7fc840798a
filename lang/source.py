"""Source text and places in it."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple

LARGEST_FILE = 10_000_000
"""Bytes of a plan: what is larger is no text that a person reads, and is not read into memory."""


class Span(NamedTuple):
    """A half-open range of character offsets in one source text."""

    start: int
    end: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of `other`."""
        return Span(self.start, max(self.end, other.end))


class Source:
    """One source text with its name, and the way from offsets to lines and columns."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, text: str, name: str = "<input>") -> None:
        """Keep `text`; `name` is what messages call it (a path as the user wrote it)."""
        self.text = text
        self.name = name
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """The offset at which each line begins."""
        if self._starts is None:
            starts = [0]
            find = self.text.find
            at = find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = find("\n", at + 1)
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of `offset`, both counted from 1, the column in characters."""
        starts = self.starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line end; empty past the end."""
        starts = self.starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r")
