"""Colours for plan code as it is typed, from the same tokens that the parser reads."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from planlang.lang.lexer import tokens
from planlang.lang.source import Source
from planlang.lang.tokens import KEYWORDS, SOFT_KEYWORDS, Token

STYLE = Style.from_dict(
    {
        "plan.keyword": "ansiblue bold",
        "plan.text": "ansigreen",
        "plan.number": "ansimagenta",
        "plan.comment": "ansibrightblack italic",
        "plan.function": "ansicyan",
        "plan.command": "ansiyellow",
        "prompt": "ansigreen bold",
        "continuation": "ansibrightblack",
        "bottom-toolbar": "noreverse ansibrightblack",
    }
)


class PlanLexer(Lexer):
    """Styles each line of a document for prompt_toolkit."""

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """The styled parts of line `n` of `document`."""
        lines = _split_lines(pieces(document.text))
        return lambda number: lines[number] if number < len(lines) else []


def pieces(text: str) -> StyleAndTextTuples:
    """`text` in styled pieces, nothing left out."""
    if text.lstrip().startswith(":"):
        word, space, rest = text.partition(" ")
        return [
            ("class:plan.command", word),
            ("", space),
            *(pieces(rest) if word in (":type", ":time") else [("", rest)]),
        ]
    found: StyleAndTextTuples = []
    at = 0
    list_of_tokens = tokens(Source(text))
    for i, token in enumerate(list_of_tokens):
        if token.start > at:
            found.append(_gap(text[at : token.start]))
        if token.end > max(at, token.start):
            following = list_of_tokens[i + 1].kind if i + 1 < len(list_of_tokens) else ""
            found.append((_style(token, following), text[max(token.start, at) : token.end]))
        at = max(at, token.end)
    if at < len(text):
        found.append(_gap(text[at:]))
    return found


def _gap(text: str) -> tuple[str, str]:
    """What lies between two tokens is space or a comment."""
    return ("class:plan.comment" if "#" in text else "", text)


def _style(token: Token, following: str) -> str:
    if token.kind in KEYWORDS or token.kind in SOFT_KEYWORDS:
        return "class:plan.keyword"
    if token.kind.startswith("TEXT") or token.kind == "FORMAT":
        return "class:plan.text"
    if token.kind == "NUMBER":
        return "class:plan.number"
    return "class:plan.function" if token.kind == "NAME" and following == "(" else ""


def _split_lines(parts: StyleAndTextTuples) -> list[StyleAndTextTuples]:
    lines: list[StyleAndTextTuples] = [[]]
    for style, text, *_ in parts:
        first, *rest = text.split("\n")
        lines[-1].append((style, first))
        lines.extend([(style, line)] for line in rest)
    return lines
