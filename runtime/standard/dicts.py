"""Standard functions on dicts."""

from __future__ import annotations

from planlang.runtime.operators import key as need_key
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_count
from planlang.runtime.values import PlanDict, PlanList, Value, new_dict, new_list, own_dict, share, share_items

from .arguments import chunked, need_dict, need_list
from .registry import Registry

FUNCTIONS = Registry()


@FUNCTIONS.add_with_run
def keys(run: Run, d: Value) -> PlanList:
    """The keys, in order."""
    run.tick(len(need_dict("keys", d)))
    return new_list(d)


@FUNCTIONS.add_with_run
def values(run: Run, d: Value) -> PlanList:
    """The values, in the order of the keys."""
    run.tick(len(need_dict("values", d)))
    share_items(d.values())
    return new_list(d.values())


@FUNCTIONS.add_with_run
def items(run: Run, d: Value) -> PlanList:
    """The pairs of key and value."""
    run.tick(len(need_dict("items", d)))
    check_count(len(d) * 3, run.limits)
    share_items(d.values())
    return new_list([new_list(pair) for pair in d.items()])


@FUNCTIONS.add
def get(d: Value, key: Value, default: Value = None) -> Value:
    """The value at `key`, or `default`."""
    return share(need_dict("get", d).get(need_key(key), default))


@FUNCTIONS.add_with_run
def merge(run: Run, a: Value, b: Value) -> PlanDict:
    """The keys of both; `b` wins."""
    run.tick(len(need_dict("merge", a)) + len(need_dict("merge", b)))
    check_count(2 * (len(a) + len(b)), run.limits)
    made = own_dict(a)
    share_items(b.values())
    made.update(b)
    return made


@FUNCTIONS.add_with_run
def pick(run: Run, d: Value, keys: Value) -> PlanDict:
    """The dict with the given keys alone."""
    need_dict("pick", d)
    made = new_dict()
    for chunk in chunked(run, need_list("pick", keys, "keys")):
        for key in chunk:
            if need_key(key) in d:
                made[key] = share(d[key])
    return made


@FUNCTIONS.add_with_run
def without(run: Run, d: Value, keys: Value) -> PlanDict:
    """The dict without the given keys."""
    run.tick(len(need_dict("without", d)))
    made = own_dict(d)
    for chunk in chunked(run, need_list("without", keys, "keys")):
        for key in chunk:
            made.pop(need_key(key), None)
    return made
