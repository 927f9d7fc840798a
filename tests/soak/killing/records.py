"""What a run's folder knows of calls, read beside the program's own reading: the marks in all answers that it holds."""

from __future__ import annotations

import re
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from planlang.runtime.journal.outbox import read_outbox

_MARK = re.compile(rb"#[0-9a-f]{12}")


def known(run: Path) -> set[str]:
    """The marks of all calls whose outcome is in the journal or in an outbox. Nobody may run the run meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "run")
        shutil.copytree(run, copy)
        return _journalled(copy / "journal.sqlite") | left_by_workers(copy)


def left_by_workers(run: Path) -> set[str]:
    """The marks of all calls whose answer is in an outbox."""
    found: set[str] = set()
    for file in (run / "outbox").glob("*.log"):
        for batch in read_outbox(file):
            found |= _marks(batch.packed)
    return found


def _journalled(file: Path) -> set[str]:
    if not file.is_file():
        return set()
    with closing(sqlite3.connect(file)) as db:
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'calls'").fetchone() is None:
            return set()
        return _marks([outcome for (outcome,) in db.execute("SELECT outcome FROM calls WHERE outcome IS NOT NULL")])


def _marks(packed: list[bytes | None]) -> set[str]:
    return {mark.decode() for each in packed if each is not None for mark in _MARK.findall(each)}
