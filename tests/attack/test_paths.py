"""Paths that lead, or seem to lead, out of what a plan may touch; and files that are none."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import NamedTuple

import pytest

from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, Run, RunOptions
from planlang.runtime.standard import bind

from .attempt import Told, attempt

CONTENTS = "the-secret"


class Reach(NamedTuple):
    """A call on a path that is not to be touched. ROOT stands for the test's folder, in which `open` is allowed."""

    title: str
    call: str
    says: str


NOT_ALLOWED = "this plan may not"
LEADING_OUT = [
    Reach("dots", 'read("ROOT/open/../secret.txt")', NOT_ALLOWED),
    Reach("dots behind a folder that is not there", 'read("ROOT/open/none/../../secret.txt")', NOT_ALLOWED),
    Reach("doubled slashes", 'read("ROOT//open//..//secret.txt")', NOT_ALLOWED),
    Reach("backslashes", "read('ROOT/open\\..\\secret.txt')", NOT_ALLOWED),
    Reach("percent signs", 'read("ROOT/open/%2e%2e/secret.txt")', "there is no file"),
    Reach("a file: address", 'read("file://ROOT/secret.txt")', NOT_ALLOWED),
    Reach("the home folder", 'read("~/secret.txt")', NOT_ALLOWED),
    Reach("a variable of the shell", 'read("$HOME/secret.txt")', NOT_ALLOWED),
    Reach("a name that begins like the allowed one", 'read("ROOT/open-too/secret.txt")', NOT_ALLOWED),
    Reach("another case", 'read("ROOT/OPEN/../secret.txt")', NOT_ALLOWED),
    Reach("a dot at the end", 'read("ROOT/open./secret.txt")', NOT_ALLOWED),
    Reach("a space at the end", 'read("ROOT/open /secret.txt")', NOT_ALLOWED),
    Reach("a NUL that ends the name for the system", 'read("ROOT/secret.txt\\u{0}ROOT/open/in.txt")', "NUL"),
    Reach("half a surrogate pair", "read(from_json('\"ROOT/open/\\ud800\"'))", "there is no file"),
    Reach("a link to a file", 'read("ROOT/open/link.txt")', NOT_ALLOWED),
    Reach("a link to a folder", 'read("ROOT/open/linked/secret.txt")', NOT_ALLOWED),
    Reach("a link to a link", 'read("ROOT/open/twice.txt")', NOT_ALLOWED),
    Reach("a link by way of /proc", 'read("ROOT/open/by_proc/secret.txt")', NOT_ALLOWED),
    Reach("lines through a link", 'read_lines("ROOT/open/link.txt")', NOT_ALLOWED),
    Reach("rows through a link", 'read_rows("ROOT/open/link.csv")', NOT_ALLOWED),
    Reach("a folder through a link", 'list_dir("ROOT/open/linked")', NOT_ALLOWED),
    Reach("the folder above", 'list_dir("ROOT/open/..")', NOT_ALLOWED),
    Reach("a glob that climbs", 'list_files("ROOT/open", glob="../*")', "for names"),
    Reach("a glob that is absolute", 'list_files("ROOT/open", glob="/etc/*")', "for names"),
    Reach("writing through a link", 'write("ROOT/open/link.txt", "x")', NOT_ALLOWED),
    Reach("appending through a link", 'append("ROOT/open/link.txt", "x")', NOT_ALLOWED),
    Reach("writing where a link leads to nothing yet", 'write("ROOT/open/dangling.txt", "x")', NOT_ALLOWED),
    Reach("making folders outside", 'write("ROOT/open/../made/new.txt", "x")', NOT_ALLOWED),
    Reach("rows through a link to a folder", 'write_rows("ROOT/open/linked/r.csv", [{a: 1}])', NOT_ALLOWED),
    Reach("the allowed folder itself, replaced", 'write("ROOT/open", "x")', "is a folder"),
    Reach("appending to a file that has a second name", 'append("ROOT/open/hard.txt", "x")', "second name"),
    Reach("the environment by /proc", 'read("/proc/self/environ")', NOT_ALLOWED),
    Reach("the root by /proc", 'read("/proc/self/root/ROOT/secret.txt")', NOT_ALLOWED),
    Reach("the folder by /proc", 'read("/proc/self/cwd/../secret.txt")', NOT_ALLOWED),
    Reach("an open file by /dev/fd", 'read("/dev/fd/0")', NOT_ALLOWED),
]

