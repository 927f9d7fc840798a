"""What a type is, in one text: equal exactly for types that say the same, whatever file or process they come from."""

from __future__ import annotations

from typing import Any

from .types import (
    FunctionType,
    LiteralType,
    Named,
    OpaqueType,
    RecordType,
    Scalar,
    Type,
    TypeVariable,
    inner_types,
)

_MOST_KEPT = 256
_kept: dict[int, tuple[Type, str]] = {}
"""Texts of types by identity, with the types themselves, so that their identities stay theirs."""


def structure(of: Type) -> str:
    """All that `of` says: its parts in their order, names of declared records, and descriptions of fields.

    A type that holds itself is written once and then named by number.
    """
    known = _kept.get(id(of))
    if known is not None:
        return known[1]
    text = repr(_parts(of, {}))
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[id(of)] = of, text
    return text


def _parts(of: Type, numbers: dict[Named, int]) -> Any:
    match of:
        case Named(type=inner):
            if of in numbers:
                return "again", numbers[of]
            numbers[of] = len(numbers)
            return "named", of.name, None if inner is None else _parts(inner, numbers)
        case RecordType():
            fields = [(f.name, f.optional, f.description, _parts(f.type, numbers)) for f in of.fields]
            return "record", of.name, fields
        case Scalar(name=name) | OpaqueType(name=name) | TypeVariable(name=name):
            return type(of).__name__, name
        case LiteralType(value=value):
            return "literal", value
        case FunctionType(params=None, result=result):
            return "function", None, _parts(result, numbers)
        case _:
            return type(of).__name__, *(_parts(part, numbers) for part in inner_types(of))
