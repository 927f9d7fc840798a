"""Text from outside a plan as a value of a declared type: `7`, `true`, JSON, or a literal of the language."""

from __future__ import annotations

from planlang.lang.types import (
    AnyType,
    DictType,
    ListType,
    LiteralType,
    Named,
    OpaqueType,
    RecordType,
    Scalar,
    TupleType,
    Type,
    UnionType,
)

from .display import literal
from .json_reading import NotJson, decode
from .numerals import read_float, read_int
from .validate import conforms
from .values import Value, new_dict, new_list

_WORDS = {"true": True, "false": False, "none": None}
_STRUCTURED = (ListType, DictType, RecordType, TupleType)


class NotOfType(Exception):  # noqa: N818 - says what the text is
    """The text stands for no value of the type; `hint` says how one is written."""

    def __init__(self, hint: str = "") -> None:
        self.hint = hint
        super().__init__(hint)


def from_text(text: str, type_: Type) -> Value:
    """The value of `type_` that `text` stands for; raises `NotOfType`. Containers still need to be validated."""
    while isinstance(type_, Named) and type_.type is not None:
        type_ = type_.type
    if isinstance(type_, Scalar):
        return _scalar(text, type_.name)
    if isinstance(type_, LiteralType):
        return _literal(text, type_)
    if isinstance(type_, UnionType):
        return _union(text, type_)
    if isinstance(type_, AnyType):
        return _any(text)
    if isinstance(type_, _STRUCTURED):
        return _structured(text)
    if isinstance(type_, OpaqueType) and type_.name == "model":
        return text
    raise NotOfType("such a value cannot be given as text")


def _scalar(text: str, name: str) -> Value:
    if name == "str":
        return text
    word = text.strip()
    if name in ("bool", "none"):
        value = _WORDS.get(word, text)
        if (name == "bool" and isinstance(value, bool)) or (name == "none" and (value is None or not word)):
            return value if name == "bool" else None
        raise NotOfType("write true or false" if name == "bool" else "write none")
    number = read_int(word)
    if number is None and name == "float":
        number = read_float(word)
    if number is None:
        raise NotOfType("a whole number such as 7" if name == "int" else "a number such as 7 or 0.5")
    return number


def _literal(text: str, type_: LiteralType) -> Value:
    wanted = type_.value
    if text == wanted or (not isinstance(wanted, str) and text.strip() == literal(wanted)):
        return wanted
    raise NotOfType


def _union(text: str, type_: UnionType) -> Value:
    """The first member that `text` fits; `none` for empty text before text, and text last."""
    hints: list[str] = []
    members = sorted(type_.members, key=lambda member: member == Scalar("str"))
    for member in members:
        try:
            value = from_text(text, member)
        except NotOfType as error:
            hints.append(error.hint)
            continue
        if not isinstance(member, _STRUCTURED) or conforms(value, member):
            return value
    raise NotOfType(next((hint for hint in hints if hint and hint != "write none"), ""))


def _any(text: str) -> Value:
    """Numbers, `true`, `false`, `none`, lists and dicts as such, and everything else as text."""
    word = text.strip()
    if word in _WORDS:
        return _WORDS[word]
    if word[:1] in ("[", "{"):
        try:
            return _structured(word)
        except NotOfType:
            return text
    if not word[-1:].isdigit():
        return text
    number = read_int(word)
    if number is None:
        number = read_float(word)
    return text if number is None else number


def _structured(text: str) -> Value:
    """JSON, or a list or dict as the language writes it."""
    try:
        return decode(text)
    except NotJson:
        return _plan_literal(text)


def _plan_literal(text: str) -> Value:
    from planlang.lang.diagnostics import CheckError
    from planlang.lang.parser import parse_expression
    from planlang.lang.source import Source

    try:
        return _constant(parse_expression(Source(text)))
    except CheckError:
        raise NotOfType('write it as JSON, or as in a plan: [1, 2] or {name: "x"}') from None


def _constant(node: object) -> Value:
    """The value of an expression that holds nothing but literals. Expressions nest at most 200 levels."""
    from planlang.lang import tree

    if isinstance(node, tree.Literal):
        return node.value
    if isinstance(node, tree.ListDisplay):
        return new_list([_constant(item) for item in node.items])
    if isinstance(node, tree.Unary) and node.op == "-" and isinstance(node.operand, tree.Literal):
        number = node.operand.value
        if type(number) is int or type(number) is float:
            return -number
    if isinstance(node, tree.DictDisplay):
        pairs = [(entry.key, entry.value) for entry in node.entries if isinstance(entry, tree.Entry)]
        if len(pairs) == len(node.entries) and all(isinstance(key, (tree.Literal, tree.Unary)) for key, _ in pairs):
            return new_dict([(_constant(key), _constant(value)) for key, value in pairs])
    raise NotOfType("only literals can be given here: no names, calls or operators")
