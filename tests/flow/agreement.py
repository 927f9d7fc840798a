"""Runs a program in its forms, and says in what they disagree: result, changes and their order, error, calls made."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from planlang.lang.diagnostics import CheckError
from planlang.plugins.loader import load
from planlang.runtime import support
from planlang.runtime.display import literal
from planlang.runtime.engine import Engine, Plan
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.values import new_dict

from . import models
from .shrinking import shrink
from .workers import ScriptedWorkers
from .world import PERMISSIONS, Change, World, a_world

MOST_CALLS = 2000
"""Programs that make more calls than this are left out: they take too long."""
MOST_CALLS_AHEAD = 20_000
"""In the other forms, which may go on for a while behind a statement that turns out to fail."""
PATIENCE = 20.0
"""Seconds after which a run counts as hanging."""
_HANGS = "it hangs"
_CHANCY = ("random", "shuffle(", "sampled(")


class Error(NamedTuple):
    """An error, with all that a person is told of it."""

    kind: str
    message: str
    hint: str
    place: str
    frames: tuple[str, ...]
    data: str


@dataclass(slots=True)
class Outcome:
    """What one run shows."""

    result: str = ""
    log: list[Change] = field(default_factory=list[Change])
    files: dict[str, str] = field(default_factory=dict[str, str])
    error: Error | None = None
    calls: frozenset[str] = frozenset()
    caught: int = 0
    """How often a `catch` was entered."""
    broken: str = ""
    """An internal error, or a hang."""


class RefusedError(Exception):
    """The program is none that can be compared: the checker refuses it, or it makes too many calls."""


class Comparer:
    """Runs programs in one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.reset()
        self._workers = ScriptedWorkers()
        plugins = load({"pretend": models}, installed=False)
        plugins.__dict__["workers"] = self._workers
        self.engine = Engine(plugins)
        self._caught = 0
        self.last = Outcome()
        """What the program compared last shows in direct form."""

    def load(self, text: str) -> Plan:
        """The program, checked. Raises `CheckError`."""
        path = self._world.folder / "program.plan"
        return self.engine.load(path, text, "program.plan", PERMISSIONS)

    def begin(self, timing: int) -> World:
        """Begin anew, in a world where nothing has happened, and with answers that come as `timing` says."""
        self._world.reset()
        self._workers.restart(timing)
        models.forget()
        return self._world

    def run(self, plan: Plan, timing: int = 0, **form: Any) -> Outcome:
        """What the program shows in a form."""
        self.begin(timing)
        self._caught = 0
        outcome = Outcome()
        limits = Limits(max_calls=MOST_CALLS if "form" in form else MOST_CALLS_AHEAD)
        options = RunOptions(PERMISSIONS, limits, out=self._world.out, err=self._world.err, **form)
        thread = threading.Thread(target=self._watched, args=(plan, options, outcome), daemon=True)
        thread.start()
        thread.join(PATIENCE)
        if thread.is_alive():
            outcome.broken = _HANGS
        outcome.log, outcome.files = self._world.log, self._world.files()
        outcome.calls, outcome.caught = frozenset(models.CALLS), self._caught
        return outcome

    def _watched(self, plan: Plan, options: RunOptions, outcome: Outcome) -> None:
        try:
            with self._counting_catches():
                outcome.result = _run(plan, options)
        except PlanError as error:
            outcome.error = told(error)
        except BaseException:  # noqa: BLE001 - whatever it is, the program that brings it about is worth keeping
            outcome.broken = traceback.format_exc()

    @contextmanager
    def _counting_catches(self) -> Iterator[None]:
        original = support.RunSupport.caught

        def caught(itself: support.RunSupport, error: Exception) -> Any:
            self._caught += 1
            return original(itself, error)

        support.RunSupport.caught = caught
        try:
            yield
        finally:
            support.RunSupport.caught = original

    def made_small(self, text: str, timings: tuple[int, ...], found: list[str]) -> str:
        """A smaller program that disagrees as this one does, under these timings or some others."""
        tried = (*timings, *range(100, 104))

        def fails(smaller: str) -> bool:
            try:
                return any(same_kind(each, found[0]) for each in self.disagreements(smaller, tried))
            except RefusedError:
                return False

        hangs = any(_HANGS in each for each in found)
        return text if hangs else shrink(text, fails)

    # --- comparing ---------------------------------------------------------------------------------------

    def disagreements(self, text: str, timings: tuple[int, ...] = (0,)) -> list[str]:
        """In what the forms of a program disagree, in words; nothing where they agree.

        Raises `RefusedError` where it cannot be compared.
        """
        try:
            plan = self.load(text)
        except CheckError as error:
            raise RefusedError(str(error)) from None
        direct = self.last = self.run(plan, form="direct")
        if direct.error is not None and direct.error.kind == "limit":
            raise RefusedError(direct.error.message)
        if direct.broken:
            return [f"the direct form: {direct.broken}"]
        expected = direct
        if any(word in text for word in _CHANCY):
            expected = self.run(plan, sequential=True)
            found = [f"the sequential form: {expected.broken}"] if expected.broken else []
        else:
            found = _differences("sequential", direct, self.run(plan, sequential=True))
        for timing in timings:
            found += _differences("flow", expected, self.run(plan, timing))
        return found


