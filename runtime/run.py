"""One run of a plan: what standard functions and model calls may know of the world around the plan.

Like everything that a cached program needs, this is done without `dataclasses`, whose import and generated methods
cost a third of a short run's time.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TextIO

from .permissions import Permissions
from .steps import Steps

if TYPE_CHECKING:
    from random import Random

    from .answer_cache import AnswerCache
    from .dispatch import Dispatcher
    from .journal.journal import Journal
    from .journal.output import Output
    from .stats import Stats
    from .values import Value


class Limits(NamedTuple):
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


_NO_PERMISSIONS = Permissions()
_NO_LIMITS = Limits()


class RunOptions:
    """What the caller of a plan grants it and gives it."""

    __slots__ = ("ask", "cache", "debug", "err", "form", "journal", "limits", "models", "on", "on_progress", "on_stats",
                 "out", "permissions", "seed", "sequential", "settings")  # fmt: skip

    def __init__(  # noqa: PLR0913, PLR0917 - all that a run may be given
        self,
        permissions: Permissions = _NO_PERMISSIONS,
        limits: Limits = _NO_LIMITS,
        seed: int = 0,
        models: dict[str, str] | None = None,
        settings: dict[str, Any] | None = None,
        out: TextIO | None = None,
        err: TextIO | None = None,
        ask: Callable[[str], str] | None = None,
        on_progress: Callable[[Any], None] | None = None,
        debug: bool = False,
        sequential: bool = False,
        form: Literal["direct"] | None = None,
        on_stats: Callable[[Stats], None] | None = None,
        journal: Journal | None = None,
        cache: AnswerCache | None = None,
        on: str | None = None,
    ) -> None:
        """What is left out is not granted, not limited or the process's own."""
        self.permissions = permissions
        self.limits = limits
        self.seed = seed
        self.models = models or {}
        """Default model of a function, by function name; the key "" is for all."""
        self.settings = settings or {}
        """`plan.toml` as read."""
        self.out = out
        """Where `print` writes; None is the process's standard output at that time."""
        self.err = err
        """Where `warn` writes, in the same way."""
        self.ask = ask
        """Reads a line for `ask(prompt)`; None reads standard input."""
        self.on_progress = on_progress
        """Told of steps and calls: see `runtime/progress.py`."""
        self.debug = debug
        self.sequential = sequential
        """One model call at a time, every statement to its end before the next begins: the reference for all else."""
        self.form = form
        """"direct" runs the direct form of a plan that reaches model calls too; for tests."""
        self.on_stats = on_stats
        """Given the `Stats` of the run at its end, failed or not: see `runtime/stats.py`."""
        self.journal = journal
        """What remembers the run, so that it can go on after it stopped; None remembers nothing."""
        self.cache = cache
        """Answers of earlier runs; None asks the models."""
        self.on = on
        """What runs the models: "local", "ray" or "ray://HOST:PORT"; None leaves it to the environment."""


class Run:
    """The state of one run. Standard functions that need the world get it as their first argument."""

    def __init__(self, options: RunOptions | None = None) -> None:
        """Start counting."""
        self.options = options or RunOptions()
        self.permissions = self.options.permissions.fixed()
        self.limits = self.options.limits
        self.steps = Steps(self.limits.max_steps)
        self.needs: tuple[tuple[str, Any, bool], ...] = ()
        """What the task needs and prefers, as (resource, value, optional): a cluster reserves it for each worker."""
        self.journal = self.options.journal
        self.load: Callable[[str, bytes], Value] | None = None
        """Makes an opaque value of a plugin from the name of its type and what its `save` saved."""
        self.dispatcher: Dispatcher | None = None
        """Where its model calls go: see `runtime.dispatch.dispatcher`."""
        self.tick = self.steps.take
        """`run.tick(n)` counts n steps (elements worked through) and raises `LimitError` at the limit. Standard
        functions call it once per chunk of at most 10,000 elements, so that no C loop runs long without a check."""

    @cached_property
    def random(self) -> Random:
        """Where `random`, `shuffle` and the like draw from; imported when the first of them is called."""
        from random import Random

        return Random(self.options.seed)  # noqa: S311 - sampling, not secrets

    @cached_property
    def stats(self) -> Stats:
        """What the run's model calls came to so far."""
        from .stats import Stats

        return Stats()

    def end(self) -> None:
        """Let go of model calls that nobody waits for any more, and tell what the run came to.

        Called in the thread that ran the plan, and that did nothing else.
        """
        for output in self.shown:
            output.close()
        if self.dispatcher is not None:
            self.dispatcher.close()
            self.stats.interpreter_seconds += time.thread_time()
        if self.options.on_stats is not None:
            self.options.on_stats(self.stats)

    @property
    def out(self) -> TextIO:
        """Where `print` writes."""
        return self.options.out or sys.stdout or io.StringIO()

    @property
    def err(self) -> TextIO:
        """Where `warn` writes."""
        return self.options.err or sys.stderr or io.StringIO()

    @cached_property
    def shown(self) -> tuple[Output, ...]:
        """Standard output and standard error as the journal counts them; empty where there is no journal."""
        from .standard.console import show

        journal = self.journal
        if journal is None:
            return ()
        return journal.output(self.out, 0, show), journal.output(self.err, 1, show)
