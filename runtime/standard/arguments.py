"""What standard functions do with any argument: say what they need instead, and go through lists in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeAlias

from planlang.runtime.errors import PlanError
from planlang.runtime.operators import words
from planlang.runtime.run import Run
from planlang.runtime.values import FUNCTIONS, PlanDict, PlanList, Value

CHUNK = 10_000
"""Elements that one C loop works through before steps are counted and an interruption can arrive."""

Chunk: TypeAlias = Sequence[Value]
"""Some elements of a list: a Python list, or the whole list where it is short. Not to be changed."""


class _Absent:
    __slots__ = ()

    def __repr__(self) -> str:
        return "absent"


ABSENT: Any = _Absent()
"""The value of a parameter that was left out and has no default."""

_NONE_HINT = "the value is none here: test it with `!= none`, or give a default with `??`"
_CONTAINERS = frozenset((PlanList, PlanDict))


def wrong(function: str, needs: str, value: Value, hint: str = "") -> PlanError:
    """The error for an argument of the wrong type: "`upper` needs text, not a list"."""
    if not hint and value is None:
        hint = _NONE_HINT
    return PlanError("type", f"`{function}` needs {needs}, not {words(value)}", hint)


def need_text(function: str, value: Value, parameter: str = "") -> str:
    """`value` if it is text."""
    if type(value) is str:
        return value
    hint = "turn a value into text with str(x)" if type(value) in (int, float, bool) else ""
    raise wrong(function, _as("text", parameter), value, hint)


def need_int(function: str, value: Value, parameter: str = "") -> int:
    """`value` if it is an int."""
    if type(value) is int:
        return value
    hint = "drop what follows the point with int(x), or use round(x)" if type(value) is float else ""
    raise wrong(function, _as("an int", parameter), value, hint)


def need_number(function: str, value: Value, parameter: str = "") -> int | float:
    """`value` if it is an int or a float."""
    if type(value) is int or type(value) is float:
        return value
    hint = "read a number from text with int(x) or float(x)" if type(value) is str else ""
    raise wrong(function, _as("a number", parameter), value, hint)


def need_bool(function: str, value: Value, parameter: str = "") -> bool:
    """`value` if it is true or false."""
    if type(value) is bool:
        return value
    raise wrong(function, _as("true or false", parameter), value)


def need_list(function: str, value: Value, parameter: str = "") -> Value:
    """`value` if it is a list, which may be a `range`."""
    if type(value) is PlanList or type(value) is range:
        return value
    hint = {str: "the characters of a text are chars(s)", PlanDict: "the keys of a dict are keys(d)"}.get(
        type(value), ""
    )
    raise wrong(function, _as("a list", parameter), value, hint)


def need_dict(function: str, value: Value, parameter: str = "") -> PlanDict:
    """`value` if it is a dict."""
    if type(value) is PlanDict:
        return value
    raise wrong(function, _as("a dict", parameter), value)


def need_function(function: str, value: Value, parameter: str = "f") -> Callable[..., Value]:
    """`value` if it is a function."""
    if isinstance(value, FUNCTIONS):
        return value
    raise wrong(function, _as("a function", parameter), value, "write `fn(x) => …`, or the name of a function")


def need_answer(function: str, value: Value) -> bool:
    """`value`, which the function given to `function` answered, if it is true or false."""
    if value is True or value is False:
        return value
    raise PlanError("type", f"the function given to `{function}` must answer true or false, not {words(value)}")


def _as(what: str, parameter: str) -> str:
    return f"{what} as `{parameter}`" if parameter else what


def chunked(run: Run, items: Value) -> Iterable[Chunk]:
    """The elements of a list in parts of at most `CHUNK`, each counted as steps when its turn comes.

    Containers among the elements are marked as shared, since they go on to a second owner.
    """
    if len(items) > CHUNK:
        return map(mark, _chunks(run, items))
    run.tick(len(items))
    return (mark(items),)


def examined(run: Run, items: Value) -> Iterable[Chunk]:
    """The same for elements that are only looked at, and go nowhere: they are not marked."""
    if len(items) > CHUNK:
        return _chunks(run, items)
    run.tick(len(items))
    return (items,)


def _chunks(run: Run, items: Value) -> Iterator[Chunk]:
    rest = iter(items)
    while chunk := list(islice(rest, CHUNK)):
        run.tick(len(chunk))
        yield chunk


def mark(items: Chunk) -> Chunk:
    """`items`, the containers among them marked as shared."""
    if type(items) is not range and not _CONTAINERS.isdisjoint(map(type, items)):
        for item in items:
            if type(item) in _CONTAINERS:
                item.shared = True
    return items
