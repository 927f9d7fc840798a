"""Model calls as a plan makes them, and the jobs that they become."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from planlang.runtime.workers.protocol import Failure, Item, WorkerKind


class Recalled(Failure):
    """A failure that a journal knows: its message is whole, and a `catch` has seen it before."""


class Target:
    """Who answers a call: made once for each function and `model=`, so that a call carries one reference.

    function: the full name (`nlp.sentiment`).
    method: the method of the worker that answers batches.
    model: `model=` of the call; None for the default.
    accept: turns the worker's answer into a plan value; raises `PlanError` where it is not what was declared.
    exact: `exact=` of the call: whether the answer must not depend on what it is batched with.
    """

    __slots__ = ("accept", "default_model", "exact", "function", "kind", "method", "model", "name")

    def __init__(  # noqa: PLR0913, PLR0917 - all that is known of who answers
        self,
        function: str,
        kind: WorkerKind,
        method: str,
        default_model: str,
        accept: Callable[[Any], Any],
        model: str | None = None,
        *,
        exact: bool = True,
    ) -> None:
        """Keep it all."""
        self.function = function
        self.name = function.rpartition(".")[2]
        self.kind = kind
        self.method = method
        self.default_model = default_model
        self.accept = accept
        self.model = model
        self.exact = exact


class Call:
    """A model call as the plan made it, with arguments and rights checked.

    arguments: every argument by name, as plain Python data.
    seed: what a sampled answer is drawn with; 0 where the answer is not sampled.
    key: equal for calls that are one call while in flight; None where the call is not to be shared.
    origin: where it stands in the run, for the journal; None where there is none.
    content: 16 bytes that stand for all that the answer depends on, and `packed` the arguments, where a journal or a
        cache asks for them.
    accept: where the result type depends on the arguments, what goes before the target's.
    """

    __slots__ = ("accept", "arguments", "content", "key", "origin", "packed", "retries", "seed", "target", "timeout")

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
        self.origin: Origin | None = None
        self.content: bytes | None = None
        self.packed: bytes | None = None

    @property
    def tag(self) -> bytes | None:
        """What the call is known by in an outbox; None where it is not journalled."""
        return self.origin.identity + self.content if self.origin is not None and self.content is not None else None


class Origin:
    """Where in a run a call was made: its identity, its place in the plan, its step, and when."""

    __slots__ = ("asked", "identity", "site", "step")

    def __init__(self, identity: bytes, site: int, step: Any, asked: float) -> None:
        """asked: on the clock of `time.time`. step: a text, or what has a method `now` that gives it."""
        self.identity = identity
        self.site = site
        self.step = step
        self.asked = asked


class Computed:
    """The value of a model call that needed no model."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        """Keep the plan value."""
        self.value = value


class Job:
    """A call on its way: `Dispatcher.result(job)` gives its value once it was delivered.

    depth: how many calls lie before it on its chain.
    seconds: how long the batch took that answered it.
    """

    __slots__ = ("attempts", "call", "cost", "depth", "followers", "on_done", "outcome", "packed", "seconds", "state")

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
        self.packed: bytes | None = None
        """The answer as journal and cache keep it, where there are any."""
        self.followers: list[Job] | None = None
        """Jobs of identical calls, which take the same outcome."""

    @property
    def item(self) -> Item:
        """What a worker is given."""
        call = self.call
        return Item(call.target.function, call.arguments, call.seed, call.target.exact)


QUEUED, SETTLED, DONE, CANCELLED = range(4)
"""States of a job: no outcome yet; has one; was delivered; nobody wants it any more."""
