"""What stands in program order: lifted code, parked regions, calls, observations and changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from planlang.runtime.values import Value

from .order import Node
from .pending import CANCELLED, DONE, FAILED, WAITING, Pending, known

if TYPE_CHECKING:
    from .context import Context
    from .scheduler import Scheduler
    from .world import Outside


class Waiting(Node):
    """A node that needs values which are not known yet.

    outs: the pending values that it will give, in order.
    """

    __slots__ = ("args", "bare", "depth", "flow", "missing", "outs", "path")

    def __init__(  # noqa: PLR0913, PLR0917 - what is to be done, with what, and where
        self,
        flow: Scheduler,
        context: Context | None,
        site: int,
        args: Sequence[Value],
        missing: Iterator[Pending],
        outs: int,
    ) -> None:
        """Give `outs` values once nothing is `missing`: a tuple of them, or with -1 one bare value."""
        super().__init__(context, site)
        self.bare = outs < 0
        self.flow = flow
        self.args = args
        self.missing = missing
        self.depth: int = flow.depth
        self.path: float = flow.path
        self.outs = tuple(Pending() for _ in range(abs(outs)))

    def attempt(self) -> None:
        """Go on looking for what is missing; run when nothing is."""
        if self.state != WAITING:
            return
        for wanted in self.missing:
            if wanted.state == FAILED:
                self.doom()
                return
            self.note(wanted)
            if wanted.state == WAITING:
                self.flow.await_(wanted, self)
                return
        self.run()

    def doom(self) -> None:
        """What it needs has failed: it never happens. What failed stands before it in the order, and is met first."""
        self.forget()
        self.flow.poison(self.outs)

    def note(self, wanted: Pending) -> None:
        """`wanted` leads here: the longest chain of calls may go through it."""
        if wanted.state == DONE:
            self.depth = max(self.depth, wanted.depth)
            self.path = max(self.path, wanted.path)

    def run(self) -> None:
        """Everything is there."""
        raise NotImplementedError

    def values(self) -> list[Value]:
        """The arguments as they have turned out to be."""
        return [known(value) for value in self.args]

    def give(self, result: Any) -> None:
        """The node's code gave `result`."""
        self.forget()
        flow = self.flow
        for out, value in zip(self.outs, (result,) if self.bare else result, strict=True):
            flow.give(self, out, value)

    def forget(self) -> None:
        """Let go of everything that was kept for the run."""
        self.args = ()
        self.missing = iter(())

    def cancel(self) -> None:
        """Nobody wants it any more."""
        if self.state == WAITING:
            self.state = CANCELLED
            self.forget()
            self.flow.poison(self.outs)
            self.flow.world.over(self)


class Lifted(Waiting):
    """Direct code that runs once what it looks at is known."""

    __slots__ = ("function",)

    def __init__(  # noqa: PLR0913, PLR0917 - as for `Waiting`
        self,
        flow: Scheduler,
        context: Context | None,
        site: int,
        function: Callable[..., Any],
        args: Sequence[Value],
        missing: Iterator[Pending],
        outs: int = -1,
    ) -> None:
        """`function(*args)` gives a tuple of `outs` values, or with -1 one bare value."""
        super().__init__(flow, context, site, args, missing, outs)
        self.function = function

    def run(self) -> None:
        """Run the code; nothing else happens in between."""
        flow = self.flow
        try:
            result = self.function(*self.values())
        except Exception as error:  # noqa: BLE001 - becomes the failure of this node, in the plan's words
            flow.fail_node(self, flow.told(error, self))
            return
        self.give(result)
        if flow.world.guarded:
            flow.world.over(self)
        flow.order.done(self)


