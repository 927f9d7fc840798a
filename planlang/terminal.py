"""Text on a terminal: how wide it is, what must not reach it raw, and whether colours may be used."""

from __future__ import annotations

import os
from typing import TextIO

TAB = 4
"""Cells that a tab takes at most: it goes on to the next multiple."""

STYLES = {"error": "1;31", "warning": "1;33", "note": "1;36", "bold": "1", "dim": "2", "good": "32", "gutter": "34"}


def uses_color(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that shows colours and the user has not switched them off (no-color.org)."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether a person looks at `stream`; false for a closed one."""
    try:
        return stream.isatty()
    except ValueError:
        return False


def paint(text: str, style: str, *, color: bool) -> str:
    """`text` in one of `STYLES`, or as it is."""
    return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if color and text else text


def cell(character: str) -> tuple[str, int]:
    """What to show for one character, and how many cells of a terminal it takes.

    Control characters and the ones that turn the direction of writing are shown as escapes: a source line or a
    model's answer must neither drive the terminal nor look like other text than it is.
    """
    if " " <= character <= "~":
        return character, 1
    from unicodedata import category, east_asian_width

    kind = category(character)
    if kind in ("Cc", "Cs", "Zl", "Zp") or (kind == "Cf" and character not in "\u200c\u200d\u00ad"):
        shown = f"\\u{{{ord(character):x}}}"
        return shown, len(shown)
    if kind in ("Mn", "Me", "Cf"):
        return character, 0
    return character, 2 if east_asian_width(character) in ("W", "F") else 1


def cells(line: str) -> list[tuple[str, int]]:
    """`cell` of every character of a line, tabs opened."""
    found: list[tuple[str, int]] = []
    column = 0
    for character in line:
        if character == "\t":
            gap = TAB - column % TAB
            found.append((" " * gap, gap))
        else:
            found.append(cell(character))
        column += found[-1][1]
    return found


def visible(text: str) -> str:
    """`text` with what must not reach a terminal escaped; line ends stay."""
    if text.isprintable() and text.isascii():
        return text
    return "\n".join("".join(shown for shown, _ in cells(line)) for line in text.split("\n"))


def width(text: str) -> int:
    """How many cells one line of text takes."""
    return sum(taken for _, taken in cells(text))


def cut(text: str, limit: int) -> str:
    """One line of text made visible, and cut with `…` where it is wider than `limit` cells."""
    found = cells(text)
    if sum(taken for _, taken in found) <= limit:
        return "".join(shown for shown, _ in found)
    kept: list[str] = []
    left = limit - 1
    for shown, taken in found:
        left -= taken
        if left < 0:
            break
        kept.append(shown)
    return "".join(kept) + "…"


def columns(stream: TextIO) -> int:
    """How many cells a line on `stream` may take: the terminal's width, 100 where there is none."""
    if not is_terminal(stream):
        return 100
    try:
        found = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return 100
    return max(found, 40) if found else 100
