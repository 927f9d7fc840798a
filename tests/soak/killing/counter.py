"""Counts calls outside the processes that are killed.

Workers tell by datagrams that a batch begins, and note in files that they map into memory that its calls are finished.
"""

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

    Then `seconds` is what the process has computed in all. at: on the clock of `time.monotonic`, by the worker.
    """

    at: float
    what: str
    process: int
    seconds: float
    marks: tuple[str, ...]


class Counter:
    """Listens in a thread of its own until it is closed; `on_report` is called with each batch that begins."""

    def __init__(self, path: Path) -> None:
        """`path` is where the socket is made."""
        self.path = path
        self._begun: list[Report] = []
        self.on_report: Callable[[Report], None] = lambda _report: None
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._caught_up = threading.Event()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def reports(self) -> list[Report]:
        """All that was reported so far, in order."""
        files = self.path.parent.glob(f"{self.path.name}.*.done")
        return sorted([*self._begun, *(report for file in files for report in _finished(file))])

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
            if data == _MARKER:
                self._caught_up.set()
                continue
            report = _report(BEGAN, data)
            self._begun.append(report)
            self.on_report(report)


def _finished(file: Path) -> list[Report]:
    """The whole lines of a worker's page."""
    return [_report(FINISHED, line) for line in file.read_bytes().rstrip(b"\0").split(b"\n")[:-1]]


def _report(what: str, data: bytes) -> Report:
    at, process, seconds, *marks = json.loads(data)
    return Report(at, what, process, seconds, tuple(marks))
