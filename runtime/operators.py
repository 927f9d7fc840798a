"""What the operators of the language mean where static types do not already say that Python's own operator is right.

Generated code calls these by bare name. They are the slow and safe side of each operator: they name the operands'
types in errors, bound results before they are built, and never let Python's own meanings (printf's `%`, complex
powers, plain lists) leak into a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from . import equality
from .errors import LimitError, PlanError
from .values import PlanDict, PlanList, Value, new_list, share_items, type_name

INT_LIMIT = 1 << 524288  # a power would take a millisecond at every start
"""Ints are exact up to 64 KiB."""
NUMBERS = frozenset((int, float, bool))
_WORDS = {"str": "text", "none": "none", "dict": "a dict", "list": "a list", "function": "a function"}


def words(value: Value) -> str:
    """The type of `value` in a sentence, such as `a list`."""
    name = type_name(value)
    return _WORDS.get(name) or f"a{'n' if name[0] in 'aeiou' else ''} {name}"


def refuse(op: str, a: Value, b: Value) -> PlanError:
    """The error for an operator between two values that it does not take."""
    return refused(op, words(a), words(b))


def refused(op: str, a: str, b: str) -> PlanError:
    """The same, for operands of which only the types are known, in `words`."""
    hint = ""
    if op == "+" and "text" in (a, b):
        hint = 'nothing is turned into text by itself: write "{…}{…}", or str(x)'
    elif op == "%" and a == "text":
        hint = '`%` is for numbers; to fill in values write "… {x} …"'
    elif "none" in (a, b):
        hint = "a value is none here: test it with `!= none`, or give a default with `??`"
    elif "text" in (a, b) and ("an int" in (a, b) or "a float" in (a, b)):
        hint = "turn the text into a number: `int(x)` or `float(x)`"
    return PlanError("type", f"`{op}` does not work on {a} and {b}", hint)


def checked(result: Value, *operands: Value) -> Value:
    """`result` of arithmetic on `operands`, unless it is too large or no real number.

    Infinity is allowed where an operand was infinite already, so that `inf` works as a bound.
    """
    if type(result) is float:
        if result != result:  # noqa: PLR0124 - the test for "not a number"
            raise PlanError("arithmetic", "the result of this calculation is not a number", "infinity minus infinity?")
        if not any(x in (_INF, -_INF) for x in operands if type(x) is float):
            raise PlanError("arithmetic", "the result is too large for a float", "floats reach up to about 1.8e308")
    elif type(result) is int and not -INT_LIMIT < result < INT_LIMIT:
        raise LimitError("the result is too large: ints are exact up to 64 KiB (about 157,000 digits)")
    return result


def is_list(value: Value) -> bool:
    """Whether the language calls `value` a list."""
    return type(value) is PlanList or type(value) is range


def sub(a: Value, b: Value) -> Value:
    """`a - b`."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        try:
            result = a - b
        except OverflowError:
            raise PlanError("arithmetic", "the result is too large for a float") from None
        if type(result) is int:
            return result if -INT_LIMIT < result < INT_LIMIT else checked(result)
        return checked(result, a, b) if result - result else result
    raise refuse("-", a, b)


def div(a: Value, b: Value) -> float:
    """`a / b`: always a float."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        try:
            result = a / b
        except ZeroDivisionError:
            raise division_by_zero() from None
        except OverflowError:
            raise PlanError("arithmetic", "the result is too large for a float") from None
        return checked(result, a, b) if result - result else result
    raise refuse("/", a, b)


def floordiv(a: Value, b: Value) -> Value:
    """`a // b`, rounded down as in Python."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        try:
            result = a // b
        except ZeroDivisionError:
            raise division_by_zero() from None
        except OverflowError:
            raise PlanError("arithmetic", "the result is too large for a float") from None
        return checked(result, a, b) if type(result) is float and result - result else result
    raise refuse("//", a, b)


def mod(a: Value, b: Value) -> Value:
    """`a % b`, with the sign of `b` as in Python."""
    if type(a) in NUMBERS and type(b) in NUMBERS:
        try:
            result = a % b
        except ZeroDivisionError:
            raise division_by_zero() from None
        except OverflowError:
            raise PlanError("arithmetic", "the result is too large for a float") from None
        return checked(result, a, b) if type(result) is float and result - result else result
    raise refuse("%", a, b)