OF_THE_SYSTEM = "files of the system"
NO_FILES = [
    Reach("the environment, of which --allow-env speaks", 'read("/proc/self/environ")', OF_THE_SYSTEM),
    Reach("the memory", 'read("/proc/self/mem")', OF_THE_SYSTEM),
    Reach("another process", 'read("/proc/1/cmdline")', OF_THE_SYSTEM),
    Reach("the kernel's settings", 'write("/proc/sys/kernel/core_pattern", "|x")', OF_THE_SYSTEM),
    Reach("a setting of a device", 'write("/sys/power/state", "mem")', OF_THE_SYSTEM),
    Reach("standard input", 'read("/dev/stdin")', OF_THE_SYSTEM),
    Reach("the terminal", 'read("/dev/tty")', OF_THE_SYSTEM),
    Reach("an endless device", 'read("/dev/zero")', OF_THE_SYSTEM),
    Reach("an endless device through a link", 'read("ROOT/zero")', OF_THE_SYSTEM),
    Reach("a disk", 'write("/dev/sda", "x")', OF_THE_SYSTEM),
    Reach("a pipe that nobody writes", 'read("ROOT/fifo")', "is a pipe"),
    Reach("a pipe that nobody reads", 'write("ROOT/fifo", "x")', "is a pipe"),
    Reach("a pipe at whose end to write", 'append("ROOT/fifo", "x")', "is a pipe"),
    Reach("rows from a pipe", 'read_rows("ROOT/fifo.csv")', "is a pipe"),
    Reach("a socket", 'read("ROOT/socket")', "is a pipe, socket or device"),
    Reach("a circle of links", 'read("ROOT/circle")', "goes in a circle"),
    Reach("a circle of links to write to", 'write("ROOT/circle", "x")', "goes in a circle"),
    Reach("a circle of links to list", 'list_dir("ROOT/circle")', "goes in a circle"),
    Reach("a name of 5,000 characters", 'read("ROOT/" + "x" * 5000)', "name too long"),
    Reach("a path of 100,000 parts", 'read("a/" * 100000)', "there is no file"),
    Reach("a path of a megabyte that is not allowed", 'env("x" * 1000000)', NOT_ALLOWED),
    Reach("a file that is larger than a value", 'read("ROOT/sparse.txt")', "limit"),
    Reach("rows of a file that is larger than a value", 'read_rows("ROOT/sparse.csv")', "limit"),
    Reach("the folder of a file, as a file", 'read("ROOT/secret.txt/x")', "is a file, not a folder"),
    Reach("the folder of runs", 'write("ROOT/state/runs/x", "x")', "a file of planlang itself"),
    Reach("a compiled plan", 'write("ROOT/cache/x", "x")', "a file of planlang itself"),
    Reach("a compiled plan by a link", 'append("ROOT/to_cache/x", "x")', "a file of planlang itself"),
]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a secret, an open folder with ways out of it, and files that are none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    for folder in ("open", "open-too", "hidden", "state", "cache"):
        (tmp_path / folder).mkdir()
    for secret in ("secret.txt", "secret.csv", "open-too/secret.txt", "hidden/secret.txt"):
        (tmp_path / secret).write_text(CONTENTS)
    (tmp_path / "open" / "in.txt").write_text("inside")
    (tmp_path / "open" / "link.txt").symlink_to("../secret.txt")
    (tmp_path / "open" / "link.csv").symlink_to("../secret.csv")
    (tmp_path / "open" / "linked").symlink_to("../hidden")
    (tmp_path / "open" / "twice.txt").symlink_to("link.txt")
    (tmp_path / "open" / "by_proc").symlink_to("/proc/self/cwd")
    (tmp_path / "open" / "dangling.txt").symlink_to("../made.txt")
    (tmp_path / "open" / "hard.txt").hardlink_to(tmp_path / "secret.txt")
    _odd(tmp_path)
    return tmp_path


