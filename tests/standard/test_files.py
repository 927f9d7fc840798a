"""Standard functions that read and write files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

ROWS = [{"name": "Ada, Countess", "n": 1, "ok": True}, {"name": 'say "hi"\nthere', "n": 2.5, "ok": None}]


def test_text_survives_a_file(granted):
    text = "one\r\ntwo\n\ufefféß😀\0"
    granted("write", "deep/er/a.txt", text)
    assert text == granted("read", "deep/er/a.txt")
    granted("append", "deep/er/a.txt", "!")
    assert text + "!" == granted("read", "deep/er/a.txt")


def test_writing_replaces_and_leaves_nothing_behind(granted):
    granted("write", "a.txt", "old and long")
    Path("a.txt").chmod(0o640)
    granted("write", "a.txt", "new")
    assert ["a.txt"] == [path.name for path in Path().iterdir()]
    assert (0o640, "new") == (Path("a.txt").stat().st_mode & 0o777, Path("a.txt").read_text())


def test_lines_have_no_ends(granted):
    Path("a.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\n\n")
    assert ["one", "two", ""] == granted("read_lines", "a.txt")


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.parquet"])
def test_rows_survive_a_file(granted, name: str):
    if name.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    rows = [{"name": r["name"], "n": float(r["n"]), "ok": r["ok"], "list": ["é"]} for r in ROWS]
    granted("write_rows", name, rows)
    assert rows == granted("read_rows", name)


def test_the_cells_of_csv_are_text(granted):
    granted("write_rows", "a.csv", [*ROWS, {"name": "x", "more": [1, {"a": None}]}])
    expected = [
        {"name": "Ada, Countess", "n": "1", "ok": "true", "more": ""},
        {"name": 'say "hi"\nthere', "n": "2.5", "ok": "", "more": ""},
        {"name": "x", "n": "", "ok": "", "more": '[1, {"a": null}]'},
    ]
    assert expected == granted("read_rows", "a.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json"])
def test_no_rows_are_no_rows(granted, name: str):
    granted("write_rows", name, [])
    assert [] == granted("read_rows", name)


def test_folders_are_listed_in_order(granted):
    for name in ("b.txt", "a.txt", ".hidden.txt", "sub/c.txt", "sub/d.md", ".git/e.txt"):
        granted("write", name, "")
    assert [".git", ".hidden.txt", "a.txt", "b.txt", "sub"] == granted("list_dir", ".")
    assert ["a.txt", "b.txt"] == granted("list_files", ".")
    assert ["sub/d.md"] == granted("list_files", "sub", "*.md")
    assert ["a.txt", "b.txt", "sub/c.txt"] == granted("list_files", ".", "*.txt", True)
    assert [".hidden.txt"] == granted("list_files", "./", ".*")


def test_paths_outside_are_refused(granted, tmp_path: Path):
    Path("link").symlink_to("/etc")
    for path in ("/etc/hosts", "../x", "link/hosts", "sub/../../x"):
        assert "permission" == granted.error("read", path).kind
        assert "permission" == granted.error("write", path, "x").kind
    assert not (tmp_path.parent / "x").exists()


def test_without_permission_nothing_is_read_or_written(call, tmp_path: Path):
    target = tmp_path / "a.txt"
    for name, arguments in (("write", ["x"]), ("append", ["x"]), ("read", []), ("read_rows", []), ("list_dir", [])):
        error = call.error(name, str(target), *arguments)
        assert "permission" == error.kind
        assert "--allow-" in error.hint
    assert not target.exists()


@pytest.mark.parametrize(
    ("name", "arguments", "message", "hint"),
    [
        ("read", ["reviews.tx"], 'there is no file "reviews.tx"', 'did you mean "reviews.txt"?'),
        ("read", ["sub"], '"sub" is a folder, not a file', "list_files(folder) gives its files"),
        ("read", ["reviews.txt/x"], 'a part of "reviews.txt/x" is a file, not a folder', ""),
        ("read", ["bad.txt"], '"bad.txt" is not UTF-8 text: byte 3 (on line 2) is 0xff', "convert it to UTF-8 first"),
        ("read", ["a\0b"], "a path cannot contain a NUL character", ""),
        ("list_dir", ["nowhere"], 'there is no folder "nowhere"', ""),
        ("list_dir", ["bad.txt"], '"bad.txt" is a file, not a folder', "read(path) gives its text"),
        ("write", ["sub", "x"], '"sub" is a folder, not a file', "list_files(folder) gives its files"),
        ("read_rows", ["reviews.txt"], 'the name "reviews.txt" does not say what its rows look like', None),
        ("read_rows", ["short.csv"], '"short.csv", row 2 (line 3), has 1 cell, and there are 2 columns', None),
        ("read_rows", ["open.csv"], '"open.csv" is no CSV: line 2: unexpected end of data', ""),
        ("read_rows", ["twice.csv"], '"twice.csv" has two columns called "a"', ""),
        ("read_rows", ["bad.jsonl"], '"bad.jsonl", line 3, is no JSON: at column 7 there should be a value', ""),
        ("read_rows", ["list.jsonl"], '"list.jsonl", line 1, is no JSON object', None),
        ("read_rows", ["object.json"], '"object.json" must hold a list of objects in JSON', None),
        ("read_rows", ["no.parquet"], '"no.parquet" is no Parquet file that can be read', None),
        ("write_rows", ["x.csv", [1]], "`write_rows` needs a list of dicts, and this one has an int in it", ""),
        ("write_rows", ["x.jsonl", [{"a": math.inf}]], "infinity has no JSON", None),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(granted, name: str, arguments: list, message: str, hint: str | None):
    if arguments[0] == "no.parquet":
        pytest.importorskip("pyarrow")
    Path("sub").mkdir()
    Path("reviews.txt").write_text("x")
    Path("bad.txt").write_bytes(b"a\n\xff\n")
    Path("short.csv").write_text("a,b\n1,2\n1\n")
    Path("open.csv").write_text('a,b\n"1,2\n')
    Path("twice.csv").write_text("a,a\n1,2\n")
    Path("bad.jsonl").write_text('{"a": 1}\n\n{"a": }\n')
    Path("list.jsonl").write_text("[1]\n")
    Path("object.json").write_text('{"a": 1}')
    Path("no.parquet").write_text("PAR1")
    error = granted.error(name, *arguments)
    assert message == error.message
    if hint is not None:
        assert hint == error.hint


def test_names_beside_a_file_are_not_given_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from planlang.runtime.permissions import Permissions
    from planlang.runtime.run import RunOptions

    from .conftest import Caller

    monkeypatch.chdir(tmp_path)
    Path("secret1").write_text("x")
    caller = Caller(RunOptions(permissions=Permissions(read=(str(tmp_path / "secret2"),))))
    assert "" == caller.error("read", "secret2").hint


def test_a_file_larger_than_a_value_is_not_read(tmp_path: Path):
    from planlang.runtime.permissions import Permissions
    from planlang.runtime.run import Limits, RunOptions

    from .conftest import Caller

    target = tmp_path / "large.txt"
    target.write_text("x" * 10_001)
    caller = Caller(RunOptions(permissions=Permissions(read=()), limits=Limits(value_size=10_000)))
    assert "limit" == caller.error("read", str(target)).kind
    assert "permission" == caller.error("read", "/dev/zero").kind
