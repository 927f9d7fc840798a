"""What the trace page knows of a run, as plain data: facts, places, and columns of calls, batches and effects."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from hashlib import blake2b
from operator import itemgetter
from typing import Any, TypeAlias

from planlang.runtime.journal.reading import RunReader
from planlang.runtime.journal.rows import BatchRow, CallRow, EffectRow, SessionRow, Site
from planlang.runtime.journal.store import CACHED, SHARED

from .costs import Costs
from .facts import facts
from .sources import Places, source_text
from .texts import longest, shown

Data: TypeAlias = dict[str, Any]
MOST = 100_000
"""Calls, batches and effects that the page lists at most, of each."""
_DIGITS = 5
"""Digits after the point of times in seconds."""
_FILE_CHANGES = ("write", "append", "write_rows")
_LONGEST = 1e11
"""Seconds beyond which no time can be: 3,000 years."""


class Names:
    """Texts that come again and again, each known by its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of `text`."""
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def rows(self) -> list[str]:
        """The texts by their numbers."""
        return list(self._numbers)


class Record:
    """Reads the journal of a run into the data of its page. Texts are cut so that all of them take `budget` bytes."""

    def __init__(self, reader: RunReader, budget: int) -> None:
        self._reader = reader
        self._places = Places(reader.sources())
        self._functions, self._models, self._steps, self._workers = Names(), Names(), Names(), Names()
        self._sessions = reader.sessions()
        self._state = reader.state
        self._last_change = max((effect.number for effect in reader.effects(changes_only=True)), default=0)
        self._batches = list(reader.batches())
        self._firsts = [self._first(session) for session in self._sessions]
        self._ends = {batch.number: batch.began + batch.seconds for batch in self._batches}
        self._costs = Costs(self._batches)
        self._cut = longest(self._sizes(), budget)

    def _first(self, session: SessionRow) -> tuple[int, int]:
        """The numbers of the first call and the first effect of a session."""
        found = self._reader.fact(f"first {session.number}")
        if isinstance(found, list) and len(found) == 2 and all(type(number) is int for number in found):
            return found[0], found[1]
        return 1, 1

    def _session_of(self, number: int, column: int) -> int:
        """In which session the call (column 0) or effect (1) with that number was."""
        at = bisect_right(self._firsts, number, key=itemgetter(column))
        return self._sessions[max(0, at - 1)].number if self._sessions else 1

    def _sizes(self) -> Iterable[int]:
        """The sizes of all texts to come; what the calls come to is added up on the way."""
        for number, call in enumerate(self._reader.calls()):
            self._costs.add(call)
            if number < MOST:
                yield len(call.packed_arguments)
                yield len(call.packed_outcome)
        for number, effect in enumerate(self._reader.effects()):
            if number < MOST:
                yield len(effect.packed_detail)
                yield len(effect.packed_outcome or b"")

    def data(self) -> Data:
        """All of it."""
        sources = [source_text(name, text)._asdict() for name, text in self._reader.sources()]
        calls, effects = self._calls(), self._effects()
        batches = self._batch_columns()
        return {
            "run": self._run(),
            "sources": sources,
            "sessions": [self._session(session) for session in self._sessions],
            "calls": calls,
            "batches": batches,
            "effects": effects,
            "cost": self._costs.rows(),
            "cut": self._cut,
            "left": {
                "calls": self._reader.count("calls") - len(calls["number"]),
                "batches": len(self._batches) - len(batches["number"]),
                "effects": self._reader.count("effects") - len(effects["number"]),
            },
            "functions": self._functions.rows,
            "models": self._models.rows,
            "steps": self._steps.rows,
            "workers": self._workers.rows,
            "places": self._places.rows,
        }

    # ── the run and its sessions ─────────────────────────────────────────────────────────────────────────────────────

    def _run(self) -> Data:
        meta, summary = self._reader.meta, self._reader.summary()
        has_result, result = self._reader.result()
        arguments = meta.get("arguments")
        return {
            "id": summary.id,
            "name": summary.name,
            "task": summary.task,
            "state": summary.state,
            "began": _time(summary.began),
            "seconds": _time(summary.seconds),
            "calls": summary.calls,
            "tokens": summary.tokens,
            "facts": facts(meta),
            "arguments": _named(arguments, self._cut) if isinstance(arguments, dict) else [],
            "result": shown(result, self._cut) if has_result else None,
        }

    def _session(self, session: SessionRow) -> Data:
        last = self._reader.end_of(session)
        error = self._reader.fact(f"error {session.number}")
        found: dict[str, Any] = error if isinstance(error, dict) else {}
        return {
            "number": session.number,
            "began": _time(session.began),
            "seconds": _time(last - session.began),
            "state": self._state if session is self._sessions[-1] else session.state,
            "message": session.message,
            "kind": str(found.get("kind", "")),
            "hint": str(found.get("hint", "")),
            "stack": self._stack(found.get("frames")),
            "place": self._places.number(session.site),
            "workers": session.workers,
        }

    # ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _calls(self) -> Data:
        names = ("number", "function", "model", "place", "step", "kind", "session", "batch", "asked", "answered",
                 "tokens", "same", "given", "gave")  # fmt: skip
        columns: Data = {name: [] for name in names}
        firsts: dict[bytes, int] = {}
        for call in self._reader.calls(1, MOST):
            row = self._call(call, firsts)
            for name, value in zip(names, row, strict=True):
                columns[name].append(value)
        return columns

    def _call(self, call: CallRow, firsts: dict[bytes, int]) -> tuple[Any, ...]:
        same = firsts.setdefault(_content(call), call.number)
        asked = _time(call.asked)
        answered = _time(self._ends[call.batch]) if call.batch in self._ends else None
        if call.kind == CACHED:
            answered = asked
        failure = call.failure
        return (
            call.number,
            self._functions.number(call.function),
            self._models.number(call.model),
            self._places.number(call.site),
            self._steps.number(call.step),
            call.kind,
            self._session_of(call.number, 0),
            call.batch or 0,
            asked,
            answered,
            call.tokens,
            same if call.kind == SHARED and same != call.number else 0,
            _named(call.arguments, self._cut),
            list(failure) if failure is not None else shown(call.value, self._cut),
        )

    def _batch_columns(self) -> Data:
        names = ("number", "session", "worker", "function", "model", "began", "seconds", "size")
        columns: Data = {name: [] for name in names}
        for batch in self._batches[:MOST]:
            for name, value in zip(names, self._batch(batch), strict=True):
                columns[name].append(value)
        return columns

    def _batch(self, batch: BatchRow) -> tuple[Any, ...]:
        return (
            batch.number,
            batch.session,
            self._workers.number(batch.worker),
            self._functions.number(batch.function),
            self._models.number(batch.model),
            _time(batch.began),
            _time(batch.seconds),
            batch.size,
        )

    def _effects(self) -> Data:
        names = ("number", "change", "name", "place", "step", "session", "at", "given", "gave", "state")
        columns: Data = {name: [] for name in names}
        for effect in self._reader.effects():
            if len(columns["number"]) == MOST:
                break
            for name, value in zip(names, self._effect(effect), strict=True):
                columns[name].append(value)
        return columns

    def _effect(self, effect: EffectRow) -> tuple[Any, ...]:
        failure = effect.failure
        return (
            effect.number,
            int(effect.is_change),
            effect.name,
            self._places.number(effect.site),
            self._steps.number(effect.step),
            self._session_of(effect.number, 1),
            _time(effect.at),
            _given(effect, self._cut),
            list(failure) if failure is not None else shown(effect.value, self._cut),
            "failed" if failure is not None else "done" if self._is_done(effect) else "begun",
        )

    def _is_done(self, effect: EffectRow) -> bool:
        """Whether an effect is known to be done: where it does not say so, what was begun after it does."""
        return effect.is_done or effect.number < self._last_change or self._state == "done"

    def _stack(self, frames: Any) -> list[Data]:
        """The plan's call stack at an error; nothing where the journal does not hold one."""
        found: list[Data] = []
        for frame in frames if isinstance(frames, list) else []:
            try:
                function, file, start, end, turns, step, skipped = frame
                place = self._places.number(Site(int(file), int(start), int(end)))
                counted = [int(turn) for turn in turns]
            except (TypeError, ValueError):
                return []
            found.append({"function": str(function), "place": place, "turns": counted, "step": str(step),
                          "skipped": int(skipped)})  # fmt: skip
        return found


def _time(seconds: float) -> float:
    """Seconds as the page wants them; what no run can have taken, a damaged journal may say, counts as none."""
    return round(seconds, _DIGITS) if 0 <= seconds < _LONGEST else 0.0


def _content(call: CallRow) -> bytes:
    """What equal calls have in common."""
    text = f"{call.function}\0{call.model}\0".encode("utf-8", "surrogatepass")
    return blake2b(text + call.packed_arguments + call.packed_outcome, digest_size=16).digest()


def _given(effect: EffectRow, cut: int) -> list[list[Any]]:
    """What an effect was given. Of what is written to files the journal keeps the size alone."""
    detail = effect.detail
    parts = detail if isinstance(detail, list) else [detail]
    if effect.name in _FILE_CHANGES and len(parts) == 3:
        parts = parts if effect.name != "write_rows" else parts[:2]
        return [
            [name, *shown(part, cut)]
            for name, part in zip(("file", "bytes before", "bytes written"), parts, strict=False)
        ]
    return [["", *shown(part, cut)] for part in parts]


def _named(values: dict[Any, Any], cut: int) -> list[list[Any]]:
    return [[str(name), *shown(value, cut)] for name, value in values.items()]
