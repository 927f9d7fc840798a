"""Where a parse got stuck, and easy ways to look around there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from .diagnostics import Diagnostic, Edit, Label
from .source import Source, Span
from .tokens import OPENERS, Token

_OPENED_BY = {"]": "[", ")": "(", "}": "{", "BLOCK_CLOSE": "BLOCK_OPEN"}


@dataclass(frozen=True)
class Place:
    """The token at `position` does not fit; one of the kinds `expected` would.

    `first` is the first token of the statement that it belongs to.
    """

    source: Source
    tokens: Sequence[Token]
    position: int
    first: int
    expected: frozenset[str]

    @property
    def kind(self) -> str:
        """The kind of the token that does not fit."""
        return self.tokens[self.position].kind

    @property
    def head(self) -> str:
        """The kind of the statement's first token."""
        return self.tokens[self.first].kind

    @property
    def text(self) -> str:
        """The text of the token that does not fit."""
        return self.text_at(0)

    @property
    def span(self) -> Span:
        """Where the token that does not fit stands; where the line or text ends, the place after the last token."""
        token = self.tokens[self.position]
        if token.kind in {"NEWLINE", "$END"} and self.position and token.start == token.end:
            return Span(self.tokens[self.position - 1].end, self.tokens[self.position - 1].end)
        return Span(token.start, token.end)

    def kind_at(self, offset: int) -> str:
        """The kind of a token, counted from the one that does not fit; "" where the statement has none there."""
        index = self.position + offset
        return self.tokens[index].kind if self.first <= index < len(self.tokens) else ""

    def text_at(self, offset: int) -> str:
        """The text of a token, counted from the one that does not fit."""
        index = self.position + offset
        if not self.first <= index < len(self.tokens):
            return ""
        token = self.tokens[index]
        return self.source.text[token.start : token.end]

    def span_at(self, offset: int) -> Span:
        """Where a token stands, counted from the one that does not fit."""
        token = self.tokens[self.position + offset]
        return Span(token.start, token.end)

    @property
    def touches(self) -> bool:
        """Whether no space stands before the token that does not fit."""
        return self.position > 0 and self.tokens[self.position - 1].end == self.tokens[self.position].start

    @cached_property
    def open_brackets(self) -> list[int]:
        """The brackets of the statement that are open here, as positions, outermost first."""
        opened: list[int] = []
        for index in range(self.first, self.position):
            kind = self.tokens[index].kind
            if kind in OPENERS:
                opened.append(index)
            elif kind in _OPENED_BY and opened:
                opened.pop()
        return opened

    @property
    def bracket(self) -> str:
        """The kind of the innermost bracket of the statement that is open here."""
        return self.tokens[self.open_brackets[-1]].kind if self.open_brackets else ""

    @property
    def wants_value(self) -> bool:
        """Whether an expression may begin here."""
        return "TEXT_OPEN" in self.expected and "NUMBER" in self.expected

    def finding(  # noqa: PLR0913 - a finding has this many parts
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        span: Span | None = None,
        edit: str | None = None,
        labels: tuple[Label, ...] = (),
    ) -> Diagnostic:
        """A finding at this place, or at `span`; `edit` is what would stand there instead."""
        where = span or self.span
        change = Edit(where, edit) if edit is not None else None
        return Diagnostic(code, message, where, self.source, hint, labels, change)
