"""A run as text: what `plan show RUN` prints."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planlang.lang.source import Source, Span
from planlang.rendering import render_error
from planlang.runtime.display import literal
from planlang.runtime.errors import Frame, Place, PlanError
from planlang.runtime.journal.reading import RunReader
from planlang.runtime.journal.rows import KINDS, CallRow, EffectRow, SessionRow, Site
from planlang.runtime.values import from_python
from planlang.statistics import seconds
from planlang.tables import table
from planlang.terminal import cut, paint, visible

from .accounts import Accounts, StepTally, TimedCall

if TYPE_CHECKING:
    from planlang.runtime.journal.rows import RunSummary

_SHORT = 80
"""Cells of an argument or an answer."""
_MOST_FILES = 20
"""Files that are listed."""


class Sources:
    """The files of a plan, for places in them."""

    def __init__(self, reader: RunReader) -> None:
        """Those of a run."""
        self._sources = [Source(text, name) for name, text in reader.sources()]

    def place(self, site: Site | None) -> Place | None:
        """A place as messages know it; None where it lies in no file of the run."""
        if site is None or not 0 <= site.file < len(self._sources) or (site.start, site.end) == (0, 0):
            return None
        source = self._sources[site.file]
        if not 0 <= site.start <= site.end <= len(source.text):
            return None
        return Place(source, Span(site.start, site.end))

    def name(self, site: Site | None) -> str:
        """`file.plan:LINE`; "" where it lies nowhere."""
        place = self.place(site)
        return "" if place is None else f"{place.source.name}:{place.source.position(place.span.start)[0]}"


def text(reader: RunReader, of: RunSummary, found: Accounts, *, color: bool = False, columns: int = 100) -> str:
    """The whole report of a run."""
    sources, sessions = Sources(reader), reader.sessions()
    parts = [
        _head(reader, of, sessions, color=color),
        _error(reader, sources, sessions, color=color, columns=columns),
        _block("steps", _steps(found, color=color), color=color),
        _block("calls", _functions(found, color=color), color=color),
        _block("changes", _changes(found, color=color), color=color),
        _block("slowest calls", _slowest(found, sources, color=color), color=color),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _block(title: str, lines: list[str], *, color: bool) -> list[str]:
    return [paint(title, "bold", color=color), *(f"  {line}" for line in lines)] if lines else []


# ── the head ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _head(reader: RunReader, of: RunSummary, sessions: list[SessionRow], *, color: bool) -> list[str]:
    rows = [("run", of.id), ("plan", f"{of.plan or of.name}{f', task {of.task}' if of.task else ''}")]
    rows += [("arguments", line) for line in _arguments(reader.fact("arguments"))]
    rows.append(("state", f"{of.state}, {of.calls:,} calls, {of.tokens:,} tokens, {seconds(of.seconds)}"))
    if of.parent is not None:
        rows.append(("takes from", f"run {of.parent}"))
    several = len(sessions) > 1
    rows += [(f"session {s.number}" if several else "began", _session(reader, s)) for s in sessions]
    wide = max(len(name) for name, _ in rows)
    last = ""
    lines: list[str] = []
    for name, value in rows:
        title = "" if name == last else name
        lines.append(f"{paint(f'{title:<{wide}}', 'dim', color=color)}  {visible(value)}")
        last = name
    return lines


def _arguments(given: Any) -> Iterator[str]:
    for name, value in given.items() if isinstance(given, dict) else ():
        count = f"{len(value):,} elements: " if isinstance(value, list) and len(value) > 3 else ""
        shown = value[:3] if count else value
        yield cut(f"{name} = {count}{short(shown)}", 120)


def _session(reader: RunReader, session: SessionRow) -> str:
    began = when(session.began)
    ended = reader.end_of(session)
    state = reader.state_of(session)
    workers = f" on {session.workers}" if session.workers not in ("", "local") else ""
    return f"{began}, {state} after {seconds(max(0.0, ended - session.began))}{workers}"


def when(at: float) -> str:
    """A time of Unix as people read it."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def short(value: Any) -> str:
    """A value on one line, cut where it is long."""
    return cut(literal(from_python(value)), _SHORT)


# ── the error ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _error(reader: RunReader, sources: Sources, sessions: list[SessionRow], *, color: bool, columns: int) -> list[str]:
    last = sessions[-1] if sessions else None
    if last is None or last.state not in ("failed", "limit") or not last.message:
        return []
    error = error_of(reader, sources, last)
    return render_error(error, color=color, columns=columns).split("\n")


def error_of(reader: RunReader, sources: Sources, session: SessionRow) -> PlanError:
    """The error that ended a session, with its place and call stack as far as they are known."""
    fact = reader.fact(f"error {session.number}")
    told: dict[str, Any] = fact if isinstance(fact, dict) else {}
    listed = told.get("frames")
    rows: list[Any] = listed if isinstance(listed, list) else []
    frames = tuple(frame for row in rows if (frame := _frame(sources, row)) is not None)
    kind = str(told.get("kind") or ("limit" if session.state == "limit" else "fail"))
    place = sources.place(session.site)
    return PlanError(kind, session.message, str(told.get("hint") or ""), place=place, frames=frames)


