"""Model calls as a plan makes them, and the jobs that they become."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from planlang.runtime.workers.protocol import Failure, WorkerKind


class Target:
    """Who answers a call: made once for each function and `model=`, so that a call carries one reference.

    function: the full name (`nlp.sentiment`).
    method: the method of the worker that answers batches.
    model: `model=` of the call; None for the default.
    accept: turns the worker's answer into a plan value; raises `PlanError` where it is not what was declared.
    """

    __slots__ = ("accept", "default_model", "function", "kind", "method", "model", "name")

    def __init__(  # noqa: PLR0913, PLR0917 - all that is known of who answers
        self,
        function: str,
        kind: WorkerKind,
        method: str,
        default_model: str,
        accept: Callable[[Any], Any],
        model: str | None = None,
    ) -> None:
        """Keep it all."""
        self.function = function
        self.name = function.rpartition(".")[2]
        self.kind = kind
        self.method = method
        self.default_model = default_model
        self.accept = accept
        self.model = model


class Call:
    """A model call as the plan made it, with arguments and rights checked.

    arguments: every argument by name, as plain Python data.
    seed: what a sampled answer is drawn with; 0 where the answer is not sampled.
    key: equal for calls that are one call while in flight; None where the call is not to be shared.
    accept: where the result type depends on the arguments, what goes before the target's.
    """

    __slots__ = ("accept", "arguments", "key", "retries", "seed", "target", "timeout")

    def __init__(  # noqa: PLR0913, PLR0917 - all that a call may say
        self,
        target: Target,
        arguments: Mapping[str, Any],
        seed: int = 0,
        key: Hashable = None,
        timeout: float | None = None,
        retries: int = 2,
        accept: Callable[[Any], Any] | None = None,
    ) -> None:
        """Keep it all."""
        self.target = target
        self.arguments = arguments
        self.seed = seed
        self.key = key
        self.timeout = timeout
        self.retries = retries
        self.accept = accept or target.accept


class Job:
    """A call on its way: `Dispatcher.result(job)` gives its value once it was delivered.

    depth: how many calls lie before it on its chain.
    seconds: how long the batch took that answered it.
    """

    __slots__ = ("attempts", "call", "cost", "depth", "followers", "on_done", "outcome", "seconds", "state")

    def __init__(self, call: Call, on_done: Callable[[Job], None] | None, depth: int) -> None:
        """Not queued yet."""
        self.call = call
        self.on_done = on_done
        self.depth = depth
        self.state = QUEUED
        self.cost = 1.0
        self.attempts = 0
        self.seconds = 0.0
        self.outcome: Any | Failure = None
        self.followers: list[Job] | None = None
        """Jobs of identical calls, which take the same outcome."""


QUEUED, SETTLED, DONE, CANCELLED = range(4)
"""States of a job: no outcome yet; has one; was delivered; nobody wants it any more."""
