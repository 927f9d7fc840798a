"""The SQLite file of a journal: its tables, and reading and writing rows in bulk. See docs/architecture.md."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from planlang.runtime.errors import LimitError

from .packing import pack, unpack

VERSION = 1
"""`user_version` of the files that this code writes and reads."""
ANSWERED, FAILED, CACHED, SHARED, TAKEN = range(5)
"""Kinds of calls: answered, failed and caught, from the cache, shared with an equal call, from another run."""
OBSERVATION, CHANGE = range(2)
"""Kinds of effects."""

_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE sessions(number INTEGER PRIMARY KEY, began REAL, ended REAL, state TEXT, message TEXT,
  file INTEGER, start INTEGER, end INTEGER, pid INTEGER, workers TEXT);
CREATE TABLE calls(number INTEGER PRIMARY KEY, identity BLOB, content BLOB, function TEXT, model TEXT, site INTEGER,
  step TEXT, arguments BLOB, outcome BLOB, kind INTEGER, batch INTEGER, asked REAL);
CREATE TABLE batches(number INTEGER PRIMARY KEY, session INTEGER, worker TEXT, function TEXT, model TEXT, began REAL,
  seconds REAL, size INTEGER);
CREATE TABLE effects(number INTEGER PRIMARY KEY, identity BLOB, kind INTEGER, name TEXT, site INTEGER, step TEXT,
  detail BLOB, outcome BLOB, at REAL);
CREATE TABLE results(task TEXT, value BLOB);
"""
_INDICES = """
CREATE INDEX IF NOT EXISTS calls_identity ON calls(identity);
CREATE INDEX IF NOT EXISTS calls_content ON calls(content);
CREATE INDEX IF NOT EXISTS effects_identity ON effects(identity);
"""
"""What a run that goes on looks things up by. A fresh run looks nothing up, and does not pay for them."""
_COLUMNS = {"calls": 11, "batches": 8, "effects": 9}

CallRow: TypeAlias = tuple[bytes, bytes, str, str, int, str, bytes | None, bytes | None, int, int | None, float]
"""(identity, content, function, model, site, step, arguments, outcome, kind, batch, asked)."""


class JournalError(LimitError):
    """The journal cannot be written or read. No plan can catch it: without it, a change might be made twice."""


class Store:
    """One open journal file. Used from one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, file: Path) -> None:
        """Made by `create` and `open`."""
        self._db = connection
        self.file = file

    @classmethod
    def create(cls, file: Path) -> Store:
        """A new journal with nothing in it."""
        with _told(file):
            db = _connected(file)
            db.executescript(f"PRAGMA user_version={VERSION};{_TABLES}")
        return cls(db, file)

    @classmethod
    def open(cls, file: Path) -> Store:
        """A journal that is there, ready to be looked up in; raises `JournalError` where it is damaged or not ours."""
        if not file.is_file():
            raise JournalError(f"there is no journal at {file}")
        with _told(file):
            db = _connected(file)
            version = db.execute("PRAGMA user_version").fetchone()[0]
            if version != VERSION:
                raise JournalError(f"the journal {file} has version {version}, and this planlang reads {VERSION}")
            if db.execute("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()[0]:
                raise JournalError(f"the journal {file} holds what no journal holds", "somebody else has written it")
            db.executescript(_INDICES)
        return cls(db, file)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows, without the number of calls, with that of batches and effects. Kept at the next `commit`."""
        if not rows:
            return
        count = _COLUMNS[table]
        names = " (identity, content, function, model, site, step, arguments, outcome, kind, batch, asked)"
        sql = f"INSERT INTO {table}{names if table == 'calls' else ''} VALUES ({', '.join('?' * count)})"  # noqa: S608 - our own names
        with _told(self.file):
            self._begin()
            self._db.executemany(sql, rows)

    def change(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute a statement for each row of parameters. Kept at the next `commit`."""
        with _told(self.file):
            self._begin()
            self._db.executemany(sql, rows)

    def put_meta(self, meta: dict[str, Any]) -> None:
        """Keep facts of the run."""
        rows = [(key, pack(value)) for key, value in meta.items()]
        self.change("INSERT OR REPLACE INTO meta VALUES (?, ?)", rows)

    def commit(self) -> None:
        """Make what was written safe from the end of this process (not from a power cut)."""
        if self._db.in_transaction:
            with _told(self.file):
                self._db.execute("COMMIT")

    def close(self) -> None:
        """Keep what was written, and let go of the file."""
        try:
            self.commit()
        finally:
            self._db.close()

    def _begin(self) -> None:
        if not self._db.in_transaction:  # SQLite knows it even where Ctrl-C came right after it
            self._db.execute("BEGIN IMMEDIATE")

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def row(self, sql: str, *parameters: Any) -> Any:
        """The first row of a query, or None."""
        with _told(self.file):
            return self._db.execute(sql, parameters).fetchone()

    def rows(self, sql: str, *parameters: Any) -> list[Any]:
        """All rows of a query."""
        with _told(self.file):
            return self._db.execute(sql, parameters).fetchall()

    def meta(self) -> dict[str, Any]:
        """All facts of the run."""
        try:
            return {str(key): unpack(value) for key, value in self.rows("SELECT key, value FROM meta")}
        except (ValueError, TypeError):
            raise damaged(self.file) from None


def damaged(file: Path, reason: str = "") -> JournalError:
    """The error for a journal that does not hold what was written to it."""
    why = f" ({reason})" if reason else ""
    return JournalError(f"the journal {file} is damaged{why}", "run the plan anew, or restore the file from a backup")


def _connected(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, timeout=10.0, isolation_level=None, check_same_thread=False, cached_statements=64)
    db.execute("PRAGMA trusted_schema=OFF")
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    return db


class _told:  # noqa: N801 - reads as a statement
    """Turns SQLite's errors into those of the language."""

    __slots__ = ("_file",)

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if not isinstance(error, sqlite3.Error):
            return
        name = getattr(error, "sqlite_errorname", "") or ""
        if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
            raise JournalError(
                f"the journal {self._file} cannot be written: the disk is full or broken",
                "make room, and `plan resume` goes on from here",
            ) from None
        if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
            raise JournalError(
                f"the journal {self._file} cannot be written: the system does not allow it",
                "PLANLANG_STATE names another folder, --no-journal runs without",
            ) from None
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise JournalError(f"the journal {self._file} is in use by another program") from None
        raise damaged(self._file, str(error)[:100]) from None
