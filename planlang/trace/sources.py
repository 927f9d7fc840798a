"""The texts of a plan for the trace page: coloured lines, and places as lines and columns of a browser's texts."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple, TypeAlias

from planlang.lang.source import Source
from planlang.repl.highlighting import pieces
from planlang.runtime.journal.rows import Site

Piece: TypeAlias = list[str]
"""[kind, text]; the kind is "" for plain text, else keyword, text, number, comment or function."""
MOST_LINES = 20_000
MOST_COLUMNS = 2_000
"""What of a file the page shows at most."""


class SourceText(NamedTuple):
    """One file of a plan."""

    name: str
    lines: list[list[Piece]]
    left_out: int
    """Lines at the end that the page does not show."""


def source_text(name: str, text: str) -> SourceText:
    """The lines of `text` in coloured pieces."""
    lines: list[list[Piece]] = [[]]
    for style, part in _pieces(text):
        for number, line in enumerate(part.split("\n")):
            if number:
                lines.append([])
            if line:
                lines[-1].append([style, line])
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    return SourceText(name, [_narrow(line) for line in lines[:MOST_LINES]], max(0, len(lines) - MOST_LINES))


def _pieces(text: str) -> list[tuple[str, str]]:
    return [(style.removeprefix("class:plan."), part) for style, part, *_ in pieces(text)]


def _narrow(line: list[Piece]) -> list[Piece]:
    """A line with what lies beyond the last column left out."""
    room = MOST_COLUMNS
    kept: list[Piece] = []
    for style, part in line:
        if room <= 0:
            break
        kept.append([style, part[:room]])
        room -= len(part)
    return kept if room >= 0 else [*kept, ["comment", " …"]]


class Places:
    """The places of a run, each once: [file, line, column, line of its end, column there].

    Lines count from 1, columns from 0, in the units that JavaScript counts texts in.
    """

    def __init__(self, sources: list[tuple[str, str]]) -> None:
        """`sources` are names and texts, by the number that sites give them."""
        self._sources = [Source(text, name) for name, text in sources]
        self._numbers: dict[Site, int] = {}
        self.rows: list[list[int]] = []

    def number(self, site: Site | None) -> int:
        """The number of a place among `rows`; -1 where there is none."""
        if site is None or not 0 <= site.file < len(self._sources) or site.end <= 0:
            return -1
        if site not in self._numbers:
            source = self._sources[site.file]
            start, end = min(site.start, len(source.text)), min(max(site.start, site.end), len(source.text))
            self._numbers[site] = len(self.rows)
            self.rows.append([site.file, *_position(source, start), *_position(source, end)])
        return self._numbers[site]


def _position(source: Source, offset: int) -> tuple[int, int]:
    line = bisect_right(source.starts, offset)
    before = source.text[source.starts[line - 1] : offset]
    return line, len(before) + sum(character > "\uffff" for character in before)
