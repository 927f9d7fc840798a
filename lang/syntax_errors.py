"""What to say about a token that does not fit."""

from __future__ import annotations

from collections.abc import Sequence

from .diagnostics import Diagnostic
from .source import Source, Span
from .tokens import Token


def explain(source: Source, tokens: Sequence[Token], position: int, expected: list[str]) -> Diagnostic:
    """The finding for the token at `position`, where one of the kinds `expected` would have fitted."""
    token = tokens[position]
    shown = source.text[token.start : token.end] or "the end"
    return Diagnostic("PL0101", f"`{shown}` does not fit here.", Span(token.start, token.end), source)
