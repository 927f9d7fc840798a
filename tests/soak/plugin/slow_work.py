"""Pretend models that take their time, without planlang: what they answer, how long they take, and what they report.

Answers follow from function, arguments and seed alone, and hold the call's own mark, so that a call is known wherever
its answer turns up. A counter in another process is told by a datagram when a batch begins. That calls are finished is
noted in memory that outlives the process: a datagram would wake the counter just there, and stretch what is measured.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

SHORTEST, LONGEST = 0.02, 0.2
"""Seconds that a batch takes at the scale 1."""
_SIZE = 1 << 24
"""Bytes of a page; the file has holes where nothing was written."""
_WORDS = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven")
_LABELS = ("positive", "negative", "neutral")


def mark_of(function: str, arguments: Mapping[str, Any], seed: int) -> str:
    """The mark of a call. `seed` is 0 where the answer is not sampled."""
    content = json.dumps([function, dict(arguments), seed], sort_keys=True)
    return f"#{blake2b(content.encode(), digest_size=6).hexdigest()}"


def answer(function: str, mark: str) -> Any:
    """What a model answers to the call with this mark; None where it fails, as a fourth of `risky` does."""
    number = int(mark[1:], 16)
    if function == "reply":
        return f"{_WORDS[number % 8]} {_WORDS[number // 8 % 8]} {mark}"
    if function == "risky" and number // 3000 % 4 == 0:
        return None
    return {"label": _LABELS[number % 3], "score": number // 3 % 1000 / 1000, "id": mark}


def seconds_of(marks: Sequence[str], scale: float) -> float:
    """How long a batch takes: 20 to 200 ms at the scale 1, by chance that follows from the marks."""
    return scale * (SHORTEST + (LONGEST - SHORTEST) * random.Random(marks[0]).random() ** 2)  # noqa: S311 - no secret


class Reporter:
    """Tells the counter what happens; from any thread."""

    def __init__(self, path: str) -> None:
        """`path` is the counter's socket; empty where nobody counts."""
        self._path = path
        self._own = threading.local()

    def began(self, seconds: float, marks: Sequence[str]) -> None:
        """A batch begins that will take so many `seconds`: a datagram, which wakes the counter up."""
        if not self._path:
            return
        if not hasattr(self._own, "socket"):
            self._own.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._own.page = Page(f"{self._path}.{os.urandom(6).hex()}.done")
        message = json.dumps([time.monotonic(), os.getpid(), seconds, *marks]).encode()
        try:
            self._own.socket.sendto(message, self._path)
        except (FileNotFoundError, ConnectionRefusedError):
            return  # the counter has gone home

    def finished(self, marks: Sequence[str]) -> None:
        """Calls are answered: noted in memory, so that nobody is woken up and gets in between."""
        if self._path:
            self._own.page.add(json.dumps([time.monotonic(), os.getpid(), time.process_time(), *marks]))


class Page:
    """A file that is mapped into memory: what is added to it outlives the process at once."""

    def __init__(self, path: str) -> None:
        """Made anew."""
        with Path(path).open("xb+") as file:
            file.truncate(_SIZE)
            self._map = mmap.mmap(file.fileno(), _SIZE)
        self._end = 0

    def add(self, line: str) -> None:
        """Add a line; one without its end was cut off by a kill."""
        data = f"{line}\n".encode()
        self._map[self._end : self._end + len(data)] = data
        self._end += len(data)


def work(function: str, marks: Sequence[str], reporter: Reporter, scale: float) -> list[Any]:
    """Answer a batch."""
    seconds = seconds_of(marks, scale)
    reporter.began(seconds, marks)
    if seconds:
        time.sleep(seconds)
    answers = [answer(function, mark) for mark in marks]
    reporter.finished([mark for mark, each in zip(marks, answers, strict=True) if each is not None])
    return answers
