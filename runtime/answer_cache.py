"""The cache of answers across runs: found by content, bounded in bytes, shared by all processes of a user.

What goes wrong with it never reaches a run: it says so once, in `trouble`, and the run goes on without it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .folders import cache_folder

if TYPE_CHECKING:  # sqlite3 is imported at the first call of a model
    from .answer_database import AnswerDatabase, Row

DEFAULT_LIMIT = 10**9
"""Bytes that the cache keeps where plan.toml does not say."""

_PATIENCE = 2.0
"""Seconds to wait for another process that writes."""
_FRESH = 3600
"""Seconds within which a further use of an entry is not worth noting."""
_NOTED = 2000
"""Uses that are noted at a time."""
_EVICTED = 200
"""Entries that make room at a time, besides two for each that comes."""


def answers_folder() -> Path:
    """Where the user's answers are kept."""
    return cache_folder() / "answers"


class AnswerCache:
    """Answers of model calls by content. All methods are for one thread at a time; none of them raises."""

    def __init__(self, folder: Path, limit: int = DEFAULT_LIMIT, clock: Callable[[], float] = time.time) -> None:
        """Keep at most about `limit` bytes in `folder`, which is opened at the first use."""
        self.trouble = ""
        """What the user should be told, once: why the cache is off, or was begun anew. Empty where all is well."""
        self._folder = folder
        self._limit = limit
        self._clock = clock
        self._database: AnswerDatabase | None = None
        self._off = limit <= 0
        self._opened = False
        self._renewed = False
        self._used: dict[int, None] = {}
        self._hits: dict[int, int] = {}

    def get(self, content: bytes) -> bytes | None:
        """The packed answer that was put for `content`; None where there is none."""
        database = self._database
        if database is None and (database := self._open()) is None:
            return None
        try:
            hit = database.find(content)
        except Exception as error:  # noqa: BLE001 - a cache must not end a run
            self._failed(error)
            return None
        if hit is None:
            return None
        self._hits[hit.maker] = self._hits.get(hit.maker, 0) + 1
        if self._clock() - hit.used > _FRESH:
            self._used[hit.number] = None
            if len(self._used) >= _NOTED:
                self._attempt(self._note)
        return hit.value

    def put(self, rows: Sequence[Row]) -> None:
        """Keep answers: (content, packed value, function, model) each. One transaction for all."""
        if rows:
            self._attempt(lambda database: self._keep(database, rows))

    def close(self) -> None:
        """Note what was used, and let go of the file. The cache is off afterwards."""
        if self._database is not None and (self._used or self._hits):
            self._attempt(self._note)
        self._end()

    def _keep(self, database: AnswerDatabase, rows: Sequence[Row]) -> None:
        largest = self._limit // 4
        database.add([row for row in rows if len(row[1]) <= largest], int(self._clock()))
        self._note(database)
        database.evict(self._limit, most=_EVICTED + 2 * len(rows))

    def _note(self, database: AnswerDatabase) -> None:
        used, self._used = self._used, {}
        hits, self._hits = self._hits, {}
        if used or hits:
            database.touch(used, hits, int(self._clock()))

    # ── opening, and what goes wrong ─────────────────────────────────────────────────────────────────────────────────

    def _attempt(self, action: Callable[[AnswerDatabase], None]) -> None:
        database = self._database or self._open()
        if database is None:
            return
        try:
            action(database)
        except Exception as error:  # noqa: BLE001 - a cache must not end a run
            self._failed(error)

    def _open(self) -> AnswerDatabase | None:
        if self._off or self._opened:
            return self._database
        self._opened = True
        try:
            self._database = self._opened_file()
        except Exception as error:  # noqa: BLE001 - a cache must not end a run
            self._give_up(error)
        return self._database

    def _opened_file(self) -> AnswerDatabase:
        from . import answer_database as files

        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = files.latest(self._folder)
        if number == 0:
            number = 1
            files.begin(self._folder, number)
        try:
            return files.AnswerDatabase(self._folder, number, _PATIENCE)
        except files.ForeignFileError:
            return self._anew(number)

    def _anew(self, broken: int) -> AnswerDatabase:
        from . import answer_database as files

        self._renewed = True
        files.begin(self._folder, broken + 1)
        old = files.file_of(self._folder, broken)
        self.trouble = f"the cache of answers was begun anew: {old} is broken or of another version"
        return files.AnswerDatabase(self._folder, broken + 1, _PATIENCE)

    def _failed(self, error: Exception) -> None:
        """The open file failed: begin another one if it is broken, else go on without a cache."""
        import sqlite3

        database = self._database
        broken = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
        if database is None or not broken or self._renewed:
            self._give_up(error)
            return
        self._end()
        self._off = False
        try:
            self._database = self._anew(database.number)
        except Exception as second:  # noqa: BLE001 - a cache must not end a run
            self._give_up(second)

    def _give_up(self, error: Exception) -> None:
        import sqlite3

        known = isinstance(error, (sqlite3.Error, OSError))
        why = (getattr(error, "strerror", None) or str(error)) if known else "it does not work"
        self.trouble = f"the cache of answers is not used ({self._folder}: {why})"
        self._end()

    def _end(self) -> None:
        database, self._database = self._database, None
        self._off = True
        self._used.clear()
        self._hits.clear()
        if database is not None:
            try:
                database.close()
            except Exception as error:  # noqa: BLE001 - a cache must not end a run
                self.trouble = self.trouble or f"the cache of answers could not be closed ({error})"
