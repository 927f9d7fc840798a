"""Standard functions that build, take apart and count lists."""

from __future__ import annotations

import sys
from itertools import islice

from planlang.runtime.equality import equal
from planlang.runtime.errors import PlanError
from planlang.runtime.operators import key as need_key
from planlang.runtime.operators import words
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_count, check_length
from planlang.runtime.values import PlanDict, PlanList, Value, new_dict, new_list, share

from .arguments import ABSENT, CHUNK, chunked, examined, need_int, need_list, need_text, wrong
from .registry import Registry

FUNCTIONS = Registry()
_TEXTS = frozenset((str,))
_SCALARS = frozenset((str, int, float, bool, type(None)))


@FUNCTIONS.add
def range_(start: Value, stop: Value = ABSENT, step: Value = 1) -> Value:
    """The ints from `start` up to `stop`, lazily."""
    need_int("range", start)
    if stop is ABSENT:
        start, stop = 0, start
    need_int("range", stop, "stop")
    if not need_int("range", step, "step"):
        raise PlanError("value", "`range` needs a `step` other than 0")
    made = range(start, stop, step)
    if (abs(stop - start) // abs(step)) >= sys.maxsize:
        raise PlanError("value", "this range has too many elements", "count with `while` instead")
    return made


@FUNCTIONS.add_with_run
def enumerate_(run: Run, xs: Value, start: Value = 0) -> PlanList:
    """Each element with its position."""
    _check_pairs(run, len(need_list("enumerate", xs)))
    number = need_int("enumerate", start, "start")
    made = new_list()
    for chunk in chunked(run, xs):
        made.extend([new_list(pair) for pair in enumerate(chunk, number)])
        number += len(chunk)
    return made


@FUNCTIONS.add_with_run
def zip_(run: Run, xs: Value, ys: Value) -> PlanList:
    """Pairs of the elements at equal positions."""
    count = min(len(need_list("zip", xs)), len(need_list("zip", ys, "ys")))
    _check_pairs(run, count)
    made = new_list()
    for left, right in zip(chunked(run, xs), chunked(run, ys), strict=False):
        made.extend([new_list(pair) for pair in zip(left, right, strict=False)])
    return made


def _check_pairs(run: Run, count: int) -> None:
    """Refuse a list of so many pairs if it is too large: each takes a place and a list of two."""
    check_count(count * 3, run.limits)


@FUNCTIONS.add_with_run
def reversed_(run: Run, xs: Value) -> Value:
    """The elements from last to first."""
    need_list("reversed", xs)
    if type(xs) is range:
        return xs[::-1]
    made = new_list()
    for chunk in chunked(run, xs):
        made.extend(chunk)
    made.reverse()
    return made


@FUNCTIONS.add_with_run
def count(run: Run, xs: Value, x: Value) -> int:
    """How often `x` occurs."""
    if type(xs) is str:
        return xs.count(need_text("count", x, "x"))
    need_list("count", xs)
    return sum(sum(1 for item in chunk if equal(item, x)) for chunk in examined(run, xs))


@FUNCTIONS.add_with_run
def index_of(run: Run, xs: Value, x: Value) -> int | None:
    """The position of the first element equal to `x`, or none."""
    need_list("index_of", xs)
    at = 0
    for chunk in examined(run, xs):
        for item in chunk:
            if equal(item, x):
                return at
            at += 1
    return None


@FUNCTIONS.add_with_run
def counts(run: Run, xs: Value) -> PlanDict:
    """How often each element occurs, most frequent first."""
    from .ordering import sort_scalars

    check_count(len(xs if type(xs) is str else need_list("counts", xs)), run.limits)
    found: dict[Value, int] = {}
    for chunk in examined(run, xs):
        if not _SCALARS.issuperset(map(type, chunk)):
            for item in chunk:
                need_key(item)
        for item in chunk:
            found[item] = found.get(item, 0) + 1
    names = list(found)
    order = sort_scalars(run, [(-times, at) for at, times in enumerate(found.values())])
    return new_dict((names[at], -times) for times, at in order)


@FUNCTIONS.add
def first(xs: Value, default: Value = ABSENT) -> Value:
    """The first element."""
    return _end("first", xs, 0, default)


@FUNCTIONS.add
def last(xs: Value, default: Value = ABSENT) -> Value:
    """The last element."""
    return _end("last", xs, -1, default)


def _end(name: str, xs: Value, at: int, default: Value) -> Value:
    if len(need_list(name, xs)):
        return share(xs[at])
    if default is ABSENT:
        raise PlanError("value", f"`{name}` of an empty list", f"{name}(xs, default=none) gives none for this case")
    return share(default)


@FUNCTIONS.add_with_run
def unique(run: Run, xs: Value) -> PlanList:
    """The elements without repetitions."""
    from planlang.runtime.canonical import fingerprint

    check_count(len(need_list("unique", xs)), run.limits)
    made = new_list()
    seen: set[Value] = set()
    for chunk in chunked(run, xs):
        for item in chunk:
            mark = item if type(item) in _SCALARS else (fingerprint(item, run.limits),)
            if mark not in seen:
                seen.add(mark)
                made.append(item)
    return made


@FUNCTIONS.add_with_run
def flatten(run: Run, xs: Value) -> PlanList:
    """The elements of the inner lists in one list."""
    made = new_list()
    for inners in examined(run, need_list("flatten", xs)):
        for inner in inners:
            if type(inner) is not PlanList and type(inner) is not range:
                raise wrong("flatten", "a list of lists", inner, "every element must be a list")
            check_count(len(made) + len(inner), run.limits)
            for chunk in chunked(run, inner):
                made.extend(chunk)
    return made


@FUNCTIONS.add_with_run
def chunks(run: Run, xs: Value, n: Value) -> PlanList:
    """The elements in lists of `n`."""
    length = need_int("chunks", n, "n")
    if length < 1:
        raise PlanError("value", "`chunks` needs lists of at least 1 element")
    check_count(len(need_list("chunks", xs)) * (length + 1) // length, run.limits)
    items = iter(item for chunk in chunked(run, xs) for item in chunk)
    made = new_list()
    while part := new_list(islice(items, min(length, sys.maxsize))):
        made.append(part)
    return made


@FUNCTIONS.add_with_run
def join(run: Run, xs: Value, sep: Value = "") -> str:
    """The texts joined."""
    if type(xs) is PlanList and type(sep) is str and len(xs) <= CHUNK:
        try:
            check_length(sum(map(len, xs)) + len(sep) * len(xs), run.limits)
            run.tick(len(xs))
            return sep.join(xs)
        except TypeError:
            pass  # something else than texts: what follows says where
    need_text("join", sep, "sep")
    length = len(sep) * max(0, len(need_list("join", xs)) - 1)
    check_length(length, run.limits)
    for chunk in examined(run, xs):
        if not _TEXTS.issuperset(map(type, chunk)):
            odd = next(item for item in chunk if type(item) is not str)
            raise PlanError(
                "type",
                f"`join` needs a list of texts, and this one has {words(odd)} in it",
                "write join(map(xs, str), sep)",
            )
        length += sum(map(len, chunk))
        check_length(length, run.limits)
    return sep.join(xs)
