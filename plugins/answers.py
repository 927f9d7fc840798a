"""Answers of workers as plan values: checked in one pass that is made for the declared type.

What the pass does not know (NumPy's numbers, enumerations, further fields of a record), and what is wrong, goes the
general way of `boundary.outgoing`, which has the messages.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from planlang.lang import types
from planlang.runtime import values
from planlang.runtime.values import PlanDict, PlanList, Value

from .boundary import outgoing

Quick: TypeAlias = Callable[[Any], Value]
"""The plan value of an answer, or `_ODD`."""

_ODD = object()
"""Stands for an answer that must go the general way."""


def acceptor(type_: types.Type, plugin: str, function: str) -> Callable[[Any], Value]:
    """What turns an answer of `function` into a plan value of `type_`; it raises `PlanError` where that cannot be."""
    quick = _quick(type_)

    def accept(answer: Any) -> Value:
        value = quick(answer)
        return outgoing(answer, type_, plugin, function) if value is _ODD else value

    return accept


def _quick(type_: types.Type) -> Quick:
    match type_:
        case types.Scalar(name="float"):
            return _float
        case types.Scalar():
            return _of_kind(_KINDS[type_.name])
        case types.LiteralType():
            return _one_of((type_.value,))
        case types.OpaqueType():
            return _opaque(type_.name)
        case types.UnionType():
            return _union(type_)
        case types.RecordType():
            return _record({field.name: _quick(field.type) for field in type_.fields})
        case types.ListType():
            return _list(_quick(type_.element))
        case types.DictType(key=types.Scalar(name="str")):
            return _dict(_quick(type_.value))
        case _:
            return _never


_KINDS: dict[str, type] = {"none": type(None), "bool": bool, "int": int, "str": str}


def _never(_answer: Any) -> Value:
    return _ODD


def _float(answer: Any) -> Value:
    return answer if (type(answer) is float and answer == answer) or type(answer) is int else _ODD  # noqa: PLR0124


def _of_kind(kind: type) -> Quick:
    return lambda answer: answer if type(answer) is kind else _ODD


def _one_of(members: tuple[Any, ...]) -> Quick:
    known = {(type(member), member): member for member in members}
    if all(type(member) is str for member in members):
        texts = frozenset(members)
        return lambda answer: answer if type(answer) is str and answer in texts else _ODD
    return lambda answer: answer if type(answer) in (bool, int, float) and (type(answer), answer) in known else _ODD


def _opaque(name: str) -> Quick:
    return lambda answer: answer if isinstance(answer, values.Opaque) and answer.plan_type == name else _ODD


def _union(type_: types.UnionType) -> Quick:
    literals = tuple(m.value for m in type_.members if isinstance(m, types.LiteralType))
    quicks = [_one_of(literals)] if literals else []
    quicks += [_quick(member) for member in type_.members if not isinstance(member, types.LiteralType)]
    if len(quicks) == 1:
        return quicks[0]

    def union(answer: Any) -> Value:
        for quick in quicks:
            value = quick(answer)
            if value is not _ODD:
                return value
        return _ODD

    return union


def _record(fields: dict[str, Quick]) -> Quick:
    count = len(fields)

    def record(answer: Any) -> Value:
        if type(answer) is not dict or len(answer) != count:
            return _ODD
        made = PlanDict()
        for name, part in answer.items():
            quick = fields.get(name)
            value = quick(part) if quick is not None else _ODD
            if value is _ODD:
                return _ODD
            made[name] = value
        made.shared = False
        return made

    return record


def _list(quick: Quick) -> Quick:
    def made_list(answer: Any) -> Value:
        if type(answer) is not list:
            return _ODD
        made = PlanList(map(quick, answer))
        if any(value is _ODD for value in made):
            return _ODD
        made.shared = False
        return made

    return made_list


def _dict(quick: Quick) -> Quick:
    def made_dict(answer: Any) -> Value:
        if type(answer) is not dict:
            return _ODD
        made = PlanDict()
        for name, part in answer.items():
            value = quick(part)
            if type(name) is not str or value is _ODD:
                return _ODD
            made[name] = value
        made.shared = False
        return made

    return made_dict
