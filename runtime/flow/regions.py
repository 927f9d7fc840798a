"""What the compiler and the scheduler agree on: what the names of generated functions say, codes, loops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

PLAIN, CHANGING, FAILING, BOTH = "r", "x", "q", "y"
"""Regions: what they may do once they run. CHANGING: change what observations see. FAILING: meet `fail` or `assert`."""
LIFTED, ASSERTING = "l", "a"
"""Lifted pieces of direct code; ASSERTING are those of `fail` and `assert`."""
CONTEXT = "c·"
"""The parameter of every flow function that says where in the run it is."""
NORMAL, BROKEN, CONTINUED, LEFT = 0, 1, 2, 3
"""How a block was left: by its end, `break`, `continue` or `return`."""
NEVER_LEFT, MAY_BREAK, MAY_RETURN = 0, 1, 2
"""How the body of a loop may leave it. If it may, it gives a code first; with MAY_RETURN the loop does too."""
FIRST = ((0, (), 1),)
"""The parts that a region needs to be known which hangs on its first argument, and on nothing inside it."""


def region_prefix(*, changes: bool, fails: bool) -> str:
    """How the name of a region begins."""
    if changes:
        return BOTH if fails else CHANGING
    return FAILING if fails else PLAIN


def may_change(function: Callable[..., Any]) -> bool:
    """Whether a region may change what observations see."""
    return function.__code__.co_name[0] in (CHANGING, BOTH)


def may_fail(function: Callable[..., Any]) -> bool:
    """Whether a region or a lifted piece of code may meet a `fail` or an `assert`."""
    return function.__code__.co_name[0] in (FAILING, BOTH, ASSERTING)


def is_lifted(name: str) -> bool:
    """Whether code of this name is a lifted piece of direct code."""
    head, dot, _ = name.partition("·")
    return bool(dot) and head[0] in (LIFTED, ASSERTING) and head[1:].isdigit()


def y(*_args: Any) -> None:
    """Stands for a region of which nothing is known: its name is `BOTH`."""
