"""What a chat template may spend: steps, calls inside calls, and the size and depth of what it makes.

Counted for each thread, since templates run in the threads of workers.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from jinja2.utils import Namespace

DEEPEST = 100
"""Levels of its syntax, and of the data that it makes."""
STEPS = 200_000
"""Blocks (turns of loops, branches, bodies of macros), calls, and elements worked through, for one text."""
CALLS = 40
"""Calls inside calls."""
GROWTH = 4 << 20
"""Characters and elements that it may make, beyond 64 for each character of the messages."""


class TemplateError(Exception):
    """A template cannot be used, or refuses the messages; the message says why."""


TOO_LARGE = "what it makes becomes too large"
"""What a `TemplateError` says at the bound."""


class _Spent(threading.local):
    """What the template that runs in this thread has used of its bounds."""

    steps = 0
    calls = 0
    room = GROWTH


spent = _Spent()


def step(count: int = 1) -> None:
    """Count steps; raises `TemplateError` at the bound."""
    spent.steps += count
    if spent.steps > STEPS:
        raise TemplateError(f"it takes more than {STEPS:,} steps")


def made(value: Any) -> Any:
    """`value`, which an operation made, counted with all that is in it."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise TemplateError("what it makes nests too deeply")
        parts: list[Any] = []
        for part in level:
            if isinstance(part, (str, bytes)):
                need(len(part))
            elif isinstance(part, (list, tuple, dict, set)):
                step(len(part))
                parts += part.values() if isinstance(part, dict) else part
            elif isinstance(part, int) and part.bit_length() > 64:
                raise TemplateError(TOO_LARGE)
            elif isinstance(part, Namespace) and depth > 1:
                raise TemplateError("it puts a namespace into other data")
        level = parts
    return value


def need(room: int) -> None:
    """Count what is about to be made; raises `TemplateError` at the bound."""
    spent.room -= room
    if spent.room < 0:
        raise TemplateError(TOO_LARGE)


def charged(run: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that pays for what it works through and for what it makes."""

    @functools.wraps(run)  # which keeps the mark that says whether Jinja hands over its environment first
    def counted(*args: Any, **named: Any) -> Any:
        for value in args:
            if isinstance(value, str):
                step(1 + len(value) // 100)
            elif isinstance(value, (list, tuple, dict, set, range)):
                step(1 + len(value))
        return made(run(*args, **named))

    return counted