class InOrder(Lifted):
    """Direct code that runs once what it looks at is known and all before it has succeeded.

    levels: in which scope: that many above its own; None for the whole run.
    """

    __slots__ = ("levels", "ready")

    def __init__(  # noqa: PLR0913, PLR0917 - as for `Waiting`
        self,
        flow: Scheduler,
        context: Context,
        site: int,
        function: Callable[..., Any],
        args: Sequence[Value],
        missing: Iterator[Pending],
        outs: int = -1,
        levels: int | None = None,
    ) -> None:
        """As for `Lifted`."""
        super().__init__(flow, context, site, function, args, missing, outs)
        self.levels = levels
        self.ready = False

    def run(self) -> None:
        """Wait for the frontier, unless it is here."""
        self.ready = True
        if self.scope.head.next is self:
            self.flow.order.advance(self.scope)

    def reached(self) -> bool:
        """Run if the arguments are there and the scope has been reached."""
        if not (self.ready and self.scope.is_live(self.levels)):
            return False
        self.perform()
        return True

    def perform(self) -> None:
        """Run now: the frontier moves on by itself."""
        flow = self.flow
        self.ready = False
        try:
            result = self.function(*self.values())
        except Exception as error:  # noqa: BLE001 - becomes the failure of this node, in the plan's words
            self.error = flow.told(error, self)
            flow.poison(self.outs)
            self.state = FAILED
            return
        self.give(result)
        self.state = DONE
        flow.world.over(self)


class Observation(InOrder):
    """An observation: it waits for its arguments, and for earlier changes that could alter what it sees.

    One that fails while changes are still to come looks again in its turn: what its message says may hang on them.
    """

    __slots__ = ("outside",)
    outside: Outside

    def run(self) -> None:
        """Look, unless an earlier change stands in the way; then look again when that is through."""
        world = self.flow.world
        blocking = world.blocking(self.outside, self.values(), self)
        if blocking is not None:
            self.missing = iter(())
            self.flow.await_(blocking, self)
            return
        try:
            result = self.function(*self.values())
        except Exception as error:  # noqa: BLE001 - becomes the failure of this node, in the plan's words
            if world.expects_before(self):
                super().run()
            else:
                self.flow.fail_node(self, self.flow.told(error, self))
            return
        self.give(result)
        self.flow.order.done(self)


class Parked(Waiting):
    """A region of flow code that runs once what it tests is known."""

    __slots__ = ("follows", "function", "running", "through")

    def __init__(  # noqa: PLR0913, PLR0917 - as for `Waiting`
        self,
        flow: Scheduler,
        context: Context,
        site: int,
        function: Callable[..., Any],
        args: Sequence[Value],
        missing: Iterator[Pending],
        outs: int,
    ) -> None:
        """`function(context, *args)` gives a tuple of `outs` values, or with -1 one bare value."""
        super().__init__(flow, context, site, args, missing, outs)
        self.function = function
        self.running = False
        self.follows = False
        """Whether it goes over a list while that grows."""
        self.through: Pending | None = None
        """Known as soon as the region has run, for those who wait for what it may change."""

    def run(self) -> None:
        """Run the region at its own place in program order."""
        flow = self.flow
        order = flow.order
        before = order.cursor, order.scope, flow.depth, flow.path
        order.cursor, order.scope, flow.depth, flow.path = self, self.scope, self.depth, self.path
        args, function = self.values(), self.function
        self.forget()
        self.running = True
        try:
            result = function(self.context, *args)
        except BaseException as error:  # noqa: BLE001 - becomes a failure in program order, or goes on as it is
            flow.stopped(error, self)
            flow.poison(self.outs)
        else:
            self.give(result)
        finally:
            self.running = False
            order.cursor, order.scope, flow.depth, flow.path = before
        if self.through is not None:
            flow.resolve(self.through, None)
            flow.world.over(self)
        order.done(self)

    def forget(self) -> None:
        """Let go of everything that was kept for the run, the region too: it may hold the scope of a `try`."""
        super().forget()
        self.function = _over

    def cancel(self) -> None:
        """Nobody wants it any more."""
        super().cancel()
        if self.through is not None and self.through.state == WAITING:
            self.flow.poison((self.through,))


def _over(*_args: Value) -> tuple[Value, ...]:
    """Stands for the region of a node that has run."""
    return ()
