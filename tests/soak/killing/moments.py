"""When to kill: at any moment of a run, or just around the end of a batch; all from a seed."""

from __future__ import annotations

import threading
import time
from random import Random
from typing import NamedTuple

from .counter import Counter, Report

ANY, BATCH, END = "any moment", "around a batch's end", "just after a batch's end"


class Moment(NamedTuple):
    """One moment to kill at.

    way: ANY: `delay` seconds after the session began. BATCH and END: `delay` (which may be negative) after the `nth`
        batch of the session was to end.
    """

    way: str
    delay: float
    nth: int


def draw(random: Random, way: str, warm_up: float, length: float) -> Moment:
    """A moment. `warm_up` is how long a session takes to its first call, `length` how long the calls take in all.

    A session gets on by a fifth of the run on average, so that a run is killed several times; a seventh of the
    kills at any moment fall into the warm-up.
    """
    if way == ANY:
        early = random.random() < 1 / 7
        return Moment(way, random.uniform(0, warm_up) if early else warm_up + random.uniform(0, length / 2.5), 0)
    nth = random.randint(1, 6)
    return Moment(way, random.uniform(-0.003, 0.005) if way == BATCH else random.uniform(0, 0.001), nth)


class Alarm:
    """Waits for a moment of the session that has just begun."""

    def __init__(self, counter: Counter, moment: Moment) -> None:
        """Listens to `counter` from now on."""
        self._moment = moment
        self._began = time.monotonic()
        self._count = 0
        self._rung = threading.Event()
        self._at = self._began + moment.delay if moment.way == ANY else float("inf")
        self.last: Report | None = None
        """The last report before the moment."""
        counter.on_report = self._hear

    def _hear(self, report: Report) -> None:
        if self._rung.is_set():
            return
        self.last = report
        if self._moment.way == ANY:
            return
        self._count += 1
        if self._count == self._moment.nth:
            self._at = report.at + report.seconds + self._moment.delay
            self._rung.set()

    def wait(self, most: float) -> bool:
        """Wait for the moment, at most `most` seconds; whether it has come."""
        end = time.monotonic() + most
        if self._moment.way != ANY and not self._rung.wait(most):
            return False
        time.sleep(max(0.0, min(self._at, end) - time.monotonic()))
        if self._at > end:
            return False
        self._rung.set()
        return True
