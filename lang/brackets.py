"""The brackets that are open while a text is scanned, and what to say when they do not match."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .diagnostics import Diagnostic, Label
from .source import Source, Span
from .tokens import DEEPEST


@dataclass(slots=True)
class Frame:
    """One open bracket, or the whole file (kind "").

    kind: `(`, `[`, `{` (dict, type or pattern), block, match, text or interpolation.
    token: the index of the token that opened it.
    head: the kind of the first token of the statement that is being read in it.
    thens: how many `then` of that statement still wait for their `else`.
    """

    kind: str
    token: int = 0
    start: int = 0
    quote: str = ""
    head: str = ""
    thens: int = 0


CLOSES = {")": ("(",), "]": ("[",), "}": ("{", "block", "match", "interpolation")}
SHOWN = {"(": "(", "[": "[", "{": "{", "block": "{", "match": "{", "interpolation": "{"}
CLOSER = {"(": ")", "[": "]", "{": "}", "block": "}", "match": "}", "interpolation": "}"}
MOST_REPORTED = 3
MOST_OPEN = 3 * DEEPEST
"""More open brackets than any program has that nests no deeper than it may."""
DEEPEST_MENDED = 200
"""How far out a closer looks for its opener."""


class Owner(Protocol):
    """What the brackets need of the scanner."""

    source: Source
    problems: list[Diagnostic]

    def put_closer(self, frame: Frame, start: int, end: int) -> None:
        """Put out a closer."""
        ...


class Brackets:
    """A stack of frames that mends itself: closers that are missing are put in, stray ones are left out."""

    def __init__(self, owner: Owner) -> None:
        """Start with the whole file as the only frame."""
        self._owner = owner
        self._text = owner.source.text
        self.frames = [Frame("")]
        self.top = self.frames[0]
        self._left_closers: list[tuple[Frame, int]] = []
        self._right_closers: list[tuple[Frame, int]] = []

    @property
    def below(self) -> Frame:
        """The frame below the top."""
        return self.frames[-2]

    def push(self, frame: Frame) -> None:
        """Open `frame`."""
        self.frames.append(frame)
        self.top = frame

    def pop(self) -> Frame:
        """Take the innermost frame away."""
        frame = self.frames.pop()
        self.top = self.frames[-1]
        return frame

    def forget(self) -> None:
        """Take all frames away but that of the file."""
        del self.frames[1:]
        self.top = self.frames[0]

    def close(self, mark: str, start: int, end: int) -> Frame | None:
        """The frame that the closer `mark` at `start` closes; None for a stray closer, which is reported."""
        wanted = CLOSES[mark]
        if self.top.kind in wanted:
            frame = self.pop()
            self._note_indentation(frame, start)
            return frame
        if not self._reaches(wanted, start):
            self._report_stray(mark, start, end)
            return None
        while self.top.kind not in wanted:
            self._report_unclosed(self.top, Label(Span(start, end), f"here `{mark}` closes something further out"))
            self._put_missing(start)
        return self.pop()

    def close_before_statement(self, offset: int) -> None:
        """A statement begins at `offset`, inside brackets that cannot hold one: they were never closed."""
        first = True
        while self.top.kind in {"(", "[", "{"}:
            if first:
                self._report_unclosed(self.top, Label(Span(offset, offset), "a new statement begins here"))
            first = False
            self._put_missing(offset)

    def close_line(self, offset: int) -> None:
        """Close, without a word, what opened in the line of `offset`: a text without an end has hidden the closers."""
        while self.top.kind in {"(", "[", "{"} and self._line_start(self.top.start) == self._line_start(offset):
            self._put_missing(offset)

    def drop_text(self, index: int) -> Frame:
        """Take away the open text at `index` (0: the outermost one) with all that is open in it, and give its frame."""
        if not index:
            index = next(i for i, frame in enumerate(self.frames) if frame.kind == "text")
        frame = self.frames[index]
        del self.frames[index:]
        self.top = self.frames[-1]
        return frame

    def close_at_end(self, offset: int) -> None:
        """The text ends: report what is still open, and close it."""
        reported = 0
        if len(self.frames) > 1 and self._left_closers:
            frame, closer = self._left_closers[0]
            label = Label(Span(closer, closer + 1), "this `}` stands further left than the line that it closes")
            self._report_unclosed(frame, label)
            reported = MOST_REPORTED
        while len(self.frames) > 1:
            if reported < MOST_REPORTED:
                self._report_unclosed(self.top)
                reported += 1
            self._put_missing(offset)

    def _put_missing(self, offset: int) -> None:
        self._owner.put_closer(self.pop(), offset, offset)

    def _reaches(self, wanted: tuple[str, ...], start: int) -> bool:
        """Whether a closer can belong to a frame further out; one leaves a block only from a line of its own."""
        for frame in reversed(self.frames[-DEEPEST_MENDED:]):
            if frame.kind in wanted:
                return True
            if frame.kind in {"", "text", "interpolation"}:
                return False
            if frame.kind in {"block", "match"} and not (
                self._first_on_line(start) and self._indentation(start) <= self._indentation(frame.start)
            ):
                return False
        return False

    def _note_indentation(self, frame: Frame, start: int) -> None:
        """Remember blocks whose closer stands left or right of the line that opened them: likely culprits."""
        if frame.kind not in {"block", "match"} or not self._first_on_line(start):
            return
        opened, closed = self._indentation(frame.start), self._indentation(start)
        if closed < opened:
            self._left_closers.append((frame, start))
        elif closed > opened and self._line_start(frame.start) != self._line_start(start):
            self._right_closers.append((frame, start))

    def _line_start(self, offset: int) -> int:
        return self._text.rfind("\n", 0, offset) + 1

    def _indentation(self, offset: int) -> int:
        start = self._line_start(offset)
        end = start
        while end < offset and self._text[end] in " \t":
            end += 1
        return end - start

    def _first_on_line(self, offset: int) -> bool:
        return self._line_start(offset) + self._indentation(offset) == offset

    def _report_unclosed(self, frame: Frame, *labels: Label) -> None:
        shown, closer = SHOWN[frame.kind], CLOSER[frame.kind]
        self._owner.problems.append(
            Diagnostic(
                "PL0102",
                f"This `{shown}` is never closed.",
                Span(frame.start, frame.start + 1),
                self._owner.source,
                f"Write `{closer}` where it ends.",
                labels,
            )
        )

    def _report_stray(self, mark: str, start: int, end: int) -> None:
        labels: tuple[Label, ...] = ()
        if mark == "}" and self._right_closers:
            frame, closer = self._right_closers[-1]
            labels = (
                Label(Span(closer, closer + 1), "this `}` closes the block …"),
                Label(Span(frame.start, frame.start + 1), "… that begins here"),
            )
        elif self.top.kind in SHOWN:
            shown = SHOWN[self.top.kind]
            labels = (
                Label(Span(self.top.start, self.top.start + 1), f"the bracket that is open here is this `{shown}`"),
            )
        self._owner.problems.append(
            Diagnostic(
                "PL0103",
                f"This `{mark}` closes nothing.",
                Span(start, end),
                self._owner.source,
                "Delete it, or write the bracket that it should close.",
                labels,
            )
        )
