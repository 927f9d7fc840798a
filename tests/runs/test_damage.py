"""Journals in which anything may stand: every command says what is wrong, or shows it, and none breaks."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from random import Random
from typing import Any

import pytest

from .conftest import Command

PLAN = """
task main(n: int = 20) -> int {
  step "A"
  let out = []
  for i in range(n) {
    out.push(fake_text("w {i}"))
  }
  append("x.txt", "y\\n")
  try {
    print(fake_label("broken").label)
  } catch e {
    print(e.kind)
  }
  return len(fake_text("{out} {now()}"))
}
"""
COLUMNS = {
    "meta": ("value",),
    "sessions": ("began", "ended", "state", "message", "file", "start", "end", "pid", "workers"),
    "calls": (
        "identity",
        "content",
        "function",
        "model",
        "site",
        "step",
        "arguments",
        "outcome",
        "kind",
        "batch",
        "asked",
    ),
    "batches": ("session", "worker", "function", "model", "began", "seconds", "size"),
    "effects": ("identity", "kind", "name", "site", "step", "detail", "outcome", "at"),
}
VALUES: list[Any] = [
    None, 0, -1, 2**62, -(2**62), 1e300, float("inf"), "x", "", b"", b"\xc0", b"\x92\x01\x02", b"\x93\xc3\x01",
    b"\xc1[1]", b"\x80", b"\x81\xa1a\x01", "\x1b[2J", b"\xdd\xff\xff\xff\xff", b"\x92\xc3\xc3",
]  # fmt: skip


def put_anything(file: Path, random: Random) -> object:
    """Put a value of any kind into one cell of a journal, or other bytes into its file; tells where."""
    if random.random() < 0.3:
        data = bytearray(file.read_bytes())
        places = [random.randrange(len(data)) for _ in range(random.choice([1, 3, 30]))]
        for place in places:
            data[place] = random.randrange(256)
        file.write_bytes(data)
        return places
    table = random.choice(list(COLUMNS))
    column, value = random.choice(COLUMNS[table]), random.choice(VALUES)
    key = "key" if table == "meta" else "rowid"
    db = sqlite3.connect(file)
    rows = db.execute(f"SELECT {key} FROM {table}").fetchall()  # noqa: S608 - our own names
    row = random.choice(rows)[0]
    db.execute(f'UPDATE {table} SET "{column}" = ? WHERE {key} = ?', (value, row))  # noqa: S608 - as above
    db.commit()
    db.close()
    return table, column, row, value


@pytest.mark.parametrize("seed", range(6))
def test_whatever_stands_in_a_journal_every_command_copes(plan: Command, folder: Path, tmp_path: Path, seed: int):
    (folder / "a.plan").write_text(PLAN)
    assert 3 == plan("run", "--allow-write", "--no-cache", "--max-calls", 21, "a.plan").code
    [kept] = (tmp_path / "state" / "runs").iterdir()
    shutil.copytree(tmp_path / "state", tmp_path / "kept")
    random = Random(seed)  # noqa: S311 - only to be the same each time
    for _ in range(8):
        shutil.rmtree(tmp_path / "state")
        shutil.copytree(tmp_path / "kept", tmp_path / "state")
        what = put_anything(kept / "journal.sqlite", random)
        for words in (
            ("runs",), ("show", kept.name), ("show", kept.name, "--calls"), ("show", kept.name, "--json"),
            ("show", kept.name, "--output"), ("resume", kept.name, "--max-calls", 40),
        ):  # fmt: skip
            done = plan(*words)
            assert done.code in (0, 1, 2, 3), (what, words)
            assert "internal error" not in done.err, (what, words)
            assert "\x1b" not in done.out + done.err, (what, words)