def _odd(root: Path) -> None:
    os.mkfifo(root / "fifo")
    os.mkfifo(root / "fifo.csv")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(root)  # the path of a socket has to be short
        server.bind("socket")
        os.chdir(here)
    (root / "zero").symlink_to("/dev/zero")
    (root / "circle").symlink_to("circle")
    (root / "to_cache").symlink_to("cache")
    for name in ("sparse.txt", "sparse.csv"):
        with (root / name).open("wb") as file:
            file.truncate(1 << 40)


def run(root: Path, reach: Reach, permissions: Permissions) -> Told:
    return attempt(f"print({reach.call.replace('ROOT', str(root))})\n", permissions, Limits(value_size=1_000_000))


def state(root: Path) -> list[tuple[str, str]]:
    """What stands in the folder, and what it holds, as far as that is little."""
    return sorted(
        (str(path), path.read_text() if path.is_file() and path.stat().st_size < 100 else "")
        for path in root.rglob("*")
        if (root / "cache" not in path.parents or path.name == "x") and not stat.S_ISCHR(path.lstat().st_mode)
    )


@pytest.mark.parametrize("reach", LEADING_OUT, ids=lambda reach: reach.title)
def test_no_path_leads_out_of_what_is_allowed(reach: Reach, root: Path) -> None:
    """The plan is refused; nothing is shown, and nothing is changed."""
    before = state(root)
    inside = (str(root / "open"),)
    told = run(root, reach, Permissions(read=inside, write=inside))
    assert told.kind in {"permission", "value"}, told
    assert reach.says in told.text, told
    assert CONTENTS not in told.text + told.out
    assert before == state(root)


@pytest.mark.parametrize("reach", NO_FILES, ids=lambda reach: reach.title)
def test_what_is_no_file_does_no_harm(reach: Reach, root: Path) -> None:
    """All files are allowed, and still only files are: nothing hangs, grows, or drives the system."""
    before = state(root)
    told = run(root, reach, Permissions(read=(), write=(), env=("HOME",)))
    assert told.kind in {"permission", "value", "limit"}, told
    assert reach.says in told.text, told
    assert len(told.text) < 1_500
    assert before == state(root)


def test_a_file_of_the_system_can_be_allowed_by_its_name(root: Path) -> None:
    """What the user names is theirs to allow."""
    told = attempt('print(read("/proc/self/comm"))\n', Permissions(read=("/proc/self/comm",)))
    assert ("", 1) == (told.kind, told.out.count("\n") - 1), told


def test_a_hard_link_can_be_read_and_replaced(root: Path) -> None:
    """It is a file of the folder that it stands in; writing anew leaves the file of the other name as it was."""
    inside = (str(root / "open"),)
    told = attempt('write("open/hard.txt", "new")\nprint(read("open/hard.txt"))\n', Permissions(inside, inside))
    assert ("", "new\n", CONTENTS) == (told.kind, told.out, (root / "secret.txt").read_text())


def test_a_written_file_cannot_run_as_its_owner(root: Path) -> None:
    """The rights of a file stay when it is written anew, but not the bits that lend its owner's rights."""
    target = root / "open" / "in.txt"
    target.chmod(0o6755)
    assert not attempt('write("open/in.txt", "x")\n', Permissions(write=(str(root / "open"),))).kind
    assert 0o755 == stat.S_IMODE(target.stat().st_mode)


def test_a_user_without_a_home_can_write(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no folders of planlang's own then, and so none to protect."""
    for name in ("PLANLANG_STATE", "PLANLANG_CACHE", "HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", _homeless)
    run = Run(RunOptions(permissions=Permissions(write=("open",))))
    bind("write", run)("open/new.txt", "x")
    assert "x" == (root / "open" / "new.txt").read_text()


def _homeless() -> Path:
    raise RuntimeError


def test_links_to_hidden_files_are_not_listed(root: Path) -> None:
    """A link's name says that its target is there."""
    told = attempt('print(list_files("open", recursive=true))\n', Permissions(read=(str(root / "open"),)))
    assert '["open/hard.txt", "open/in.txt"]\n' == told.out


def test_a_typo_tells_nothing_of_a_folder_that_is_hidden(root: Path) -> None:
    """A file may be allowed whose neighbours are not: they are not suggested."""
    told = attempt('print(read("hidden/secre.txt"))\n', Permissions(read=(str(root / "hidden" / "secre.txt"),)))
    assert ("value", False) == (told.kind, "secret.txt" in told.text)
