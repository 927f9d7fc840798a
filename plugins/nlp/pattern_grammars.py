"""The grammar of a regular expression of the language (RE2's dialect): the texts that it matches as a whole.

Syntax: https://github.com/google/re2/wiki/Syntax. RE2 itself has accepted a pattern before it is read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from planlang.plugins import Failure
from planlang.runtime.errors import PlanError
from planlang.runtime.standard.patterns import compiled

from .grammars import Chars, Choice, Grammar, Node, Ranges, Repeat, Sequence, Text, all_but, parts, ranges, sequence

_MOST_CASES = 1_000
_LETTERS = [(0x41, 0x5A), (0x61, 0x7A)]
_DIGITS = [(0x30, 0x39)]
_PERL = {"d": ranges(_DIGITS), "w": ranges([*_LETTERS, *_DIGITS, (0x5F, 0x5F)]),
         "s": ranges([(9, 10), (12, 13), (32, 32)])}  # fmt: skip
_POSIX = {
    "alnum": [*_LETTERS, *_DIGITS], "alpha": _LETTERS, "ascii": [(0, 0x7F)], "blank": [(9, 9), (32, 32)],
    "cntrl": [(0, 0x1F), (0x7F, 0x7F)], "digit": _DIGITS, "graph": [(0x21, 0x7E)], "lower": [(0x61, 0x7A)],
    "print": [(0x20, 0x7E)], "punct": [(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
    "space": [(9, 13), (32, 32)], "upper": [(0x41, 0x5A)], "word": [*_LETTERS, *_DIGITS, (0x5F, 0x5F)],
    "xdigit": [*_DIGITS, (0x41, 0x46), (0x61, 0x66)],
}  # fmt: skip
_CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_ODD_CASES = {"s": "ſ", "k": "\u212a", "å": "\u212b", "ω": "\u2126", "µ": "μ", "σ": "ς"}  # noqa: RUF001 - that is the point
_EDGES = {"A": "^", "z": "$"}


@dataclass(frozen=True, eq=False, slots=True)
class _Edge:
    """`^` or `$`: right only where the whole text begins or ends."""

    sign: str


_Parsed: TypeAlias = Node | _Edge


def pattern_grammar(pattern: str) -> Grammar:
    """The grammar of the texts that `pattern` matches from end to end.

    Raises `Failure` for what is no regular expression, and for what can be matched and not written: word borders,
    classes of Unicode.
    """
    try:
        compiled(pattern)
    except PlanError as error:
        raise Failure(error.message, kind="value", hint=error.hint) from error
    node = _anchored(_Parser(pattern).alternatives(), first=True, last=True)
    if not _possible(node):
        raise Failure(f"no text matches the pattern '{pattern}'", kind="value")
    return Grammar(node)


def is_match(text: str, pattern: str) -> bool:
    """Whether `pattern` matches `text` from end to end."""
    return compiled(pattern).fullmatch(text.encode()) is not None


def _anchored(node: _Parsed, *, first: bool, last: bool) -> Node:
    """`node` without its edges. first, last: whether the whole text begins or ends with it."""
    match node:
        case _Edge(sign=sign):
            if not (first if sign == "^" else last):
                raise _unsupported(sign, "it stands within the text")
            return Text("")
        case Choice(options=options):
            return Choice(tuple(_anchored(option, first=first, last=last) for option in options))
        case Sequence(parts=inner):
            bare = [isinstance(part, _Edge) for part in inner]
            count = len(inner)
            each = (
                _anchored(part, first=first and all(bare[:i]), last=last and all(bare[i + 1 : count]))
                for i, part in enumerate(inner)
            )
            return sequence(each)
        case Repeat(of=of, least=least, most=most):
            return Repeat(_anchored(of, first=False, last=False), least, most)
        case _:
            return node


def _possible(node: Node) -> bool:
    if isinstance(node, Chars):
        return bool(node.ranges)
    if isinstance(node, Choice):
        return any(map(_possible, node.options))
    if isinstance(node, Repeat) and not node.least:
        return True
    return all(map(_possible, parts(node)))


def _unsupported(what: str, why: str) -> Failure:
    return Failure(f"a model cannot be held to `{what}` in a pattern: {why}", kind="value")


class _Parser:
    """Reads one pattern. `flags` are those that hold at the place: i (case does not matter), s (`.` takes newlines)."""

    def __init__(self, pattern: str) -> None:
        self._text = pattern
        self._at = 0
        self._flags = ""

    def alternatives(self) -> _Parsed:
        """All up to the closing parenthesis or the end."""
        flags = self._flags
        options = [self._sequence()]
        while self._take("|"):
            options.append(self._sequence())
        self._flags = flags
        return options[0] if len(options) == 1 else Choice(tuple(options))  # type: ignore[arg-type] - edges go later

    def _sequence(self) -> _Parsed:
        found: list[_Parsed] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            found.append(self._repeated(self._atom()))
        return found[0] if len(found) == 1 else Sequence(tuple(found))  # type: ignore[arg-type] - edges go later

    def _repeated(self, node: _Parsed) -> _Parsed:
        while (times := self._times()) is not None:
            self._take("?")  # as few as can be: the same texts
            node = Repeat(node, *times)  # type: ignore[arg-type] - edges go later
        return node

    def _times(self) -> tuple[int, int | None] | None:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return times
        end = self._text.find("}", self._at)
        if not self._text.startswith("{", self._at) or end < 0:
            return None
        least, comma, most = self._text[self._at + 1 : end].partition(",")
        if not (least.isdecimal() and (most.isdecimal() or not most)):
            return None  # a brace that is a brace
        self._at = end + 1
        return int(least), int(most) if most else (None if comma else int(least))

    def _atom(self) -> _Parsed:
        sign = self._next()
        match sign:
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return self._escape()
            case ".":
                return Chars(all_but([] if "s" in self._flags else [(10, 10)]))
            case "^" | "$":
                return _Edge(sign)
            case _:
                return self._character(sign)

    def _group(self) -> _Parsed:
        flags = self._flags
        if self._take("?"):
            end = min(i for i in (self._text.find(sign, self._at) for sign in ":)>") if i >= 0)
            head, closing = self._text[self._at : end], self._text[end]
            self._at = end + 1
            if closing != ">":
                self._set_flags(head)
            if closing == ")":
                return Text("")  # flags for the rest of the group around
        node = self.alternatives()
        self._at += 1
        self._flags = flags
        return node

    def _set_flags(self, head: str) -> None:
        on, _, off = head.partition("-")
        self._flags = "".join(sorted((set(self._flags) | set(on)) - set(off)))

    def _escape(self) -> _Parsed:
        sign = self._next()
        if sign in _EDGES:
            return _Edge(_EDGES[sign])
        if sign in "bB":
            raise _unsupported(f"\\{sign}", "it looks at what stands around it")
        if sign == "Q":
            end = self._text.find("\\E", self._at)
            quoted = self._text[self._at : end if end >= 0 else len(self._text)]
            self._at = end + 2 if end >= 0 else len(self._text)
            return Sequence(tuple(self._character(c) for c in quoted))
        named = self._named(sign)
        return Chars(named) if named is not None else self._character(chr(self._code(sign)))

    def _named(self, sign: str) -> Ranges | None:
        """The class that an escape stands for, if it stands for one."""
        if sign in "pPC":
            raise _unsupported(f"\\{sign}", "say which characters, as in [A-Za-z]")
        if sign.lower() not in _PERL:
            return None
        found = _PERL[sign.lower()]
        return found if sign.islower() else all_but(found)

    def _code(self, sign: str) -> int:
        """The code point of an escaped character, of which the backslash and `sign` are read."""
        if sign == "x":
            if self._take("{"):
                end = self._text.index("}", self._at)
                digits, self._at = self._text[self._at : end], end + 1
            else:
                digits, self._at = self._text[self._at : self._at + 2], self._at + 2
            return int(digits, 16)
        if sign.isdecimal():
            digits = sign
            while len(digits) < 3 and self._text[self._at : self._at + 1] in tuple("01234567"):
                digits += self._next()
            return int(digits, 8)
        return _CONTROLS.get(sign, ord(sign))

    def _class(self) -> Chars:
        negated = self._take("^")
        found: list[tuple[int, int]] = []
        start = self._at
        while self._at == start or not self._text.startswith("]", self._at):
            found += self._member()
        self._at += 1
        if "i" in self._flags:
            found += [other for pair in found for other in _other_cases(pair)]
        return Chars(all_but(found) if negated else ranges(found))

    def _member(self) -> list[tuple[int, int]]:
        """One member of a class: a class of its own, or characters from one to another."""
        if self._text.startswith("[:", self._at) and (end := self._text.find(":]", self._at)) >= 0:
            name, self._at = self._text[self._at + 2 : end], end + 2
            return list(all_but(_POSIX[name[1:]])) if name.startswith("^") else list(_POSIX[name])
        sign = self._next()
        if sign == "\\":
            sign = self._next()
            named = self._named(sign)
            if named is not None:
                return list(named)
            first = self._code(sign)
        else:
            first = ord(sign)
        if not self._text.startswith("-", self._at) or self._text.startswith("-]", self._at):
            return [(first, first)]
        self._at += 1
        sign = self._next()
        return [(first, self._code(self._next()) if sign == "\\" else ord(sign))]

    def _character(self, sign: str) -> Node:
        if "i" not in self._flags:
            return Text(sign)
        point = ord(sign)
        return Chars(ranges([(point, point), *_other_cases((point, point))]))

    def _take(self, sign: str) -> bool:
        found = self._text.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def _next(self) -> str:
        self._at += 1
        return self._text[self._at - 1]


def _other_cases(pair: tuple[int, int]) -> list[tuple[int, int]]:
    """Characters that are those of `pair` but for their case. Of long ranges, those of its first thousand."""
    found: set[str] = set()
    for point in range(pair[0], min(pair[1], pair[0] + _MOST_CASES) + 1):
        sign = chr(point)
        found |= {sign.lower(), sign.upper(), sign.title(), _ODD_CASES.get(sign.lower(), "")}
    return [(ord(sign), ord(sign)) for sign in found if len(sign) == 1]
