"""What a journal adds up to: calls by function and model and by step, the slowest ones, and changes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from typing import Any, NamedTuple

from planlang.runtime.journal.reading import RunReader
from planlang.runtime.journal.rows import BatchRow, CallRow, EffectRow, SessionRow
from planlang.runtime.journal.store import ANSWERED, FAILED

SLOWEST = 5
"""Calls that are told as the slowest."""


@dataclass(slots=True)
class Tally:
    """Calls of one function and model, or of one step. Seconds are those of its batches, or from first to last."""

    calls: int = 0
    answered: int = 0
    failed: int = 0
    known: int = 0
    """Answered without asking the model: from the cache, with an equal call, or from another run."""
    tokens: int = 0
    batches: int = 0
    seconds: float = 0.0

    def add(self, call: CallRow) -> None:
        """Count one call."""
        self.calls += 1
        if call.kind == ANSWERED:
            self.answered += 1
            self.tokens += call.tokens
        elif call.kind == FAILED:
            self.failed += 1
        else:
            self.known += 1


@dataclass(slots=True)
class StepTally(Tally):
    """What happened in one step, and when: seconds of Unix time."""

    began: float = float("inf")
    ended: float = 0.0
    changes: int = 0
    observations: int = 0

    def reach(self, began: float, ended: float) -> None:
        """Something of the step happened in this time."""
        self.began, self.ended = min(self.began, began), max(self.ended, ended)
        self.seconds = max(0.0, self.ended - self.began)


class TimedCall(NamedTuple):
    """A call with the time from its making to its answer, and that of the batch that answered it."""

    seconds: float
    worked: float
    call: CallRow


@dataclass(slots=True)
class Accounts:
    """All of a run, in the order in which it first happened."""

    functions: dict[tuple[str, str], Tally] = field(default_factory=dict[tuple[str, str], Tally])
    steps: dict[str, StepTally] = field(default_factory=dict[str, StepTally])
    slowest: list[TimedCall] = field(default_factory=list[TimedCall])
    changes: list[tuple[float, EffectRow]] = field(default_factory=list[tuple[float, EffectRow]])
    """The changes, with when they were begun, in seconds of Unix time."""


def accounts(reader: RunReader) -> Accounts:
    """Add a journal up, in one pass over its rows."""
    found = Accounts()
    clock = _Clock(reader)
    batches = _batches(reader, found)
    heap: list[tuple[float, int, TimedCall]] = []
    for call in reader.calls():
        found.functions.setdefault((call.function, call.model), Tally()).add(call)
        step = found.steps.setdefault(call.step, StepTally())
        step.add(call)
        timed = _timed(call, batches, clock)
        if timed is None:
            continue
        asked, done, worked = timed
        step.reach(asked, done)
        entry = (done - asked, -call.number, TimedCall(done - asked, worked, call))
        if len(heap) < SLOWEST:
            heappush(heap, entry)
        elif entry > heap[0]:
            heappushpop(heap, entry)
    found.slowest = [timed for _, _, timed in sorted(heap, reverse=True)]
    _effects(reader.effects(), clock, found)
    return found


class _Clock:
    """When the sessions of a run began, and which calls and effects belong to which."""

    def __init__(self, reader: RunReader) -> None:
        sessions = reader.sessions()
        self.began = {session.number: session.began for session in sessions}
        firsts = [_first(reader, session) for session in sessions]
        self._numbers = [session.number for session in sessions]
        self._calls = [first[0] for first in firsts]
        self._effects = [first[1] for first in firsts]

    def of_call(self, number: int) -> float:
        """When the session of a call began."""
        return self._of(self._calls, number)

    def of_effect(self, number: int) -> float:
        """When the session of an effect began."""
        return self._of(self._effects, number)

    def _of(self, firsts: list[int], number: int) -> float:
        if not self._numbers:
            return 0.0
        return self.began[self._numbers[max(0, bisect_right(firsts, number) - 1)]]


def _first(reader: RunReader, session: SessionRow) -> tuple[int, int]:
    """The numbers of the first call and the first effect of a session."""
    found: Any = reader.fact(f"first {session.number}")
    if isinstance(found, list) and len(found) == 2 and all(isinstance(number, int) for number in found):
        return found[0], found[1]
    return 1, 1


def _batches(reader: RunReader, found: Accounts) -> dict[int, BatchRow]:
    batches: dict[int, BatchRow] = {}
    for batch in reader.batches():
        batches[batch.number] = batch
        tally = found.functions.setdefault((batch.function, batch.model), Tally())
        tally.batches += 1
        tally.seconds += batch.seconds
    return batches


def _timed(call: CallRow, batches: dict[int, BatchRow], clock: _Clock) -> tuple[float, float, float] | None:
    """When a call was made and answered, in Unix time, and the seconds of its batch; None where that is not known."""
    batch = batches.get(call.batch) if call.batch is not None else None
    if batch is None or batch.session not in clock.began:
        return None
    began = clock.began[batch.session] + batch.began
    asked = clock.of_call(call.number) + call.asked
    return min(asked, began), began + batch.seconds, batch.seconds


def _effects(effects: Iterable[EffectRow], clock: _Clock, found: Accounts) -> None:
    for effect in effects:
        at = clock.of_effect(effect.number) + effect.at
        step = found.steps.setdefault(effect.step, StepTally())
        step.reach(at, at)
        if effect.is_change:
            step.changes += 1
            found.changes.append((at, effect))
        else:
            step.observations += 1
