"""Pretend models that take their time, without planlang: what they answer, how long they take, and what they report.

Answers follow from function, arguments and seed alone, and hold the call's own mark, so that a call is known wherever
its answer turns up. Reports go as datagrams to a counter in another process: one when a batch begins, one when it ends.
"""

from __future__ import annotations

import json
import os
import random
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

SHORTEST, LONGEST = 0.02, 0.2
"""Seconds that a batch takes at the scale 1."""
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

    def tell(self, what: str, seconds: float, marks: Sequence[str]) -> None:
        """Say that a batch `began` that will take so many `seconds`.

        Or that calls are `finished`, when this process has computed for so many `seconds` in all.
        """
        if not self._path:
            return
        if not hasattr(self._own, "socket"):
            self._own.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        message = json.dumps([what, os.getpid(), seconds, *marks]).encode()
        try:
            self._own.socket.sendto(message, self._path)
        except (FileNotFoundError, ConnectionRefusedError):
            return  # the counter has gone home


def work(function: str, marks: Sequence[str], reporter: Reporter, scale: float) -> list[Any]:
    """Answer a batch."""
    seconds = seconds_of(marks, scale)
    reporter.tell("began", seconds, marks)
    if seconds:
        time.sleep(seconds)
    answers = [answer(function, mark) for mark in marks]
    reporter.tell(
        "finished", time.process_time(), [mark for mark, each in zip(marks, answers, strict=True) if each is not None]
    )
    return answers
