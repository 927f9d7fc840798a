"""Expressions on numbers and texts: generated, written as plans in several forms, and worked out by Python."""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

BITS = 524_288
"""Ints are exact up to 64 KiB."""
_OPERATIONS: dict[str, Any] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
ARITHMETIC = ("+", "-", "*", "/", "//", "%")


class RefusedError(Exception):
    """The language has an error where Python may have a result; its kind is the only argument."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`left op right`; with `left` None, `-right`. Leaves are names of values, or literals."""

    op: str
    left: Any
    right: Any

    def __str__(self) -> str:
        """As plan source."""
        return (
            f"(-{_written(self.right)})"
            if self.left is None
            else f"({_written(self.left)} {self.op} {_written(self.right)})"
        )


def _written(part: Any) -> str:
    return str(part) if isinstance(part, Operation) else part if isinstance(part, str) else literal(part)


def literal(value: Any) -> str:
    """A number or text as plan source. Ints near the limit are worked out by the plan."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\u{{{ord(c):x}}}" for c in value) + '"'
    if isinstance(value, int) and value.bit_length() > 5000:
        power = abs(value).bit_length() - 1
        over, under = abs(value) - (1 << power), (2 << power) - abs(value)
        text = f"(2 ** {power} + {over})" if over < under else f"(2 ** {power} - {under} + 2 ** {power})"
        return f"(0 - {text})" if value < 0 else text
    if isinstance(value, float) and math.isinf(value):
        return "(0 - inf)" if value < 0 else "inf"
    return f"({value!r})" if value < 0 else repr(value)


def work_out(expression: Any, values: dict[str, Any], *, cap: bool = True) -> Any:
    """The value by Python's own operators and the language's bounds. Raises `RefusedError`.

    Without `cap`, ints may grow to many times their limit, as inside one expression on what surely are numbers.
    """
    if not isinstance(expression, Operation):
        return values[expression] if isinstance(expression, str) and expression in values else expression
    left = None if expression.left is None else work_out(expression.left, values, cap=cap)
    return _apply(expression.op, left, work_out(expression.right, values, cap=cap), cap=cap)


def _apply(op: str, left: Any, right: Any, *, cap: bool) -> Any:
    numbers = all(isinstance(v, (int, float)) for v in (left, right) if v is not None)
    texts = isinstance(left, str) and isinstance(right, str)
    if op in ("==", "!="):
        return _OPERATIONS[op](left, right)
    if left is None or op == "%" or not (numbers or texts or op == "*"):
        if not numbers:
            raise RefusedError("type")
        if left is None:
            return -right
    if op == "*" and not numbers and isinstance(left if isinstance(right, str) else right, bool):
        raise RefusedError("type")  # a text is repeated by an int: a bool counts as a number in sums only
    if op == "**" and _too_large(left, right, cap=cap):
        raise RefusedError("limit")
    try:
        result = _OPERATIONS[op](left, right)
    except (ZeroDivisionError, OverflowError):
        raise RefusedError("arithmetic") from None
    except TypeError:
        raise RefusedError("type") from None
    return _bounded(result, (left, right), cap=cap)


def _too_large(left: Any, right: Any, *, cap: bool) -> bool:
    if isinstance(left, float) or isinstance(right, float) or right < 2 or abs(left) < 2:
        return False
    return (int(left).bit_length() - 1) * right > (BITS if cap else 32 * BITS)


def _bounded(result: Any, operands: tuple[Any, Any], *, cap: bool) -> Any:
    if isinstance(result, complex):
        raise RefusedError("arithmetic")
    if isinstance(result, float) and not math.isfinite(result):
        infinite = any(isinstance(v, float) and math.isinf(v) for v in operands)
        if math.isnan(result) or not infinite:
            raise RefusedError("arithmetic")
    if type(result) is int and abs(result) >= 1 << (BITS if cap else 32 * BITS):
        raise RefusedError("limit")
    return result


# --- strategies ------------------------------------------------------------------------------------------


class Large:
    """Stands for an int of many digits, for hypothesis would take most of its time to write them all out."""

    def __init__(self, value: int) -> None:
        self.value = value

    def __repr__(self) -> str:
        """As plan source."""
        return literal(self.value)

    def __neg__(self) -> Large:
        """Its negative."""
        return Large(-self.value)


_LARGE_INTS = (1 << 63, (1 << 64) + 1, 10**400, (1 << BITS) - 1, (1 << (BITS - 1)) + 7, 1 << (BITS // 2))
_LARGE = st.sampled_from([Large(n) for n in _LARGE_INTS])


def plain_values(values: dict[str, Any]) -> dict[str, Any]:
    """`values` with ints for what stands for them."""
    return {name: value.value if isinstance(value, Large) else value for name, value in values.items()}


INTS = st.one_of(st.integers(-9, 9), st.integers(-9, 9), st.integers(), _LARGE, _LARGE.map(operator.neg))
FLOATS = st.one_of(
    st.floats(-100, 100), st.floats(allow_nan=False),
    st.sampled_from([0.0, -0.0, 1e308, -1e308, 1.7976931348623157e308, 5e-324, 1e-308, 0.1, math.inf, -math.inf]),
)  # fmt: skip
NUMBERS = st.one_of(INTS, FLOATS, st.booleans())
TEXTS = st.text('abzé情 {"\\\n', max_size=4)
_LITERALS = st.one_of(st.integers(0, 3), st.sampled_from([0.0, 0.5, 2.0, 1e308, 1e300, 5e-324]))


def expressions(names: str, operators: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """Trees of operators over `names` and a few literals."""
    leaves = st.one_of(st.sampled_from(list(names)), st.sampled_from(list(names)), _LITERALS)

    def grow(part: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(
            st.builds(Operation, st.sampled_from(operators), part, part),
            st.builds(Operation, st.sampled_from(operators), part, part),
            st.builds(Operation, st.just("-"), st.none(), part),
            st.builds(Operation, st.just("**"), part, st.sampled_from([0, 1, 2, 3, 4, -1, 0.5, "a"])),
        )

    return st.builds(Operation, st.sampled_from(operators), st.recursive(leaves, grow, max_leaves=6), leaves) | grow(
        leaves
    )
