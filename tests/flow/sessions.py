"""Gives a program to a session statement by statement, in its forms, and says in what they disagree."""

from __future__ import annotations

import re
import threading
import traceback
from dataclasses import dataclass, field
from typing import Any

from planlang.lang.diagnostics import CheckError
from planlang.lang.parser import parse
from planlang.lang.source import Source
from planlang.runtime.display import literal
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.session import NOTHING, Session

from . import models
from .agreement import MOST_CALLS_AHEAD, PATIENCE, Comparer, Error, RefusedError, told
from .world import PERMISSIONS, Change

_NAME = re.compile(r"\w+")


@dataclass(slots=True)
class Shown:
    """What one session shows."""

    answers: list[str | Error] = field(default_factory=list[str | Error])
    """The value or the error of each input."""
    names: dict[str, str] = field(default_factory=dict[str, str])
    """The variables at the end."""
    log: list[Change] = field(default_factory=list[Change])
    files: dict[str, str] = field(default_factory=dict[str, str])
    calls: frozenset[str] = frozenset()
    broken: str = ""


def disagreements(comparer: Comparer, text: str, timings: tuple[int, ...] = (0,)) -> list[str]:
    """In what sessions disagree that are given `text`; raises `RefusedError` where they cannot be compared."""
    program, findings = parse(Source(text, "program.plan"))
    if findings:
        raise RefusedError(str(findings[0]))
    inputs = [text[s.span.start : s.span.end] for s in program.statements]
    direct = _shown(comparer, inputs, 0, form="direct")
    if direct.broken:
        return [f"direct: {direct.broken}"]
    found: list[str] = []
    for timing in timings:
        found += _differences(direct, _shown(comparer, inputs, timing))
    return found


def _shown(comparer: Comparer, inputs: list[str], timing: int, **form: Any) -> Shown:
    world = comparer.begin(timing)
    limits = Limits(max_calls=MOST_CALLS_AHEAD)
    session = Session(comparer.engine, RunOptions(PERMISSIONS, limits, out=world.out, err=world.err, **form))
    shown = Shown()
    thread = threading.Thread(target=_feed, args=(session, inputs, shown), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    if thread.is_alive():
        shown.broken = "it hangs"
    shown.log, shown.files, shown.calls = world.log, world.files(), frozenset(models.CALLS)
    return shown


def _feed(session: Session, inputs: list[str], shown: Shown) -> None:
    """Give the session all inputs, whatever becomes of each; but none that uses a variable whose `let` has failed."""
    lost: set[str] = set()
    try:
        for text in inputs:
            if lost.intersection(_NAME.findall(text)):
                continue
            try:
                value = session.evaluate(text)
                shown.answers.append("" if value is NOTHING else literal(value))
            except PlanError as error:
                shown.answers.append(told(error))
                lost |= set(_NAME.findall(text.partition("=")[0])) if text.startswith("let ") else set()
            except CheckError:
                shown.answers.append("refused")
        shown.names = {name: literal(value) for name, value in session.names().items() if not callable(value)}
    except BaseException:  # noqa: BLE001 - whatever it is, the inputs that bring it about are worth keeping
        shown.broken = traceback.format_exc()


def _differences(expected: Shown, found: Shown) -> list[str]:
    if found.broken:
        return [f"flow: {found.broken}"]
    differing: list[str] = []
    for what in ("answers", "names", "log", "files"):
        a, b = getattr(expected, what), getattr(found, what)
        if a != b:
            differing.append(f"flow: {what}\n  expected {a}\n  found    {b}")
    if missing := expected.calls - found.calls:
        differing.append(f"flow: calls that were not made: {sorted(missing)}")
    return differing