def same_kind(one: str, other: str) -> bool:
    """Whether two disagreements are of one kind: the form and what differs, or the last line of an internal error."""
    return _kind(one) == _kind(other)


def _kind(found: str) -> str:
    lines = found.strip().splitlines()
    return lines[-1] if "Traceback" in found else lines[0].partition("[")[0]


@contextmanager
def a_comparer() -> Iterator[Comparer]:
    """A comparer in a world of its own."""
    with a_world() as world:
        yield Comparer(world)


def _run(plan: Plan, options: RunOptions) -> str:
    """The result of a program, or of its test."""
    if "\ntest " not in f"\n{plan.source.text}":
        return literal(plan.run(options=options))
    for result in plan.test(options):
        if result.error is not None:
            raise result.error
    return "passed"


def told(error: PlanError) -> Error:
    """All that a person is told of an error."""
    frames = tuple(f"{f.function} {f.place} {f.turns} {f.step} {f.skipped}" for f in error.frames)
    kind = "limit" if isinstance(error, LimitError) else error.kind
    place = f"{error.place} to {error.place.span.end}" if error.place is not None else ""
    return Error(kind, error.message, error.hint, place, frames, literal(new_dict(error.data)))


def _differences(form: str, expected: Outcome, found: Outcome) -> list[str]:
    if found.broken:
        return [f"{form}: {found.broken}"]
    compared = {
        "result": (expected.result, found.result),
        "changes": (expected.log, found.log),
        "files": (expected.files, found.files),
        "error": (expected.error, found.error),
    }
    told = [f"{form}: {what}\n  expected {a}\n  found    {b}" for what, (a, b) in compared.items() if a != b]
    if missing := expected.calls - found.calls:
        told.append(f"{form}: calls that were not made: {sorted(missing)}")
    if (more := found.calls - expected.calls) and _nothing_failed(expected):
        told.append(f"{form}: calls that nothing asked for: {sorted(more)}")
    if (far := _far(found) - _far(expected)) and _held_back(expected):
        told.append(f"{form}: calls to another machine that a failure should have held back: {sorted(far)}")
    return told


def _nothing_failed(expected: Outcome) -> bool:
    return expected.error is None and not expected.caught


def _held_back(expected: Outcome) -> bool:
    """Whether remote calls after the failure must not be made: a `fail` or `assert`, and nothing that was caught."""
    return expected.error is not None and expected.error.kind in ("fail", "own", "assert") and not expected.caught


def _far(outcome: Outcome) -> frozenset[str]:
    return frozenset(call for call in outcome.calls if call.startswith(models.REMOTE))
