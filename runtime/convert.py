"""Values of a task's parameters from the command line: plain text, `@file`, `@rows.csv:column` and `-`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, NamedTuple, TextIO

from planlang.lang.suggestions import closest
from planlang.lang.type_text import display
from planlang.lang.types import STR, AnyType, DictType, ListType, Named, RecordType, TupleType, Type, UnionType

from .display import quoted
from .errors import PlanError
from .literals import NotOfType, from_text
from .row_files import EXTENSIONS, Row, extension, parse_rows, read_rows
from .run import Limits
from .sizes import DEFAULT_LIMITS
from .text_files import decode, read_bounded, read_text
from .validate import validate
from .values import PlanDict, Value, new_dict, new_list


class _Input(NamedTuple):
    """Where a value comes from. `shown` is its name in messages, `ending` says how rows are held ("" for text)."""

    shown: str
    ending: str
    column: str | None
    text: Callable[[], str]
    rows: Callable[[], Iterator[Row]]


def read_argument(text: str, type_: Type, what: str, stdin: TextIO, limits: Limits = DEFAULT_LIMITS) -> Value:
    """The value of `type_` that `text` stands for on the command line; messages begin with `what` (`--reviews`).

    `@path` reads a file, `@rows.csv:text` a column of one, `-` and `@-` standard input; `@@…` is text that begins with
    `@`. Raises `PlanError` where the text or the file does not hold such a value.
    """
    try:
        if text in ("-", "@-"):
            return _from_input(_standard_input(stdin, limits), type_, what)
        if text.startswith("@") and not text.startswith("@@"):
            return _from_input(_file(text[1:], limits), type_, what)
    except PlanError as error:
        message = error.message if error.message.startswith(what) else f"{what}: {error.message}"
        raise PlanError(error.kind, message, error.hint) from None
    return _plain(text[1:] if text.startswith("@@") else text, type_, what)


def _plain(text: str, type_: Type, where: str) -> Value:
    """The value that a word or a CSV cell stands for."""
    try:
        value = from_text(text, type_)
    except NotOfType as error:
        found = quoted(text if len(text) <= 60 else text[:60] + "…")
        raise PlanError("value", f"{where}: expected {display(type_)}, found {found}", error.hint) from None
    return validate(value, type_, where)


def _file(name: str, limits: Limits) -> _Input:
    path, _, column = name.rpartition(":")
    chosen = column if path and extension(path) else None
    path = path if chosen is not None else name
    return _Input(
        path,
        extension(path),
        chosen,
        lambda: read_text(path, path, limits, path),
        lambda: read_rows(path, path, limits, path),
    )


def _standard_input(stdin: TextIO, limits: Limits) -> _Input:
    binary: IO[bytes] | None = getattr(stdin, "buffer", None)
    shown = "standard input"
    text = stdin.read() if binary is None else decode(read_bounded(binary, shown, limits), shown)
    return _Input(shown, "", None, lambda: text, lambda: _piped_rows(text, shown, limits))


def _piped_rows(text: str, shown: str, limits: Limits) -> Iterator[Row]:
    """Rows of standard input, which has no name that could say that they are anything but JSON."""
    ending = ".json" if text.lstrip()[:1] == "[" else ".jsonl"
    try:
        yield from parse_rows(text, ending, shown, limits)
    except PlanError as error:
        if error.kind != "value":
            raise
        hint = "rows on standard input are JSON, as a list or one object a line; a CSV file is given as @name.csv"
        raise PlanError("value", error.message, hint) from None


# --- By declared type ------------------------------------------------------------------------------------


def _from_input(source: _Input, type_: Type, what: str) -> Value:
    if source.column is not None:
        return _column(source, type_, what)
    shape = _shape(type_)
    if isinstance(shape, ListType):
        return validate(_list(source, shape.element, what), type_, what)
    if isinstance(shape, AnyType) and source.ending:
        return new_list(row.value for row in source.rows())
    if shape == STR or isinstance(shape, AnyType):
        return source.text()
    return _plain(source.text().strip(), type_, f"{what}: {source.shown}")


def _shape(type_: Type) -> Type:
    """The type that says how to read a file: names followed, `?` left out."""
    while isinstance(type_, Named) and type_.type is not None:
        type_ = type_.type
    if isinstance(type_, UnionType):
        shapes = [shape for shape in map(_shape, type_.members) if isinstance(shape, ListType) or shape == STR]
        return shapes[0] if shapes else type_
    return type_


def _list(source: _Input, element: Type, what: str) -> Value:
    """A list: rows where its elements are dicts or the file holds rows, else a line for each element."""
    inner = _shape(element)
    dicts = isinstance(inner, (RecordType, DictType)) or _has_dicts(inner)
    if dicts and source.ending == "" and source.shown != "standard input":
        raise PlanError(
            "value", f"rows are read from {', '.join(EXTENSIONS)} files, and {quoted(source.shown)} is none"
        )
    if dicts or (source.ending and isinstance(inner, AnyType)):
        return new_list(_row(source, row, element, what) for row in source.rows())
    if source.ending in (".csv", ".jsonl", ".parquet"):
        raise _which_column(source)
    if source.ending == ".json" or isinstance(inner, (ListType, TupleType)):
        return _plain(source.text(), ListType(element), f"{what}: {source.shown}")
    return _lines(source, element, what)


def _has_dicts(type_: Type) -> bool:
    members = type_.members if isinstance(type_, UnionType) else ()
    return any(isinstance(_shape(member), (RecordType, DictType)) for member in members)


def _lines(source: _Input, element: Type, what: str) -> Value:
    lines = source.text().split("\n")
    if not lines[-1]:
        lines.pop()
    lines = [line.removesuffix("\r") for line in lines]
    if _shape(element) == STR:
        return new_list(lines)
    return new_list(_plain(line, element, f"{what}: {source.shown}, line {n}") for n, line in enumerate(lines, 1))


def _row(source: _Input, row: Row, element: Type, what: str) -> PlanDict:
    where = f"{what}: {source.shown}, {row.place}"
    if source.ending == ".csv":
        return _converted(row.value, element, where)
    return validate(row.value, element, where)


def _converted(cells: PlanDict, element: Type, where: str) -> PlanDict:
    """A CSV row with its cells converted to the types that are declared for them."""
    shape = _shape(element)
    if isinstance(shape, DictType):
        return new_dict((name, _cell(cell, shape.value, f"{where}, column {name}")) for name, cell in cells.items())
    if not isinstance(shape, RecordType):
        return validate(cells, element, where)
    made = new_dict(cells)
    for field in shape.fields:
        if field.name not in cells:
            if field.optional:
                continue
            raise _no_column(field.name, list(cells), where)
        made[field.name] = _cell(cells[field.name], field.type, f"{where}, column {field.name}")
    return made


def _cell(cell: str, type_: Type, where: str) -> Value:
    """An empty cell is none where none is allowed."""
    return cell if isinstance(type_, AnyType) else _plain(cell, type_, where)


# --- Columns ---------------------------------------------------------------------------------------------


def _column(source: _Input, type_: Type, what: str) -> Value:
    column = source.column or ""
    shape = _shape(type_)
    if not isinstance(shape, (ListType, AnyType)):
        raise PlanError("value", f"a column is a list, and {what} takes {display(type_)}")
    element = shape.element if isinstance(shape, ListType) else shape
    made = new_list()
    for row in source.rows():
        where = f"{what}: {source.shown}, {row.place}"
        if column not in row.value:
            raise _no_column(column, [str(name) for name in row.value], where)
        value = row.value[column]
        where = f"{where}, column {column}"
        made.append(_cell(value, element, where) if source.ending == ".csv" else validate(value, element, where))
    return made


def _no_column(name: str, columns: list[str], where: str) -> PlanError:
    near = closest(name, columns)
    listed = ", ".join(map(quoted, columns[:12])) + (" …" if len(columns) > 12 else "")
    hint = f"did you mean {quoted(near)}?" if near else f"its columns are {listed}"
    return PlanError("value", f"{where} has no column {quoted(name)}", hint)


def _which_column(source: _Input) -> PlanError:
    first = next(source.rows(), None)
    columns = [str(name) for name in first.value] if first is not None else []
    listed = ", ".join(map(quoted, columns[:12]))
    example = f"@{source.shown}:{columns[0] if columns else 'column'}"
    return PlanError(
        "value", f"{source.shown} holds rows; say which column is wanted", f"write {example} (columns: {listed})"
    )
