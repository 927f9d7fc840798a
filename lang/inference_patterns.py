"""Patterns of `match`: what they bind, what they leave over, and whether the cases cover everything."""

from __future__ import annotations

from collections.abc import Iterable

from . import tree
from .inference_core import InferenceCore
from .joining import element_of
from .parts import Problem, part
from .types import (
    ANY,
    BOOL,
    NEVER,
    NONE,
    STR,
    AnyType,
    DictType,
    ListType,
    LiteralType,
    NeverType,
    RecordField,
    RecordType,
    Scalar,
    TupleType,
    Type,
    TypeVariable,
)
from .typing import members, unite


def match_pattern(core: InferenceCore, pattern: tree.Pattern, of: Type) -> tuple[Type, Type]:
    """What of the type `of` a pattern may match, and what it is sure to leave over. Records the types of its names."""
    if isinstance(pattern, tree.PatternAny):
        return of, NEVER
    if isinstance(pattern, tree.PatternName):
        core.record(pattern, of)
        return of, NEVER
    if isinstance(pattern, tree.PatternLiteral):
        return _literal(pattern, of)
    if isinstance(pattern, tree.PatternOr):
        return _alternatives(core, pattern, of)
    if isinstance(pattern, tree.PatternList):
        return _list(core, pattern, of)
    return _dict(core, pattern, of)


def names_in(pattern: tree.Pattern) -> Iterable[tree.PatternName]:
    """The names that a pattern binds."""
    return (node for node in tree.walk(pattern) if isinstance(node, tree.PatternName))


def spread_bools(of: Type) -> Type:
    """`of` with bool as its two values, so that covering both shows."""
    if not any(member == BOOL for member in members(of)):
        return of
    parts: list[Type] = []
    for member in members(of):
        parts.extend((LiteralType(True), LiteralType(False)) if member == BOOL else (member,))
    return unite(parts)


def is_countable(of: Type) -> bool:
    """Whether all values of a type can be listed as cases: literals, none, and records that literals tell apart."""
    return all(isinstance(m, (LiteralType, RecordType)) or m == NONE for m in members(of)) and not isinstance(
        of, NeverType
    )


def _is_unknown(of: Type) -> bool:
    return isinstance(of, (AnyType, NeverType, TypeVariable))


def _literal(pattern: tree.PatternLiteral, of: Type) -> tuple[Type, Type]:
    value = pattern.value
    matched: list[Type] = []
    rest: list[Type] = []
    for member in members(of):
        if _is_unknown(member):
            matched.append(member)
            rest.append(member)
        elif value is None:
            (matched if member == NONE else rest).append(member)
        elif isinstance(member, LiteralType):
            (matched if member.value == value else rest).append(member)
        else:
            rest.append(member)
            if _comparable(member, value):
                matched.append(member)
    return unite(matched), unite(rest)


def _comparable(member: Type, value: bool | float | str) -> bool:
    """Whether a value of a scalar type may equal a literal: texts with texts, numbers and bools with each other."""
    return isinstance(member, Scalar) and member != NONE and (member == STR) == isinstance(value, str)


def _alternatives(core: InferenceCore, pattern: tree.PatternOr, of: Type) -> tuple[Type, Type]:
    rest = of
    matched: list[Type] = []
    bound: dict[str, list[Type]] = {}
    for alternative in pattern.alternatives:
        found, left = match_pattern(core, alternative, rest)
        matched.append(found)
        for name in names_in(alternative):
            bound.setdefault(name.id, []).append(core.module.types.get(name, ANY))
        rest = left
    for name in names_in(pattern):
        core.record(name, unite(bound[name.id]))
    return unite(matched), rest


def _list(core: InferenceCore, pattern: tree.PatternList, of: Type) -> tuple[Type, Type]:
    size = len(pattern.items)
    columns: list[list[Type]] = [[] for _ in range(size)]
    matched: list[Type] = []
    covered: list[Type] = []
    rest: list[Type] = []
    for member in members(of):
        if isinstance(member, TupleType) and len(member.items) == size:
            covered.append(member)
            items: Iterable[Type] = member.items
        elif isinstance(member, ListType):
            items = [ANY if isinstance(element_of(member), NeverType) else member.element] * size
            rest.append(member)
        elif _is_unknown(member):
            items = [ANY] * size
            rest.append(member)
        else:
            rest.append(member)
            continue
        matched.append(member)
        for column, item in zip(columns, items, strict=True):
            column.append(item)
    whole = True
    for item, column in zip(pattern.items, columns, strict=True):
        _, left = match_pattern(core, item, spread_bools(unite(column)) if column else ANY)
        whole = whole and isinstance(left, NeverType)
    return unite(matched), unite(rest if whole else [*covered, *rest])


def _dict(core: InferenceCore, pattern: tree.PatternDict, of: Type) -> tuple[Type, Type]:
    """Members of a union whose literal fields contradict the pattern are out; the others give the parts their types."""
    candidates: list[Type] = []
    covered: list[Type] = []
    rest: list[Type] = []
    for member in members(of):
        if (not isinstance(member, (RecordType, DictType)) and not _is_unknown(member)) or not _possible(
            core, pattern, member
        ):
            rest.append(member)
        else:
            candidates.append(member)
            (covered if _covers(core, pattern, member) else rest).append(member)
    for entry in pattern.entries:
        parts = [_entry_type(member, entry.key) for member in candidates]
        match_pattern(core, entry.pattern, unite(parts) if parts else ANY)
    return unite(_narrowed(core, pattern, m) for m in candidates), unite(rest)


def _entry_type(member: Type, key: str) -> Type:
    found = part(member, LiteralType(key))
    return found.type if found.problem in (None, Problem.MISSING) else ANY


def _possible(core: InferenceCore, pattern: tree.PatternDict, member: Type) -> bool:
    for entry in pattern.entries:
        of = _entry_type(member, entry.key)
        matched, _ = match_pattern(core, entry.pattern, of)
        if isinstance(matched, NeverType) and not _is_unknown(of):
            return False
    return True


def _covers(core: InferenceCore, pattern: tree.PatternDict, member: Type) -> bool:
    if not isinstance(member, RecordType):
        return isinstance(member, DictType) and not pattern.entries
    for entry in pattern.entries:
        field = member.get(entry.key)
        if field is None or field.optional:
            return False
        _, left = match_pattern(core, entry.pattern, spread_bools(field.type))
        if not isinstance(left, NeverType):
            return False
    return True


def _narrowed(core: InferenceCore, pattern: tree.PatternDict, member: Type) -> Type:
    """A record whose fields are what the pattern lets through."""
    if not isinstance(member, RecordType):
        return member
    fields: list[RecordField] = []
    for field in member.fields:
        entry = next((e for e in pattern.entries if e.key == field.name), None)
        if entry is None or not isinstance(entry.pattern, tree.PatternLiteral):
            fields.append(field)
            continue
        matched, _ = match_pattern(core, entry.pattern, field.type)
        fields.append(RecordField(field.name, matched, optional=False, description=field.description))
    return RecordType(tuple(fields), member.name)
