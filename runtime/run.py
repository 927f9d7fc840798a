"""One run of a plan: what standard functions and model calls may know of the world around the plan."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TextIO

from .permissions import Permissions
from .steps import Steps


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a run (§9); None is no limit. Sizes in bytes, times in seconds."""

    max_time: float | None = None
    max_calls: int | None = None
    max_tokens: int | None = None
    max_steps: int | None = None
    max_memory: int | None = None
    value_size: int = 128 * 1024 * 1024
    """Largest single value: a text counts a byte a character, a container 8 bytes an element and its parts, shared
    parts each time they occur."""
    depth: int = 10_000
    """Levels that data may nest."""


@dataclass(slots=True)
class RunOptions:
    """What the caller of a plan grants it and gives it."""

    permissions: Permissions = field(default_factory=Permissions)
    limits: Limits = field(default_factory=Limits)
    seed: int = 0
    models: dict[str, str] = field(default_factory=dict)
    """Default model of a function, by function name; the key "" is for all."""
    settings: dict[str, Any] = field(default_factory=dict)
    """`plan.toml` as read."""
    out: TextIO | None = None
    """Where `print` writes; None is the process's standard output at that time."""
    err: TextIO | None = None
    ask: Callable[[str], str] | None = None
    """Reads a line for `ask(prompt)`; None reads standard input."""
    on_progress: Callable[[Any], None] | None = None
    """Told of steps and calls: see `runtime/progress.py`."""
    debug: bool = False


class Run:
    """The state of one run. Standard functions that need the world get it as their first argument."""

    def __init__(self, options: RunOptions | None = None) -> None:
        """Start counting."""
        self.options = options or RunOptions()
        self.permissions = self.options.permissions
        self.limits = self.options.limits
        self.random = random.Random(self.options.seed)  # noqa: S311 - sampling, not secrets
        self.steps = Steps(self.limits.max_steps)
        self.tick = self.steps.take
        """`run.tick(n)` counts n steps (elements worked through) and raises `LimitError` at the limit. Standard
        functions call it once per chunk of at most 10,000 elements, so that no C loop runs long without a check."""

    @property
    def out(self) -> TextIO:
        """Where `print` writes."""
        return self.options.out or sys.stdout or io.StringIO()

    @property
    def err(self) -> TextIO:
        """Where `warn` writes."""
        return self.options.err or sys.stderr or io.StringIO()