def power(a: Value, b: Value) -> Value:
    """`a ** b`: a real number, bounded before it is built."""
    if type(a) not in NUMBERS or type(b) not in NUMBERS:
        raise refuse("**", a, b)
    if type(a) is not float and type(b) is not float and b > 1 and abs(a) > 1 and (a.bit_length() - 1) * b > 524288:
        raise LimitError("the result is too large: ints are exact up to 64 KiB (about 157,000 digits)")
    try:
        result: Any = a**b
    except ZeroDivisionError:
        raise PlanError("arithmetic", "0 cannot be raised to a negative power") from None
    except OverflowError:
        raise PlanError("arithmetic", "the result is too large for a float") from None
    if type(result) is complex:
        raise PlanError("arithmetic", "a negative number has no real fractional power")
    return checked(result, a, b) if type(result) is int or result - result else result


def neg(a: Value) -> Value:
    """`-a`."""
    if type(a) in NUMBERS:
        return -a
    raise PlanError("type", f"`-` does not work on {words(a)}")


def division_by_zero() -> PlanError:
    """The error for `x / 0`."""
    return PlanError("arithmetic", "division by zero")


def not_bool(value: Value) -> NoReturn:
    """Raise the error for a condition that is no bool."""
    hint = {
        "list": "write len(…) > 0",
        "dict": "write len(…) > 0",
        "str": 'write … != ""',
        "int": "write … != 0",
        "float": "write … != 0",
        "none": "write … != none",
    }.get(type_name(value), "")
    raise PlanError("type", f"a condition must be true or false, not {words(value)}", hint)


def truth(value: Value) -> bool:
    """`value` if it is a bool."""
    if value is True or value is False:
        return value
    not_bool(value)


def contains(item: Value, holder: Value) -> bool:
    """`item in holder`."""
    kind = type(holder)
    if kind is PlanList:
        return item in holder
    if kind is range:
        return _in_range(item, holder)
    if kind is PlanDict:
        return key(item) in holder
    if kind is str:
        if type(item) is not str:
            raise PlanError("type", f"`in` looks for text in text, not for {words(item)}", "write str(x) in s")
        return item in holder
    raise PlanError("type", f"`in` looks into lists, dicts and texts, not into {words(holder)}")


def _in_range(item: Value, holder: range) -> bool:
    """`item in holder`, by arithmetic: CPython would walk through the range for anything but an int."""
    if type(item) is float:
        return item.is_integer() and int(item) in holder
    return type(item) in NUMBERS and int(item) in holder


_KEYS = frozenset((str, int, float, bool, type(None)))


def key(value: Value) -> Value:
    """`value` if it can be a dict's key."""
    if type(value) in _KEYS:
        return value
    raise PlanError("type", f"{words(value)} cannot be a key of a dict", "keys are str, int, float, bool or none")


def index(holder: Value, place: Value) -> Value:
    """`holder[place]`."""
    kind = type(holder)
    if kind is PlanDict:
        return holder[key(place)]
    if kind is PlanList or kind is str or kind is range:
        if type(place) is not int:
            raise PlanError("type", f"an index must be an int, not {words(place)}")
        try:
            return holder[place]
        except IndexError:
            raise out_of_range(holder, place) from None
    raise PlanError("type", f"{words(holder)} has no elements", none_hint(holder))


def out_of_range(holder: Value, place: int) -> PlanError:
    """The error for an index past an end."""
    what = "text" if type(holder) is str else "list"
    size = len(holder)
    if not size:
        return PlanError("index", f"index {place} is out of range: the {what} is empty")
    unit = "character" if what == "text" else "element"
    return PlanError(
        "index",
        f"index {place} is out of range: the {what} has {size} {unit}{'s' if size > 1 else ''}",
        f"valid indexes are {-size} to {size - 1}",
    )


def field(holder: Value, name: str) -> Value:
    """`holder.name`."""
    if type(holder) is PlanDict:
        return holder[name]
    raise PlanError("type", f"{words(holder)} has no fields, so no `{name}`", none_hint(holder))


def none_hint(value: Value) -> str:
    """What to do about a none where something else was wanted; empty for other values."""
    return "the value is none here: test it with `!= none`, or give a default with `??`" if value is None else ""


