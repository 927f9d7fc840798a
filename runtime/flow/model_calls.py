"""Model calls as they stand in program order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, cast

from planlang.runtime.calls import Call, Computed, Job, Origin
from planlang.runtime.values import Value

from .context import Context, identity, identity_bytes
from .nodes import Waiting
from .pending import WAITING, Pending, known
from .scheduler import Scheduler


class Maker(Protocol):
    """Makes model calls of one function: `planlang.plugins.binding.CallMaker`."""

    name: str
    remote: bool
    """Whether data may leave the machine with a call: see `leaves`."""

    def leaves(self, named: dict[str, Value]) -> bool:
        """Whether data leaves the machine with a call that is given these arguments by name."""
        ...

    def make(self, args: tuple[Value, ...], named: dict[str, Value], key: Callable[[], int]) -> Call | Computed:
        """The call, or its value where that needs no model; raises `PlanError` for wrong arguments."""
        ...


SENT: Any = object()
"""Stands for a value that a model is asked for."""


class ModelCall(Waiting):
    """A model call: first it waits for its arguments, then for its answer."""

    __slots__ = ("held", "job", "maker", "named")

    def __init__(  # noqa: PLR0913, PLR0917 - as for `Waiting`, and the call
        self,
        flow: Scheduler,
        context: Context,
        site: int,
        maker: Maker,
        args: Sequence[Value],
        named: dict[str, Value],
        missing: Iterator[Pending],
    ) -> None:
        """Call once nothing is missing."""
        super().__init__(flow, context, site, args, missing, -1)
        self.maker = maker
        self.named = named
        self.job: Job | None = None
        self.held = False

    def run(self) -> None:
        """The arguments are there: make the call."""
        if self.maker.remote and self.maker.leaves(self._known_named()) and self._held_back():
            return
        self._send_known()

    def _held_back(self) -> bool:
        """Whether a `fail` or `assert` before this call may yet be met: nothing leaves the machine until it is not."""
        guard = self.flow.world.guard_before(self)
        if guard is None:
            return False
        self.missing = iter(())
        if guard.state == WAITING:
            self.flow.await_(guard, self)
            return True
        self.held = True  # one has failed: only if a `catch` has seen it is this call ever reached
        order = self.flow.order
        order.reach(self.scope)
        order.advance(self.scope)
        return True

    def reached(self) -> bool:
        """All before it has succeeded: a call that was held back can go."""
        if self.held and self.scope.is_live():
            self.held = False
            self._send_known()
        return self.state != WAITING

    def _known_named(self) -> dict[str, Value]:
        """The arguments given by name, which are there."""
        return {name: known(value) for name, value in self.named.items()} if self.named else {}

    def _send_known(self) -> None:
        """Make the call with the arguments as they have turned out to be."""
        args = tuple(self.values())
        named = self._known_named()
        try:
            value = self.send(args, named)
        except Exception as error:  # noqa: BLE001 - becomes the failure of this node, in the plan's words
            self.flow.fail_node(self, self.flow.told(error, self))
            return
        if value is not SENT:
            self.outs[0].shared = True  # as for an answer
            self.named = {}
            self.give(value)
            self.flow.order.done(self)

    def send(self, args: tuple[Value, ...], named: dict[str, Value]) -> Value:
        """Hand the call to the dispatcher, and give `SENT`; or give the value at once where no model is needed."""
        flow = self.flow
        call = self.maker.make(args, named, self.identity)
        if isinstance(call, Computed):
            return call.value
        if flow.journalled:
            context = cast(Context, self.context)
            call.origin = Origin(identity_bytes(context, self.site), self.site, context.step, time.time())
        self.job = flow.dispatcher.submit(call, self.answered, self.depth)
        self.forget()
        self.named = {}
        return SENT

    def identity(self) -> int:
        """The call's identity under the run's seed."""
        return identity(cast(Context, self.context), self.site, self.flow.seed)

    def answered(self, job: Job) -> None:
        """The answer, or the failure, is there."""
        if self.state != WAITING:
            return
        flow = self.flow
        self.job = None
        try:
            value = flow.dispatcher.result(job)
        except Exception as error:  # noqa: BLE001 - becomes the failure of this node, in the plan's words
            flow.fail_node(self, flow.told(error, self))
            return
        out = self.outs[0]
        out.shared = True  # an answer may be put in two places by library code that knows nothing of pending values
        self.depth += 1
        self.path += job.seconds
        flow.longest = max(flow.longest, self.path)
        flow.give(self, out, value)
        flow.order.done(self)

    def cancel(self) -> None:
        """Nobody wants the answer any more."""
        if self.job is not None and self.state == WAITING:
            self.flow.dispatcher.cancel(self.job)
        super().cancel()
