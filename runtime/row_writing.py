"""Rows as the text of a `.csv`, `.jsonl`, `.json` or `.parquet` file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from typing import TypeAlias

from .display import quoted
from .errors import PlanError
from .row_files import extension, pyarrow, unknown_extension
from .run import Limits
from .sizes import too_large
from .values import PlanDict, Value, to_python

ToJson: TypeAlias = Callable[[Value], str]


def rows_as_bytes(rows: list[PlanDict], shown: str, to_json: ToJson, limits: Limits) -> bytes:
    """The contents of a file called `shown` that holds `rows`; `to_json` writes one value."""
    ending = extension(shown)
    if not ending:
        raise unknown_extension(shown)
    if ending == ".parquet":
        return _parquet(rows, shown)
    pieces = {".csv": _csv, ".jsonl": _jsonl, ".json": _json}[ending](rows, to_json)
    room = limits.value_size
    kept: list[str] = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            too_large(limits.value_size, f"the text of {quoted(shown)}")
        kept.append(piece)
    return "".join(kept).encode("utf-8", "replace")


def _csv(rows: list[PlanDict], to_json: ToJson) -> Iterator[str]:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not names:
        return
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([_cell(name, to_json) for name in names])
    for row in rows:
        writer.writerow([_cell(row.get(name), to_json) for name in names])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Value, to_json: ToJson) -> str:
    if value is None:
        return ""
    return value if type(value) is str else to_json(value)


def _jsonl(rows: list[PlanDict], to_json: ToJson) -> Iterator[str]:
    for row in rows:
        yield to_json(row)
        yield "\n"


def _json(rows: list[PlanDict], to_json: ToJson) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        yield ",\n  " if number else "\n  "
        yield to_json(row)
    yield "\n]\n" if rows else "]\n"


def _parquet(rows: list[PlanDict], shown: str) -> bytes:
    pa = pyarrow()
    buffer = io.BytesIO()
    try:
        table = pa.Table.from_pylist([{str(key): value for key, value in to_python(row).items()} for row in rows])
        pa.parquet.write_table(table, buffer)
    except (pa.ArrowException, OverflowError, TypeError) as error:
        reason = str(error).split("\n")[0][:200]
        hint = f"a column of a Parquet file holds values of one type ({reason})"
        raise PlanError("value", f"these rows do not fit into a Parquet file {quoted(shown)}", hint) from None
    return buffer.getvalue()
