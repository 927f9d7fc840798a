"""Files and folders that use up what there is: handles, names, disk, time. It ends with an error of the plan."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from planlang.__main__ import main
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, Run, RunOptions
from planlang.runtime.standard import bind

from .attempt import Told, attempt

HERE = Permissions(read=(".",), write=(".",))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@contextmanager
def limited(kind: int, most: int) -> Iterator[None]:
    """A limit of the system for this process."""
    before = resource.getrlimit(kind)
    resource.setrlimit(kind, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


def handles() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def repeated(call: str, times: int = 300) -> Told:
    """A call that may fail, again and again."""
    return attempt(f"for i in range({times}) {{ try {{ {call} }} catch e {{ }} }}\nprint('through')\n", HERE)


@pytest.mark.parametrize(
    "call",
    ["read('a.txt')", "read('none.txt')", "read('folder')", "read('fifo')", "read('binary')", "read_rows('a.csv')",
     "read_rows('ragged.csv')", "list_dir('folder')", "list_dir('none')", "list_files('.', recursive=true)",
     "write('b.txt', 'x')", "write('folder', 'x')", "write('a.txt/x', 'x')", "append('b.txt', 'x')",
     "append('fifo', 'x')", "append('folder', 'x')",
     "write('deep/er/c.txt', 'x')", "write_rows('r.csv', [{a: 1}])", "read('circle')"],
)  # fmt: skip
def test_no_handle_is_left_open(call: str, here: Path) -> None:
    """Whatever comes of it, the file is closed."""
    (here / "folder").mkdir()
    (here / "a.txt").write_text("x")
    (here / "a.csv").write_text("a\n1\n")
    (here / "ragged.csv").write_text("a\n1,2\n")
    (here / "binary").write_bytes(b"\xff")
    (here / "circle").symlink_to("circle")
    os.mkfifo(here / "fifo")
    repeated(call, 2)
    before = handles()
    told = repeated(call)
    assert "through\n" == told.out, told
    assert handles() < before + 10  # of three hundred calls; what other tests left open may close meanwhile


def test_a_file_that_grows_is_read_up_to_the_limit(here: Path) -> None:
    """Its size when it was opened says nothing."""
    ended = threading.Event()
    path = here / "grows.txt"
    path.write_text("x" * 1000)

    def grow() -> None:
        with path.open("ab") as file:
            while not ended.is_set() and file.tell() < 200_000_000:
                file.write(b"x" * 200_000)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        kinds = {attempt("print(len(read('grows.txt')))\n", HERE, Limits(value_size=500_000)).kind for _ in range(20)}
    finally:
        ended.set()
        writer.join()
    assert kinds <= {"", "limit"}
    assert "limit" in kinds


def test_a_disk_that_is_full_leaves_the_old_file(here: Path) -> None:
    """A file is written whole or not at all, and no part is left beside it."""
    (here / "a.txt").write_text("old")
    with limited(resource.RLIMIT_FSIZE, 50_000):
        told = attempt("write('a.txt', 'x' * 100000)\n", HERE)
    assert ("value", True) == (told.kind, 'cannot write "a.txt": file too large' in told.text), told
    assert (["a.txt"], "old") == ([path.name for path in here.iterdir()], (here / "a.txt").read_text())


def test_an_append_that_does_not_fit_is_told(here: Path) -> None:
    """The plan does not go on as if it were done."""
    with limited(resource.RLIMIT_FSIZE, 50_000):
        told = attempt("for i in range(10) { append('a.txt', 'x' * 20000) }\nprint('through')\n", HERE)
    assert ("value", "") == (told.kind, told.out), told


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("planted", ["owner", "mode"])
def test_a_compiled_plan_that_others_could_write_is_compiled_again(
    planted: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is byte code: whoever writes it decides what runs."""
    monkeypatch.setenv("PLANLANG_CACHE", str(here / "cache"))
    (here / "a.plan").write_text("print('one')\n", encoding="utf-8")
    (here / "b.plan").write_text("print('evil')\n", encoding="utf-8")
    kept: list[Path] = []
    for name in ("a.plan", "b.plan"):
        assert main(["run", name]) == 0
        kept += [path for path in (here / "cache" / "compiled").iterdir() if path not in kept]
    kept[0].write_bytes(kept[1].read_bytes())
    capsys.readouterr()
    assert main(["run", "a.plan"]) == 0
    assert "evil\n" == capsys.readouterr().out  # the user's own file is believed
    if planted == "owner":
        os.chown(kept[0], 12345, 12345)
    else:
        kept[0].chmod(0o666)
    assert main(["run", "a.plan"]) == 0
    assert "one\n" == capsys.readouterr().out


