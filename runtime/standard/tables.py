"""The standard function `table`: rows as a table of text."""

from __future__ import annotations

import re
from unicodedata import combining, east_asian_width

from planlang.runtime.display import text
from planlang.runtime.errors import PlanError
from planlang.runtime.operators import key as need_key
from planlang.runtime.operators import words
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_length
from planlang.runtime.values import PlanDict, Value

from .arguments import chunked, need_list
from .registry import Registry

FUNCTIONS = Registry()
_GAP = "  "
_BREAKS = re.compile(r"\s*[\r\n\x0b\x0c\x85\u2028\u2029]\s*")


@FUNCTIONS.add_with_run
def table(run: Run, rows: Value, columns: Value = None) -> str:
    """A table as text: a line of titles, a rule, and a line for each row."""
    all_rows = _rows(run, rows)
    names = _columns(run, all_rows, columns)
    cells = _cells(run, all_rows, names)
    titles = [_cell(run, name) for name in names]
    widths = [max(map(width, column)) for column in zip(titles, *cells, strict=True)]
    check_length((len(cells) + 2) * (sum(widths) + len(_GAP) * len(widths)), run.limits)
    numeric = [all(type(row.get(name)) in (int, float, type(None)) for row in all_rows) for name in names]
    lines = [titles, ["-" * wide for wide in widths], *cells]
    return "\n".join(_line(line, widths, numeric) for line in lines)


def _rows(run: Run, rows: Value) -> list[PlanDict]:
    found: list[PlanDict] = []
    for chunk in chunked(run, need_list("table", rows)):
        for row in chunk:
            if type(row) is not PlanDict:
                raise PlanError("type", f"`table` needs a list of dicts, and this one has {words(row)} in it")
        found.extend(chunk)
    return found


def _cells(run: Run, rows: list[PlanDict], names: list[Value]) -> list[list[str]]:
    """The texts of all cells. One wide cell widens its whole column, so the table is bounded by each as it is made."""
    made: list[list[str]] = []
    for row in rows:
        cells = [_cell(run, row.get(name)) for name in names]
        check_length(max(map(width, cells), default=0) * len(rows), run.limits)
        made.append(cells)
    return made


def _columns(run: Run, rows: list[PlanDict], columns: Value) -> list[Value]:
    if columns is not None:
        chosen = [name for chunk in chunked(run, need_list("table", columns, "columns")) for name in chunk]
        return [need_key(name) for name in chosen]
    return list(dict.fromkeys(name for row in rows for name in row))


def _cell(run: Run, value: Value) -> str:
    """The value on one line; none is an empty cell."""
    return "" if value is None else _BREAKS.sub(" ", text(value, run.limits))


def _line(cells: list[str], widths: list[int], numeric: list[bool]) -> str:
    padded = [_pad(cell, wide, right) for cell, wide, right in zip(cells, widths, numeric, strict=True)]
    return _GAP.join(padded).rstrip()


def _pad(cell: str, wide: int, right: bool) -> str:
    space = " " * (wide - width(cell))
    return space + cell if right else cell + space


def width(line: str) -> int:
    """The columns that `line` takes on a terminal: East Asian wide characters take two, combining marks none."""
    if line.isascii():
        return len(line)
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in line)
