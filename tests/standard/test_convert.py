"""Values from the command line: words, `@files`, columns and standard input."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from planlang.lang.types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    MODEL,
    STR,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    Named,
    RecordField,
    RecordType,
    TupleType,
    Type,
    optional,
    union,
)
from planlang.runtime.convert import read_argument
from planlang.runtime.errors import PlanError
from planlang.runtime.values import to_python

LABEL = union(LiteralType("bug"), LiteralType("praise"))
ROW = RecordType((RecordField("text", STR), RecordField("n", INT), RecordField("m", optional(INT), optional=True)))
ROWS = Named("Rows", ListType(ROW))
FILES = {
    "two.txt": "one\r\ntwo\n",
    "numbers.txt": "1\n2\n",
    "rows.csv": 'text,n,m\n"a, b",1,\nc,2,7\n',
    "bad.csv": "text,n\na,1\nb,zwei\n",
    "rows.jsonl": '{"text": "a", "n": 1}\n\n{"text": "b", "n": 2}\n',
    "bad.jsonl": '{"text": "a", "n": 1}\n\n{"text": "b", "n": "2"}\n',
    "rows.json": '[{"text": "a", "n": 1}]',
    "list.json": "[1, 2]",
    "one.json": '{"text": "a", "n": 1}',
    "one.plan": '{text: "a", n: -1}',
    "a:b.txt": "colon",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        Path(name).write_text(text, newline="")


def read(text: str, type_: Type, stdin: str = "") -> object:
    return to_python(read_argument(text, type_, "--x", io.TextIOWrapper(io.BytesIO(stdin.encode()))))


@pytest.mark.parametrize(
    ("text", "type_", "expected"),
    [
        ("7", INT, 7),
        ("-1_000", INT, -1000),
        ("7", FLOAT, 7),
        ("1e-3", FLOAT, 0.001),
        ("true", BOOL, True),
        ("7", STR, "7"),
        ("", STR, ""),
        ("@@home", STR, "@home"),
        ("bug", LABEL, "bug"),
        ("3", union(LiteralType(3), LiteralType("x")), 3),
        ("none", optional(INT), None),
        ("5", optional(INT), 5),
        ("5", union(STR, INT), 5),
        ("five", union(STR, INT), "five"),
        ("[1, 2]", ListType(INT), [1, 2]),
        ('[1, "a"]', TupleType((INT, STR)), [1, "a"]),
        ('{text: "a", n: 1}', ROW, {"text": "a", "n": 1}),
        ('{"text": "a", "n": 1, "k": null}', ROW, {"text": "a", "n": 1, "k": None}),
        ("{(1): [true, none]}", DictType(INT, ANY), {1: [True, None]}),
        ("gpt", MODEL, "gpt"),
        ("7", ANY, 7),
        ("7.5", ANY, 7.5),
        ("text", ANY, "text"),
        ("[1", ANY, "[1"),
        ("{a: 1}", ANY, {"a": 1}),
        ("infinity", ANY, "infinity"),
        ("@two.txt", STR, "one\r\ntwo\n"),
        ("@two.txt", ListType(STR), ["one", "two"]),
        ("@two.txt", optional(ListType(STR)), ["one", "two"]),
        ("@two.txt", ANY, "one\r\ntwo\n"),
        ("@a:b.txt", STR, "colon"),
        ("@numbers.txt", ListType(INT), [1, 2]),
        ("@list.json", ListType(INT), [1, 2]),
        ("@one.json", ROW, {"text": "a", "n": 1}),
        ("@one.plan", ROW, {"text": "a", "n": -1}),
        ("@rows.csv", ROWS, [{"text": "a, b", "n": 1, "m": None}, {"text": "c", "n": 2, "m": 7}]),
        (
            "@rows.csv",
            ListType(DictType(STR, ANY)),
            [{"text": "a, b", "n": "1", "m": ""}, {"text": "c", "n": "2", "m": "7"}],
        ),
        ("@rows.csv", ListType(ANY), [{"text": "a, b", "n": "1", "m": ""}, {"text": "c", "n": "2", "m": "7"}]),
        ("@rows.jsonl", ROWS, [{"text": "a", "n": 1}, {"text": "b", "n": 2}]),
        ("@rows.json", ROWS, [{"text": "a", "n": 1}]),
        ("@rows.json", ANY, [{"text": "a", "n": 1}]),
        ("@rows.csv:text", ListType(STR), ["a, b", "c"]),
        ("@rows.csv:n", ListType(INT), [1, 2]),
        ("@rows.csv:m", ListType(optional(INT)), [None, 7]),
        ("@rows.jsonl:text", ListType(STR), ["a", "b"]),
    ],
)
def test_a_value_is_read_by_its_declared_type(text: str, type_: Type, expected: object):
    assert repr(expected) == repr(read(text, type_))


@pytest.mark.parametrize("text", ["-", "@-"])
def test_standard_input_is_read_by_its_declared_type(text: str):
    assert "é\n" == read(text, STR, "é\n")
    assert ["a", "b"] == read(text, ListType(STR), "a\nb\n")
    assert [{"text": "a", "n": 1}] == read(text, ROWS, '{"text": "a", "n": 1}\n')
    assert [{"text": "a", "n": 1}] == read(text, ROWS, ' [{"text": "a", "n": 1}]')
    assert 7 == read(text, INT, "7\n")


@pytest.mark.parametrize(
    ("text", "type_", "message"),
    [
        ("x", INT, '--x: expected int, found "x"'),
        ("7.5", INT, '--x: expected int, found "7.5"'),
        ("yes", BOOL, '--x: expected bool, found "yes"'),
        ("spam", LABEL, '--x: expected "bug" | "praise", found "spam"'),
        ("[1, f(2)]", ListType(INT), '--x: expected list[int], found "[1, f(2)]"'),
        ('[1, "a"]', ListType(INT), '--x[1]: expected int, found "a"'),
        ('{text: "a"}', ROW, "--x: the field `n` is missing"),
        ("f", FunctionType(None, ANY), '--x: expected fn(…) -> any, found "f"'),
        ("@missing.txt", STR, '--x: there is no file "missing.txt"'),
        ("@.", STR, '--x: "." is a folder, not a file'),
        ("@two.txt", ROWS, '--x: rows are read from .csv, .jsonl, .json, .parquet files, and "two.txt" is none'),
        ("@two.txt", ListType(INT), '--x: two.txt, line 1: expected int, found "one"'),
        ("@bad.csv", ROWS, '--x: bad.csv, row 2, column n: expected int, found "zwei"'),
        ("@bad.jsonl", ROWS, '--x: bad.jsonl, line 3.n: expected int, found "2"'),
        ("@rows.csv", ListType(STR), "--x: rows.csv holds rows; say which column is wanted"),
        ("@rows.csv:word", ListType(STR), '--x: rows.csv, row 1 has no column "word"'),
        ("@rows.csv:text", ListType(INT), '--x: rows.csv, row 1, column text: expected int, found "a, b"'),
        ("@rows.csv:text", STR, "--x: a column is a list, and --x takes str"),
        ("@list.json", ROW, "--x: list.json: expected {text: str, n: int, m: int?}, found a list of 2"),
        ("@rows.csv", ListType(RecordType((RecordField("word", STR),))), '--x: rows.csv, row 1 has no column "word"'),
    ],
)
def test_an_error_names_option_file_row_and_column(text: str, type_: Type, message: str):
    with pytest.raises(PlanError) as caught:
        read(text, type_)
    assert message == caught.value.message


def test_a_column_that_is_meant_is_suggested():
    with pytest.raises(PlanError) as caught:
        read("@rows.csv:txt", ListType(STR))
    assert 'did you mean "text"?' == caught.value.hint
