"""What the names of generated functions say about them: the compiler and the scheduler agree on it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PLAIN, CHANGING, FAILING, BOTH = "r", "x", "q", "y"
"""Regions: what they may do once they run. CHANGING: change what observations see. FAILING: meet `fail` or `assert`."""
LIFTED, ASSERTING = "l", "a"
"""Lifted pieces of direct code; ASSERTING are those of `fail` and `assert`."""


def region_prefix(*, changes: bool, fails: bool) -> str:
    """How the name of a region begins."""
    if changes:
        return BOTH if fails else CHANGING
    return FAILING if fails else PLAIN


def may_change(function: Callable[..., Any]) -> bool:
    """Whether a region may change what observations see."""
    return function.__code__.co_name[0] in "xy"


def may_fail(function: Callable[..., Any]) -> bool:
    """Whether a region or a lifted piece of code may meet a `fail` or an `assert`."""
    return function.__code__.co_name[0] in "qya"


def is_lifted(name: str) -> bool:
    """Whether code of this name is a lifted piece of direct code."""
    head, dot, _ = name.partition("·")
    return bool(dot) and head[0] in "la" and head[1:].isdigit()


def y(*_args: Any) -> None:
    """Stands for a region of which nothing is known."""
