"""The REPL without a terminal: inputs from a pipe or file, no prompts, the same answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO

from planlang.lang.parser import is_complete

from .core import Repl

_GOES_ON = re.compile(r"\s*(?:\.[^\W\d]|(?:else|catch|then|and|or)\b|\?\?|\|)")
"""How a line begins that continues the statement before it (§1)."""


def inputs(lines: TextIO) -> Iterator[str]:
    """The inputs of a stream of lines: as many lines as one needs to be complete."""
    pending = ""
    complete = False
    for line in lines:
        if pending.strip() and complete and not _GOES_ON.match(line):
            yield pending
            pending = ""
        if line.startswith(":") and not pending.strip():
            yield line
            continue
        pending += line
        complete = is_complete(pending)
    if pending.strip():
        yield pending


def feed_all(repl: Repl, lines: TextIO) -> None:
    """Give every input to `repl` until `:quit` or the end."""
    for text in inputs(lines):
        if not repl.feed(text):
            return
