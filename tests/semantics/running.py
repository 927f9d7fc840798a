"""Runs a text both ways, compiled and by the reference, and says what each shows."""

from __future__ import annotations

import io
import sys
from functools import cache
from typing import Any

from planlang.lang.parser import parse
from planlang.lang.source import Source
from planlang.runtime.engine import Engine
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.session import Session

from .reference import Interpreter, Outcome, TooLongError


@cache
def engine() -> Engine:
    """One engine for all programs, whose programs are not kept on disk."""
    return Engine()


def by_reference(text: str) -> Outcome | None:
    """What the reference interpreter shows; None where it would take too long."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 20_000))
    try:
        return Interpreter(text).run()
    except TooLongError:
        return None
    finally:
        sys.setrecursionlimit(before)


def compiled(text: str, *, metered: bool = False) -> Outcome:
    """What the compiled program shows. Raises `CheckError` where the checker refuses it."""
    out = io.StringIO()
    limits = Limits(max_steps=10_000_000 if metered else None, max_time=20)
    plan = engine().load(text=text, name="program.plan")
    options: Any = RunOptions(limits=limits, out=out)
    error = None
    try:
        plan.run(options=options)
    except PlanError as failure:
        place = failure.place
        error = failure.kind, place.source.position(place.span.start)[0] if place is not None else 0
    return Outcome(out.getvalue().splitlines(), error)


def line_by_line(text: str) -> Outcome:
    """What a session shows that is given the statements of a program one after the other, until one fails.

    Raises `CheckError` where the checker refuses one of them. The line of an error is left out: 0.
    """
    out = io.StringIO()
    session = Session(engine(), RunOptions(limits=Limits(max_time=20), out=out))
    program, _ = parse(Source(text, "program.plan"))
    error = None
    for statement in program.statements:
        try:
            session.evaluate(text[statement.span.start : statement.span.end])
        except PlanError as failure:
            error = failure.kind, 0
            break
    return Outcome(out.getvalue().splitlines(), error)
