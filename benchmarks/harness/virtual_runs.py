"""Runs one shape: its plan in planlang, its reference for the bound, and checks that both did the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from planlang.plugins.loader import Plugins
from planlang.runtime.engine import Engine
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import RunOptions
from planlang.runtime.values import from_python, to_python

from . import virtual_plugin
from .virtual_bound import Calls
from .virtual_shapes import Shape, files_of
from .virtual_workers import Clock, VirtualWorkers


class Outcome(NamedTuple):
    """What came of a run.

    result: as plain Python data; for files also what was written.
    seconds: the makespan, on the clock of the workers.
    calls: how often each call was made.
    interpreter_seconds: CPU time of the plan's thread.
    """

    result: Any
    seconds: float
    calls: Counter[Hashable]
    interpreter_seconds: float = 0.0


class Program(Protocol):
    """A shape, or another plan for it."""

    name: str
    plan: Path
    sampled: bool


class WrongError(Exception):
    """A plan did not do what its shape does: its time says nothing."""


def _key(model: str, function: str, arguments: Any) -> Hashable:
    return model, function, tuple(sorted((name, str(value)) for name, value in arguments.items()))


def reference(shape: Shape, given: dict[str, Any]) -> tuple[Outcome, Calls]:
    """The shape by hand: its seconds are the bound."""
    calls = Calls()
    result = files_of(given, shape.reference(calls, **given))
    made = Counter(_key(call.model, call.function, _shown(call.arguments)) for call in calls.made)
    return Outcome(result, calls.bound(), made), calls


def _shown(arguments: Any) -> dict[str, Any]:
    """The arguments without those that are left at their default."""
    return {name: value for name, value in arguments.items() if (name, value) != ("temperature", 0.0)}


def plugins() -> Plugins:
    """The pretend models, and no other plugin."""
    return Plugins([], {"models": virtual_plugin})


def plan(shape: Program, given: dict[str, Any], clock: Clock | None = None, **options: Any) -> Outcome:
    """The shape's plan on workers with that clock (virtual time if left out)."""
    workers = VirtualWorkers(clock)
    given_plugins = plugins()
    given_plugins.workers = workers
    loaded = Engine(given_plugins).load(shape.plan)
    arguments = {name: from_python(value) for name, value in given.items()}
    found: list[Any] = []
    rights = Permissions(read=(), write=()) if "target" in given else Permissions()
    start = workers.now()
    run = RunOptions(permissions=rights, on_stats=found.append, **options)
    result = to_python(loaded.run("main", arguments, run))
    seconds = workers.now() - start
    made = Counter(
        _key(model, item.function.rpartition(".")[2], _shown(item.arguments)) for model, item in workers.answered
    )
    cpu = found[0].interpreter_seconds if found else 0.0
    return Outcome(files_of(given, result), seconds, made, cpu)


def check(shape: Program, expected: Outcome, found: Outcome) -> None:
    """Raise `WrongError` where a plan's calls or its result are not those of the reference."""
    if expected.calls != found.calls:
        more, fewer = found.calls - expected.calls, expected.calls - found.calls
        raise WrongError(f"{shape.name} made {sum(more.values())} calls too many and {sum(fewer.values())} too few")
    if not shape.sampled and expected.result != found.result:
        raise WrongError(f"{shape.name} gave {found.result!r:.200} in place of {expected.result!r:.200}")
