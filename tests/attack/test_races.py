"""Links that are put in a path's way between the moment when it is compared and the moment when it is opened.

A second process swaps a folder, or a file, for a link to a hidden one and back, a thousand times and more, while a plan
uses it, until the swap has hit the gap. The plan then meets an error, and never what the link leads to.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from planlang.runtime import granted_files
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Run, RunOptions
from planlang.runtime.standard import bind
from planlang.runtime.values import from_python

HIDDEN = "hidden-contents"
ROUNDS = 1_000
"""Uses of a path while it is being swapped."""
PATIENCE = 3.0
"""Seconds to go on until the gap was hit."""
SWAPPER = """
import ctypes, os, sys
real, link = sys.argv[1].encode(), sys.argv[2].encode()
exchange = ctypes.CDLL(None, use_errno=True).renameat2
print("ready", flush=True)
while os.getppid() == int(sys.argv[3]):
    if exchange(-100, real, -100, link, 2):
        sys.exit("no exchange")
"""
"""Swaps two names without a moment in which either is missing, until its parent ends it."""

pytestmark = pytest.mark.skipif(
    not hasattr(ctypes.CDLL(None), "renameat2"), reason="only Linux can swap two names at once"
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`open` is allowed, with a folder in it and a link that takes its place; `hidden` is what the link leads to."""
    monkeypatch.chdir(tmp_path)
    for folder in ("open/folder/deep", "hidden/deep"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("a.txt", "deep/a.txt", "a.csv"):
        (tmp_path / "open" / "folder" / name).write_text("x\nshown\n")
        (tmp_path / "hidden" / name).write_text(f"x\n{HIDDEN}\n")
    (tmp_path / "hidden" / HIDDEN).touch()
    (tmp_path / "open" / "other").symlink_to(tmp_path / "hidden")
    (tmp_path / "open" / "file.txt").write_text("x\nshown\n")
    (tmp_path / "open" / "file_link").symlink_to(tmp_path / "hidden" / "a.txt")
    return tmp_path


@contextmanager
def swapping(one: Path, other: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-IS", "-c", SWAPPER, str(one), str(other), str(os.getpid())], stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
        assert process.poll() is None, "the swapper ended"
    finally:
        process.kill()
        process.wait()


def race(root: Path, name: str, path: str, *more: object) -> list[str]:
    """Use `path` again and again until the gap was hit; all that was given or said."""
    inside = (str(root / "open"),)
    use: Callable[..., object] = bind(name, Run(RunOptions(permissions=Permissions(inside, inside))))
    arguments = [from_python(path), *(from_python(value) for value in more)]
    found: list[str] = []
    end = time.monotonic() + PATIENCE
    while len(found) < ROUNDS or not (any("link" in each for each in found) or time.monotonic() > end):
        try:
            found.append(f"gave {use(*arguments)}")
        except PlanError as error:
            found.append(f"{error.kind}: {error.message}")
    return found


FOLDERS = ("open/folder", "open/other")
FILES = ("open/file.txt", "open/file_link")
READING = [
    ("read", "open/folder/a.txt", FOLDERS),
    ("read", "open/folder/deep/a.txt", FOLDERS),
    ("read", "open/file.txt", FILES),
    ("read_lines", "open/folder/a.txt", FOLDERS),
    ("read_rows", "open/folder/a.csv", FOLDERS),
    ("list_dir", "open/folder", FOLDERS),
    ("list_files", "open/folder", FOLDERS),
]
WRITING = [
    ("write", "open/folder/a.txt", "planted", FOLDERS),
    ("write", "open/folder/new/made/b.txt", "planted", FOLDERS),
    ("write", "open/file.txt", "planted", FILES),
    ("append", "open/folder/a.txt", "planted", FOLDERS),
    ("append", "open/file.txt", "planted", FILES),
    ("write_rows", "open/folder/a.csv", [{"x": "planted"}], FOLDERS),
]


@pytest.mark.parametrize(("name", "path", "swapped"), READING)
def test_nothing_hidden_is_read_in_a_race(root: Path, name: str, path: str, swapped: tuple[str, str]) -> None:
    """What a link leads to that was put there just now is neither shown nor named."""
    with swapping(*(root / each for each in swapped)):
        found = race(root, name, path)
    assert not [each for each in found if HIDDEN in each]
    assert {each.split(":")[0] for each in found if not each.startswith("gave ")} <= {"permission", "value"}
    assert any(each.startswith("gave ") for each in found), "the path was never there"


@pytest.mark.parametrize(("name", "path", "value", "swapped"), WRITING)
def test_nothing_hidden_is_changed_in_a_race(
    root: Path, name: str, path: str, value: object, swapped: tuple[str, str]
) -> None:
    """No file and no folder appears or changes where the link leads."""
    hidden = root / "hidden"
    before = {str(file): file.read_text() for file in hidden.rglob("*") if file.is_file()}
    with swapping(*(root / each for each in swapped)):
        found = race(root, name, path, value)
    assert before == {str(file): file.read_text() for file in hidden.rglob("*") if file.is_file()}
    assert not (hidden / "new").exists()
    assert any(each.startswith("gave ") for each in found), "the path was never there"


@pytest.mark.parametrize("use", ["read", "write", "append", "list_dir", "read_rows", "write_rows"])
def test_the_gap_itself_is_closed(root: Path, use: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that is put in the way exactly between comparing and opening is refused, every time."""
    path = {"list_dir": "open/folder", "read_rows": "open/folder/a.csv", "write_rows": "open/folder/a.csv"}
    original = granted_files._enter

    def late(*arguments: object, **named: object) -> int:
        (root / "open" / "folder").rename(root / "open" / "gone")
        (root / "open" / "other").rename(root / "open" / "folder")
        return original(*arguments, **named)

    monkeypatch.setattr(granted_files, "_enter", late)
    inside = (str(root / "open"),)
    more = {"write": ["planted"], "append": ["planted"], "write_rows": [[{"x": "planted"}]]}.get(use, [])
    call = bind(use, Run(RunOptions(permissions=Permissions(inside, inside))))
    with pytest.raises(PlanError, match="leads through a link") as caught:
        call(path.get(use, "open/folder/a.txt"), *(from_python(value) for value in more))
    assert "permission" == caught.value.kind
    assert f"x\n{HIDDEN}\n" == (root / "hidden" / "a.txt").read_text()


def test_a_right_is_for_the_folder_that_was_named(root: Path) -> None:
    """A link that takes the place of the allowed folder itself, after the run began, widens nothing."""
    run = Run(RunOptions(permissions=Permissions(read=("open",))))
    (root / "open").rename(root / "old")
    (root / "open").symlink_to(root / "hidden")
    with pytest.raises(PlanError, match="may not read") as caught:
        bind("read", run)("open/a.txt")
    assert "permission" == caught.value.kind
