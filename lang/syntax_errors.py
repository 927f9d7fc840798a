"""What to say about a token that does not fit."""

# ruff: noqa: SIM905 - lists of words read best as words
from __future__ import annotations

from .diagnostics import Diagnostic, Label
from .habits import DETECTORS
from .source import Span
from .syntax_place import Place
from .tokens import KEYWORDS, VALUE_ENDS

SHOWN = {"BLOCK_OPEN": "{", "BLOCK_CLOSE": "}"}
CLOSERS = (")", "]", "}", "BLOCK_CLOSE", ",", ":", "=", "=>", "->", "then", "else", "catch", "in", "as")
"""What is worth naming when it would have fitted; operators, which nearly always would, are not."""

IN_BRACKETS = (",", ")", "]", "}")


def explain(place: Place) -> Diagnostic:
    """The finding for a token that does not fit."""
    for detector in DETECTORS:
        finding = detector(place)
        if finding is not None:
            return finding
    if place.kind_at(-1) in VALUE_ENDS and place.kind in VALUE_STARTS:
        return _side_by_side(place)
    return place.finding("PL0101", f"Expected {_expected(place)} here, found {_found(place)}.", labels=_opener(place))


VALUE_STARTS = frozenset(
    "NAME NUMBER TEXT TEXT_OPEN true false none fn ( [ { let while for if return break continue match fail try assert "
    "import step needs prefers task type test mock case not".split()
)


def _side_by_side(place: Place) -> Diagnostic:
    """Two values or statements with nothing between them."""
    if "NEWLINE" in place.expected and place.kind in KEYWORDS - {"not", "true", "false", "none"}:
        hint = "Begin a new line, or write `;` between them."
        return place.finding("PL0126", "Two statements stand on one line.", hint)
    if place.bracket in {"(", "[", "{"} and "," in place.expected:
        text = f"Expected {_expected(place)} here, found {_found(place)}."
        return place.finding(
            "PL0126", text, "Between two values a comma or an operator is missing.", labels=_opener(place)
        )
    hint = "An operator is missing, or the call's parentheses; a second statement begins on a new line or after `;`."
    if place.kind_at(-1) == "BLOCK_CLOSE":
        hint = "Begin a new line after `}`, or write `;` between them."
    return place.finding("PL0126", f"{_found(place).capitalize()} follows with nothing between.", hint)


def _opener(place: Place) -> tuple[Label, ...]:
    """The bracket that is open here, if it opened on an earlier line."""
    if not place.open_brackets:
        return ()
    token = place.tokens[place.open_brackets[-1]]
    if "\n" not in place.source.text[token.start : place.span.start]:
        return ()
    return (Label(Span(token.start, token.end), f"inside this `{SHOWN.get(token.kind, token.kind)}`"),)


def _found(place: Place) -> str:
    """What stands here, in words."""
    kind, text = place.kind, place.text
    if kind == "$END":
        return "the end of the text"
    if kind == "NEWLINE":
        return "`;`" if text == ";" else "the end of the line"
    if kind in {"TEXT", "TEXT_OPEN"}:
        return "a text"
    if kind == "FORMAT":
        return "`:`"
    return f"`{text}`" if len(text) <= 40 and text else f"`{SHOWN.get(kind, kind)}`"


def _expected(place: Place) -> str:
    """What would fit here, in words."""
    expected = place.expected
    names = _things(expected)
    if not names or names[0] in {"`{`", "the end of the statement"}:
        wanted = IN_BRACKETS if place.bracket in {"(", "[", "{"} and "," in expected else CLOSERS
        names += [f"`{SHOWN.get(kind, kind)}`" for kind in wanted if kind in expected]
    elif place.bracket in {"(", "[", "{"} and not names[0].startswith("a statement"):
        names += [f"`{kind}`" for kind in (")", "]", "}") if kind in expected]
    names = list(dict.fromkeys(names))[:4] or ["something else"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"


def _things(expected: frozenset[str]) -> list[str]:
    """The kinds of thing that may begin here."""
    if "let" in expected:
        return ["a statement"]
    if {"TEXT_OPEN", "NUMBER"} <= expected:
        return ["a value"]
    if {"NUMBER", "NAME", "fn"} <= expected:
        return ["a type"]
    if {"NUMBER", "NAME"} <= expected:
        return ["a pattern"]
    things = [("NAME", "a name"), ("NUMBER", "a number"), ("TEXT", "a text"), ("TEXT_OPEN", "a text")]
    things += [("case", "`case`"), ("BLOCK_OPEN", "`{`"), ("INTERPOLATION_CLOSE", "`}`")]
    things += [("NEWLINE", "the end of the statement")]
    if "NEWLINE" not in expected:
        things += [("$END", "the end of the text")]
    return list(dict.fromkeys(words for kind, words in things if kind in expected))
