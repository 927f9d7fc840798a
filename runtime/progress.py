"""What a run tells its watcher (`RunOptions.on_progress`): small facts, shown by whoever likes to.

The watcher is called in the thread that runs the plan, never from a worker's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class StepStarted:
    """`step "title"` was reached."""

    title: str


@dataclass(frozen=True, slots=True)
class ModelLoading:
    """A worker began to load the model `name`, or is through with it (`done`), well or not."""

    name: str
    done: bool = False


@dataclass(frozen=True, slots=True)
class WorkersAwaited:
    """The model `name` waits for its place in a cluster, as `text` tells; an empty text: it waits no more."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class WorkReported:
    """A worker says how far it is: `done` of `total` units of its own."""

    function: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class CallsStarted:
    """So many model calls of this run were made so far."""

    count: int


@dataclass(frozen=True, slots=True)
class CallsDone:
    """So many model calls of this run were answered or failed so far."""

    count: int


Event: TypeAlias = StepStarted | ModelLoading | WorkersAwaited | WorkReported | CallsStarted | CallsDone