def slice_(holder: Value, start: Value, stop: Value) -> Value:
    """`holder[start:stop]`, clamped."""
    for end in (start, stop):
        if end is not None and type(end) is not int:
            raise PlanError("type", f"the ends of a slice must be ints, not {words(end)}")
    kind = type(holder)
    if kind is str or kind is range:
        return holder[start:stop]
    if kind is PlanList:
        fresh = new_list(holder[start:stop])
        share_items(fresh)
        return fresh
    raise PlanError("type", f"{words(holder)} cannot be sliced", none_hint(holder))


_ABSENT = object()


def path_or(root: Value, steps: tuple[Value, ...]) -> Value:
    """`root[a][b]…` where any key or index may be missing; none if one is. For the left side of `??`."""
    for step in steps:
        kind = type(root)
        if root is None:
            return None
        if kind is PlanDict:
            root = root.get(key(step), _ABSENT)
            if root is _ABSENT:
                return None
        elif type(step) is int and (kind is PlanList or kind is str or kind is range):
            if not -len(root) <= step < len(root):
                return None
            root = root[step]
        else:
            root = index(root, step) if type(step) is not str else field(root, step)
    return root


def iterable(value: Value) -> Value:
    """`value` if a `for` can go over it."""
    kind = type(value)
    if kind is PlanList or kind is range or kind is PlanDict or kind is str:
        return value
    hint = "write `for i in range(n)`" if kind is int else none_hint(value)
    raise PlanError("type", f"`for` goes over lists, dicts and texts, not over {words(value)}", hint)


def unpack_all(values: Value, count: int) -> Iterator[PlanList]:
    """The elements of `values`, each a list of exactly `count`."""
    for value in values:
        yield unpack(value, count)


def or_else(value: Value, late: Callable[[], Value]) -> Value:
    """`value ?? late()`."""
    return late() if value is None else value


def ordered(op: str, a: Value, b: Value) -> bool:
    """`a < b` and its kin, where Python might have a meaning of its own."""
    if not (is_list(a) and is_list(b)):
        raise refuse(op, a, b)
    order = equality.compare(a, b)
    return order < 0 if op == "<" else order <= 0 if op == "<=" else order > 0 if op == ">" else order >= 0


def unpack(value: Value, count: int) -> PlanList:
    """`value` if it is a list of exactly `count` elements."""
    if not is_list(value):
        hint = "`items(d)` gives the keys and values of a dict d" if type(value) is str and count == 2 else ""
        raise PlanError("type", f"a list of {count} elements is needed here, not {words(value)}", hint)
    if len(value) != count:
        raise PlanError("value", f"a list of exactly {count} elements is needed here, this one has {len(value)}")
    return value


def call_value(function: Value) -> Value:
    """`function` if it can be called."""
    raise PlanError("type", f"{words(function)} is not a function, so it cannot be called", none_hint(function))


# --- Python's own operators on containers ---------------------------------------------------------------


def _ordered(op: str) -> Callable[[Value, Value], bool]:
    return lambda a, b: ordered(op, a, b)


def _unordered(op: str) -> Any:
    def compare(a: Value, b: Value) -> bool:
        raise refuse(op, a, b)

    return compare


def _unequal(a: Value, b: Value) -> bool:
    return not equality.equal(a, b)


def _refusing(op: str) -> Any:
    def operate(a: Value, b: Value) -> Value:
        raise refuse(op, a, b)

    return operate


def _install() -> None:
    """Give plan containers the operators of the language in place of those of Python's list and dict."""
    for kind in (PlanList, PlanDict):
        kind.__eq__ = equality.equal
        kind.__ne__ = _unequal
        kind.__hash__ = None
    for name, op in (("__lt__", "<"), ("__le__", "<="), ("__gt__", ">"), ("__ge__", ">=")):
        setattr(PlanList, name, _ordered(op))
        setattr(PlanDict, name, _unordered(op))
    PlanDict.__or__ = _refusing("|")


_install()

_INF = float("inf")

HELPERS: dict[str, Any] = {
    "sub": sub, "div": div, "floordiv": floordiv, "mod": mod, "power": power, "neg": neg,
    "checked": checked, "truth": truth, "contains": contains, "key": key, "index": index,
    "field": field, "slice_": slice_, "path_or": path_or, "iterable": iterable, "unpack": unpack,
    "unpack_all": unpack_all, "or_else": or_else, "ordered": ordered, "call_value": call_value,
}  # fmt: skip
"""What generated code may call, by the name it calls it."""
