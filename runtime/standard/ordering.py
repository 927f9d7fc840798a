"""Standard functions that order values: `min`, `max`, `sorted`, `top`.

Keys are computed first, in a plain loop, so that the functions given run as plan functions do; then the keys are
sorted. Sorting goes in chunks that are merged pairwise, so that no C loop runs long: merging two sorted halves is what
Python's sort does fastest.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cmp_to_key
from itertools import chain
from typing import Any

from planlang.runtime.equality import compare
from planlang.runtime.errors import PlanError
from planlang.runtime.operators import words
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_count
from planlang.runtime.values import PlanList, Value, new_list, share

from .arguments import ABSENT, CHUNK, chunked, need_bool, need_function, need_int, need_list
from .registry import Registry

FUNCTIONS = Registry()
_NUMBERS = frozenset((int, float))
_PLAIN = frozenset((int, float, str))
_LISTS = frozenset((PlanList, range))


@FUNCTIONS.add_with_run
def min_(run: Run, *values: Value, key: Value = None, default: Value = ABSENT) -> Value:
    """The smallest value; the first of equals."""
    items = _operands("min", values, key)
    return _extreme(run, items, key, -1) if len(items) else _of_none("min", default)


@FUNCTIONS.add_with_run
def max_(run: Run, *values: Value, key: Value = None, default: Value = ABSENT) -> Value:
    """The largest value; the first of equals."""
    items = _operands("max", values, key)
    return _extreme(run, items, key, 1) if len(items) else _of_none("max", default)


def _operands(name: str, values: tuple[Value, ...], key: Value) -> Value:
    """What is compared: the elements of the one list given, or the values given."""
    if key is not None:
        need_function(name, key, "key")
    if not values:
        raise PlanError("type", f"`{name}` needs a list, or several values")
    return need_list(name, values[0]) if len(values) == 1 else values


def _of_none(name: str, default: Value) -> Value:
    if default is ABSENT:
        raise PlanError("value", f"`{name}` of an empty list", f"{name}(xs, default=…) gives a value for this case")
    return share(default)


def _extreme(run: Run, items: Value, measure: Value, sign: int) -> Value:
    """The first of the smallest (`sign` -1) or largest (1) of `items`, which are not empty."""
    if measure is None:
        return _extreme_itself(run, items, sign)
    best: Value = None
    best_key: Value = ABSENT
    for chunk in chunked(run, items):
        for item in chunk:
            item_key = measure(item)
            if best_key is ABSENT or compare(item_key, best_key) == sign:
                best, best_key = item, item_key
    return best


def _extreme_itself(run: Run, items: Value, sign: int) -> Value:
    """The extreme of elements that are compared themselves; numbers and texts a chunk at a time."""
    extreme = min if sign < 0 else max
    if len(items) == 2 and type(items[0]) in _NUMBERS and type(items[1]) in _NUMBERS:
        return extreme(items)
    best: Value = ABSENT
    for chunk in chunked(run, items):
        kinds = set(map(type, chunk))
        found = [extreme(chunk)] if kinds <= _NUMBERS or kinds == {str} else chunk
        for item in found:
            if best is ABSENT or compare(item, best) == sign:
                best = item
    return best


@FUNCTIONS.add_with_run
def sorted_(run: Run, xs: Value, key: Value = None, reverse: Value = False) -> PlanList:
    """The elements in order; equal ones keep theirs."""
    items = collect(run, "sorted", xs)
    need_bool("sorted", reverse, "reverse")
    if key is None:
        return new_list(_sort("sorted", run, items, None, reverse=reverse))
    keys = _keys("sorted", items, key)
    order = _sort("sorted", run, list(range(len(items))), keys, reverse=reverse)
    return new_list([items[i] for i in order])


@FUNCTIONS.add_with_run
def top(run: Run, xs: Value, n: Value, key: Value = None) -> PlanList:
    """The `n` largest elements, largest first."""
    items = collect(run, "top", xs)
    count = need_int("top", n, "n")
    if count < 0:
        raise PlanError("value", f"`top` cannot give {count} elements")
    keys = items if key is None else _keys("top", items, key)
    order = _sort("top", run, list(range(len(items))), keys, reverse=True)
    return new_list([items[i] for i in order[:count]])


def collect(run: Run, name: str, xs: Value) -> list[Value]:
    """The elements of a list in a Python list, counted as steps and marked as shared."""
    check_count(len(need_list(name, xs)), run.limits)
    items: list[Value] = []
    for chunk in chunked(run, xs):
        items += chunk
    return items


def _keys(name: str, items: list[Value], key: Value) -> list[Value]:
    measure = need_function(name, key, "key")
    return [measure(item) for item in items]


def sort_scalars(run: Run, numbers: list[Any]) -> list[Any]:
    """Numbers in ascending order."""
    return _sort_chunks(run, numbers, None, reverse=False)


def _sort(name: str, run: Run, items: list[Value], keys: list[Value] | None, *, reverse: bool) -> list[Value]:
    """`items` in order; with `keys`, they are positions in it."""
    measured = items if keys is None else keys
    kinds: set[type] = set()
    for start in range(0, len(measured), CHUNK):
        kinds.update(map(type, measured[start : start + CHUNK]))
    if kinds <= _NUMBERS or kinds in ({str}, {bool}):
        return _sort_chunks(run, items, keys.__getitem__ if keys is not None else None, reverse=reverse)
    if not kinds <= _LISTS:
        raise _unordered(name, measured, kinds)
    if (tuples := _as_tuples(measured)) is not None:
        with suppress(TypeError):  # two elements that have no order: the slow way says which
            order = _sort_chunks(run, list(range(len(items))), tuples.__getitem__, reverse=reverse)
            return [items[i] for i in order]
    ordered: Any = cmp_to_key(compare)
    wrapped = [ordered(item) for item in measured]
    order = _sort_chunks(run, list(range(len(items))), wrapped.__getitem__, reverse=reverse)
    return [items[i] for i in order]


def _as_tuples(lists: list[Value]) -> list[tuple[Value, ...]] | None:
    """Lists of numbers and texts as tuples, which Python orders alike and fast; None where other things are in them."""
    if not _PLAIN.issuperset(map(type, chain.from_iterable(lists))):
        return None
    return list(map(tuple, lists))


def _unordered(name: str, items: list[Value], kinds: set[type]) -> PlanError:
    first = items[0]
    other = next((x for x in items if type(x) is not type(first) and not {type(x), type(first)} <= _NUMBERS), None)
    if len(kinds) > 1 and other is not None:
        return PlanError(
            "type",
            f"`{name}` cannot order {words(first)} and {words(other)}",
            "give `key=` a function that answers with values of one kind",
        )
    return PlanError(
        "type", f"`{name}` cannot order {words(first)}", "give `key=` a function that answers with a number or text"
    )


def _sort_chunks(run: Run, items: list[Any], key: Any, *, reverse: bool) -> list[Any]:
    if len(items) <= CHUNK:
        return sorted(items, key=key, reverse=reverse)
    runs = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    for part in runs:
        part.sort(key=key, reverse=reverse)
    while len(runs) > 1:
        merged: list[list[Any]] = []
        for at in range(0, len(runs), 2):
            both = runs[at] + runs[at + 1] if at + 1 < len(runs) else runs[at]
            both.sort(key=key, reverse=reverse)
            run.tick(len(both))
            merged.append(both)
        runs = merged
    return runs[0]
