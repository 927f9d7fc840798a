"""Whom to kill: the interpreter, the process of an actor, or the raylet of the run's own cluster."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from .counter import Report

INTERPRETER, ACTOR, RAYLET = "interpreter", "actor", "raylet"
KINDS = (INTERPRETER, ACTOR, RAYLET)


def kill(kind: str, session: int, last: Report | None) -> bool:
    """Kill the process of that kind in the session of process `session`, if there is one; whether there was.

    last: the last report of a worker before this moment: whose process is meant by ACTOR.
    """
    if kind == INTERPRETER:
        process = session
    elif kind == ACTOR:
        process = last.process if last is not None else None
    else:
        process = next((each for each in _descendants(session) if _name(each) == "raylet"), None)
    if process is None:
        return False
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _descendants(process: int) -> list[int]:
    found = [process]
    parents = _parents()
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def _parents() -> dict[int, int]:
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text("ascii", "replace")
        except OSError:
            continue  # it has ended meanwhile
        parents[int(folder.name)] = int(status.rpartition(")")[2].split()[1])
    return parents


def _name(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text("ascii", "replace").strip()
    except OSError:
        return ""
