"""A run under its journal, from the beginning of a session to its end, however it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence

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
        raise
    except (Interrupted, KeyboardInterrupt):
        _end(journal, "interrupted", None, sources)
        raise
    journal.end("done")
    return value


def _end(journal: Journal, state: str, error: PlanError | None, sources: Sequence[Source]) -> None:
    """Tell how it ended. Where the journal cannot be written any more, the error that ended the run is what counts."""
    place = error.place if error is not None else None
    file = next((i for i, source in enumerate(sources) if place is not None and source is place.source), None)
    try:
        journal.end(state, error, file)
    except LimitError:
        return
