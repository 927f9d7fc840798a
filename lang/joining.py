"""What an unannotated variable holds where paths meet, and how inferred types are kept small."""

from __future__ import annotations

from .types import (
    ANY,
    FLOAT,
    INT,
    NONE,
    AnyType,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    NeverType,
    RecordField,
    RecordType,
    TupleType,
    Type,
    TypeVariable,
    UnionType,
    inner_types,
    union,
)
from .typing import base, has_none, unite

MOST_ALTERNATIVES = 6
"""A variable that holds more kinds of value than this is not followed any further."""

LARGEST = 400
"""Nodes of an inferred type; a larger one is cut, or a growing literal would make checking slow."""

UNKNOWN_DICT = DictType(ANY, ANY)


def widen(of: Type) -> Type:
    """`of` as the type of an unannotated variable: a literal becomes its type, deep inside too."""
    if isinstance(of, LiteralType):
        return base(of)
    if isinstance(of, ListType):
        return ListType(widen(of.element))
    if isinstance(of, TupleType):
        items = tuple(widen(item) for item in of.items)
        return items_type(items)
    if isinstance(of, DictType):
        return DictType(widen(of.key), widen(of.value))
    if isinstance(of, RecordType) and not of.name:
        return RecordType(tuple(RecordField(f.name, widen(f.type), f.optional, f.description) for f in of.fields))
    return of


def items_type(items: tuple[Type, ...]) -> Type:
    """The type of a list display: one element type where all agree, else a list of exactly these."""
    if all(item == items[0] for item in items[1:]):
        return ListType(items[0]) if items else ListType(union())
    return TupleType(items)


def join(a: Type, b: Type) -> Type:
    """The type of a variable that holds an `a` or a `b`; true of both, and silent where they have little in common."""
    if a is b or a == b:
        return a
    if isinstance(a, (AnyType, TypeVariable)) or isinstance(b, (AnyType, TypeVariable)):
        return ANY
    if isinstance(a, NeverType):
        return b
    if isinstance(b, NeverType):
        return a
    if isinstance(a, LiteralType) or isinstance(b, LiteralType):
        return join(base(a), base(b)) if base(a) is not a or base(b) is not b else ANY
    if NONE in (a, b):
        return _join_none(a if b == NONE else b)
    return _join_same_kind(a, b)


def _join_none(other: Type) -> Type:
    """`let best = none` is a placeholder: what it meets stays unknown, unless `none` was declared there."""
    return other if has_none(other) else ANY


def _join_same_kind(a: Type, b: Type) -> Type:
    if a in (INT, FLOAT) and b in (INT, FLOAT):
        return FLOAT
    if isinstance(a, (ListType, TupleType)) and isinstance(b, (ListType, TupleType)):
        return _join_lists(a, b)
    if isinstance(a, (DictType, RecordType)) and isinstance(b, (DictType, RecordType)):
        return _join_dicts(a, b)
    if isinstance(a, FunctionType) and isinstance(b, FunctionType):
        return FunctionType(a.params if a.params == b.params else None, join(a.result, b.result))
    whole = unite((a, b))
    if isinstance(whole, UnionType) and len(whole.members) > MOST_ALTERNATIVES and not _all_literals(whole):
        return ANY
    return whole


def _all_literals(of: UnionType) -> bool:
    return all(isinstance(member, LiteralType) or member == NONE for member in of.members)


def _join_lists(a: ListType | TupleType, b: ListType | TupleType) -> Type:
    if isinstance(a, TupleType) and isinstance(b, TupleType) and len(a.items) == len(b.items):
        return TupleType(tuple(join(x, y) for x, y in zip(a.items, b.items, strict=True)))
    return ListType(join(element_of(a), element_of(b)))


def element_of(of: ListType | TupleType) -> Type:
    """What the elements of a list are."""
    if isinstance(of, ListType):
        return of.element
    element: Type = union()
    for item in of.items:
        element = join(element, item)
    return element


def _join_dicts(a: DictType | RecordType, b: DictType | RecordType) -> Type:
    if isinstance(a, DictType) and isinstance(b, DictType):
        return DictType(join(a.key, b.key), join(a.value, b.value))
    if isinstance(a, RecordType) and isinstance(b, RecordType):
        if a.name and b.name:
            return union(a, b)
        if [(f.name, f.optional) for f in a.fields] == [(f.name, f.optional) for f in b.fields]:
            return RecordType(
                tuple(
                    RecordField(f.name, join(f.type, g.type), f.optional)
                    for f, g in zip(a.fields, b.fields, strict=True)
                ),
                a.name if a.name == b.name else "",
            )
    return UNKNOWN_DICT


def bounded(of: Type) -> Type:
    """`of`, or only its outermost kind where it has grown beyond `LARGEST` nodes."""
    if not exceeds(of, LARGEST):
        return of
    if isinstance(of, (ListType, TupleType)):
        return ListType(ANY)
    return UNKNOWN_DICT if isinstance(of, (DictType, RecordType)) else ANY


def exceeds(of: Type, most: int) -> bool:
    """Whether `of`, written out, has more than `most` nodes; a part that stands in two places counts twice."""
    stack: list[Type] = [of]
    while stack and most >= 0:
        most -= 1
        stack.extend(inner_types(stack.pop()))
    return most < 0
