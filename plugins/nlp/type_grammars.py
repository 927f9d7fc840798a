"""The grammar of a plan type: the JSON of its values, in one way of writing it."""

from __future__ import annotations

import json
from typing import Any

from planlang.lang.types import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    STR,
    AnyType,
    DictType,
    ListType,
    LiteralType,
    Named,
    RecordType,
    Scalar,
    TupleType,
    Type,
    UnionType,
)

from .grammars import Chars, Choice, Grammar, Node, Repeat, Rule, Text, all_but, ranges, sequence
from .schemas import check_writable, literals

COMMA, COLON = ", ", ": "
"""As Python's `json.dumps` writes, and most of what models have read. White space that is left to the model is where a
small one gets lost."""
LONGEST_TEXT = 2_000
MOST_ITEMS = 64
_ANY = "any value"

_DIGIT = Chars(ranges([(0x30, 0x39)]))
_NO_ZERO = Chars(ranges([(0x31, 0x39)]))
_PLAIN = Chars(all_but([(0, 0x1F), (0x22, 0x22), (0x5C, 0x5C), (0x7F, 0x9F)]))
_ESCAPED = Choice((Text('\\"'), Text("\\\\"), Text("\\n"), Text("\\t")))


def _quoted(most: int, room: int) -> Node:
    return sequence((Text('"'), Repeat(Choice((_PLAIN, _ESCAPED)), 0, most, room), Text('"')))


def _number(digits: int, decimals: int) -> Node:
    """Numbers that are finite, and end: a loop of digits is where a small model gets lost."""
    whole = Choice((Text("0"), sequence((_NO_ZERO, Repeat(_DIGIT, 0, digits - 1, room=5)))))
    sign = Repeat(Text("-"), 0, 1)
    if not decimals:
        return sequence((sign, whole))
    return sequence((sign, whole, Repeat(sequence((Text("."), _DIGIT, Repeat(_DIGIT, 0, decimals - 1))), 0, 1, room=1)))


_TEXT = _quoted(LONGEST_TEXT, room=8)
_KEY = _quoted(60, room=4)
_SCALARS: dict[Scalar, Node] = {
    NONE: Text("null"),
    BOOL: Choice((Text("true"), Text("false"))),
    INT: _number(15, 0),
    FLOAT: _number(15, 8),
    STR: _TEXT,
}


def grammar_of(of: Type) -> Grammar:
    """The grammar of the JSON of `of`.

    Fields come in the order of the type, all of them: one that may be missing may be null. Texts, numbers, lists and
    recursion are bounded. Raises `Failure` for a type whose values have no JSON.
    """
    check_writable(of)
    made = _Maker()
    start = made.node(of)
    return Grammar(start, made.rules)


class _Maker:
    """Makes the nodes of one grammar. Every type that has a name of its own is a rule, so that it may hold itself."""

    def __init__(self) -> None:
        self.rules: dict[str, Node] = {}
        self._names: dict[Named, str] = {}

    def node(self, of: Type) -> Node:
        match of:
            case Named(type=inner) if inner is not None:
                return self._named(of, inner)
            case Scalar():
                return _SCALARS[of]
            case LiteralType(value=value):
                return Text(_json(value))
            case ListType(element=element):
                return self._list(element)
            case TupleType(items=items):
                return _enclosed("[", [self.node(item) for item in items], "]")
            case DictType(key=key, value=value):
                return self._dict(key, value)
            case RecordType(fields=fields):
                each = [sequence((Text(_json(f.name) + COLON), self.node(f.type))) for f in fields]
                return _enclosed("{", each, "}")
            case UnionType(members=members):
                return Choice(tuple(self.node(member) for member in members))
            case _:
                return self._any()

    def _named(self, of: Named, inner: Type) -> Rule:
        if of not in self._names:
            self._names[of] = name = f"{of.name} {len(self._names)}"
            self.rules[name] = self.node(inner)
        return Rule(self._names[of])

    def _list(self, element: Type) -> Node:
        return _items("[", self.node(element), "]")

    def _dict(self, key: Type, value: Type) -> Node:
        keys = literals(key)
        name = Choice(tuple(Text(_json(k)) for k in keys)) if keys else _KEY
        return _items("{", sequence((name, Text(COLON), self.node(value))), "}")

    def _any(self) -> Node:
        if _ANY not in self.rules:
            self.rules[_ANY] = Text("null")  # while it is being made
            members = [NONE, BOOL, FLOAT, STR, ListType(AnyType()), DictType(STR, AnyType())]
            self.rules[_ANY] = Choice(tuple(self.node(member) for member in members))
        return Rule(_ANY)


def _enclosed(opening: str, inner: list[Node], closing: str) -> Node:
    spaced: list[Node] = [Text(opening)]
    for i, node in enumerate(inner):
        spaced += [Text(COMMA), node] if i else [node]
    return sequence((*spaced, Text(closing)))


def _items(opening: str, item: Node, closing: str) -> Node:
    more = Repeat(sequence((Text(COMMA), item)), 0, MOST_ITEMS - 1)
    return sequence((Text(opening), Repeat(sequence((item, more)), 0, 1), Text(closing)))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
