"""Plan values: plain Python scalars, `PlanList`, `PlanDict`, `range`, bare functions and opaque handles.

Containers are values (§2): nobody sees a change made through another name. They are copied late: `shared` is set when
a second live owner appears, and whoever wants to change a shared container copies it first (`own_list`, `own_dict`).
Whoever puts a container that somebody else still holds into a second place must set its bit (`share`).
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from .errors import PlanError

if TYPE_CHECKING:  # programs without types do not load them
    from planlang.lang.types import Type

Value: TypeAlias = Any
"""None, bool, int, float, str, PlanList, PlanDict, range, a function, an Opaque or a TypeValue."""


class PlanList(list[Value]):
    """A list of the plan. Build it with `new_list`.

    `holes` is set, by flow code alone, where an element may not be known yet (see `flow/pending.py`).
    """

    __slots__ = ("holes", "shared")
    holes: bool
    shared: bool
    __hash__ = None

    # Python's own operators on lists leak plain lists and blow up on shared structure; these do not.
    # Filled in by `runtime/operators.py`, which holds what the operators of the language mean.


class PlanDict(dict[Value, Value]):
    """A dict of the plan. Build it with `new_dict`; for `holes` see `PlanList`."""

    __slots__ = ("holes", "shared")
    holes: bool
    shared: bool
    __hash__ = None

    def __missing__(self, key: Value) -> Value:
        """A missing key is a plan error that knows the keys there are."""
        raise missing_key(self, key)


class Opaque:
    """A value that the plan can hold, pass and compare by digest, and not look into: a model, a vector, an index.

    Plugins subclass it through `planlang.plugins.Opaque`.
    """

    __slots__ = ()
    plan_type = "opaque"
    __hash__ = None  # pyright: ignore[reportAssignmentType] - Python's way to say that there is none

    def digest(self) -> str:
        """A hex text that is equal for equal contents, on any machine."""
        raise NotImplementedError

    def at_hand(self) -> bool:
        """Whether what it stands for, where that lies outside of it, is still there; else the cache forgets it."""
        return True

    def __eq__(self, other: object) -> bool:
        """Equal by digest."""
        return isinstance(other, Opaque) and self.plan_type == other.plan_type and self.digest() == other.digest()


class TypeValue:
    """A type's name used as a value: `Invoice` in `extract(text, Invoice)`."""

    __slots__ = ("name", "type")
    __hash__ = None  # pyright: ignore[reportAssignmentType] - Python's way to say that there is none

    def __init__(self, name: str, type_: Type) -> None:
        """Keep the type and what the plan calls it."""
        self.name = name
        self.type = type_

    def __eq__(self, other: object) -> bool:
        """Equal when they name the same type."""
        return isinstance(other, TypeValue) and self.type == other.type


FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType)
"""The Python types of a plan's functions."""


_CONTAINERS = frozenset((PlanList, PlanDict))


def new_list(items: Iterable[Value] = ()) -> PlanList:
    """A list of `items` that nobody else holds. Containers among the items are not marked: see `share_items`."""
    fresh = PlanList(items)
    fresh.shared = False
    return fresh


def new_dict(items: Mapping[Value, Value] | Iterable[tuple[Value, Value]] = ()) -> PlanDict:
    """A dict of `items` that nobody else holds."""
    fresh = PlanDict(items)
    fresh.shared = False
    return fresh


def share(value: Value) -> Value:
    """`value`, marked as held by more than one owner if it is a container."""
    kind = type(value)
    if kind is PlanList or kind is PlanDict:
        value.shared = True
    return value


def share_items(items: Iterable[Value]) -> None:
    """Mark every container among `items`, which can be gone over twice, as held by more than one owner."""
    if _CONTAINERS.isdisjoint(map(type, items)):
        return  # decided at the speed of C: most long lists hold no containers
    for item in items:
        kind = type(item)
        if kind is PlanList or kind is PlanDict:
            item.shared = True


def own_list(value: Value) -> PlanList:
    """A copy of the list `value` that the caller alone holds; a `range` becomes a list."""
    share_items(value if type(value) is not range else ())
    return _with_note(new_list(value), value)


