"""Standard functions that read and write files of rows."""

from __future__ import annotations

from functools import partial

from planlang.runtime.errors import PlanError
from planlang.runtime.operators import words
from planlang.runtime.row_files import read_rows as read_rows_of
from planlang.runtime.row_writing import rows_as_bytes
from planlang.runtime.run import Run
from planlang.runtime.text_files import write_bytes
from planlang.runtime.values import PlanDict, PlanList, Value, new_list

from .arguments import chunked, need_list, need_text
from .files import beside, readable
from .jsons import to_json
from .registry import Registry

FUNCTIONS = Registry()


@FUNCTIONS.add_with_run
def read_rows(run: Run, path: Value) -> PlanList:
    """The rows of a file, each a dict."""
    resolved = readable(run, need_text("read_rows", path, "path"))
    made = new_list()
    for row in read_rows_of(resolved, path, run.limits, beside(run, path), granted=True):
        run.tick(1 + len(row.value))
        made.append(row.value)
    return made


@FUNCTIONS.add_with_run
def write_rows(run: Run, path: Value, rows: Value) -> None:
    """Write dicts as the rows of a file."""
    resolved = run.permissions.path("write", need_text("write_rows", path, "path"))
    found: list[PlanDict] = []
    for chunk in chunked(run, need_list("write_rows", rows, "rows")):
        found += chunk
    for row in found:
        if type(row) is not PlanDict:
            raise PlanError("type", f"`write_rows` needs a list of dicts, and this one has {words(row)} in it")
    write_bytes(resolved, path, rows_as_bytes(found, path, partial(to_json, run), run.limits))
