"""How much of a run's output was shown, so that a run that goes on does not show it again.

The counts stand in a small file that is mapped into memory: they outlive the process at no cost. Text is handed to the
system in one piece, and counted right after. Where a process was killed between the two, the file that it showed the
text in tells, if it was a file; on a terminal or in a pipe that piece is shown twice.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import stat
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

_COUNT = struct.Struct("<Q")
_PIECE = struct.Struct("<QQQQH")
"""A piece that is being shown: the count after it; device, number and size of the file; the length of its path."""
_PATH = 1022
_PART = _PIECE.size + _PATH
_SIZE = 2 * (_COUNT.size + _PART)
_LONGEST = 4096
"""Bytes that may wait to be shown together, where nobody looks at a terminal: half of what Python's streams hold."""
_PAUSE = 0.2
"""Seconds that they may wait."""


class Shown:
    """The counts of characters shown on standard output (0) and on standard error (1)."""

    def __init__(self, file: Path) -> None:
        """Begin with what `file` says, or with nothing; raises OSError where there is no room for it."""
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            if os.fstat(descriptor).st_size != _SIZE:
                _fill(descriptor)
            self._map = mmap.mmap(descriptor, _SIZE)
        finally:
            os.close(descriptor)

    def count(self, stream: int) -> int:
        """How many characters were shown."""
        counted: int = _COUNT.unpack_from(self._map, _COUNT.size * stream)[0]
        after, device, number, size, length = _PIECE.unpack_from(self._map, self._at(stream))
        if after > counted and length <= _PATH:
            start = self._at(stream) + _PIECE.size
            path = os.fsdecode(self._map[start : start + length])
            if _has_grown(path, device, number, size):
                return int(after)
        return counted

    def begin(self, stream: int, after: int, where: os.stat_result, path: bytes) -> None:
        """A piece is about to be shown in a file, after which `after` characters have been."""
        at = self._at(stream)
        self._map[at + _PIECE.size : at + _PIECE.size + len(path)] = path
        _PIECE.pack_into(self._map, at, after, where.st_dev, where.st_ino, where.st_size, len(path))

    def set(self, stream: int, count: int) -> None:
        """Remember that so many were shown."""
        _COUNT.pack_into(self._map, _COUNT.size * stream, count)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()

    def _at(self, stream: int) -> int:
        return 2 * _COUNT.size + stream * _PART


def _fill(descriptor: int) -> None:
    """Give a file its whole size, with bytes that have a place: a hole in it would be a bus error on a full disk."""
    data = os.pread(descriptor, _SIZE, 0).ljust(_SIZE, b"\0")
    if os.pwrite(descriptor, data, 0) < _SIZE:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _has_grown(path: str, device: int, number: int, size: int) -> bool:
    try:
        now = os.stat(path)  # noqa: PTH116 - the path of a descriptor
    except (OSError, ValueError):
        return False
    return (now.st_dev, now.st_ino) == (device, number) and now.st_size > size


class Output:
    """A stream that a run shows text on, which passes over what was shown before."""

    def __init__(  # noqa: PLR0913 - what it shows, where, and what it heeds
        self, stream: TextIO, shown: Shown, number: int, show: Callable[[TextIO, str], None],
        settle: Callable[[], None], *, again: bool = False,
    ) -> None:  # fmt: skip
        """`number` is 0 for standard output and 1 for standard error; `again` shows everything once more.

        show: puts a text on the stream.
        settle: makes safe what the text may tell of.
        """
        self._stream = stream
        self._shown = shown
        self._number = number
        self._show = show
        self._settle = settle
        self._before = shown.count(number)
        self._skip = 0 if again else self._before
        self._count = 0
        self._waiting = 0
        """Bytes that the stream may hold back, at most."""
        self._flushed = time.monotonic()
        self._direct = number == 1 or stream.isatty() or bool(getattr(stream, "write_through", False))
        self._file, self._path = _file_of(stream)

    def put(self, text: str) -> None:
        """Show what of `text`, which comes next in the run's output, is new: now, or a moment later."""
        start = max(0, self._skip - self._count)
        if start >= len(text):
            self._count += len(text)
            return
        self._count += start
        for at in range(start, len(text), _LONGEST):
            self._put(text[at : at + _LONGEST])

    def _put(self, piece: str) -> None:
        """Hand a piece to the stream, which never gets so much that it would pass it on by itself, uncounted."""
        size = len(piece) if piece.isascii() else 4 * len(piece)
        if self._waiting and self._waiting + size > _LONGEST:
            self.flush()
        if self._direct:
            self._begin(self._count + len(piece))
        self._show(self._stream, piece)
        self._count += len(piece)
        self._waiting += size
        if self._direct or self._waiting >= _LONGEST or time.monotonic() - self._flushed > _PAUSE:
            self.flush()

    def flush(self) -> None:
        """Show what waits, and remember that it was shown."""
        if not self._waiting:
            return
        if not self._direct:
            self._begin(self._count)
        self._stream.flush()
        if self._count > self._before:
            self._shown.set(self._number, self._count)
        self._waiting = 0
        self._flushed = time.monotonic()

    def _begin(self, after: int) -> None:
        """A piece is about to be shown, after which `after` characters have been."""
        self._settle()
        if self._file is not None and after > self._before:
            self._shown.begin(self._number, after, os.fstat(self._file), self._path)

    def close(self) -> None:
        """Show what waits, if there is still somebody to show it to."""
        with contextlib.suppress(OSError, ValueError):
            self.flush()


def _file_of(stream: TextIO) -> tuple[int | None, bytes]:
    """The descriptor and the path of the file that `stream` writes to; None where it is none that keeps what it got."""
    try:
        descriptor = stream.fileno()
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None, b""
        path = os.fsencode(os.readlink(f"/proc/self/fd/{descriptor}"))  # noqa: PTH115 - no path of the user's
    except (OSError, ValueError, AttributeError):
        return None, b""
    return (descriptor, path) if len(path) <= _PATH else (None, b"")
