"""Standard functions that call a function for each element of a list.

The functions are called in plain Python loops, never from inside C, so that plan calls nest as deep through them as
through each other.
"""

from __future__ import annotations

from planlang.runtime.operators import key as need_key
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_count
from planlang.runtime.values import PlanDict, PlanList, Value, new_dict, new_list, share

from .arguments import chunked, need_answer, need_function, need_list
from .registry import Registry

FUNCTIONS = Registry()


@FUNCTIONS.add_with_run
def map_(run: Run, xs: Value, f: Value) -> PlanList:
    """`f(x)` for every element."""
    check_count(len(need_list("map", xs)), run.limits)
    need_function("map", f)
    made = new_list()
    for chunk in chunked(run, xs):
        for x in chunk:
            made.append(f(x))
    return made


@FUNCTIONS.add_with_run
def filter_(run: Run, xs: Value, f: Value) -> PlanList:
    """The elements for which `f` is true."""
    need_list("filter", xs)
    need_function("filter", f)
    kept = new_list()
    for chunk in chunked(run, xs):
        for x in chunk:
            answer = f(x)
            if answer is True or need_answer("filter", answer):
                kept.append(x)
        check_count(len(kept), run.limits)
    return kept


@FUNCTIONS.add_with_run
def reduce(run: Run, xs: Value, f: Value, start: Value) -> Value:
    """The elements folded into one value."""
    need_list("reduce", xs)
    need_function("reduce", f)
    result = share(start)
    for chunk in chunked(run, xs):
        for x in chunk:
            result = f(result, x)
    return result


@FUNCTIONS.add_with_run
def any_(run: Run, xs: Value, f: Value = None) -> bool:
    """Whether some element is true, or `f` is true for it."""
    return _search(run, "any", xs, f, wanted=True)


@FUNCTIONS.add_with_run
def all_(run: Run, xs: Value, f: Value = None) -> bool:
    """Whether all elements are true, or `f` is true for them."""
    return not _search(run, "all", xs, f, wanted=False)


def _search(run: Run, name: str, xs: Value, f: Value, *, wanted: bool) -> bool:
    """Whether the answer `wanted` occurs."""
    need_list(name, xs)
    if f is not None:
        need_function(name, f)
    for chunk in chunked(run, xs):
        for x in chunk:
            answer = x if f is None else f(x)
            if answer is not True and answer is not False:
                _refuse(name, f, answer)
            if answer is wanted:
                return True
    return False


def _refuse(name: str, f: Value, answer: Value) -> None:
    if f is not None:
        need_answer(name, answer)
    from .arguments import wrong

    raise wrong(name, "a list of true and false", answer, f"to test each element write {name}(xs, fn(x) => …)")


@FUNCTIONS.add_with_run
def find_first(run: Run, xs: Value, f: Value) -> Value:
    """The first element for which `f` is true, or none."""
    need_list("find_first", xs)
    need_function("find_first", f)
    for chunk in chunked(run, xs):
        for x in chunk:
            if need_answer("find_first", f(x)):
                return x
    return None


@FUNCTIONS.add_with_run
def group_by(run: Run, xs: Value, f: Value) -> PlanDict:
    """The elements in lists by what `f` gives for them."""
    check_count(len(need_list("group_by", xs)), run.limits)
    need_function("group_by", f)
    groups = new_dict()
    for chunk in chunked(run, xs):
        for x in chunk:
            name = need_key(f(x))
            if name in groups:
                groups[name].append(x)
            else:
                groups[name] = new_list([x])
    return groups
