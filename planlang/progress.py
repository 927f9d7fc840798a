"""The status line of a running plan: step, calls done and their rate, on a terminal only, gone at the end."""

from __future__ import annotations

import io
import threading
import time
from typing import TextIO

from planlang.runtime.progress import (
    CallsDone,
    CallsStarted,
    Event,
    ModelLoading,
    StepStarted,
    WorkersAwaited,
    WorkReported,
)

from .terminal import columns, cut

PATIENCE = 0.4
"""Seconds before anything is shown: a quick plan shows nothing."""
PAUSE = 0.1
"""Seconds between two drawings."""


class StatusLine:
    """One line at the bottom of `stream` that says how far the run is."""

    def __init__(self, stream: TextIO) -> None:
        """Draw nothing yet."""
        self._stream = stream
        self._lock = threading.Lock()
        self._shown = False
        self._loading: dict[str, None] = {}
        self._made = self._done = self._earlier = 0
        self._begin()

    def _begin(self) -> None:
        self._started = self._drawn_at = time.monotonic()
        self._step = self._work = self._awaited = ""
        self._loading.clear()
        self._earlier += max(self._made, self._done)
        self._made = self._done = 0
        self._first_call = 0.0

    def reset(self) -> None:
        """Take the line away and start anew, for the next input of a session."""
        self.erase()
        self._begin()

    def on_progress(self, event: Event) -> None:
        """Take note of `event` and draw, unless that was done just now."""
        match event:
            case StepStarted(title):
                self._step = title
            case ModelLoading(name, done):
                self._loading.pop(name, None)
                if not done:
                    self._loading[name] = None
            case WorkersAwaited(_, text):
                self._awaited = text
            case WorkReported(function, done, total):
                self._work = f"{function} {done:,}/{total:,}"
            case CallsStarted(number):
                self._first_call = self._first_call or time.monotonic()
                self._made = number - self._earlier
            case CallsDone(number):
                self._done = number - self._earlier
                self._work = ""
        now = time.monotonic()
        if isinstance(event, ModelLoading) and not event.done:
            self.draw()  # it takes seconds, in which nothing else is told
        elif now - self._started >= PATIENCE and (now - self._drawn_at >= PAUSE or isinstance(event, ModelLoading)):
            self.draw()

    def draw(self) -> None:
        """Show the line as it is now."""
        with self._lock:
            self._drawn_at = time.monotonic()
            self._shown = True
            self._stream.write(f"\r\x1b[2K{cut(self.text(), columns(self._stream) - 1)}")
            self._stream.flush()

    def text(self) -> str:
        """What the line says."""
        parts = [self._step, *(f"loading {name} …" for name in self._loading), self._awaited, self._work]
        if self._done or self._made > 1:
            parts.append(self._calls())
        return " · ".join(part for part in parts if part) or "running"

    def _calls(self) -> str:
        waiting = f" of {self._made:,}" if self._made > self._done + 1 else ""
        seconds = time.monotonic() - self._first_call
        rate = f" · {self._done / seconds:,.1f}/s" if self._done and seconds > 1 else ""
        return f"{self._done:,}{waiting} model calls done{rate}"

    def erase(self) -> None:
        """Take the line away, so that something else can be written there."""
        with self._lock:
            if self._shown:
                self._shown = False
                self._stream.write("\r\x1b[2K")
                self._stream.flush()


class Above(io.TextIOBase):
    """A stream whose text appears above a status line: it erases the line before it writes."""

    def __init__(self, stream: TextIO, status: StatusLine) -> None:
        """Write to `stream`."""
        super().__init__()
        self._stream = stream
        self._status = status

    def write(self, text: str) -> int:
        """Write `text` where the status line stood; the next event draws the line again."""
        self._status.erase()
        return self._stream.write(text)

    def flush(self) -> None:
        """Pass it on."""
        self._stream.flush()

    def isatty(self) -> bool:
        """As the stream below."""
        return self._stream.isatty()

    def writable(self) -> bool:
        """Always."""
        return True
