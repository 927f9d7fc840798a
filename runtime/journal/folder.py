"""The folders of runs: made, found by a part of their name, locked by whoever runs them, and removed.

A run's folder is `runs/ID` in the user's state folder. It counts from the moment that it has its lock, which is the
last thing that is put into it, so no half-made folder is ever listed; and it goes away under another name before its
files do. It may be read by its user only, since a journal holds inputs and answers.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, TypeVar

from planlang.runtime.folders import state_folder

from .errors import RunFolderError, why
from .lock import RunLock, take
from .store import JournalError

JOURNAL = "journal.sqlite"
_ID = re.compile(r"\d{8}-\d{6}-[a-z0-9]{4}")
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""What a name ends in: no letters and digits that look alike."""
_PATIENCE = 0.5
"""Seconds to wait for a lock: who only looks at a run holds it for a moment."""
_FILES = (JOURNAL, f"{JOURNAL}-wal", "outbox", "shown", "lock")
"""What decides how a run goes on."""
_RUNS, _LOCK, _MAKING, _GOING = "runs", "lock", ".lock", ".going-"
T = TypeVar("T")


class RunFolder(NamedTuple):
    """The folder of one run. Whether there is one, and what state it is in, is asked of the disk each time."""

    path: Path

    @property
    def id(self) -> str:
        """The name of the run: when it began, and four random letters."""
        return self.path.name

    @property
    def journal(self) -> Path:
        """The SQLite file that holds what the run knows."""
        return self.path / JOURNAL

    @property
    def outbox(self) -> Path:
        """Where workers put finished batches before the interpreter has seen them."""
        return self.path / "outbox"

    @property
    def shown(self) -> Path:
        """How much of its output was shown."""
        return self.path / "shown"

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        with suppress(OSError):
            return sum(file.lstat().st_size for file in self.path.rglob("*"))
        return 0

    @property
    def touched(self) -> float:
        """When its journal was last written, in seconds of Unix time; reading it changes nothing about that."""
        times = [0.0]
        for file in (self.journal, self.journal.with_name(f"{JOURNAL}-wal")):
            with suppress(OSError):
                status = file.stat()
                times.append(status.st_mtime if status.st_size else 0.0)
        return max(times)

    # ── the lock ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def lock(self) -> RunLock:
        """Keep everybody else from running this run; raises `RunFolderError` where somebody does already."""
        if (held := take(self.path / _LOCK, _PATIENCE)) is None:
            raise RunFolderError(f"run {self.id} is being run{self._by_whom()}", "wait for its end, or stop it first")
        return held

    @property
    def is_running(self) -> bool:
        """Whether somebody runs it now."""
        if not (self.path / _LOCK).exists():
            return False
        held = take(self.path / _LOCK, 0.0, mark=False)
        if held is None:
            return True
        held.release()
        return False

    @property
    def last_process(self) -> tuple[int, float] | None:
        """The process that runs it, or ran it last, and when that began, in Unix time; None where nothing says so."""
        with suppress(OSError, ValueError):
            process, began = (self.path / _LOCK).read_text(encoding="ascii").split()
            return int(process), float(began)
        return None

    def _by_whom(self) -> str:
        last = self.last_process
        if last is None:
            return ""
        return f" by process {last[0]} since {time.strftime('%H:%M:%S on %Y-%m-%d', time.localtime(last[1]))}"

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def remove(self) -> int:
        """Remove the folder, unless somebody runs it; gives the bytes that this freed. Raises `RunFolderError`."""
        held = self.lock()
        try:
            freed = self.size
            going = self.path.with_name(f"{_GOING}{self.id}-{os.getpid()}")
            self.path.rename(going)
            shutil.rmtree(going)
        except OSError as error:
            raise RunFolderError(f"run {self.id} cannot be removed: {why(error)}") from None
        finally:
            held.release()
        return freed


# ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def create(fill: Callable[[Path], T]) -> tuple[RunFolder, RunLock, T]:
    """Make the folder of a new run, locked by this process. Raises `RunFolderError` where that cannot be.

    fill: puts the journal into the folder, given its path; what it gives is handed on. Until then the folder is not
    listed, and if it fails, the folder is gone.
    """
    runs = runs_folder()
    try:
        runs.mkdir(parents=True, exist_ok=True, mode=0o700)
        run = RunFolder(_named(runs))
        with _gone_after_failure(run.path):
            held = take(run.path / _MAKING, 0.0)
            if held is None:
                raise RunFolderError(f"{run.path} cannot be locked")
            filled = fill(run.path)
            (run.path / _MAKING).rename(run.path / _LOCK)
    except (OSError, JournalError) as error:
        reason = error.message if isinstance(error, JournalError) else f"{error.filename or runs}: {why(error)}"
        raise RunFolderError(
            f"this run cannot be journalled: {reason}",
            "make room, let PLANLANG_STATE name another folder, or run with --no-journal",
        ) from None
    return run, held, filled


@contextmanager
def _gone_after_failure(folder: Path) -> Generator[None]:
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _named(runs: Path) -> Path:
    """A new folder with the name of a run that began now."""
    for _ in range(100):
        path = runs / f"{time.strftime('%Y%m%d-%H%M%S')}-{_random(4)}"
        with suppress(FileExistsError):
            path.mkdir(mode=0o700)
            return path
    raise FileExistsError(17, "no name for the run is free", str(runs))


def _random(length: int) -> str:
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in os.urandom(length))


# ── finding ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def runs_folder() -> Path:
    """Where all runs of this user are."""
    return state_folder() / _RUNS


def all_runs() -> list[RunFolder]:
    """The runs there are, newest first; raises `RunFolderError` where their folder cannot be read.

    What another user has put there is none: to go on with a run is to do what its journal says.
    """
    return [run for run in _there() if _is_own(run.path)]


def _there() -> list[RunFolder]:
    """What looks like the folder of a run, newest first."""
    folder = runs_folder()
    try:
        names = [path.name for path in folder.iterdir() if _ID.fullmatch(path.name) and (path / _LOCK).exists()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunFolderError(f"{folder} cannot be read: {why(error)}") from None
    return [RunFolder(folder / name) for name in sorted(names, reverse=True)]


def find(text: str) -> RunFolder:
    """The one run whose name is `text`, or begins or ends with it; raises `RunFolderError` for none and for several."""
    runs = all_runs()
    found = _matching(text, runs)
    if not found and _matching(text, _there()):
        raise RunFolderError(
            f"{text} is not the folder of a run of yours: it is a link, or belongs to another user",
            "to go on with a run is to do what its journal says; copy the folder if you trust who made it",
        )
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(run.id for run in found[:4]) + (" …" if len(found) > 4 else "")
        raise RunFolderError(f"several runs begin or end with {text}: {names}", "give more of the name")
    raise RunFolderError(f"there is no run {text}", _nearest(text, runs))


def _matching(text: str, runs: list[RunFolder]) -> list[RunFolder]:
    return [run for run in runs if run.id == text] or [
        run for run in runs if text and (run.id.startswith(text) or run.id.endswith(text))
    ]


def _is_own(folder: Path) -> bool:
    """Whether a folder and its files belong to this user, and none is a link to somewhere else."""
    user = os.geteuid() if hasattr(os, "geteuid") else None
    try:
        states = [folder.lstat(), *(path.lstat() for name in _FILES if os.path.lexists(path := folder / name))]
    except OSError:
        return False
    return not any(stat.S_ISLNK(state.st_mode) or user not in (None, state.st_uid) for state in states)


def _nearest(text: str, runs: list[RunFolder]) -> str:
    if not runs:
        return "no run was journalled yet"
    from planlang.lang.suggestions import closest

    near = closest(text, [run.id for run in runs]) or closest(text, [run.id[-4:] for run in runs])
    return f"did you mean {near}?" if near else f"the latest is {runs[0].id}; `plan runs` lists all"


def clear_leftovers(older: float = 3600.0) -> None:
    """Remove what a process left that died while it made or removed a folder, `older` seconds ago or more."""
    with suppress(OSError):
        for entry in os.scandir(runs_folder()):
            half = entry.name.startswith(_GOING) or (
                _ID.fullmatch(entry.name) is not None and not Path(entry.path, _LOCK).exists()
            )
            if half and time.time() - entry.stat().st_mtime > older:
                shutil.rmtree(entry.path, ignore_errors=True)