def own_dict(value: PlanDict) -> PlanDict:
    """A copy of the dict `value` that the caller alone holds."""
    share_items(value.values())
    return _with_note(new_dict(value), value)


def _with_note(copy: Value, value: Value) -> Value:
    """`copy`, with the note that an element is not known where `value` has it."""
    if getattr(value, "holes", False):
        copy.holes = True
    return copy


def type_name(value: Value) -> str:
    """What the language calls the type of `value`: none, bool, int, float, str, list, dict, function or opaque."""
    name = _NAMES.get(type(value))
    if name is not None:
        return name
    if isinstance(value, Opaque):
        return value.plan_type
    return "function" if isinstance(value, FUNCTIONS) else "opaque"


_NAMES: dict[type, str] = {
    type(None): "none",
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    PlanList: "list",
    range: "list",
    PlanDict: "dict",
    TypeValue: "type",
}


def from_python(value: Any) -> Value:
    """A plan value from plain Python data (lists, tuples, dicts, scalars); raises `PlanError` for anything else.

    Iterative, so that deep data cannot exhaust the stack; data that holds itself, and so never ends, is an error.
    """
    root: list[Any] = [None]
    work: list[tuple[Any, Any, Any, int]] = [(root, 0, value, 0)]
    while work:
        holder, place, item, depth = work.pop()
        if depth > _DEEPEST:
            raise PlanError("value", f"the data nests more than {_DEEPEST:,} levels")
        if isinstance(item, (PlanList, PlanDict)):
            item.shared = True
            made: Any = item
        elif isinstance(item, (list, tuple)):
            made = new_list([None] * len(item))
            work.extend((made, i, part, depth + 1) for i, part in enumerate(item))
        elif isinstance(item, Mapping):
            made = new_dict({_scalar(key): None for key in item})
            work.extend((made, _scalar(key), part, depth + 1) for key, part in item.items())
        elif isinstance(item, (range, Opaque, TypeValue, *FUNCTIONS)):
            made = item
        else:
            made = _scalar(item)
        holder[place] = made
    return root[0]


_DEEPEST = 10_000
"""Levels that data may nest (§9)."""


def _scalar(item: Any) -> Value:
    """None, a bool, or exactly an int, float or str; subclasses (enumerations, NumPy's numbers) become one of them."""
    if item is None or type(item) in (bool, int, float, str):
        made = item
    elif hasattr(item, "dtype") and getattr(item, "ndim", None) == 0:
        made = item.item()
    else:
        made = next((kind(item) for kind in (int, float) if isinstance(item, kind)), item)
        made = str.__str__(item) if isinstance(item, str) else made
    if type(made) not in (type(None), bool, int, float, str):
        raise PlanError("type", "a plan cannot hold this kind of Python value")
    if type(made) is float and made != made:  # noqa: PLR0124 - the one number that is not itself
        raise PlanError("arithmetic", "a number came out as no real number")
    return made


def to_python(value: Value) -> Any:
    """Plain Python data (list, dict, scalars) from a plan value; opaque values and functions stay as they are."""
    root: list[Any] = [None]
    work: list[tuple[Any, Any, Any]] = [(root, 0, value)]
    while work:
        holder, place, item = work.pop()
        made: Any
        if isinstance(item, (list, range)):
            made = [None] * len(item)
            work.extend((made, i, part) for i, part in enumerate(item))
        elif isinstance(item, dict):
            made = dict.fromkeys(item)
            work.extend((made, key, part) for key, part in item.items())
        else:
            made = item
        holder[place] = made
    return root[0]


_EMPTY = "the dict is empty; to count, write `d[key] = (d[key] ?? 0) + 1`"


def missing_key(holder: Mapping[Value, Value], key: Value) -> PlanError:
    """The error for a key that `holder` lacks, with the nearest key there is."""
    from planlang.lang.suggestions import closest

    from .display import literal

    near = closest(key, [k for k in holder if isinstance(k, str)]) if isinstance(key, str) else None
    hint = f"did you mean {literal(near)}?" if near else ""
    if not hint:
        names = ", ".join(literal(k) for k in list(holder)[:8])
        hint = f"its keys are {names}{' …' if len(holder) > 8 else ''}" if holder else _EMPTY
    return PlanError("key", f"there is no key {literal(key)}", hint)
