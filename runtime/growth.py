"""Operators whose results can grow: bounded by the run's value-size limit (§9) before the result is built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from .changing import no_method
from .errors import LimitError, PlanError
from .operators import INT_LIMIT, NUMBERS, checked, is_list, key, refuse, words
from .run import Limits
from .values import PlanDict, PlanList, Value, new_dict, new_list, share_items

_repeat = list[Value].__imul__
"""Python's own; that of `PlanList` is an error."""


class Growth:
    """The growing operators of a run."""

    def __init__(self, limits: Limits) -> None:
        """Bound results by `limits.value_size` bytes: a character is one, an element of a list eight."""
        self.value_size = limits.value_size
        self.most_items = limits.value_size // 8

    def names(self) -> dict[str, Any]:
        """What generated code may call, by the name it calls it."""
        return {
            "add": self.add,
            "mul": self.mul,
            "bounded": self.bounded,
            "bounded_list": self.bounded_list,
            "join_flat": self.join_flat,
            "build_list": self.build_list,
            "build_dict": self.build_dict,
            "extend": self.extend,
            "TEXT_MAX": self.value_size,
        }

    def too_long(self, what: str) -> NoReturn:
        """Raise the error for a text or list that would exceed the value-size limit."""
        raise LimitError(f"this would make {what} larger than the limit for one value ({self.value_size:,} bytes)")

    def bounded(self, text: str) -> str:
        """`text`, unless it exceeds the value-size limit."""
        if len(text) > self.value_size:
            self.too_long("a text")
        return text

    def add(self, a: Value, b: Value) -> Value:
        """`a + b`."""
        if type(a) in NUMBERS and type(b) in NUMBERS:
            try:
                result = a + b
            except OverflowError:
                raise PlanError("arithmetic", "the result is too large for a float") from None
            if type(result) is int:
                return result if -INT_LIMIT < result < INT_LIMIT else checked(result)
            return checked(result, a, b) if result - result else result
        if type(a) is str and type(b) is str:
            return self.bounded(a + b)
        if is_list(a) and is_list(b):
            return self.join_lists(a, b)
        raise refuse("+", a, b)

    def join_lists(self, a: Value, b: Value) -> PlanList:
        """A new list of the elements of both."""
        if len(a) + len(b) > self.most_items:
            self.too_long("a list")
        fresh = new_list(a)
        fresh.extend(b)
        share_items(fresh)
        return fresh

    def join_flat(self, a: Sequence[Value], b: Sequence[Value]) -> PlanList:
        """A new list of the elements of both, which surely are no containers."""
        if len(a) + len(b) > self.most_items:
            self.too_long("a list")
        fresh = new_list(a)
        fresh.extend(b)
        return fresh

    def mul(self, a: Value, b: Value) -> Value:
        """`a * b`; also repeats a text or list by an int."""
        if type(a) in NUMBERS and type(b) in NUMBERS:
            try:
                result = a * b
            except OverflowError:
                raise PlanError("arithmetic", "the result is too large for a float") from None
            if type(result) is int:
                return result if -INT_LIMIT < result < INT_LIMIT else checked(result)
            return checked(result, a, b) if result - result else result
        if type(a) is int and type(b) in (str, PlanList, range):
            a, b = b, a
        if type(b) is int:
            if type(a) is str:
                if len(a) * b > self.value_size:
                    self.too_long("a text")
                return a * b
            if is_list(a):
                return self.repeat_list(a, b)
        raise refuse("*", a, b)

    def repeat_list(self, items: Value, times: int) -> PlanList:
        """`items` over and over."""
        if len(items) * times > self.most_items:
            self.too_long("a list")
        if times > 0:
            share_items(items)
        fresh = new_list(items)
        _repeat(fresh, times)
        return fresh

    def spread_list(self, target: PlanList, value: Value) -> None:
        """`...value` inside a list being built."""
        if type(value) is not PlanList and type(value) is not range:
            raise PlanError("type", f"`...` in a list takes a list, not {words(value)}")
        if len(target) + len(value) > self.most_items:
            self.too_long("a list")
        share_items(value if type(value) is PlanList else ())
        target.extend(value)

    @staticmethod
    def spread_dict(target: PlanDict, value: Value) -> None:
        """`...value` inside a dict being built."""
        if type(value) is not PlanDict:
            raise PlanError("type", f"`...` in a dict takes a dict, not {words(value)}")
        share_items(value.values())
        target.update(value)

    def bounded_list(self, items: tuple[Value, ...]) -> PlanList:
        """A list of `items`, unless it exceeds the value-size limit; no more than one of its parts may be long."""
        if len(items) > self.most_items:
            self.too_long("a list")
        fresh = PlanList(items)
        fresh.shared = False
        return fresh

    def build_list(self, *parts: tuple[bool, Value]) -> PlanList:
        """A list display with spreads: each part is (is a spread, value)."""
        fresh = new_list()
        for is_spread, value in parts:
            if is_spread:
                self.spread_list(fresh, value)
            else:
                fresh.append(value)
        return fresh

    def build_dict(self, *parts: tuple[Value, ...]) -> PlanDict:
        """A dict display with spreads or computed keys: each part is (key, value), or (value,) for a spread."""
        fresh = new_dict()
        for part in parts:
            if len(part) == 1:
                self.spread_dict(fresh, part[0])
            else:
                fresh[key(part[0])] = part[1]
        return fresh

    def extend(self, holder: Value, values: Value) -> None:
        """`holder.extend(values)`."""
        if type(holder) is not PlanList:
            raise no_method("extend", holder, "a list")
        if type(values) is not PlanList and type(values) is not range:
            raise PlanError("type", f"`extend` takes a list, not {words(values)}", "to add one element write push(x)")
        self.spread_list(holder, values)


def _install() -> None:
    """Give plan lists the operators of the language in place of those of Python's list."""
    standard = Growth(Limits())

    def add(a: Value, b: Value) -> Value:
        return standard.add(a, b)

    def mul(a: Value, b: Value) -> Value:
        return standard.mul(a, b)

    PlanList.__add__, PlanList.__mul__ = add, mul


_install()
