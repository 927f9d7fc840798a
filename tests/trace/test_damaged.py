"""A journal that was tampered with gives a page, or is told to be damaged; never anything else."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.journal.folder import RunFolder
from planlang.runtime.journal.packing import pack
from planlang.trace import write_page

VALUES: list[Any] = [
    None, 0, -1, -5.5, 2**40, 2**62, -(2**62), 1e300, float("inf"), "", "<b>", b"", b"\xc1", b"\x93\x01\x02\x03",
    b"\xd6\xff\0\0\0\1", b"\xc7\x05\x07abcde", pack([1, 2]), pack({1: 2, None: 3}), pack([True]),
    pack([False, 1, 2, 3]), pack("x"),
    pack({"kind": 1, "hint": [], "frames": [["f", 9, -1, 2, ["x"], None, "z"]]}), pack([b"x", b"\xff"]),
]  # fmt: skip
TABLES = ("meta", "sessions", "calls", "batches", "effects", "results")


def tamper(journal: Path, draw: random.Random) -> None:
    """Put a wrong value somewhere."""
    with closing(sqlite3.connect(journal, isolation_level=None)) as db:
        table = draw.choice(TABLES)
        column = draw.choice([row[1] for row in db.execute(f"PRAGMA table_info({table})")])
        key = "key" if table == "meta" else "rowid"
        row = draw.choice([found[0] for found in db.execute(f"SELECT {key} FROM {table}")])  # noqa: S608 - our names
        with suppress(sqlite3.IntegrityError):  # a key must stay one
            db.execute(f'UPDATE {table} SET "{column}" = ? WHERE {key} = ?', (draw.choice(VALUES), row))  # noqa: S608


@pytest.mark.parametrize("seed", range(4))
def test_a_tampered_journal_gives_a_page_or_is_told_to_be_damaged(resumed: RunFolder, tmp_path: Path, seed: int):
    draw = random.Random(seed)  # noqa: S311 - the same each time
    pages = 0
    for _ in range(15):
        shutil.copytree(resumed.path, tmp_path / resumed.id)
        tamper(tmp_path / resumed.id / "journal.sqlite", draw)
        try:
            write_page(tmp_path / resumed.id, tmp_path / "trace.html")
            pages += 1
        except RunFolderError as error:
            assert f"the journal of run {resumed.id} is damaged" in str(error)  # noqa: PT017 - either will do
        shutil.rmtree(tmp_path / resumed.id)
    assert 0 < pages <= 15
