"""How much of a run's output was shown, so that a run that goes on does not show it again.

The counts stand in a small file that is mapped into memory: they outlive the process at no cost.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import struct
import time
from pathlib import Path
from typing import TextIO

_COUNTS = struct.Struct("<QQ")
_HELD_BACK = 8192
"""Characters that may wait to be shown together, where nobody looks at a terminal."""
_PAUSE = 0.2
"""Seconds that they may wait."""


class Shown:
    """The counts of characters shown on standard output and on standard error."""

    def __init__(self, file: Path) -> None:
        """Begin with what `file` says, or with nothing."""
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(descriptor).st_size != _COUNTS.size:
                os.ftruncate(descriptor, _COUNTS.size)
            self._map = mmap.mmap(descriptor, _COUNTS.size)
        finally:
            os.close(descriptor)

    def count(self, stream: int) -> int:
        """How many characters were shown: 0 for standard output, 1 for standard error."""
        return _COUNTS.unpack(self._map[:])[stream]

    def set(self, stream: int, count: int) -> None:
        """Remember that so many were shown."""
        struct.pack_into("<Q", self._map, 8 * stream, count)

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()


class Output:
    """A stream that a run shows text on, which passes over what was shown before.

    Not a file: `console.show` asks it for the part of a text that is new.
    """

    def __init__(self, stream: TextIO, shown: Shown, number: int, *, again: bool = False) -> None:
        """`number` is 0 for standard output and 1 for standard error; `again` shows everything once more."""
        self.stream = stream
        self._shown = shown
        self._number = number
        self._before = shown.count(number)
        self._skip = 0 if again else self._before
        self._count = 0
        self._safe = 0
        self._flushed = time.monotonic()
        self._direct = number == 1 or stream.isatty()

    def new_part(self, text: str) -> str:
        """What of `text`, which comes next in the run's output, is to be shown."""
        start = self._skip - self._count
        self._count += len(text)
        return text if start <= 0 else text[start:]

    def note(self) -> None:
        """A text was handed to the stream: see that it is shown soon."""
        held = self._count - self._safe
        if self._direct or held > _HELD_BACK or time.monotonic() - self._flushed > _PAUSE:
            self.flush()

    def flush(self) -> None:
        """Show what waits, and remember that it was shown."""
        if self._count == self._safe:
            return
        self.stream.flush()
        self._safe = self._count
        if self._count > self._before:
            self._shown.set(self._number, self._count)
        self._flushed = time.monotonic()

    def close(self) -> None:
        """Show what waits, if there is still somebody to show it to."""
        with contextlib.suppress(OSError, ValueError):
            self.flush()
