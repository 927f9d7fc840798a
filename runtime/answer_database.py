"""The SQLite file that holds cached answers: how it is made, recognised, filled, bounded and pruned.

Files are called `answers-1.sqlite`, `answers-2.sqlite` and so on, and the highest number is in use. A file that is
broken, or is not ours, is never touched: the next number is begun instead. So no process can pull a file away under
another one that still writes to it, and all of them agree on which file is the right one.

Nothing here trusts what a file holds: its schema must be ours to the letter, and a value counts only with its checksum.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import sqlite3
from collections.abc import Callable, Generator, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

VERSION = 1
OVERHEAD = 120
"""Bytes that an entry takes in the file besides its value: its key twice, checksum, numbers, room in pages."""
LARGEST = 128 << 20
"""Larger values are neither kept nor read."""

_SCHEMA = (
    """CREATE TABLE makers(
        number INTEGER PRIMARY KEY, function TEXT NOT NULL, model TEXT NOT NULL, entries INTEGER NOT NULL,
        bytes INTEGER NOT NULL, hits INTEGER NOT NULL, UNIQUE(function, model))""",
    """CREATE TABLE answers(
        number INTEGER PRIMARY KEY, content BLOB NOT NULL UNIQUE, maker INTEGER NOT NULL, used INTEGER NOT NULL,
        size INTEGER NOT NULL, checksum BLOB NOT NULL, value BLOB NOT NULL)""",
    "CREATE INDEX answers_used ON answers(used, size, maker)",
)
_FIND = "SELECT value, checksum, number, used, maker FROM answers WHERE content = ?"
_ADD = "INSERT OR IGNORE INTO answers(content, maker, used, size, checksum, value) VALUES (?, ?, ?, ?, ?, ?)"
_COUNT = "UPDATE makers SET entries = entries + ?, bytes = bytes + ? WHERE number = ?"

Row = tuple[bytes, bytes, str, str]
"""An answer to keep: its content hash, its packed value, the function's full name, the model's name."""


class ForeignFileError(Exception):
    """The file is broken, or was made by another program or version."""


class Maker(NamedTuple):
    """What the cache holds of one function and model."""

    function: str
    model: str
    entries: int
    bytes: int
    hits: int


class Hit(NamedTuple):
    """An answer that was found: `number` and `maker` are for `touch`, `used` is when it was last."""

    value: bytes
    number: int
    used: int
    maker: int


class AnswerDatabase:
    """One open file. Methods raise `sqlite3.Error` for what goes wrong with it."""

    def __init__(self, folder: Path, number: int, patience: float) -> None:
        """Open the file with this number; wait `patience` seconds for other processes that write.

        Raises `ForeignFileError` for a file that is broken or not ours.
        """
        self.number = number
        self.path = file_of(folder, number)
        self._makers: dict[tuple[str, str], int] = {}
        uri = f"{self.path.absolute().as_uri()}?mode=rw"
        self._connection = sqlite3.connect(uri, patience, isolation_level=None, check_same_thread=False, uri=True)
        self._do: Callable[..., sqlite3.Cursor] = self._connection.execute
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST + 4096)
        try:
            self._do("PRAGMA trusted_schema = OFF")
            (version,) = self._do("PRAGMA user_version").fetchone()
            found = [sql for (sql,) in self._do("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")]
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            raise ForeignFileError(str(error)) from error
        if version != VERSION or tuple(found) != _SCHEMA:
            raise ForeignFileError("it has another form")
        # A power cut may then cost entries, never give a wrong one: that is what checksums are for.
        self._do("PRAGMA synchronous = OFF")
        self._do("PRAGMA cache_size = -16000")
        self._do(f"PRAGMA journal_size_limit = {16 << 20}")

    def find(self, content: bytes) -> Hit | None:
        """The answer to `content`; None where there is none, or its checksum says that it is not what was put."""
        found = self._do(_FIND, (content,)).fetchone()
        if found is None:
            return None
        value, kept, number, used, maker = found
        if type(value) is not bytes or checksum(content, value) != kept:
            return None
        return Hit(value, number, used, maker)

    def add(self, rows: Iterable[Row], now: int) -> None:
        """Keep `rows`, in one transaction. An answer that is there already stays, unless its checksum is wrong."""
        added: dict[int, list[int]] = {}
        with self._transaction():
            for content, value, function, model in rows:
                if len(value) > LARGEST:
                    continue
                maker = self._maker(function, model)
                size = len(value) + OVERHEAD
                new = (content, maker, now, size, checksum(content, value), value)
                if self._do(_ADD, new).rowcount or self._replaced(content, new):
                    count = added.setdefault(maker, [0, 0])
                    count[0] += 1
                    count[1] += size
            self._count(added)

    def _replaced(self, content: bytes, new: tuple[bytes, int, int, int, bytes, bytes]) -> bool:
        """Put `new` in the place of an entry that has a wrong checksum; whether there was one."""
        if self.find(content) is not None:
            return False
        self._drop("content = ?", (content,))
        return bool(self._do(_ADD, new).rowcount)

    def _maker(self, function: str, model: str) -> int:
        number = self._makers.get((function, model))
        if number is None:
            self._do("INSERT OR IGNORE INTO makers VALUES (NULL, ?, ?, 0, 0, 0)", (function, model))
            query = "SELECT number FROM makers WHERE function = ? AND model = ?"
            (number,) = self._do(query, (function, model)).fetchone()
            self._makers[function, model] = number
        return number

    def _count(self, changes: dict[int, list[int]]) -> None:
        for maker, (entries, size) in changes.items():
            self._do(_COUNT, (entries, size, maker))

    def touch(self, numbers: Iterable[int], hits: dict[int, int], now: int) -> None:
        """Note that the entries `numbers` were used now, and how many `hits` each maker had."""
        with self._transaction():
            rows = [(now, number) for number in numbers]
            self._connection.executemany("UPDATE answers SET used = ? WHERE number = ?", rows)
            self._connection.executemany(
                "UPDATE makers SET hits = hits + ? WHERE number = ?", [(count, maker) for maker, count in hits.items()]
            )

    @property
    def size(self) -> int:
        """Bytes that all entries take together."""
        return self._do("SELECT coalesce(sum(bytes), 0) FROM makers").fetchone()[0]

    def evict(self, limit: int, most: int) -> int:
        """Delete what was not used for longest until `limit` bytes are kept, at most `most` entries; how many."""
        excess = self.size - limit
        if excess <= 0:
            return 0
        with self._transaction():
            numbers: list[int] = []
            oldest = self._do("SELECT number, size FROM answers ORDER BY used, size LIMIT ?", (most,))
            for number, size in oldest:
                if excess <= 0:
                    break
                numbers.append(number)
                excess -= size
            for some in range(0, len(numbers), 500):
                part = numbers[some : some + 500]
                self._drop(f"number IN ({','.join('?' * len(part))})", part)
        return len(numbers)

    def _drop(self, where: str, values: Sequence[object]) -> tuple[int, int]:
        """Delete the entries that `where` (SQL of ours) chooses; how many, and their bytes."""
        counted = f"SELECT maker, count(*), sum(size) FROM answers WHERE {where} GROUP BY maker"  # noqa: S608 - ours
        gone = self._do(counted, values).fetchall()
        self._do(f"DELETE FROM answers WHERE {where}", values)  # noqa: S608 - the same
        self._count({maker: [-count, -size] for maker, count, size in gone})
        return sum(count for _, count, _ in gone), sum(size for _, _, size in gone)

    # ── for the command ──────────────────────────────────────────────────────────────────────────────────────────────

    def makers(self) -> list[Maker]:
        """What it holds, by function and model; the largest first."""
        columns = ", ".join(Maker._fields)
        rows = self._do(f"SELECT {columns} FROM makers WHERE entries > 0 ORDER BY bytes DESC")  # noqa: S608 - ours
        return [Maker(*row) for row in rows]

    def prune(self, before: int | None, makers: Sequence[tuple[str, str]] | None) -> tuple[int, int]:
        """Delete entries not used since `before`, of these functions and models (None: all); how many, and bytes."""
        chosen, values = "1", list[object]()
        if before is not None:
            chosen = "used < ?"
            values.append(before)
        if makers is not None:
            each = " OR ".join(["function = ? AND model = ?"] * len(makers)) or "0"
            chosen += f" AND maker IN (SELECT number FROM makers WHERE {each})"  # noqa: S608 - ours
            values += [name for maker in makers for name in maker]
        with self._transaction():
            gone = self._drop(chosen, values)
        with contextlib.suppress(sqlite3.OperationalError):  # a run is using it: the room is used again later
            self._do("VACUUM")
        return gone

    # ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────

    @contextlib.contextmanager
    def _transaction(self) -> Generator[None]:
        self._do("BEGIN IMMEDIATE")
        try:
            yield
            self._do("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._do("ROLLBACK")
            self._makers.clear()  # numbers that the transaction gave out
            raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()


def checksum(content: bytes, value: bytes) -> bytes:
    """16 bytes that belong to this value for this content alone."""
    return hashlib.blake2b(value, digest_size=16, key=content[:64]).digest()


def latest(folder: Path) -> int:
    """The number of the file in use in `folder`; 0 where there is none."""
    numbers = [int(found[1]) for path in folder.iterdir() if (found := re.fullmatch(_NAME, path.name))]
    return max(numbers, default=0)


_NAME = r"answers-([1-9][0-9]{0,8})\.sqlite"


def file_of(folder: Path, number: int) -> Path:
    """The file with this number."""
    return folder / f"answers-{number}.sqlite"


def opened(folder: Path, number: int, patience: float, *, anew: bool) -> AnswerDatabase:
    """The file with this number; or, with `anew`, a new one with the next number where this is broken or not ours."""
    try:
        return AnswerDatabase(folder, number, patience)
    except ForeignFileError:
        if not anew:
            raise
        begin(folder, number + 1)
        return AnswerDatabase(folder, number + 1, patience)


def begin(folder: Path, number: int) -> None:
    """Make an empty file with this number, unless there is one; remove those that were set aside before the last."""
    scratch = folder / f"making-{os.getpid()}-{os.urandom(4).hex()}.sqlite"
    try:
        connection = sqlite3.connect(scratch, isolation_level=None)
        with contextlib.closing(connection):
            for statement in ("PRAGMA journal_mode = WAL", *_SCHEMA, f"PRAGMA user_version = {VERSION}"):
                connection.execute(statement)
        with contextlib.suppress(FileExistsError):  # another process was quicker
            scratch.rename(file_of(folder, number)) if os.name == "nt" else os.link(scratch, file_of(folder, number))
    finally:
        for ending in _ENDINGS:
            scratch.with_name(scratch.name + ending).unlink(missing_ok=True)
    remove(folder, below=number - 1)


_ENDINGS = ("", "-wal", "-shm", "-journal")


def remove(folder: Path, below: int) -> None:
    """Remove the files with smaller numbers than `below`."""
    for number in range(max(1, below - 100), below):
        for ending in _ENDINGS:
            path = file_of(folder, number)
            with contextlib.suppress(OSError):
                path.with_name(path.name + ending).unlink()