@pytest.mark.parametrize("command", ["run", "check", "test", "graph", "fmt"])
def test_a_plan_that_is_larger_than_memory_is_not_read(
    command: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person did not write it."""
    with (here / "large.plan").open("wb") as file:
        file.truncate(1 << 40)
    assert main([command, "large.plan"]) in {1, 2}
    assert "larger than 10 MB" in capsys.readouterr().err


@pytest.mark.parametrize("use", ["read", "write", "append", "list_dir"])
def test_no_handles_left_is_told(use: str, here: Path) -> None:
    """The system has none to give: that is an error of the plan, not of planlang."""
    (here / "a.txt").write_text("x")
    call = bind(use, Run(RunOptions(permissions=HERE)))
    path = "." if use == "list_dir" else "a.txt"
    more = ["x"] if use in {"write", "append"} else []
    call(path, *more)
    with (
        limited(resource.RLIMIT_NOFILE, handles() - 1),
        pytest.raises(PlanError, match="too many open files") as caught,
    ):
        call(path, *more)
    assert "value" == caught.value.kind


@pytest.mark.parametrize("letter", ["a", "é", "情", "😀"])
def test_the_longest_names_can_be_written(letter: str, here: Path) -> None:
    """The name of the part that is written first is no longer than what the system takes."""
    name = letter * (255 // len(letter.encode()))
    told = attempt(f"write('{name}', 'x')\nappend('{name}', 'y')\nprint(read('{name}'))\n", HERE)
    assert ("", "xy\n", [name]) == (told.kind, told.out, [path.name for path in here.iterdir()]), told
    longer = attempt(f"write('{name}{letter}', 'x')\n", HERE)
    assert ("value", True) == (longer.kind, "file name too long" in longer.text), longer


def test_a_folder_deeper_than_any_path_is_told(here: Path) -> None:
    """It can be made, but not named."""
    deep = os.open(here, os.O_RDONLY)
    for _ in range(60):
        os.mkdir("d" * 100, dir_fd=deep)
        inner = os.open("d" * 100, os.O_RDONLY, dir_fd=deep)
        os.close(deep)
        deep = inner
    os.close(deep)
    told = attempt("print(len(list_files('.', recursive=true)))\n", HERE)
    assert told.kind in {"value", ""}, told
    assert len(told.text) < 2_000


def test_a_folder_of_many_files_counts(here: Path) -> None:
    """Each name is a step."""
    for number in range(3_000):
        (here / str(number)).touch()
    for call in ("list_dir('.')", "list_files('.')"):
        assert "limit" == attempt(f"print({call})\n", HERE, Limits(max_steps=2_000)).kind


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("columns.csv", ",".join(map(str, range(300_000))) + "\n" + "," * 299_999 + "\n"),
        ("quotes.csv", '"' * 1_000_001),
        ("lines.csv", "a\n" + "\r" * 1_000_000),
        ("digits.json", "[" + "9" * 1_000_000 + "]"),
        ("exponent.json", "[1e999999999]"),
        ("keys.json", "[{" + ",".join(f'"{i}":1' for i in range(100_000)) + "}]"),
        ("nested.jsonl", "[" * 500_000),
        ("escapes.json", '["' + "\\ud83d" * 100_000 + '"]'),
        ("marks.csv", "\ufeff" * 1_000),
        ("bytes.parquet", "PAR1" + "\0" * 1_000 + "PAR1"),
    ],
)
def test_rows_that_are_none_end_soon(name: str, text: str, here: Path) -> None:
    """In some error of the plan, or in rows, within the limits of values and of steps."""
    (here / name).write_text(text, encoding="utf-8")
    told = attempt(f"print(len(read_rows('{name}')))\n", HERE, Limits(value_size=20_000_000, max_steps=2_000_000))
    assert told.kind in {"", "value", "limit"}, told
    assert len(told.text) < 2_000, told.text[:500]
