"""Building types at run time: what the type expressions of generated code call (see `compile/types.py`).

Imported for programs that have types: see `instance`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from planlang.lang import types as t
from planlang.lang.generics import defaults_in, substitute

from .validate import validate
from .values import TypeValue


class _Reference:
    """Stands for the declared type `depth` levels up while a type is being built."""

    def __init__(self, depth: int) -> None:
        self.depth = depth


def _named(name: str, inner: t.Type) -> t.Named:
    made = t.Named(name)
    made.type = _resolve(inner, [made])
    return made


def _resolve(of: t.Type | _Reference, around: list[t.Named]) -> t.Type:
    """`of` with the references to the declared types around it filled in."""
    match of:
        case _Reference():
            # One that leads further out stays, until that type is finished.
            return around[-of.depth] if of.depth <= len(around) else cast(t.Type, of)
        case t.ListType(element=element):
            return t.ListType(_resolve(element, around))
        case t.TupleType(items=items):
            return t.TupleType(tuple(_resolve(i, around) for i in items))
        case t.DictType(key=key, value=value):
            return t.DictType(_resolve(key, around), _resolve(value, around))
        case t.RecordType(fields=fields, name=name):
            return t.RecordType(
                tuple(t.RecordField(f.name, _resolve(f.type, around), f.optional, f.description) for f in fields), name
            )
        case t.UnionType(members=members):
            return t.UnionType(tuple(_resolve(m, around) for m in members))
        case t.TypeOf(type=inner):
            return t.TypeOf(_resolve(inner, around))
        case t.Named(type=inner) if inner is not None and of not in around:
            of.type = _resolve(inner, [*around, of])
            return of
        case _:
            return of


def _record(name: str, *fields: tuple[str, t.Type, bool, str]) -> t.RecordType:
    return t.RecordType(tuple(t.RecordField(*f) for f in fields), name)


def _tuple(*items: t.Type) -> t.TupleType:
    return t.TupleType(items)


def _union(*members: t.Type) -> t.UnionType:
    return t.UnionType(members)


class ResultOfTypes:
    """What a function gives whose result hangs on the types among its arguments: `extract(text, Invoice)`."""

    def __init__(self, result: t.Type, *takers: tuple[str, int, str]) -> None:
        """takers: each parameter that takes a type, its place (-1: by name only), and the variable that it fills."""
        self._result = result
        self._takers = takers

    def of(self, args: tuple[Any, ...], named: dict[str, Any]) -> t.Type:
        """The type of the answer to a call with these arguments."""
        found = defaults_in(self._result)
        for name, place, variable in self._takers:
            given = named.get(name, args[place] if 0 <= place < len(args) else None)
            if isinstance(given, TypeValue):
                found[variable] = given.type
        return substitute(self._result, found)


TYPE_NAMES: dict[str, Callable[..., Any]] = {
    "validate": validate,
    "any_type": lambda: t.ANY,
    "scalar_type": t.Scalar,
    "literal_type": t.LiteralType,
    "list_type": t.ListType,
    "tuple_type": _tuple,
    "dict_type": t.DictType,
    "record_type": _record,
    "union_type": _union,
    "function_type": lambda: t.FunctionType(None, t.ANY),
    "opaque_type": t.OpaqueType,
    "type_of_type": t.TypeOf,
    "named_type": _named,
    "type_reference": _Reference,
    "variable_type": t.TypeVariable,
    "result_of_types": ResultOfTypes,
}
"""What generated code calls to build types and to check values against them, by name."""
