"""Run folders and outboxes that somebody else has made: not one's own, damaged, or passed over."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import msgpack
import pytest

from planlang.runtime.journal.packing import pack

from .kept_runs import Run, nested, stopped, survives, told

__all__ = ["stopped"]

FILES: dict[str, Callable[[Run], object]] = {
    "an empty journal": lambda run: (run.folder / "journal.sqlite").write_bytes(b""),
    "a journal of noise": lambda run: (run.folder / "journal.sqlite").write_bytes(os.urandom(50_000)),
    "half a journal": lambda run: os.truncate(run.folder / "journal.sqlite", 9_000),
    "a journal with noise inside": lambda run: _scribble(run.folder / "journal.sqlite"),
    "a folder for a journal": lambda run: _replace(run.folder / "journal.sqlite", lambda p: p.mkdir()),
    "a pipe for a journal": lambda run: _replace(run.folder / "journal.sqlite", os.mkfifo),
    "no journal": lambda run: (run.folder / "journal.sqlite").unlink(),
    "a link for a journal": lambda run: _replace(run.folder / "journal.sqlite", lambda p: p.symlink_to("/etc/passwd")),
    "a log of noise beside it": lambda run: (run.folder / "journal.sqlite-wal").write_bytes(os.urandom(50_000)),
    "a folder for what was shown": lambda run: _replace(run.folder / "shown", lambda p: p.mkdir()),
    "nothing of what was shown": lambda run: (run.folder / "shown").write_bytes(b""),
    "more shown than there is": lambda run: (run.folder / "shown").write_bytes(b"\xff" * 16),
    "a link for what was shown": lambda run: _link(run, "shown"),
    "a link for a lock": lambda run: _link(run, "lock"),
    "a link for an outbox": lambda run: _replace(run.folder / "outbox", lambda p: p.symlink_to("/etc")),
    "a file for an outbox": lambda run: _replace(run.folder / "outbox", lambda p: p.write_text("x")),
}  # fmt: skip


def _replace(path: Path, make: Callable[[Path], object]) -> None:
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    make(path)


def _link(run: Run, name: str) -> None:
    _replace(run.folder / name, lambda path: path.symlink_to(run.work / "precious.txt"))


def _scribble(path: Path) -> None:
    with path.open("r+b") as file:
        for at in range(100, path.stat().st_size, 777):
            file.seek(at)
            file.write(b"\xff\x00\x41")


@pytest.mark.parametrize("title", FILES)
def test_files_of_a_run_that_are_none(title: str, stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """They are told to be damaged or not one's own; nothing hangs, and nothing that they lead to is written."""
    FILES[title](stopped)
    survives(stopped, capsys)


def record(data: bytes, length: int | None = None, crc: int | None = None) -> bytes:
    """A record of an outbox, right or not."""
    size = len(data) if length is None else length
    return struct.pack("<4sII", b"plb1", size, zlib.crc32(data) if crc is None else crc) + data


TAGS = [[b"\0" * 32]]
OUTBOXES = {
    "noise": b"\xff" * 1000,
    "half a head": b"plb1\x05",
    "a record of a gigabyte": record(b"x", 1 << 30),
    "a record of four billion": record(b"x", 0xFFFFFFFF),
    "a wrong sum": record(b"x", crc=0),
    "lists in lists": record(nested(100_000)),
    "a list of four billion": record(b"\xdd\xff\xff\xff\xff"),
    "no list": record(msgpack.packb(5)),
    "too few parts": record(msgpack.packb(["w", "f"])),
    "tags of the wrong length": record(msgpack.packb(["w", "f", "m", 1.0, 1.0, [[b"x"]], [b"\xc0"]])),
    "tags that are no list": record(msgpack.packb(["w", "f", "m", 1.0, 1.0, [5], [b"\xc0"]])),
    "more tags than answers": record(msgpack.packb(["w", "f", "m", 1.0, 1.0, TAGS * 3, [b"\xc0"]])),
    "a time that is a text": record(msgpack.packb(["w", "f", "m", "now", 1.0, TAGS, [b"\xc0"]])),
    "an answer that nobody packed": record(msgpack.packb(["w", "f", "m", 1.0, 1.0, TAGS, [b"\xc1[["]])),
    "an answer for no call": record(msgpack.packb(["w", "f", "m", 1.0, 1.0, TAGS, [pack(["x", 5])]])),
    "tokens beyond all": record(msgpack.packb(["w", "f", "m", 1.0, 1.0, TAGS, [pack(["x", 10**300])]])),
    "a name that is none": record(msgpack.packb(["\x1b[2J", "os.system", "../../x", 1.0, 1.0, TAGS, [b"\xc0"]])),
}


@pytest.mark.parametrize("title", OUTBOXES)
def test_outboxes_that_no_worker_wrote(title: str, stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no finished batch is passed over, and the run goes on."""
    (stopped.folder / "outbox" / "1.log").write_bytes(OUTBOXES[title])
    code, _ = survives(stopped, capsys)
    assert 1 == code
    (stopped.work / "divisor.txt").write_text("1", encoding="utf-8")


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")], ids=["pipe", "folder", "device"]
)
def test_outboxes_that_are_no_files(
    make: Callable[[Path], None], stopped: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody waits for them."""
    make(stopped.folder / "outbox" / "1.log")
    survives(stopped, capsys)


def test_a_link_to_a_run_is_none(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """A run is in the user's own folder, or it is not there."""
    other = stopped.folder.parent.parent / "other"
    stopped.folder.rename(other)
    stopped.folder.symlink_to(other)
    code, text = told(capsys, "resume", stopped.folder.name)
    assert (2, True) == (code, "not the folder of a run of yours" in text), text
    assert stopped.folder.name not in told(capsys, "runs")[1]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("file", [".", "journal.sqlite", "shown", "outbox"])
def test_a_run_of_another_user_is_none(file: str, stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """To go on with a run is to do what its journal says, with the rights that stand there."""
    os.chown(stopped.folder / file, 12345, 12345)
    code, text = told(capsys, "resume", stopped.folder.name)
    assert (2, True) == (code, "belongs to another user" in text), text


@pytest.mark.parametrize(
    "name", ["../../etc", "/etc", "*", "", ".", "..", "-", "20", "a\0b", "%s", "x" * 10_000, "lock"]
)
def test_a_name_of_a_run_is_no_path(name: str, stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """It is looked for among the runs there are, and nowhere else."""
    for command in ("show", "resume"):
        code, text = told(capsys, command, name)
        assert code in {1, 2} or stopped.folder.name.startswith(name), text


def test_a_plan_cannot_write_what_it_would_resume_from(stopped: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """All files may be written, and still the journals and compiled plans are planlang's own."""
    (stopped.work / "b.plan").write_text(f'write("{stopped.folder}/journal.sqlite", "x")\n', encoding="utf-8")
    before = (stopped.folder / "journal.sqlite").read_bytes()
    code, text = told(capsys, "run", "--allow-write", "b.plan")
    assert (1, True, before) == (code, "no plan may change" in text, (stopped.folder / "journal.sqlite").read_bytes())
