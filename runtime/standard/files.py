"""Standard functions that read and write text files and list folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from planlang.runtime.display import quoted
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.text_files import append_bytes, plain_errors, read_text, write_bytes
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
    resolved = run.permissions.path("read", need_text(name, path, "path"))
    text = read_text(resolved, path, run.limits, beside(run, path))
    run.tick(len(text) >> 3)
    return text


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
    return new_list(sorted(_names(run, "list_dir", path)))


def _names(run: Run, function: str, folder: Value) -> Iterator[str]:
    resolved = Path(run.permissions.path("read", need_text(function, folder, "path")))
    if resolved.is_file():
        raise PlanError("value", f"{quoted(folder)} is a file, not a folder", "read(path) gives its text")
    if not resolved.exists():
        raise PlanError("value", f"there is no folder {quoted(folder)}")
    with plain_errors(folder, "read"), os.scandir(resolved) as entries:
        for entry in entries:
            run.tick(1)
            yield entry.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@FUNCTIONS.add_with_run
def list_files(run: Run, folder: Value, glob: Value = "*", recursive: Value = False) -> PlanList:
    """The paths of the files in a folder, sorted."""
    need_text("list_files", folder, "folder")
    need_bool("list_files", recursive, "recursive")
    if "/" in need_text("list_files", glob, "glob") or len(glob) > _LONGEST_GLOB:
        hint = "recursive=true looks into subfolders"
        raise PlanError("value", "the `glob` of `list_files` is for names: short, and without /", hint)
    found: list[str] = []
    waiting = [Path(folder)]
    while waiting:
        inner = waiting.pop()
        for name in _names(run, "list_files", str(inner)):
            path = inner / name
            if name.startswith(".") and not glob.startswith("."):
                continue
            if path.is_dir() and not path.is_symlink():
                waiting.extend([path] if recursive else [])
            elif path.is_file() and fnmatchcase(name, glob):
                found.append(str(path))
    return new_list(sorted(found))


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
