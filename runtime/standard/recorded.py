"""Standard functions whose answers depend on the clock or on the run's seed."""

from __future__ import annotations

from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.values import PlanList, Value, new_list

from .arguments import need_int
from .ordering import collect
from .registry import Registry

FUNCTIONS = Registry()


@FUNCTIONS.add
def now() -> str:
    """The time now, in UTC."""
    from datetime import UTC, datetime

    return datetime.now(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


@FUNCTIONS.add_with_run
def random(run: Run) -> float:
    """A random float from 0 up to 1."""
    return run.random.random()


@FUNCTIONS.add_with_run
def random_int(run: Run, low: Value, high: Value) -> int:
    """A random int, both ends included."""
    if need_int("random_int", low, "low") > need_int("random_int", high, "high"):
        raise PlanError("value", "`random_int` needs a `low` that is not above `high`")
    return run.random.randint(low, high)


@FUNCTIONS.add_with_run
def shuffle(run: Run, xs: Value) -> PlanList:
    """The elements in random order."""
    made = new_list(collect(run, "shuffle", xs))
    for at in range(len(made) - 1, 0, -1):
        other = run.random.randint(0, at)
        made[at], made[other] = made[other], made[at]
    return made


@FUNCTIONS.add_with_run
def sample(run: Run, xs: Value, k: Value) -> PlanList:
    """`k` different elements at random."""
    items = collect(run, "sample", xs)
    if not 0 <= need_int("sample", k, "k") <= len(items):
        raise PlanError("value", f"`sample` cannot take {k} elements from {len(items):,}")
    return new_list(run.random.sample(items, k))