def _frame(sources: Sources, row: Any) -> Frame | None:
    match row:
        case [str(function), int(file), int(start), int(end), list(turns), str(step), int(skipped)]:
            place = sources.place(Site(file, start, end))
            if place is None:
                return None
            return Frame(function, place, tuple(turn for turn in turns if isinstance(turn, int)), step, skipped)
        case _:
            return None


# ── the tables ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _steps(found: Accounts, *, color: bool) -> list[str]:
    if list(found.steps) in ([], [""]):
        return []
    rows = [(title or "(before any step)", *_step(tally)) for title, tally in found.steps.items()]
    return table(("step", "calls", "failed", "changes", "time"), rows, "calls failed changes time", color=color)


def _step(of: StepTally) -> tuple[str, str, str, str]:
    time_ = seconds(of.seconds) if of.ended else ""
    return f"{of.calls:,}", _some(of.failed), _some(of.changes), time_


def _functions(found: Accounts, *, color: bool) -> list[str]:
    if not found.functions:
        return []
    head = ("function", "model", "calls", "failed", "known", "batches", "tokens", "seconds")
    rows = [
        (function, model, f"{of.calls:,}", _some(of.failed), _some(of.known), _some(of.batches), _some(of.tokens),
         f"{of.seconds:.1f}" if of.batches else "")
        for (function, model), of in found.functions.items()
    ]  # fmt: skip
    return table(head, rows, " ".join(head[2:]), color=color)


def _some(number: int) -> str:
    return f"{number:,}" if number else ""


def _changes(found: Accounts, *, color: bool) -> list[str]:
    """Files that were written, and other changes, each with how often and when last."""
    made: dict[tuple[str, str], tuple[int, float]] = {}
    for at, effect in found.changes:
        key = effect.name, _what(effect)
        count, last = made.get(key, (0, 0.0))
        made[key] = count + 1, max(last, at)
    rows = [(name, what, f"{count:,}", when(last)) for (name, what), (count, last) in made.items()]
    if not rows:
        return []
    lines = table(("change", "of", "times", "last"), rows[:_MOST_FILES], "times", color=color)
    if len(rows) > _MOST_FILES:
        lines.append(f"… and {len(rows) - _MOST_FILES:,} more")
    return lines


def _what(effect: EffectRow) -> str:
    """What a change is about: the file that it writes, as seen from here, or its first argument."""
    detail = effect.detail
    first = detail[0] if isinstance(detail, list) and detail else ""
    if not isinstance(first, str):
        return short(first)
    path = Path(first)
    return str(path.relative_to(Path.cwd())) if path.is_absolute() and path.is_relative_to(Path.cwd()) else first


def _slowest(found: Accounts, sources: Sources, *, color: bool) -> list[str]:
    if len(found.slowest) < 2:
        return []
    rows = [
        (f"{timed.call.number:,}", timed.call.function, sources.name(timed.call.site), seconds(timed.seconds),
         seconds(timed.worked), _call_arguments(timed.call))
        for timed in found.slowest
    ]  # fmt: skip
    return table(
        ("number", "function", "place", "took", "worked", "arguments"), rows, "number took worked", color=color
    )


def call_lines(calls: Iterator[CallRow], sources: Sources) -> Iterator[str]:
    """Two lines for each call: which it is, and what it was asked and gave."""
    for call in calls:
        parts = (f"{call.number:,}", call.function, call.model, sources.name(call.site), KINDS.get(call.kind, "?"))
        yield visible("  ".join(part for part in parts if part) + (f'  step "{call.step}"' if call.step else ""))
        yield f"    {_call_arguments(call)}"
        failure = call.failure
        yield cut(f"    → {failure[0]}: {failure[1]}", 120) if failure else f"    → {short(call.value)}"


def _call_arguments(call: CallRow) -> str:
    return cut(", ".join(f"{name}={short(value)}" for name, value in call.arguments.items()), 120)


def timed_data(timed: TimedCall, sources: Sources) -> dict[str, Any]:
    """A slow call for programs."""
    return {"seconds": timed.seconds, "worked": timed.worked, **call_data(timed.call, sources)}


def call_data(call: CallRow, sources: Sources) -> dict[str, Any]:
    """A call for programs."""
    failure = call.failure
    return {
        "number": call.number,
        "function": call.function,
        "model": call.model,
        "where": sources.name(call.site),
        "step": call.step,
        "how": KINDS.get(call.kind, "?"),
        "tokens": call.tokens,
        "arguments": call.arguments,
        "answer": call.value,
        "error": dict(zip(("kind", "message", "hint"), failure, strict=True)) if failure else None,
    }
