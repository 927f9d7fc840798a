"""The dataflow of a plan as text: the tree of its loops and conditions, with what each call waits for beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from planlang.lang.dataflow_graph import Dataflow, Kind, Operation, Region, Section, Shape
from planlang.terminal import cut, paint, width

from .words import KINDS, MARKS, Words

_STYLES = {Kind.MODEL: "bold", Kind.OBSERVATION: "good", Kind.CHANGE: "warning", Kind.CALL: "note", Kind.TEST: "dim"}
_BESIDE = 0.5
"""The share of a line that is source."""


class Row(NamedTuple):
    """One line of the tree."""

    line: int
    depth: int
    kind: Kind | None
    text: str
    note: str


def text(of: Dataflow, *, color: bool = False, columns: int = 100) -> str:
    """All sections, and what the marks mean."""
    blocks = [_section(section, color=color, columns=columns) for section in of.sections]
    used = {o.kind for section in of.sections for o in section.operations} - {Kind.TEST}
    legend = "   ".join(f"{MARKS[kind]} {KINDS[kind]}" for kind in KINDS if kind in used)
    if legend:
        blocks.append(paint(f"{legend}   (numbers are lines)", "dim", color=color))
    return "\n\n".join(blocks)


def title(of: Section) -> str:
    """`task main`, `fn solve, which calls itself`."""
    named = f"{of.kind} {of.name}".strip()
    return f"{named}, which calls itself" if of.recursive else named


def _section(of: Section, *, color: bool, columns: int) -> str:
    words = Words(of)
    found = list(rows(of, words))
    lines = [paint(title(of), "bold", color=color)]
    gutter = max((len(str(row.line)) for row in found), default=1) + 2
    widest = max((2 * row.depth + width(_shown(row)) for row in found), default=0)
    room = min(widest, max(int((columns - gutter) * _BESIDE), 24))
    lines += [_drawn(row, gutter, room, columns, color=color) for row in found]
    lines += [paint(f"  {_folded(line, columns - 2, 2)}", "bold", color=color) for line in words.summary()]
    return "\n".join(lines)


def _drawn(row: Row, gutter: int, room: int, columns: int, *, color: bool) -> str:
    number = paint(f"{row.line:>{gutter}}  ", "gutter", color=color)
    bars = "│ " * row.depth
    shown = cut(_shown(row), max(room - len(bars), 12))
    gap = " " * max(room - len(bars) - width(shown), 0)
    style = _STYLES[row.kind] if row.kind is not None else "dim"
    left = max(columns - gutter - 2 - room - 3, 20)
    note = _folded(row.note, left, gutter + room + 5)
    return f"{number}{paint(bars, 'dim', color=color)}{paint(shown, style, color=color)}{gap}   {note}".rstrip()


def _shown(row: Row) -> str:
    return f"{MARKS[row.kind]} {row.text}" if row.kind is not None and row.kind is not Kind.TEST else row.text


def _folded(note: str, room: int, indent: int) -> str:
    """A note on as many lines as it takes, all at the same column."""
    from textwrap import wrap

    return f"\n{' ' * indent}".join(wrap(note, max(room, 20), break_long_words=False))


def rows(of: Section, words: Words) -> Iterator[Row]:
    """The tree, line by line."""
    yield from _rows(of.root, words, 0)


def _rows(region: Region, words: Words, depth: int) -> Iterator[Row]:
    tests = {item.test for item in region.items if isinstance(item, Region)}
    if region.shape is Shape.LOOP:
        tests.add(region.test)
    for item in region.items:
        if isinstance(item, Region):
            yield Row(words.line(item), depth, None, _source(words, item), words.about(item))
            yield from _rows(item, words, depth + (item.shape is not Shape.STEP))
        elif item not in tests:
            yield Row(words.line(item), depth, item.kind, _source(words, item), words.waits(item))


def _source(words: Words, of: Operation | Region) -> str:
    """Its text in the plan, on one line."""
    span = of.span if isinstance(of, Operation) else of.head
    if isinstance(of, Operation) and span == of.region.head:
        return f"{of.name}(…)"  # a callback that has a name
    found = one_line(words.source.text[span.start : span.end])
    return f"{of.name} {found}" if isinstance(of, Operation) and of.kind is Kind.TEST else found


def one_line(source: str) -> str:
    """Source text without line ends and what surrounds it."""
    return " ".join(source.split()).strip("{} ") if source.lstrip().startswith("}") else " ".join(source.split())
