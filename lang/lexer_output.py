"""What the scanner puts out: tokens with the newlines that count, comments and findings."""

from __future__ import annotations

from .brackets import Brackets, Frame
from .diagnostics import Diagnostic
from .source import Source, Span
from .tokens import CONTINUES_AFTER, CONTINUES_BEFORE, Token

MOST_PROBLEMS = 100


class Output:
    """The state of a scan, and the ways to add to what it has found.

    brackets: what is open. last: the kind of the last token. at: where the scan stands.
    newline: a line has ended since the last token. statement_else: the last `else` belongs to a statement.
    single_line_texts: how many texts are open that must end on this line; outermost_text: the frame of the first.
    """

    def __init__(self, source: Source) -> None:
        """Get ready to scan `source`."""
        self.source = source
        self.text = source.text
        self.tokens: list[Token] = []
        self.comments: list[Span] = []
        self.problems: list[Diagnostic] = []
        self.unfinished = False
        """Whether a bracket or a multi-line text was still open at the end."""
        self.brackets = Brackets(self)
        self.last = ""
        self.at = 0
        self.newline = False
        self.statement_else = False
        self.single_line_texts = 0
        self.outermost_text = 0

    def put(self, kind: str, start: int, end: int) -> None:
        """Add a token, and a newline before it where one counts."""
        if self.newline:
            self.newline = False
            self._put_newline(kind, start)
        top = self.brackets.top
        if self.last in {"NEWLINE", "BLOCK_OPEN", ""} or (top.kind == "match" and self.last == "BLOCK_CLOSE"):
            top.head, top.thens = kind, 0
        self.tokens.append(Token(kind, start, end))
        self.last = kind

    def _put_newline(self, following: str, start: int) -> None:
        if (
            self.brackets.top.kind in {"block", ""}
            and self.last not in CONTINUES_AFTER
            and self.last not in {"", "NEWLINE", "BLOCK_OPEN"}
            and following not in CONTINUES_BEFORE
            and following != "BLOCK_CLOSE"
        ):
            self.tokens.append(Token("NEWLINE", start, start))
            self.last = "NEWLINE"

    def problem(self, code: str, message: str, start: int, end: int, hint: str = "") -> None:
        """Note a finding at `start` to `end`."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Diagnostic(code, message, Span(start, end), self.source, hint))

    def put_closer(self, frame: Frame, start: int, end: int) -> None:
        """Put out the closer of `frame`, which has just been taken from the stack."""
        if frame.kind in {"block", "match"}:
            self.newline = False
            if self.last == "NEWLINE":
                self.tokens.pop()
            self.tokens.append(Token("BLOCK_CLOSE", start, end))
            self.last = "BLOCK_CLOSE"
        elif frame.kind == "interpolation":
            self.put("INTERPOLATION_CLOSE", start, end)
        else:
            self.newline = False
            self.put({"(": ")", "[": "]", "{": "}"}[frame.kind], start, end)
