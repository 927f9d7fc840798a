"""What a journal says, read without changing it: for `plan runs`, `plan show` and traces.

A journal may come from anywhere: what is read is checked to be of its type, and is nothing but data. Rows are handed
out one by one, since a run may hold very many.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from .errors import RunFolderError, why
from .folder import RunFolder
from .packing import unpack
from .rows import (
    BatchRow,
    CallRow,
    DamagedError,
    EffectRow,
    RunSummary,
    SessionRow,
    batch_row,
    call_row,
    effect_row,
    seconds,
    session_row,
    tokens_of,
    unpacked,
)
from .store import ANSWERED, CHANGE, VERSION

RUNNING, STOPPED, DAMAGED = "running", "stopped short", "damaged"
UNFINISHED = ("failed", "interrupted", "limit", STOPPED)
"""The states that `plan resume` goes on from."""


class RunReader:
    """The journal of one run, open for reading only; closed at the end of its `with`."""

    def __init__(self, folder: RunFolder) -> None:
        """Open the journal of `folder`; raises `RunFolderError` where it is damaged, missing or none of ours."""
        self.folder = folder
        self._copy: Path | None = None
        if not folder.journal.is_file():
            raise RunFolderError(f"run {folder.id} has no journal", "its folder is not whole; `plan runs prune` can go")
        self._db = self._opened()

    def _opened(self) -> sqlite3.Connection:
        try:
            return _connected(self.folder.journal)
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
                return self._opened_copy()  # SQLite wants to write beside a file that it only reads
            raise self._damaged(error) from None
        except (sqlite3.Error, ValueError) as error:
            raise self._damaged(error) from None

    def _opened_copy(self) -> sqlite3.Connection:
        self._copy = Path(tempfile.mkdtemp(prefix="planlang-"))
        try:
            for file in self.folder.path.glob(f"{self.folder.journal.name}*"):
                if not file.name.endswith("-shm"):
                    shutil.copyfile(file, self._copy / file.name)
            return _connected(self._copy / self.folder.journal.name)
        except (OSError, sqlite3.Error, ValueError) as error:
            self.close()
            raise self._damaged(error) from None

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file; what SQLite finds wrong with it is told in plain words."""
        self.close()
        if isinstance(error, (sqlite3.Error, DamagedError)):
            raise self._damaged(error) from None

    def close(self) -> None:
        """Let go of the file."""
        if hasattr(self, "_db"):
            self._db.close()
        if self._copy is not None:
            shutil.rmtree(self._copy, ignore_errors=True)

    def _damaged(self, error: Exception) -> RunFolderError:
        return RunFolderError(
            f"the journal of run {self.folder.id} is damaged: {_reason(error)}",
            "what it holds cannot be relied on: run the plan anew, or put the file back from a backup",
        )

    # ── the run ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def meta(self) -> dict[str, Any]:
        """The facts of the run by name; what cannot be read is left out."""
        found: dict[str, Any] = {}
        for key, value in self._db.execute("SELECT key, value FROM meta"):
            with suppress(ValueError, TypeError):
                found[str(key)] = unpack(value)
        return found

    def fact(self, key: str) -> Any:
        """One fact of the run; None where there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return unpacked(row[0]) if row is not None and isinstance(row[0], bytes) else None

    def sources(self) -> list[tuple[str, str]]:
        """Name and text of each file of the plan, by its number in places; the plan itself is the last."""
        listed = self.fact("sources")
        rows = listed if isinstance(listed, list) else []
        return [(str(row[1]), str(row[2])) for row in rows if isinstance(row, list) and len(row) == 3]

    def sessions(self) -> list[SessionRow]:
        """The times that the run was worked on, in order."""
        rows = self._db.execute(
            'SELECT number, began, ended, state, message, file, start, "end", pid, workers FROM sessions'
            " ORDER BY number"
        )
        return [session_row(row) for row in rows]

    @property
    def state(self) -> str:
        """done, failed, interrupted, limit, running, or stopped short: nobody runs it, and nobody has said why."""
        row = self._db.execute("SELECT state FROM sessions ORDER BY number DESC LIMIT 1").fetchone()
        return self._state_of(str(row[0]) if row is not None else RUNNING)

    def _state_of(self, last: str) -> str:
        if last != RUNNING:
            return last
        return RUNNING if self.folder.is_running else STOPPED

    def result(self) -> tuple[bool, Any]:
        """Whether the result is there, and what it is."""
        row = self._db.execute("SELECT value FROM results ORDER BY rowid DESC LIMIT 1").fetchone()
        if row is None or not isinstance(row[0], bytes):
            return False, None
        return True, unpacked(row[0])

    def summary(self) -> RunSummary:
        """The run in one line."""
        sessions = self.sessions()
        state = self._state_of(sessions[-1].state if sessions else RUNNING)
        texts = {key: str(value) for key in ("name", "plan", "task", "parent") if (value := self.fact(key)) is not None}
        return RunSummary(
            id=self.folder.id,
            name=texts.get("name", "?"),
            plan=texts.get("plan"),
            task=texts.get("task"),
            state=state,
            began=sessions[0].began if sessions else 0.0,
            ended=self.end_of(sessions[-1]) if sessions and state != RUNNING else None,
            seconds=sum(max(0.0, self.end_of(session) - session.began) for session in sessions),
            calls=self.count("calls"),
            tokens=self.tokens(),
            sessions=len(sessions),
            message=sessions[-1].message if sessions else "",
            parent=texts.get("parent"),
        )

    def end_of(self, session: SessionRow) -> float:
        """When a session ended; where its process could not say so, when something last happened in it."""
        if session.ended is not None:
            return session.ended
        following = self._db.execute("SELECT min(began) FROM sessions WHERE number > ?", (session.number,)).fetchone()[
            0
        ]
        if following is None:
            return time.time() if self.folder.is_running else max(session.began, self.folder.touched)
        last = self._db.execute("SELECT max(began + seconds) FROM batches WHERE session = ?", (session.number,))
        return min(seconds(following), session.began + max(0.0, seconds(last.fetchone()[0] or 0.0)))

    def state_of(self, session: SessionRow) -> str:
        """How a session ended: like `state` for the last."""
        last = self._db.execute("SELECT max(number) FROM sessions").fetchone()[0]
        return self.state if session.number == last else STOPPED if session.state == RUNNING else session.state

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def count(self, table: Literal["calls", "batches", "effects"]) -> int:
        """How many rows there are: they are numbered from 1."""
        row = self._db.execute(f"SELECT max(number) FROM {table}").fetchone()  # noqa: S608 - our own names
        return row[0] if isinstance(row[0], int) else 0

    def calls(self, first: int = 1, last: int | None = None) -> Iterator[CallRow]:
        """The calls in the order of their numbers, from `first` to `last`."""
        rows = self._db.execute(
            "SELECT number, identity, function, model, site, step, arguments, outcome, kind, batch, asked FROM calls"
            " WHERE number BETWEEN ? AND ? ORDER BY number",
            (first, 2**62 if last is None else last),
        )
        return map(call_row, rows)

    def batches(self) -> Iterator[BatchRow]:
        """The batches in the order of their numbers."""
        rows = self._db.execute(
            "SELECT number, session, worker, function, model, began, seconds, size FROM batches ORDER BY number"
        )
        return map(batch_row, rows)

    def effects(self, *, changes_only: bool = False) -> Iterator[EffectRow]:
        """The observations and changes in the order of their numbers."""
        rows = self._db.execute(
            "SELECT number, kind, name, site, step, detail, outcome, at FROM effects WHERE kind >= ? ORDER BY number",
            (CHANGE if changes_only else 0,),
        )
        return map(effect_row, rows)

    def tokens(self) -> int:
        """The tokens of all calls that models answered in this run."""
        rows = self._db.execute("SELECT outcome FROM calls WHERE kind = ?", (ANSWERED,))
        return sum(tokens_of(outcome) for (outcome,) in rows if isinstance(outcome, bytes))


def _reason(error: Exception) -> str:
    """What is wrong with a file, in words of its own trade."""
    if isinstance(error, UnicodeDecodeError) or "decode" in str(error):
        return "it holds text that is not UTF-8"
    return why(error) if isinstance(error, OSError) else str(error)[:120]


def _connected(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5.0, isolation_level=None)
    try:
        db.execute("PRAGMA trusted_schema=OFF")
        _look(db)
    except BaseException:
        db.close()
        raise
    return db


def _look(db: sqlite3.Connection) -> None:
    """Raise what is wrong with a file as a whole."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        raise DamagedError(f"it has version {version}, and this planlang reads {VERSION}")
    if db.execute("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchone()[0]:
        raise DamagedError("it holds what no journal holds")
    for table in ("meta", "sessions", "calls", "batches", "effects", "results"):
        db.execute(f"SELECT * FROM {table} LIMIT 1").fetchone()  # noqa: S608 - our own names
