"""Standard functions that read and write text files and list folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from planlang.runtime.errors import PlanError
from planlang.runtime.granted_files import named, open_folder
from planlang.runtime.run import Run
from planlang.runtime.secret_sources import check_file
from planlang.runtime.text_files import append_bytes, decode, plain_errors, read_granted, write_bytes
from planlang.runtime.values import PlanList, Value, new_list

from .arguments import need_bool, need_text
from .registry import Registry
from .texts import split_lines

FUNCTIONS = Registry()
_LONGEST_GLOB = 255


@FUNCTIONS.add_with_run
def read(run: Run, path: Value) -> str:
    """The text of a file."""
    return _text(run, "read", path)


def _text(run: Run, name: str, path: Value) -> str:
    resolved = readable(run, need_text(name, path, "path"))
    text = decode(read_granted(resolved, path, run.limits, beside(run, path)), path)
    run.tick(len(text) >> 3)
    return text


def readable(run: Run, path: str) -> str:
    """The resolved `path` of a file that the plan may read; raises a `permission` error otherwise."""
    resolved = run.permissions.path("read", path)
    if run.options.settings:
        check_file(run.options.settings, resolved, path)
    return resolved


def beside(run: Run, path: str) -> str | None:
    """`path`, if the plan may see the names of the files beside it."""
    try:
        run.permissions.path("read", str(Path(path).parent))
    except PlanError:
        return None
    return path


@FUNCTIONS.add_with_run
def read_lines(run: Run, path: Value) -> PlanList:
    """The lines of a text file."""
    return new_list(split_lines(run, _text(run, "read_lines", path)))


@FUNCTIONS.add_with_run
def list_dir(run: Run, path: Value) -> PlanList:
    """The names of what a folder holds, sorted."""
    resolved = run.permissions.path("read", need_text("list_dir", path, "path"))
    return new_list(sorted(entry.name for entry in _entries(run, resolved, path)))


class _Entry(NamedTuple):
    """Something in a folder: its name as text, and what it is; a link is what it leads to."""

    name: str
    is_folder: bool
    is_file: bool
    is_link: bool


def _entries(run: Run, resolved: str, shown: str) -> Iterator[_Entry]:
    with plain_errors(shown, "list"):
        try:
            folder = open_folder(resolved, shown)
        except NotADirectoryError:
            raise PlanError("value", f"{named(shown)} is a file, not a folder", "read(path) gives its text") from None
        except FileNotFoundError:
            raise PlanError("value", f"there is no folder {named(shown)}") from None
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    run.tick(1)
                    yield _entry(entry)
        finally:
            os.close(folder)


def _entry(entry: os.DirEntry[str]) -> _Entry:
    name = entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return _Entry(name, entry.is_dir(follow_symlinks=False), entry.is_file(), entry.is_symlink())


@FUNCTIONS.add_with_run
def list_files(run: Run, folder: Value, glob: Value = "*", recursive: Value = False) -> PlanList:
    """The paths of the files in a folder, sorted."""
    need_text("list_files", folder, "folder")
    need_bool("list_files", recursive, "recursive")
    if "/" in need_text("list_files", glob, "glob") or len(glob) > _LONGEST_GLOB:
        hint = "recursive=true looks into subfolders"
        raise PlanError("value", "the `glob` of `list_files` is for names: short, and without /", hint)
    found: list[str] = []
    waiting = [folder]
    while waiting:
        shown = waiting.pop()
        for entry in _entries(run, run.permissions.path("read", shown), shown):
            path = str(Path(shown) / entry.name)
            if entry.name.startswith(".") and not glob.startswith("."):
                continue
            if entry.is_folder:
                waiting.extend([path] if recursive else [])
            elif entry.is_file and fnmatchcase(entry.name, glob) and _may_be_read(run, path, entry):
                found.append(path)
    return new_list(sorted(found))


def _may_be_read(run: Run, path: str, entry: _Entry) -> bool:
    """Whether a listed file is one that the plan may read: what a link leads to may be hidden from it."""
    if not entry.is_link:
        return True
    try:
        run.permissions.path("read", path)
    except PlanError:
        return False
    return True


@FUNCTIONS.add_with_run
def write(run: Run, path: Value, text: Value) -> None:
    """Write text to a file."""
    resolved = run.permissions.path("write", need_text("write", path, "path"))
    write_bytes(resolved, path, need_text("write", text, "text").encode("utf-8", "replace"))


@FUNCTIONS.add_with_run
def append(run: Run, path: Value, text: Value) -> None:
    """Add text at the end of a file."""
    resolved = run.permissions.path("write", need_text("append", path, "path"))
    append_bytes(resolved, path, need_text("append", text, "text").encode("utf-8", "replace"))
