"""Source lines with places underlined: the middle part of every message about a plan."""

from __future__ import annotations

from dataclasses import dataclass

from planlang.lang.source import Source, Span

from .terminal import cells, paint, visible

REACH = 1000
"""How many characters of a very long line are looked at on either side of the underlined place."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to underline. The primary one is what the message is about; `text` stands beside the underline."""

    span: Span
    text: str = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Style:
    """How to draw: with colours or not, `severity` colours the primary underline, `width` in cells."""

    color: bool = False
    severity: str = "error"
    width: int = 100


def snippet(source: Source, marks: list[Mark], style: Style) -> list[str]:
    """The lines of a message from `--> file:line:column` to the last underline."""
    primary = next(m for m in marks if m.primary)
    line, column = source.position(primary.span.start)
    by_line: dict[int, list[Mark]] = {}
    for mark in marks:
        by_line.setdefault(source.position(mark.span.start)[0], []).append(mark)
    gutter = len(str(max(by_line)))
    edge = paint("|", "gutter", color=style.color)
    blank = f" {' ' * gutter} {edge}"
    arrow = paint("-->", "gutter", color=style.color)
    shown = [f" {' ' * gutter}{arrow} {visible(source.name)}:{line}:{column}", blank]
    previous = 0
    for number in sorted(by_line):
        if previous and number > previous + 1:
            shown.append(paint("...", "gutter", color=style.color))
        text, underlines = _line(source, number, by_line[number], style, gutter + 4)
        head = paint(f"{number:>{gutter}}", "gutter", color=style.color)
        shown.append(f" {head} {edge} {text}".rstrip())
        shown.extend(f"{blank} {underline}" for underline in underlines)
        previous = number
    return shown


def _line(source: Source, number: int, marks: list[Mark], style: Style, taken: int) -> tuple[str, list[str]]:
    """One source line as shown, and a line under it for each mark, the primary one first."""
    start = source.starts[number - 1]
    line = source.line(number)
    focus = next((m for m in marks if m.primary), marks[0]).span.start
    skipped = max(focus - start - REACH, 0) if len(line) > 2 * REACH else 0
    start += skipped
    parts = cells(line[skipped : skipped + 2 * REACH])
    first, last = _window(parts, focus - start, max(style.width - taken, 20))
    lead = "…" if first or skipped else ""
    tail = "…" if last < len(parts) or len(line) > skipped + 2 * REACH else ""
    text = lead + "".join(shown for shown, _ in parts[first:last]) + tail
    underlines: list[str] = []
    for mark in sorted(marks, key=lambda m: (not m.primary, m.span.start)):
        begin = min(max(mark.span.start - start, first), len(parts))
        end = min(max(mark.span.end - start, begin), last)
        indent = len(lead) + sum(wide for _, wide in parts[first:begin])
        length = max(1, sum(wide for _, wide in parts[begin:end]))
        sign = paint(("^" if mark.primary else "-") * length, _style(mark, style), color=style.color)
        note = paint(_beside(mark.text, taken + indent + length), _style(mark, style), color=style.color)
        underlines.append(f"{' ' * indent}{sign} {note}".rstrip())
    return text, underlines


def _style(mark: Mark, style: Style) -> str:
    return style.severity if mark.primary else "note"


def _beside(text: str, column: int) -> str:
    """A label's further lines start under its first."""
    return visible(text).replace("\n", "\n" + " " * (column + 1))


def _window(parts: list[tuple[str, int]], focus: int, limit: int) -> tuple[int, int]:
    """Which characters of a line to show in `limit` cells so that the one at `focus` is seen with what precedes it."""
    if sum(wide for _, wide in parts) <= limit:
        return 0, len(parts)
    first = min(max(focus, 0), len(parts))
    room = limit // 3
    while first > 0 and room >= parts[first - 1][1]:
        first -= 1
        room -= parts[first][1]
    last, room = first, limit - 2
    while last < len(parts) and room >= parts[last][1]:
        room -= parts[last][1]
        last += 1
    return first, last
