"""What all parts of the builder share: the source, findings, lists, names, numbers and texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

from . import numerals, texts, tree
from .diagnostics import Diagnostic
from .source import Source, Span
from .tokens import Token


class Basics:
    """Helpers of the actions, and the actions that only collect what the grammar matched.

    An action's name is what stands after `->` in `plan.lark`. It gets the span of what was matched and one argument
    for each symbol: a `Token`, or what the action of that symbol gave.
    """

    def __init__(self, source: Source) -> None:
        """Build nodes over `source`."""
        self.source = source
        self.text = source.text
        self.problems: list[Diagnostic] = []

    def report(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Note a finding."""
        self.problems.append(Diagnostic(code, message, span, self.source, hint))

    def reporter(self, code: str) -> Callable[[str, int, int, str], None]:
        """`report` in the form that `texts` wants."""
        return lambda message, start, end, hint: self.report(code, message, Span(start, end), hint)

    def name_of(self, token: Token) -> str:
        """The name that a token stands for. One that can be written with several code points has one form (NFC)."""
        name = self.text[token.start : token.end]
        return name if name.isascii() else unicodedata.normalize("NFC", name)

    def number_of(self, token: Token) -> int | float:
        """The value of a NUMBER."""
        span = Span(token.start, token.end)

        def report(message: str, hint: str) -> None:
            self.report("PL0106", message, span, hint)

        return numerals.number(self.text[token.start : token.end], report)

    def text_of(self, token: Token) -> str:
        """The value of a TEXT: a text without interpolation, in any quotes."""
        written = self.text[token.start : token.end]
        size = 3 if written.startswith(('"""', "'''")) and len(written) >= 6 else 1
        body, offset = written[size:-size], token.start + size
        raw = written[0] == "'"
        value = body if raw else texts.unescape(body, offset, self.reporter("PL0105"))
        if size == 1:
            return value
        lines = texts.dedent([(body, offset)], self.reporter("PL0105"))[0]
        return lines if raw else texts.unescape(lines, offset, _ignore)

    def parts_of(self, opener: Token, parts: list[Token | tree.Interpolation]) -> tuple[str | tree.Interpolation, ...]:
        """The parts of a text with interpolations, unescaped; neighbouring interpolations have nothing between them."""
        pieces = self._between(opener, parts)
        raws = [raw for raw, _ in pieces]
        for raw, offset in pieces:
            texts.unescape(raw, offset, self.reporter("PL0105"))
        if opener.end - opener.start == 3:
            raws = texts.dedent(pieces, self.reporter("PL0105"))
        result: list[str | tree.Interpolation] = []
        values = [part for part in parts if isinstance(part, tree.Interpolation)]
        for index, raw in enumerate(raws):
            if raw:
                result.append(texts.unescape(raw, 0, _ignore))
            result.extend(values[index : index + 1])
        return tuple(result)

    def _between(self, opener: Token, parts: list[Token | tree.Interpolation]) -> list[tuple[str, int]]:
        """The raw text around each interpolation, with its offset: one more than there are interpolations."""
        pieces: list[tuple[str, int]] = [("", opener.end)]
        for part in parts:
            if isinstance(part, Token):
                pieces[-1] = (self.text[part.start : part.end], part.start)
            else:
                pieces.append(("", part.span.end))
        return pieces

    # --- Lists ----------------------------------------------------------------------------------------------

    def nothing(self, _span: Span) -> None:
        """An optional part that is not there."""

    def empty(self, _span: Span) -> list[Any]:
        """A list of nothing."""
        return []

    def no_items(self, _span: Span, _open: Token, _close: Token) -> list[Any]:
        """A pair of brackets with nothing in it."""
        return []

    def first(self, _span: Span, item: Any) -> list[Any]:
        """The first of a list."""
        return [item]

    def append(self, _span: Span, items: list[Any], item: Any) -> list[Any]:
        """One more of a list."""
        items.append(item)
        return items

    def append_after(self, _span: Span, items: list[Any], _separator: Token, item: Any) -> list[Any]:
        """One more of a list, after a separator."""
        items.append(item)
        return items

    def first_two(self, _span: Span, left: Any, _separator: Token, right: Any) -> list[Any]:
        """The first two of a list that has at least two."""
        return [left, right]

    def first_of(self, _span: Span, items: list[Any], _separator: Token) -> list[Any]:
        """A list with a comma after it."""
        return items

    def second(self, _span: Span, _mark: Token, value: Any, *_rest: Token) -> Any:
        """What stands after a mark."""
        return value

    def bracketed(self, _span: Span, _open: Token, items: list[Any], *_rest: Token) -> list[Any]:
        """What stands in brackets."""
        return items

    def parenthesized(self, _span: Span, _open: Token, value: Any, _close: Token) -> Any:
        """What stands in parentheses; its node keeps its own span, so that parentheses can be told."""
        return value

    def plain_text(self, _span: Span, token: Token) -> str:
        """A text without interpolation."""
        return self.text_of(token)

    def name_text(self, _span: Span, token: Token) -> str:
        """A name as text."""
        return self.name_of(token)


def _ignore(_message: str, _start: int, _end: int, _hint: str) -> None:
    """For a second reading: everything has been reported in the first."""
