"""Errors at run time, as data: what a plan's `catch` sees and what a person reads (§8)."""

from __future__ import annotations

from typing import Any, NamedTuple

from planlang.lang.source import Source, Span


class Place(NamedTuple):
    """Where in a plan."""

    source: Source
    span: Span

    def __str__(self) -> str:
        """`file.plan:LINE:COLUMN`."""
        line, column = self.source.position(self.span.start)
        return f"{self.source.name}:{line}:{column}"


IN_TEST = "the test"
"""What stands for the name of a function in the frame of a test: no function is called so."""


class Frame(NamedTuple):
    """One entry of the plan's call stack, outermost first.

    `function` is the name as the plan has it ("" at the top level, `IN_TEST` in a test). `turns` are the loop turns in
    progress in it, outermost loop first, counted from 1. `step` is the title of its current step, "" for none.
    `skipped` counts the calls just before it that a very deep stack leaves out.
    """

    function: str
    place: Place
    turns: tuple[int, ...] = ()
    step: str = ""
    skipped: int = 0


class PlanError(Exception):
    """A plan failed. The kinds are those of §8, or the plan's own (`fail {kind: …}`)."""

    origin: Any = None
    """The call, observation or change that it comes from, where the journal is to know of it if a `catch` does."""
    run: str = ""
    """The run that it ended, for callers from Python, where that run has a journal."""

    def __init__(  # noqa: PLR0913 - all that an error may know
        self,
        kind: str,
        message: str,
        hint: str = "",
        *,
        place: Place | None = None,
        frames: tuple[Frame, ...] = (),
        data: dict[str, Any] | None = None,
    ) -> None:
        """`data` holds further fields of a failed dict. Place and frames are filled in where it leaves plan code."""
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint
        self.place = place
        self.frames = frames
        self.data = data or {}


class LimitError(PlanError):
    """A limit was reached (§9); no `catch` sees it."""

    def __init__(self, message: str, hint: str = "") -> None:
        """`message` names the limit and its value."""
        super().__init__("limit", message, hint)


class Interrupted(BaseException):
    """Ctrl-C, or the end of `--max-time`, arrived while plan code was running."""
