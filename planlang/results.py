"""A plan's result as a person or a program reads it: table, pretty value, or JSON."""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from planlang.runtime.values import Value

from .terminal import cell, columns, is_terminal, visible, width

DEEPEST = 12
"""Levels that are laid out on lines of their own; what lies deeper stands on one."""
MOST_ROWS = 200
"""Rows of a table shown on a terminal."""


def show(value: Value, out: TextIO, *, as_json: bool = False) -> None:
    """Write `value` to `out`: for a person on a terminal, as JSON otherwise. `none` shows only with `as_json`."""
    if value is None and not as_json:
        return
    if as_json or not is_terminal(out):
        _write_json_text(json_text(value), out)
    elif table := _table(value):
        _print_table(table, value, out)
    else:
        out.write(pretty(value, columns(out)) + "\n")


def json_text(value: Value) -> str:
    """`value` as JSON with two spaces of indentation; what JSON cannot say becomes its text in the plan language."""
    from planlang.runtime.errors import LimitError, PlanError
    from planlang.runtime.run import Run
    from planlang.runtime.standard import bind

    # The language's own `to_json` takes deep and shared data in its stride.
    to_json = bind("to_json", Run())
    try:
        return to_json(value, 2)
    except LimitError:
        raise
    except PlanError:
        return to_json(_sayable(value), 2)


def _sayable(value: Value) -> Value:
    """A copy of `value` in which functions, opaque values and types are replaced by their texts."""
    from planlang.runtime.display import text
    from planlang.runtime.values import new_dict, new_list

    root: list[Value] = [None]
    work: list[tuple[Any, Any, Value]] = [(root, 0, value)]
    while work:
        holder, place, item = work.pop()
        if isinstance(item, (list, range)):
            holder[place] = made = new_list([None] * len(item))
            work.extend((made, at, part) for at, part in enumerate(item))
        elif isinstance(item, dict):
            holder[place] = made = new_dict(dict.fromkeys(item))
            work.extend((made, key, part) for key, part in item.items())
        else:
            plain = item is None or isinstance(item, (bool, int, float, str))
            holder[place] = item if plain and item not in (float("inf"), -float("inf")) else text(item)
    return root[0]


def pretty(value: Value, room: int, depth: int = 0, *, bare: bool = True) -> str:
    """`value` as a literal of the language, on one line where it fits in `room` cells; with `bare`, a text as it is."""
    from planlang.runtime.display import literal

    if isinstance(value, str) and depth == 0 and bare:
        return visible(value)
    line = visible(literal(value))
    if not isinstance(value, (list, dict)) or not value or depth >= DEEPEST or width(line) <= room - 2 * depth:
        return line
    inner = "  " * (depth + 1)
    if isinstance(value, dict):
        parts = [f"{_key(key)}: {pretty(item, room, depth + 1)}" for key, item in value.items()]
    else:
        parts = [pretty(item, room, depth + 1) for item in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    body = "".join(f"{inner}{part},\n" for part in parts)
    return f"{opening}\n{body}{'  ' * depth}{closing}"


def _key(key: Value) -> str:
    """A key as it stands in a dict literal."""
    from planlang.runtime.display import literal
    from planlang.runtime.values import new_dict

    return visible(literal(new_dict({key: None}))[1:-1].rpartition(":")[0])


def _table(value: Value) -> list[str] | None:
    """The columns of a list of at least two flat dicts that share their keys; None for anything else."""
    if not isinstance(value, list) or len(value) < 2:
        return None
    names: dict[str, None] = {}
    for row in value:
        if not isinstance(row, dict) or any(isinstance(cell, (list, dict)) for cell in row.values()):
            return None
        names.update(dict.fromkeys(str(key) for key in row))
    return list(names) if names and len(names) <= max(len(row) for row in value) + 2 else None


def _print_table(names: list[str], rows: Any, out: TextIO) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from planlang.runtime.display import text

    table = Table(box=SIMPLE_HEAD)
    for name in names:
        numbers = all(isinstance(row.get(name), (int, float)) for row in rows)
        table.add_column(Text(visible(name)), justify="right" if numbers else "left")
    for row in rows[:MOST_ROWS]:
        table.add_row(*(Text(visible(text(row[name]))) if name in row else "" for name in names))
    console = Console(file=out, highlight=False)
    console.print(table)
    if len(rows) > MOST_ROWS:
        console.print(f"… {len(rows) - MOST_ROWS:,} more rows; --json shows all")


def write_json(data: Any, out: TextIO | None = None) -> None:
    """Write plain data (findings, test results) as JSON."""
    _write_json_text(json.dumps(data, indent=2, ensure_ascii=False), out or sys.stdout)


def _write_json_text(text: str, out: TextIO) -> None:
    """Write JSON. On a terminal, what must not reach it raw stands as JSON's own escapes: the data is the same."""
    if is_terminal(out) and not (text.isascii() and text.isprintable()):
        text = "\n".join("".join(map(_json_cell, line)) for line in text.split("\n"))
    out.write(text + "\n")


def _json_cell(character: str) -> str:
    return character if cell(character)[0] == character else json.dumps(character)[1:-1]
