"""What operators give (§2): the type of `a + b`, or that there is no such thing."""

from __future__ import annotations

from .joining import element_of, join
from .types import (
    ANY,
    BOOL,
    FLOAT,
    INT,
    STR,
    AnyType,
    DictType,
    ListType,
    LiteralType,
    NeverType,
    RecordType,
    TupleType,
    Type,
)
from .typing import base, members

ARITHMETIC = frozenset({"+", "-", "*", "/", "//", "%", "**"})
ORDER = frozenset({"<", "<=", ">", ">="})
_NUMBERS = (INT, FLOAT, BOOL)


def arithmetic(op: str, left: Type, right: Type) -> Type | None:
    """The type of `left op right` for two types that are no unions; None where there is no such operation."""
    if isinstance(left, (AnyType, NeverType)) or isinstance(right, (AnyType, NeverType)):
        return _unknown(op, left, right)
    if op == "**" and _is_natural(right) and base(left) in (INT, BOOL):
        return INT
    left, right = base(left), base(right)
    if left in _NUMBERS and right in _NUMBERS:
        return _number(op, left, right)
    if op == "+":
        return _joined(left, right)
    if op == "*":
        return _repeated(left, right) or _repeated(right, left)
    return None


def _unknown(op: str, left: Type, right: Type) -> Type | None:
    """One side is unknown: the other may still show that there is no such operation."""
    known = base(right if isinstance(left, (AnyType, NeverType)) else left)
    if isinstance(known, (AnyType, NeverType)) or known in _NUMBERS:
        return ANY
    if op == "+":
        return ANY if known == STR or isinstance(known, (ListType, TupleType)) else None
    if op == "*":
        return ANY if known == STR or isinstance(known, (ListType, TupleType)) else None
    return None


def _is_natural(of: Type) -> bool:
    return isinstance(of, LiteralType) and isinstance(of.value, int) and of.value >= 0


def _number(op: str, left: Type, right: Type) -> Type:
    if op in ("/", "**") or FLOAT in (left, right):
        return FLOAT
    return INT


def _joined(left: Type, right: Type) -> Type | None:
    if left == STR and right == STR:
        return STR
    if isinstance(left, (ListType, TupleType)) and isinstance(right, (ListType, TupleType)):
        return ListType(join(element_of(left), element_of(right)))
    return None


def _repeated(what: Type, times: Type) -> Type | None:
    if times not in (INT, BOOL):
        return None
    if what == STR:
        return STR
    return ListType(element_of(what)) if isinstance(what, (ListType, TupleType)) else None


def orderable(left: Type, right: Type) -> bool:
    """Whether `<` may compare two types that are no unions."""
    if isinstance(left, (AnyType, NeverType)) or isinstance(right, (AnyType, NeverType)):
        known = base(right if isinstance(left, (AnyType, NeverType)) else left)
        return not isinstance(known, (DictType, RecordType))
    left, right = base(left), base(right)
    if left in _NUMBERS and right in _NUMBERS:
        return True
    if left == STR and right == STR:
        return True
    return isinstance(left, (ListType, TupleType)) and isinstance(right, (ListType, TupleType))


def containable(item: Type, container: Type) -> bool:
    """Whether `item in container` may be asked, for types that are no unions."""
    if isinstance(container, (AnyType, NeverType, ListType, TupleType, DictType, RecordType)):
        return True
    return base(container) == STR and (isinstance(item, (AnyType, NeverType)) or base(item) == STR)


def may_equal(left: Type, right: Type) -> bool:
    """Whether two types have a value in common, as far as that is known. Numbers and bools compare with each other."""
    return any(_may_equal(a, b) for a in members(left) for b in members(right))


def _may_equal(a: Type, b: Type) -> bool:
    if isinstance(a, LiteralType) and isinstance(b, LiteralType):
        return a.value == b.value
    a, b = base(a), base(b)
    scalars = (*_NUMBERS, STR)
    if a in scalars and b in scalars:
        return a == b or (a in _NUMBERS and b in _NUMBERS)
    return True
