"""Small tables of text for a terminal: a dim head, and columns as wide as what stands in them."""

from __future__ import annotations

from collections.abc import Sequence

from .terminal import cut, paint, width

WIDEST = 60
"""Cells that a column takes at most; what is wider is cut."""


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: str = "", *, color: bool = False) -> list[str]:
    """The lines of a table. Cells may hold anything: what must not reach a terminal raw is escaped.

    right: the heads of the columns that stand to the right, as one text with spaces between.
    """
    shown = [[cut(cell, WIDEST) for cell in row] for row in (head, *rows)]
    wide = [max(width(row[column]) for row in shown) for column in range(len(head))]
    sides = [name in right.split() for name in head]
    lines = ["  ".join(map(_padded, row, wide, sides)).rstrip() for row in shown]
    return [paint(lines[0], "dim", color=color), *lines[1:]]


def _padded(text: str, wide: int, right: bool) -> str:
    gap = " " * (wide - width(text))
    return gap + text if right else text + gap
