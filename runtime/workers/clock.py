"""Time as workers have it that work in real time: the machine's clock, and sleep until there is news."""

from __future__ import annotations

import time

from .jobs import Inbox

_WAKE = 0.1
"""Seconds between two looks at interrupts while the interpreter waits."""


class RealTime:
    """What threads and actors have in common: see `protocol.Workers`."""

    def now(self) -> float:
        """Seconds of a clock that is never set."""
        return time.monotonic()

    def wait(self, inbox: Inbox, timeout: float | None) -> None:
        """Sleep until something is posted to `inbox`, or a moment."""
        inbox.wait(_WAKE if timeout is None else min(_WAKE, timeout))
