"""Opening a path that was granted, part by part and through no link: nothing put in its way later is followed.

A path is resolved, compared with what the plan may touch, and opened; in between somebody may put a link in the place
of a folder. The resolved path has no links in it, so one that is met now was put there since, and is refused.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from .display import quoted
from .errors import PlanError

_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
_STEP = _FOLDER | getattr(os, "O_PATH", 0)
"""To go through a folder it must be allowed to be searched; only to list it, to be read."""
_FILE = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_LONGEST = 300
_BY_PARTS = os.open in os.supports_dir_fd


@contextmanager
def folder_above(path: str, shown: str, *, make: bool = False) -> Generator[tuple[int | None, str]]:
    """The folder of a resolved `path` as an open descriptor, and the last part of the path.

    None and the whole path on systems that cannot open by parts (Windows), where a race is not noticed. make: missing
    folders are made. Raises OSError, and a `permission` error where a link stands in the way.
    """
    above, _, name = path.rpartition(os.sep)
    if not _BY_PARTS:
        if make:
            os.makedirs(above or os.sep, exist_ok=True)  # noqa: PTH103 - the path is a text here
        yield None, path
        return
    place = _enter(above, shown, make=make)
    try:
        yield place, name
    finally:
        os.close(place)


def open_folder(path: str, shown: str) -> int:
    """A resolved folder, to be listed; the caller closes it. Raises as `folder_above` does."""
    if not _BY_PARTS:
        return os.open(path, _FOLDER)
    place = _enter(path, shown)
    try:
        return os.open(".", _FOLDER, dir_fd=place)
    finally:
        os.close(place)


def open_file(path: str, shown: str, flags: int = os.O_RDONLY, *, make: bool = False) -> int:
    """A resolved file, opened with `flags`; the caller closes it. Raises as `folder_above` does.

    Only a file is opened: a pipe could keep the plan waiting for ever, and a device do anything.
    """
    with folder_above(path, shown, make=make) as (place, name):
        check_is_file(name, place, shown)
        try:
            opened = os.open(name or os.sep, flags | _FILE, 0o666, dir_fd=place)
        except OSError:
            _check_no_link(name, place, shown)
            raise
    try:
        _need_file(os.fstat(opened).st_mode, shown)
    except BaseException:
        os.close(opened)
        raise
    return opened


def check_is_file(name: str, place: int | None, shown: str) -> os.stat_result | None:
    """The state of the file `name` in the folder `place`, None where there is none; raises for what is no file."""
    try:
        state = os.stat(name or os.sep, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return None
    _need_file(state.st_mode, shown)
    return state


def _enter(path: str, shown: str, *, make: bool = False) -> int:
    place = os.open(os.sep, _STEP)
    try:
        for name in Path(path).parts[1:]:
            inner = _step(name, place, shown, make=make)
            os.close(place)
            place = inner
    except BaseException:
        os.close(place)
        raise
    return place


def _step(name: str, place: int, shown: str, *, make: bool) -> int:
    try:
        return os.open(name, _STEP, dir_fd=place)
    except FileNotFoundError:
        if not make:
            raise
    except OSError:
        _check_no_link(name, place, shown)
        raise
    with suppress(FileExistsError):  # somebody else made it just now
        os.mkdir(name, dir_fd=place)
    return _step(name, place, shown, make=False)


def _check_no_link(name: str, place: int | None, shown: str) -> None:
    """Raise a `permission` error where `name` is a link: the reason why it could not be opened."""
    try:
        mode = os.stat(name, dir_fd=place, follow_symlinks=False).st_mode
    except OSError:
        return
    if stat.S_ISLNK(mode):
        raise _link(shown)


def _need_file(mode: int, shown: str) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError
    if stat.S_ISLNK(mode):
        raise _link(shown)
    raise PlanError("value", f"{named(shown)} is a pipe, socket or device, and a plan reads and writes files only")


def named(path: str) -> str:
    """A path as messages show it: quoted, and not longer than a person would read."""
    return quoted(path if len(path) <= _LONGEST else path[:_LONGEST] + "…")


def _link(shown: str) -> PlanError:
    message = f"{named(shown)} leads through a link that goes in a circle, or that was put there just now"
    return PlanError("permission", message)
