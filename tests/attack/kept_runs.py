"""A run that stopped in the middle, for tests that do something to what is kept of it."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from planlang.__main__ import main

from .attempt import LEAKS

PLAN = """append("out.txt", "one")
append("out.txt", "two")
let seen = read("out.txt")
step "more"
write("more.txt", seen)
print(1 // int(read("divisor.txt")))
"""
"""Fails at its end, and can go on once `divisor.txt` holds something else."""


class Run(NamedTuple):
    """A run that can go on: its folder, and the folder that its plan works in."""

    folder: Path
    work: Path

    def change(self, *statements: str, values: tuple[Any, ...] = ()) -> None:
        """Do something to the journal."""
        with sqlite3.connect(self.folder / "journal.sqlite") as db:
            for statement in statements:
                db.execute(statement, values if "?" in statement else ())
        db.close()

    def put(self, key: str, data: bytes | str | float | None) -> None:
        """Put another fact into the journal."""
        self.change("INSERT OR REPLACE INTO meta VALUES (?, ?)", values=(key, data))


@pytest.fixture
def stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    """A run that stopped in the middle; whatever hangs on it is ended."""
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    (work / "a.plan").write_text(PLAN, encoding="utf-8")
    (work / "divisor.txt").write_text("0", encoding="utf-8")
    (work / "precious.txt").write_text("one-precious", encoding="utf-8")
    assert main(["run", "--allow-read=.", "--allow-write=.", "a.plan"]) == 1
    capsys.readouterr()
    (folder,) = (tmp_path / "state" / "runs").iterdir()
    signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(60)
    yield Run(folder, work)
    signal.alarm(0)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """What a command says, which holds nothing of Python and no internal error."""
    code = main(list(words))
    said = capsys.readouterr()
    text = said.out + said.err
    assert LEAKS.search(text.replace("more.py", "")) is None, (words, text[-2000:])
    return code, text


def survives(run: Run, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """All commands that read journals; gives what `plan resume` said. Nothing outside of its files is touched."""
    name = run.folder.name
    for words in (["runs"], ["runs", "--json"], ["show", name], ["show", name, "--json"], ["show", name, "--html"]):
        code, text = told(capsys, *words)
        assert code in {0, 1, 2, 3}, text
    code, text = told(capsys, "resume", name)
    assert code in {0, 1, 2, 3}, text
    assert "one-precious" == (run.work / "precious.txt").read_text()
    assert not (run.work / "escaped").exists()
    return code, text


def nested(levels: int) -> bytes:
    """Lists in lists."""
    return b"\x91" * levels + b"\xc0"
