"""Types of the parts of values: fields, elements, keys; and the type of a value one of whose parts was changed."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from .joining import UNKNOWN_DICT, element_of, join
from .types import (
    ANY,
    INT,
    NONE,
    STR,
    AnyType,
    DictType,
    ListType,
    LiteralType,
    Named,
    NeverType,
    RecordField,
    RecordType,
    TupleType,
    Type,
    TypeVariable,
    UnionType,
    union,
)
from .typing import NO, YES, base, expand, fits, unite

Key: TypeAlias = Type
"""The type of an index or key; a literal type where it is written out."""


class Problem(Enum):
    """Why a part cannot be had."""

    NONE = "the whole is none"
    UNKNOWN = "a record has no such field"
    MISSING = "a record may lack the field"
    NO_PARTS = "a value of this type has no such part"
    WRONG_KEY = "the key has the wrong type"
    RANGE = "the list is shorter"


class Part(NamedTuple):
    """The type of a part, or the problem with it."""

    type: Type
    problem: Problem | None = None


def part(whole: Type, key: Key) -> Part:
    """The part of `whole` (no union) at `key`."""
    whole = expand(whole)
    if isinstance(whole, (AnyType, NeverType, TypeVariable)):
        return Part(ANY)
    if whole == NONE:
        return Part(ANY, Problem.NONE)
    if isinstance(whole, RecordType):
        return _field(whole, key)
    if isinstance(whole, DictType):
        return _entry(whole, key)
    if isinstance(whole, (ListType, TupleType)):
        return _element(whole, key)
    if base(whole) == STR:
        return Part(STR) if _is_int(key) else Part(ANY, Problem.WRONG_KEY)
    return Part(ANY, Problem.NO_PARTS)


def _is_int(key: Key) -> bool:
    return fits(key, INT) is not NO


def _field(whole: RecordType, key: Key) -> Part:
    if not isinstance(key, LiteralType):
        return Part(ANY)
    if not isinstance(key.value, str):
        return Part(ANY)
    found = whole.get(key.value)
    if found is None:
        return Part(ANY, Problem.UNKNOWN)
    return Part(union(found.type, NONE) if found.optional else found.type, Problem.MISSING if found.optional else None)


def _entry(whole: DictType, key: Key) -> Part:
    if fits(key, whole.key) is NO and not isinstance(whole.key, NeverType):
        return Part(ANY, Problem.WRONG_KEY)
    return Part(_seen(whole.value))


def _element(whole: ListType | TupleType, key: Key) -> Part:
    if not _is_int(key):
        return Part(ANY, Problem.WRONG_KEY)
    if isinstance(whole, TupleType) and isinstance(key, LiteralType) and isinstance(key.value, int):
        size = len(whole.items)
        if not -size <= key.value < size:
            return Part(ANY, Problem.RANGE)
        return Part(whole.items[key.value])
    return Part(_seen(element_of(whole)))


def _seen(of: Type) -> Type:
    """What is read from a list or dict of which nothing is known yet."""
    return ANY if isinstance(of, NeverType) else of


def items_of(whole: Type) -> Type | None:
    """What a `for` loop over `whole` (no union) gives; None where it cannot be gone over."""
    whole = expand(whole)
    if isinstance(whole, (AnyType, NeverType, TypeVariable)):
        return ANY
    if isinstance(whole, (ListType, TupleType)):
        return _seen(element_of(whole))
    if isinstance(whole, DictType):
        return _seen(whole.key)
    if isinstance(whole, RecordType):
        return ANY
    return STR if base(whole) == STR else None


def with_part(whole: Type, keys: tuple[Key, ...], value: Type) -> Type:
    """The type of `whole` after the part at `keys` has been given a value of type `value`."""
    if not keys:
        return value
    whole = expand(whole)
    if isinstance(whole, UnionType):
        return unite(with_part(member, keys, value) for member in whole.members if member != NONE)
    key, rest = keys[0], keys[1:]
    if isinstance(whole, (ListType, TupleType)):
        return _with_element(whole, key, rest, value)
    if isinstance(whole, DictType):
        return _with_entry(whole, key, rest, value)
    return _with_field(whole, key, rest, value) if isinstance(whole, RecordType) else ANY


def _with_element(whole: ListType | TupleType, key: Key, rest: tuple[Key, ...], value: Type) -> Type:
    if isinstance(whole, TupleType) and isinstance(key, LiteralType) and isinstance(key.value, int):
        size = len(whole.items)
        if -size <= key.value < size:
            items = list(whole.items)
            items[key.value] = with_part(items[key.value], rest, value)
            return TupleType(tuple(items))
    element = element_of(whole)
    return ListType(join(element, with_part(element, rest, value) if rest else value))


def _with_entry(whole: DictType, key: Key, rest: tuple[Key, ...], value: Type) -> Type:
    if rest:
        return DictType(whole.key, join(whole.value, with_part(whole.value, rest, value)))
    if isinstance(whole.key, NeverType) and isinstance(key, LiteralType) and isinstance(key.value, str):
        return RecordType((RecordField(key.value, value),))
    return DictType(join(whole.key, base(key)), join(whole.value, value))


def _with_field(whole: RecordType, key: Key, rest: tuple[Key, ...], value: Type) -> Type:
    if not isinstance(key, LiteralType) or not isinstance(key.value, str):
        return UNKNOWN_DICT
    found = whole.get(key.value)
    if found is None:
        return ANY if rest else RecordType((*whole.fields, RecordField(key.value, value)), whole.name)
    changed = with_part(found.type, rest, value)
    if fits(changed, found.type) is YES:
        return whole
    fields = tuple(RecordField(f.name, changed, optional=False) if f is found else f for f in whole.fields)
    return RecordType(fields)


def target_of(whole: Type, keys: tuple[Key, ...]) -> Type | None:
    """The declared type of the part at `keys` of something declared as `whole`; None where it says nothing."""
    for key in keys:
        whole = expand(whole)
        if isinstance(whole, UnionType):
            rest = [member for member in whole.members if member != NONE]
            if len(rest) != 1:
                return None
            whole = expand(rest[0])
        if isinstance(whole, (AnyType, Named)):
            return None
        found = part(whole, key)
        if found.problem not in (None, Problem.MISSING):
            return None
        whole = found.type
    return whole
