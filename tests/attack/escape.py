"""A way out of a sandbox, and what it has to meet here."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from .attempt import attempt, canary, unharmed

UNKNOWN = "fn unknown(x) -> any { return x }\n"
"""Hides a type from the checker, so that the runtime has to see the mistake."""


class Escape(NamedTuple):
    """A way out. origin: where it worked. source: the same in the plan language, CANARY being a command that it runs.

    kind: of the error, "check" for findings before anything ran, "" where the plan is harmless. says: a part of the
    error, or of the output where there is no error.
    """

    origin: str
    source: str
    kind: str
    says: str


def repel(escape: Escape, folder: Path) -> None:
    """Run it in `folder`, and see that it meets its error and leaves no mark."""
    told = attempt(UNKNOWN + escape.source.replace("CANARY", canary(folder)) + "\n")
    assert escape.kind == told.kind, told
    assert escape.says in (told.text or told.out), told
    assert unharmed(folder)
