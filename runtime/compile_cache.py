"""Compiled programs in the user's cache folder, found by the hash of everything that shapes them.

The cache holds byte code, so it is trusted like Python's own `__pycache__`: it lives in the user's own folder. What
cannot be read or written, or what another user may have put there, is simply compiled again.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .digests import digest_of
from .folders import cache_folder
from .program import Program

_LAYOUT = 3
"""Counts the forms that `Program.dump` has had."""


def key_of(text: str, path: str | None, name: str, fingerprint: str, form: str) -> str:
    """The key of a program: its source and place, the versions of what compiled it, the plugins and the form."""
    from planlang import __version__

    parts = (str(_LAYOUT), __version__, sys.version, _own_stamp(), fingerprint, form, path or "", name, text)
    return digest_of("\0".join(parts))


def _own_stamp() -> str:
    """Changes when planlang's own code does, so that a developer never meets an old compilation."""
    root = Path(__file__).parent
    newest = 0
    for folder in (
        root,
        root / "compile",
        root / "compile" / "flow",
        root.parent / "lang",
        root.parent / "lang" / "standard",
    ):
        with suppress(OSError), os.scandir(folder) as entries:
            newest = max([newest, *(entry.stat().st_mtime_ns for entry in entries if entry.is_file())])
    return str(newest)


def look_up(key: str, unchanged: Callable[[dict[str, str]], bool]) -> Program | None:
    """The cached program, if it is there and the files that it imports are `unchanged`."""
    try:
        with (_folder() / key).open("rb") as file:
            if not _is_own(os.fstat(file.fileno())):
                return None
            program = Program.read(file.read())
    except (OSError, ValueError, EOFError, TypeError, IndexError):
        return None
    return program if unchanged(program.files) else None


def _is_own(state: os.stat_result) -> bool:
    """Whether a file is the user's, and nobody else may write it."""
    return not hasattr(os, "geteuid") or (state.st_uid == os.geteuid() and not state.st_mode & stat.S_IWOTH)


def keep(key: str, program: Program) -> None:
    """Put a program into the cache; a full disk or a folder that cannot be written costs only time later."""
    folder = _folder()
    with suppress(OSError, ValueError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = folder / f"{key}.{os.getpid()}"
        scratch.touch(mode=0o600)
        scratch.write_bytes(program.dump())
        scratch.replace(folder / key)


def _folder() -> Path:
    return cache_folder() / "compiled"
