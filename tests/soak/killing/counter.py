"""Counts calls outside the processes that are killed: workers report to it by datagrams on a socket of its own."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

BEGAN, FINISHED = "began", "finished"
_MARKER = b"all of it?"


class Report(NamedTuple):
    """What a worker process said of a batch: it `began` and will take `seconds`, or its answered calls `finished`.

    Then `seconds` is what the process has computed in all.
    """

    at: float
    what: str
    process: int
    seconds: float
    marks: tuple[str, ...]


class Counter:
    """Listens in a thread of its own until it is closed. `reports` is all that was heard, in order."""

    def __init__(self, path: Path) -> None:
        """`path` is where the socket is made."""
        self.path = path
        self.reports: list[Report] = []
        self.on_report: Callable[[Report], None] = lambda _report: None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._caught_up = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def now(self) -> float:
        """The time, after everything was heard that has been said so far."""
        self._caught_up.clear()
        self._send(_MARKER)
        self._caught_up.wait()
        return time.monotonic()

    def close(self) -> None:
        """Stop listening."""
        self._send(b"")
        self._thread.join()
        self._socket.close()
        self.path.unlink()

    def _send(self, message: bytes) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(message, str(self.path))

    def _listen(self) -> None:
        while data := self._socket.recv(1 << 16):
            at = time.monotonic()
            if data == _MARKER:
                self._caught_up.set()
                continue
            what, process, seconds, *marks = json.loads(data)
            report = Report(at, what, process, seconds, tuple(marks))
            self.reports.append(report)
            self.on_report(report)
