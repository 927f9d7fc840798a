"""Type variables of standard functions: found from arguments, filled into results."""

from __future__ import annotations

from dataclasses import replace

from .joining import element_of, join, widen
from .types import (
    ANY,
    NEVER,
    AnyType,
    DictType,
    FunctionType,
    ListType,
    NeverType,
    RecordType,
    TupleType,
    Type,
    TypeOf,
    TypeVariable,
    UnionType,
    inner_types,
    union,
)
from .typing import NO, expand, fits, members, trusted

Bindings = dict[str, Type]


def variables_in(of: Type) -> set[str]:
    """The type variables that a type of a signature holds."""
    if isinstance(of, TypeVariable):
        return {of.name}
    found: set[str] = set()
    for part in inner_types(of):
        found |= variables_in(part)
    return found


def defaults_in(of: Type) -> Bindings:
    """What the type variables of `of` stand for where no argument says so; those that have no default are left out."""
    if isinstance(of, TypeVariable):
        return {of.name: of.default} if of.default is not None else {}
    found: Bindings = {}
    for part in inner_types(of):
        found |= defaults_in(part)
    return found


def bind(param: Type, given: Type, bindings: Bindings) -> None:
    """Note what the type variables of `param` stand for when the argument is a `given`."""
    if isinstance(param, TypeVariable):
        known = bindings.get(param.name)
        bindings[param.name] = widen(given) if known is None else join(known, widen(given))
        return
    if not variables_in(param):
        return
    if isinstance(param, TypeOf):
        _bind_type(param, given, bindings)
        return
    if isinstance(param, UnionType):
        _bind_union(param, given, bindings)
        return
    for member in members(given):
        _bind_member(param, member, bindings)


def _bind_type(param: TypeOf, given: Type, bindings: Bindings) -> None:
    given = expand(given)
    if isinstance(param.type, TypeVariable):
        bindings[param.type.name] = trusted(given.type) if isinstance(given, TypeOf) else ANY


def _bind_union(param: UnionType, given: Type, bindings: Bindings) -> None:
    """Members of the argument that a plain member takes say nothing; the rest goes to those with variables."""
    plain = [m for m in param.members if not variables_in(m)]
    open_ = [m for m in param.members if variables_in(m)]
    for member in members(given):
        if not isinstance(member, AnyType) and any(fits(member, p) is not NO for p in plain):
            continue
        for candidate in open_:
            bind(candidate, member, bindings)


def _bind_member(param: Type, given: Type, bindings: Bindings) -> None:
    """`given` is no union."""
    if isinstance(given, (AnyType, NeverType, TypeVariable)):
        for name in variables_in(param):
            bindings[name] = join(bindings.get(name, NEVER), NEVER if isinstance(given, NeverType) else ANY)
    elif isinstance(param, ListType) and isinstance(given, (ListType, TupleType)):
        bind(param.element, element_of(given), bindings)
    elif isinstance(param, DictType) and isinstance(given, DictType):
        bind(param.key, given.key, bindings)
        bind(param.value, given.value, bindings)
    elif isinstance(param, DictType) and isinstance(given, RecordType):
        bind(param.key, ANY, bindings)
        bind(param.value, ANY, bindings)
    elif isinstance(param, TupleType) and isinstance(given, TupleType) and len(param.items) == len(given.items):
        for wanted, item in zip(param.items, given.items, strict=True):
            bind(wanted, item, bindings)
    elif isinstance(param, FunctionType) and isinstance(given, FunctionType):
        bind(param.result, given.result, bindings)
    else:
        for name in variables_in(param):
            bindings[name] = ANY


def substitute(of: Type, bindings: Bindings, missing: Type = ANY) -> Type:
    """`of` with its type variables replaced; those that nothing is known of become `missing`."""
    if isinstance(of, TypeVariable):
        return bindings.get(of.name, missing)
    if isinstance(of, ListType):
        return ListType(substitute(of.element, bindings, missing))
    if isinstance(of, TupleType):
        return TupleType(tuple(substitute(item, bindings, missing) for item in of.items))
    if isinstance(of, DictType):
        return DictType(substitute(of.key, bindings, missing), substitute(of.value, bindings, missing))
    if isinstance(of, RecordType):
        fields = (replace(f, type=substitute(f.type, bindings, missing)) for f in of.fields)
        return RecordType(tuple(fields), of.name)
    if isinstance(of, UnionType):
        return union(*(substitute(member, bindings, missing) for member in of.members))
    if isinstance(of, FunctionType):
        params = None if of.params is None else tuple(substitute(p, bindings, missing) for p in of.params)
        return FunctionType(params, substitute(of.result, bindings, missing))
    if isinstance(of, TypeOf):
        return TypeOf(substitute(of.type, bindings, missing))
    return of
