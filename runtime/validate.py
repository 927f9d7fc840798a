"""Whether a value is of a type, checked where values enter and leave plan code, and where it is not.

Checks of containers are generators that a loop of our own drives, so that data may nest deeper than Python's stack, and
each pair of container and type is checked once, however often it occurs.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeAlias

from planlang.lang.suggestions import closest
from planlang.lang.types import (
    AnyType,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    Named,
    NeverType,
    OpaqueType,
    RecordType,
    Scalar,
    TupleType,
    Type,
    TypeOf,
    TypeVariable,
    UnionType,
)

from .display import literal
from .errors import PlanError
from .run import Limits
from .sizes import too_deep
from .values import FUNCTIONS, Opaque, PlanDict, PlanList, TypeValue, Value

_CONTAINERS = frozenset((PlanList, PlanDict, range))
_SCALARS: dict[str, frozenset[type]] = {
    "none": frozenset((type(None),)),
    "bool": frozenset((bool,)),
    "int": frozenset((int,)),
    "float": frozenset((int, float)),
    "str": frozenset((str,)),
}
_CHUNK = 10_000
_MAX_DEPTH = 2 * Limits().depth + 1_000
"""Checks in progress: a level of data takes one, and one more where its type is a union."""


@dataclass(slots=True)
class Failure:
    """`value` is not of `expected`. `path` holds the keys and indexes to it, innermost first."""

    expected: Type
    value: Value
    path: list[Value]
    missing: str | None = None
    """The field that `value` lacks, where that is what is wrong."""


Check: TypeAlias = Generator[tuple[Value, Type], "Failure | None", "Failure | None"]


def validate(value: Value, type_: Type, where: str = "the value") -> Value:
    """`value` if it is of `type_`; otherwise a `value` error that names the place, as in `rows[3].label`."""
    if type(value) not in _CONTAINERS and isinstance(type_, Scalar):
        if type(value) in _SCALARS[type_.name]:
            return value
        raise _error(Failure(type_, value, []), where)
    failure = find_failure(value, type_)
    if failure is not None:
        raise _error(failure, where)
    return value


def conforms(value: Value, type_: Type) -> bool:
    """Whether `value` is of `type_`."""
    return find_failure(value, type_) is None


def find_failure(value: Value, type_: Type) -> Failure | None:
    """Where `value` is not of `type_`; None where it is."""
    passed: set[tuple[int, int]] = set()
    stack: list[Check] = [_check(value, type_, passed)]
    answer: Failure | None = None
    while stack:
        try:
            inner = stack[-1].send(answer)
        except StopIteration as end:
            stack.pop()
            answer = end.value
            continue
        if len(stack) > _MAX_DEPTH:
            too_deep(Limits().depth)
        stack.append(_check(*inner, passed))
        answer = None
    return answer


def _resolved(type_: Type) -> Type:
    while isinstance(type_, Named) and type_.type is not None:
        type_ = type_.type
    return type_


def _check(value: Value, type_: Type, passed: set[tuple[int, int]]) -> Check:
    type_ = _resolved(type_)
    if type(value) not in _CONTAINERS:
        return _check_scalar(value, type_)
    if isinstance(type_, (AnyType, TypeVariable)):
        return None
    known = id(value), id(type_)
    if known in passed:
        return None
    failure = yield from _check_container(value, type_)
    if failure is None:
        passed.add(known)
    return failure


def _is_scalar(value: Value, type_: Type) -> bool:
    """Whether `value`, which is no container, is of `type_`."""
    kind = type(value)
    type_ = _resolved(type_)
    if isinstance(type_, UnionType):
        return any(_is_scalar(value, member) for member in type_.members)
    if isinstance(type_, Scalar):
        return kind in _SCALARS[type_.name]
    if isinstance(type_, (AnyType, TypeVariable)):
        return True
    if isinstance(type_, LiteralType):
        return kind is type(type_.value) and value == type_.value
    if isinstance(type_, OpaqueType):
        if isinstance(value, Opaque):
            return value.plan_type == type_.name
        return type_.name == "model" and kind is str
    if isinstance(type_, FunctionType):
        return isinstance(value, FUNCTIONS)
    return isinstance(type_, TypeOf) and kind is TypeValue


def _check_container(value: Value, type_: Type) -> Check:
    if isinstance(type_, UnionType):
        return (yield from _check_union(value, type_))
    is_dict = type(value) is PlanDict
    if isinstance(type_, ListType) and not is_dict:
        return (yield from _check_list(value, type_))
    if isinstance(type_, TupleType) and not is_dict and len(value) == len(type_.items):
        return (yield from _check_tuple(value, type_))
    if isinstance(type_, DictType) and is_dict:
        return (yield from _check_dict(value, type_))
    if isinstance(type_, RecordType) and is_dict:
        return (yield from _check_record(value, type_))
    return Failure(type_, value, [])


def _check_union(value: Value, type_: UnionType) -> Check:
    """The failure reported is that of the member which `value` resembles most: the one that fails deepest."""
    best: Failure | None = None
    for member in type_.members:
        resolved = _resolved(member)
        if isinstance(resolved, (Scalar, LiteralType, OpaqueType, FunctionType, TypeOf, NeverType)):
            continue
        failure = yield value, member
        if failure is None:
            return None
        if _tagged(value, resolved) and (best is None or len(failure.path) > len(best.path)):
            best = failure
    return best if best is not None and (best.path or best.missing) else Failure(type_, value, [])


def _tagged(value: Value, type_: Type) -> bool:
    """Whether the literal fields of a record type, which tell the members of a union apart, are those of `value`."""
    if not isinstance(type_, RecordType) or type(value) is not PlanDict:
        return not isinstance(type_, RecordType)
    tags = [(field.name, field.type.value) for field in type_.fields if isinstance(field.type, LiteralType)]
    return all(value.get(name) == tag for name, tag in tags)


def _check_list(value: Value, type_: ListType) -> Check:
    element = _resolved(type_.element)
    if isinstance(element, (AnyType, TypeVariable)):
        return None
    if type(value) is range:
        return _check_range(value, element, type_)
    kinds = _SCALARS[element.name] if isinstance(element, Scalar) else None
    for start in range(0, len(value), _CHUNK):
        chunk = value[start : start + _CHUNK]
        if kinds is not None and kinds.issuperset(map(type, chunk)):
            continue
        for at, item in enumerate(chunk, start):
            failure = (yield item, element) if type(item) in _CONTAINERS else _check_scalar(item, element)
            if failure is not None:
                failure.path.append(at)
                return failure
    return None


def _check_range(value: range, element: Type, type_: ListType) -> Failure | None:
    """A range holds ints: its ends stand for all of them."""
    members = element.members if isinstance(element, UnionType) else (element,)
    if not len(value) or any(isinstance(m, AnyType) or m in (Scalar("int"), Scalar("float")) for m in members):
        return None
    for at, item in enumerate(value[:_CHUNK]):
        failure = _check_scalar(item, element)
        if failure is not None:
            failure.path.append(at)
            return failure
    return None if len(value) <= _CHUNK else Failure(type_, value, [])


def _check_scalar(value: Value, type_: Type) -> Failure | None:
    return None if _is_scalar(value, type_) else Failure(type_, value, [])


def _check_tuple(value: Value, type_: TupleType) -> Check:
    for at, (item, wanted) in enumerate(zip(value, type_.items, strict=True)):
        failure = yield item, wanted
        if failure is not None:
            failure.path.append(at)
            return failure
    return None


def _check_dict(value: PlanDict, type_: DictType) -> Check:
    for key, item in value.items():
        failure = _check_scalar(key, type_.key)
        if failure is not None:
            return failure
        failure = (yield item, type_.value) if type(item) in _CONTAINERS else _check_scalar(item, type_.value)
        if failure is not None:
            failure.path.append(key)
            return failure
    return None


def _check_record(value: PlanDict, type_: RecordType) -> Check:
    for field in type_.fields:
        if field.name not in value:
            if field.optional:
                continue
            return Failure(type_, value, [], field.name)
        item = value[field.name]
        failure = (yield item, field.type) if type(item) in _CONTAINERS else _check_scalar(item, field.type)
        if failure is not None:
            failure.path.append(field.name)
            return failure
    return None


# --- Messages --------------------------------------------------------------------------------------------


def _error(failure: Failure, where: str) -> PlanError:
    from planlang.lang.type_text import display

    place = where + "".join(_step(key) for key in reversed(failure.path[-20:]))
    if failure.missing is not None:
        near = closest(failure.missing, [key for key in failure.value if isinstance(key, str)])
        hint = f"there is {literal(near)}: is that what was meant?" if near else ""
        return PlanError("value", f"{place}: the field `{failure.missing}` is missing", hint)
    return PlanError(
        "value", f"{place}: expected {display(failure.expected)}, found {shown(failure.value)}", _hint(failure)
    )


def _step(key: Value) -> str:
    return f".{key}" if isinstance(key, str) and key.isidentifier() else f"[{literal(key)}]"


def shown(value: Value) -> str:
    """A value in a message: itself if it is short, else what it is."""
    kind = type(value)
    if kind is PlanList or kind is range:
        return f"a list of {len(value):,}" if len(value) else "an empty list"
    if kind is PlanDict:
        names = ", ".join(str(key)[:20] for key in list(value)[:4])
        return f"a dict with {names}{', …' if len(value) > 4 else ''}" if value else "an empty dict"
    if kind is int and value.bit_length() > 100:
        return "a large int"
    return literal(value[:60] + "…" if kind is str and len(value) > 60 else value)


def _hint(failure: Failure) -> str:
    members = failure.expected.members if isinstance(failure.expected, UnionType) else (failure.expected,)
    texts = [m.value for m in members if isinstance(m, LiteralType) and isinstance(m.value, str)]
    near = closest(failure.value, texts) if isinstance(failure.value, str) and len(failure.value) <= 64 else None
    return f"did you mean {literal(near)}?" if near else ""
