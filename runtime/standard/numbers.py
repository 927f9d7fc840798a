"""Standard functions on numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TypeVarTuple

from planlang.runtime.display import quoted
from planlang.runtime.errors import PlanError
from planlang.runtime.numerals import read_float, read_int
from planlang.runtime.operators import checked, floordiv, mod, words
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_count
from planlang.runtime.values import PlanList, Value, new_list

from .arguments import ABSENT, Chunk, examined, need_int, need_list, need_number, wrong
from .registry import Registry

FUNCTIONS = Registry()
_Values = TypeVarTuple("_Values")
_NUMBERS = frozenset((int, float, bool))


def _real(function: str, compute: Callable[[*_Values], float], *values: *_Values) -> float:
    """`compute(*values)`, where Python's own errors become those of the language."""
    try:
        return compute(*values)
    except OverflowError:
        message = f"the result of `{function}` is too large for a float"
    except (ValueError, ZeroDivisionError):
        message = f"`{function}` has no real result for {' and '.join(map(_shown, values))}"
    raise PlanError("arithmetic", message)


def _shown(value: Value) -> str:
    if type(value) is float:
        return repr(value)
    return str(value) if type(value) is int and abs(value) < 10**20 else "these numbers"


@FUNCTIONS.add
def abs_(x: Value) -> Value:
    """The value without its sign."""
    return abs(need_number("abs", x))


@FUNCTIONS.add_with_run
def sum_(run: Run, xs: Value) -> Value:
    """The sum; with floats it is rounded once for each chunk, whatever their order."""
    whole = 0
    parts: list[float] = []
    for chunk, has_floats in _numbers(run, "sum", xs):
        if has_floats:
            parts.append(_real("sum", math.fsum, [x for x in chunk if type(x) is float]))
            whole += sum(x for x in chunk if type(x) is not float)
        else:
            whole += sum(chunk)
        checked(whole)
    return _real("sum", math.fsum, [*parts, whole]) if parts else whole


def _numbers(run: Run, function: str, xs: Value) -> Iterator[tuple[Chunk, bool]]:
    """The numbers in chunks, and whether there are floats among them."""
    for chunk in examined(run, need_list(function, xs)):
        kinds = set(map(type, chunk))
        if not kinds <= _NUMBERS:
            odd = next(x for x in chunk if type(x) not in _NUMBERS)
            raise PlanError("type", f"`{function}` needs a list of numbers, and this one has {words(odd)} in it")
        yield chunk, float in kinds


def _filled(function: str, xs: Value) -> None:
    if not len(need_list(function, xs)):
        raise PlanError("value", f"`{function}` needs at least one number, and the list is empty")


@FUNCTIONS.add_with_run
def mean(run: Run, xs: Value) -> float:
    """The arithmetic mean."""
    _filled("mean", xs)
    return _real("mean", lambda total: total / len(xs), sum_(run, xs))


@FUNCTIONS.add_with_run
def median(run: Run, xs: Value) -> float:
    """The middle value, or the mean of the two in the middle."""
    from .ordering import sort_scalars

    _filled("median", xs)
    check_count(len(xs), run.limits)
    numbers = [x for chunk, _ in _numbers(run, "median", xs) for x in chunk]
    ordered = sort_scalars(run, numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return _real("median", float, ordered[middle])
    return _real("median", lambda a, b: (a + b) / 2, ordered[middle - 1], ordered[middle])


@FUNCTIONS.add
def round_(x: Value, digits: Value = None) -> Value:
    """The nearest int, or a float with so many digits; halves go to the even neighbour."""
    need_number("round", x)
    if digits is None:
        return _whole("round", round, x)
    places = max(-400, min(400, need_int("round", digits, "digits")))
    return _real("round", lambda number: round(float(number), places), x)


def _whole(function: str, compute: Callable[[float], int], x: float) -> int:
    if x in (math.inf, -math.inf):
        raise PlanError("arithmetic", f"`{function}` cannot make an int of infinity")
    return compute(x)


@FUNCTIONS.add
def floor(x: Value) -> int:
    """The largest int that is not above `x`."""
    return _whole("floor", math.floor, need_number("floor", x))


@FUNCTIONS.add
def ceil(x: Value) -> int:
    """The smallest int that is not below `x`."""
    return _whole("ceil", math.ceil, need_number("ceil", x))


@FUNCTIONS.add
def sqrt(x: Value) -> float:
    """The square root."""
    return _real("sqrt", math.sqrt, need_number("sqrt", x))


@FUNCTIONS.add
def exp(x: Value) -> float:
    """E to the power of `x`."""
    return _real("exp", math.exp, need_number("exp", x))


@FUNCTIONS.add
def log(x: Value, base: Value = math.e) -> float:
    """The logarithm."""
    need_number("log", x)
    if base == math.e:
        return _real("log", math.log, x)
    return _real("log", _log, x, need_number("log", base, "base"))


def _log(x: float, base: float) -> float:
    exact = {2.0: math.log2, 10.0: math.log10}.get(base)
    result = exact(x) if exact else math.log(x, base)
    if math.isnan(result):
        raise ValueError
    return result


@FUNCTIONS.add
def sin(x: Value) -> float:
    """The sine."""
    return _real("sin", math.sin, need_number("sin", x))


@FUNCTIONS.add
def cos(x: Value) -> float:
    """The cosine."""
    return _real("cos", math.cos, need_number("cos", x))


@FUNCTIONS.add
def tan(x: Value) -> float:
    """The tangent."""
    return _real("tan", math.tan, need_number("tan", x))


@FUNCTIONS.add
def clamp(x: Value, low: Value, high: Value) -> Value:
    """`x`, or the bound that it passes."""
    need_number("clamp", x)
    if need_number("clamp", low, "low") > need_number("clamp", high, "high"):
        raise PlanError("value", "`clamp` needs a `low` that is not above `high`")
    return low if x < low else min(x, high)


@FUNCTIONS.add
def divmod_(a: Value, b: Value) -> PlanList:
    """`[a // b, a % b]`."""
    need_number("divmod", a)
    need_number("divmod", b)
    return new_list([floordiv(a, b), mod(a, b)])


@FUNCTIONS.add
def int_(x: Value, default: Value = ABSENT) -> Value:
    """A whole number from text or a float."""
    kind = type(x)
    if kind is int or kind is bool:
        return int(x)
    if kind is float:
        return _whole("int", int, x)
    if kind is str:
        found = read_int(x)
        if found is not None:
            return found
    elif x is not None:
        raise wrong("int", "text or a number", x)
    if default is not ABSENT:
        return default
    if x is None:
        raise wrong("int", "text or a number", x, "int(x, default=0) gives 0 for none")
    hint = "read it with float(x) first" if read_float(x) is not None else "int(x, default=0) gives 0 for such text"
    raise PlanError("value", f"{_cut(x)} is no whole number", hint)


@FUNCTIONS.add
def float_(x: Value, default: Value = ABSENT) -> Value:
    """A float from text or a number."""
    kind = type(x)
    if kind is float:
        return x
    if kind is int or kind is bool:
        return _real("float", float, x)
    if kind is str:
        found = read_float(x)
        if found is not None:
            return found
    elif x is not None:
        raise wrong("float", "text or a number", x)
    if default is not ABSENT:
        return default
    if x is None:
        raise wrong("float", "text or a number", x, "float(x, default=0.0) gives 0.0 for none")
    raise PlanError("value", f"{_cut(x)} is no number", "float(x, default=0.0) gives 0.0 for such text")


def _cut(text: str) -> str:
    return quoted(text if len(text) <= 60 else text[:60] + "…")
