"""Files of rows: `.csv`, `.jsonl`, `.json` and `.parquet`, read as dicts and written from them."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import IO, Any, NamedTuple

from .display import quoted
from .errors import PlanError
from .granted_files import named
from .json_reading import read_json
from .run import Limits
from .sizes import DEFAULT_LIMITS, check_count, check_length
from .text_files import decode, open_granted, read_bytes, read_granted
from .values import PlanDict, PlanList, Value, from_python, new_dict

EXTENSIONS = (".csv", ".jsonl", ".json", ".parquet")


class Row(NamedTuple):
    """One row and what messages call its place: `row 3` or `line 3`."""

    place: str
    value: PlanDict


def extension(path: str) -> str:
    """The ending of a file's name that says how it holds rows; "" for all others."""
    ending = Path(path).suffix.lower()
    return ending if ending in EXTENSIONS else ""


def read_rows(
    path: str, shown: str, limits: Limits = DEFAULT_LIMITS, near: str | None = None, *, granted: bool = False
) -> Iterator[Row]:
    """The rows of the file at `path`, which messages call `shown`. CSV cells are text.

    granted: the path is one that a plan named; it was compared with what the plan may read, and resolved.
    """
    ending = extension(shown)
    if not ending:
        raise unknown_extension(shown)
    if ending == ".parquet":
        with open_granted(path if granted else os.path.realpath(path), shown, near) as file:
            yield from _parquet_rows(file, shown, limits)
        return
    read = read_granted if granted else read_bytes
    yield from parse_rows(decode(read(path, shown, limits, near), shown), ending, shown, limits)


def unknown_extension(shown: str) -> PlanError:
    """The error for a file whose name does not say how it holds rows."""
    return PlanError(
        "value",
        f"the name {named(shown)} does not say what its rows look like",
        "it must end in .csv, .jsonl, .json or .parquet",
    )


def parse_rows(text: str, ending: str, shown: str, limits: Limits = DEFAULT_LIMITS) -> Iterator[Row]:
    """The rows of a text, by the file's ending."""
    parse = {".csv": _csv_rows, ".jsonl": _jsonl_rows, ".json": _json_rows}[ending]
    for number, row in enumerate(parse(text, shown, limits), 1):
        if not number % 1000:
            check_count(number, limits)
        yield row


def _csv_rows(text: str, shown: str, limits: Limits) -> Iterator[Row]:
    csv.field_size_limit(limits.value_size)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    names: list[str] | None = None
    number = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise PlanError("value", f"{named(shown)} is no CSV: line {reader.line_num}: {error}") from None
        if cells is None:
            return
        if not cells:
            continue
        if names is None:
            names = _column_names(cells, shown)
            continue
        number += 1
        if len(cells) != len(names):
            place = f"{named(shown)}, row {number} (line {reader.line_num}),"
            message = f"{place} has {_cells(len(cells))}, and there are {len(names)} columns"
            raise PlanError("value", message, "put cells that hold a comma or a line end in double quotes")
        yield Row(f"row {number}", new_dict(zip(names, cells, strict=True)))


def _cells(number: int) -> str:
    return "1 cell" if number == 1 else f"{number:,} cells"


def _column_names(cells: list[str], shown: str) -> list[str]:
    twice = next((name for name in cells if cells.count(name) > 1), None) if len(set(cells)) < len(cells) else None
    if twice is not None:
        raise PlanError("value", f"{named(shown)} has two columns called {quoted(twice)}")
    return cells


def _jsonl_rows(text: str, shown: str, limits: Limits) -> Iterator[Row]:
    start = 0
    for number in count(1):
        end = text.find("\n", start)
        line = text[start:] if end < 0 else text[start:end]
        if line.strip():
            place = f"line {number}"
            row = read_json(line, limits, f"{named(shown)}, {place},")
            yield Row(place, _need_dict(row, shown, place))
        if end < 0:
            return
        start = end + 1


def _json_rows(text: str, shown: str, limits: Limits) -> Iterator[Row]:
    rows = read_json(text, limits, named(shown))
    if type(rows) is not PlanList:
        raise PlanError("value", f"{named(shown)} must hold a list of objects in JSON", "one object a line is .jsonl")
    for number, row in enumerate(rows, 1):
        place = f"row {number}"
        yield Row(place, _need_dict(row, shown, place))


def _need_dict(row: Value, shown: str, place: str) -> PlanDict:
    if type(row) is PlanDict:
        return row
    raise PlanError("value", f"{named(shown)}, {place}, is no JSON object", 'a row is written {"column": value, …}')


# --- Parquet ---------------------------------------------------------------------------------------------


def pyarrow() -> Any:
    """The package that reads and writes Parquet; a `value` error says how to get it."""
    try:
        import pyarrow as pa

        import_module("pyarrow.parquet")  # the package does not import it by itself
    except ImportError:
        hint = 'install it with: pip install "planlang[parquet]"'
        raise PlanError("value", ".parquet files need the package pyarrow, which is not installed", hint) from None
    return pa


def _parquet_rows(opened: IO[bytes], shown: str, limits: Limits) -> Iterator[Row]:
    pa = pyarrow()
    try:
        file = pa.parquet.ParquetFile(opened)
        groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
        check_length(sum(group.total_byte_size for group in groups), limits, f"the rows of {named(shown)}")
        check_count(file.metadata.num_rows * file.metadata.num_columns, limits, f"the rows of {named(shown)}")
        number = 0
        for batch in file.iter_batches(10_000):
            for row in batch.to_pylist():
                number += 1
                yield Row(f"row {number}", from_python(_plain(row)))
    except (pa.ArrowException, OSError) as error:
        raise PlanError(
            "value", f"{named(shown)} is no Parquet file that can be read", str(error).split("\n")[0][:200]
        ) from None


def _plain(value: Any) -> Any:
    """Parquet's own types as plan values: dates as ISO text, decimals as floats, bytes as text, NaN as none."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return value if value == value else None  # noqa: PLR0124 - the test for "not a number"
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return float(value) if hasattr(value, "as_tuple") else str(value)
