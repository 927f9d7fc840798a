"""A run under its journal, from the beginning of a session to its end, however it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from planlang.lang.source import Source
from planlang.runtime.errors import Interrupted, LimitError, PlanError
from planlang.runtime.values import Value

from .journal import Journal


def remembered(
    journal: Journal, task: str | None, sources: Sequence[Source], workers: str, go: Callable[[], Value]
) -> Value:
    """Do `go` as a session of the journal's run: its end is told, and the result kept.

    sources: those of the program, in order. workers: "local" or "ray".
    """
    journal.start(workers)
    try:
        value = go()
        journal.result(task, value)
    except LimitError as error:
        _end(journal, "limit", error, sources)
        raise
    except PlanError as error:
        _end(journal, "failed", error, sources)
        journal.forget(error)
        raise
    except (Interrupted, KeyboardInterrupt):
        _end(journal, "interrupted", None, sources)
        raise
    journal.end("done")
    return value


def _end(journal: Journal, state: str, error: PlanError | None, sources: Sequence[Source]) -> None:
    """Tell how it ended. Where the journal cannot be written any more, the error that ended the run is what counts."""
    numbers = {id(source): number for number, source in enumerate(sources)}
    place = error.place if error is not None else None
    file = numbers.get(id(place.source)) if place is not None else None
    told = _told(error, numbers) if error is not None else None
    try:
        journal.end(state, error, file, told)
    except LimitError:
        return


def _told(error: PlanError, numbers: dict[int, int]) -> dict[str, Any]:
    """What the table of sessions has no room for. numbers: those of the sources, by their `id`."""
    frames = [
        [frame.function, numbers.get(id(frame.place.source), -1), *frame.place.span, list(frame.turns), str(frame.step),
         frame.skipped]
        for frame in error.frames
    ]  # fmt: skip
    return {"kind": error.kind, "hint": error.hint, "frames": frames}
