"""`try` of flow code: its block is settled once all of it has succeeded, or something in it has failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.values import PlanDict, Value

from .context import Context
from .flow import Flow
from .nodes import Parked
from .order import Node, Scope, ScopeStart, Written
from .pending import CANCELLED, FAILED, Pending, known, share
from .scheduler import Stopped

Region = Callable[..., tuple[Value, ...]]
Outer = tuple[tuple[int, int, int], ...]
"""For each written variable that a `try` around must know of: how many scopes above that is, the variable's number
here, and its number there."""
_LONG = 256
"""Writes that are logged before the log is made shorter, again and again."""


class Attempts:
    """What generated code calls for `try`."""

    def __init__(self, flow: Flow, caught: Callable[[Exception], PlanDict]) -> None:
        """`caught` makes what `catch` binds of an error."""
        self.flow = flow
        self.caught = caught

    def attempt(  # noqa: PLR0913, PLR0917 - a block, its handler, and what they work on
        self,
        context: Context,
        site: int,
        body: Region,
        handler: Region,
        written: tuple[Value, ...],
        reads: tuple[Value, ...],
        coded: bool,
        outer: Outer = (),
    ) -> tuple[Value, ...]:
        """`try { body } catch e { handler }`: gives the written variables, after a code if `coded`."""
        order = self.flow.order
        around = order.scope
        start = ScopeStart(context, site)
        order.add(start)
        scope = start.inner = Scope(around, start)
        block = _Attempt(self, context, site, handler, written, reads, coded, scope, outer)
        order.scope = scope
        result = None
        try:
            result = body(context, *written, *reads)
        except Stopped:
            if self.flow.failure is not None or _failed_above(scope):
                raise
            order.add(Node(context, site))  # its end is never reached: what stopped it stands before this
        except Exception as error:  # noqa: BLE001 - becomes a failure in program order, which `catch` may see
            self.flow.fails_here(error, context, site)
        finally:
            order.scope = around
        return block.close(result)

    def wrote(self, levels: int, number: int, value: Value) -> None:
        """Variable `number` of the `try` that lies `levels` scopes above has the value `value` from here on."""
        order = self.flow.order
        scope = order.scope.above(levels)
        log = scope.log
        log.append(order.mark(number, value))
        if len(log) > _LONG and len(log) % _LONG == 1:
            _shorten(scope)

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        return {"attempt": self.attempt, "wrote": self.wrote, "is_clear": self.flow.order.is_clear}


def _shorten(scope: Scope) -> None:
    """Of what is logged before the frontier, only the last value of each variable can still be wanted."""
    passed = scope.head.label
    last: dict[int, Written] = {}
    for entry in scope.log:
        if entry.label <= passed and (entry.number not in last or last[entry.number].label <= entry.label):
            last[entry.number] = entry
    scope.log = [*last.values(), *(entry for entry in scope.log if entry.label > passed)]


def _failed_above(scope: Scope) -> bool:
    above = scope.parent
    while above is not None:
        if above.settled and above.failed is not None:
            return True
        above = above.parent
    return False


class _Attempt:
    """One `try`: its block has a scope of its own, and `end` stands behind it in program order."""

    def __init__(  # noqa: PLR0913, PLR0917 - as for `Attempts.attempt`
        self,
        attempts: Attempts,
        context: Context,
        site: int,
        handler: Region,
        written: tuple[Value, ...],
        reads: tuple[Value, ...],
        coded: bool,
        scope: Scope,
        outer: Outer,
    ) -> None:
        self.attempts = attempts
        self.flow = attempts.flow
        self.context = context
        self.site = site
        self.handler = handler
        self.written = written
        self.reads = reads
        self.coded = coded
        self.scope = scope
        self.outer = outer
        self.result: tuple[Value, ...] | None = None
        self.outs: tuple[Pending, ...] = ()
        self.end: Parked

    def close(self, result: tuple[Value, ...] | None) -> tuple[Value, ...]:
        """The block has been gone through, with this result unless it failed on the way."""
        flow, order, scope = self.flow, self.flow.order, self.scope
        self.result = result
        if scope.settled and scope.failed is not None:  # while the block was running, in a scheduler within it
            self._put_end(0)
            return self._handle_now(scope.failed)
        end = self._put_end(len(self.written) + self.coded)
        flow.world.put_aside(end, self.handler)
        order.advance(scope)
        if not scope.settled:
            self.outs = end.outs
            for value in self.reads:
                share(value)
            scope.on_settled = self._settled
            return self.outs
        if scope.failed is None:
            order.done(end)
            return cast(tuple[Value, ...], self.result)
        order.cursor = end
        return self._handle_now(scope.failed)

    def _put_end(self, outs: int) -> Parked:
        """Put the end of the block, which is the handler's place too, behind it."""
        order = self.flow.order
        end = Parked(self.flow, self.context, self.site, self._handle, (), iter(()), outs)
        self.end = self.scope.end = end
        order.add(end)
        return end

    def _handle_now(self, failed: Node) -> tuple[Value, ...]:
        """The block has failed already: the handler runs at once."""
        order, end = self.flow.order, self.end
        order.abandon(failed, end)
        if isinstance(failed.error, LimitError):
            order.fail(end, failed.error)
            raise Stopped
        order.cursor = end
        order.done(end)
        order.advance(end.scope)
        return self._handle(self.context)

    def _settled(self) -> None:
        """All of the block has succeeded, or something in it has failed."""
        flow, failed, end = self.flow, self.scope.failed, self.end
        if failed is None:
            for out, value in zip(self.outs, cast(tuple[Value, ...], self.result), strict=True):
                flow.resolve(out, value)
            flow.order.done(end)
            end.forget()
            if end.through is not None:
                flow.resolve(end.through, None)
            return
        flow.order.abandon(failed, end)
        if isinstance(failed.error, LimitError):
            flow.fail_node(end, failed.error)
        else:
            flow.ready.append(end)

    def _handle(self, context: Context) -> tuple[Value, ...]:
        """Run the handler on the variables as they were where the block failed."""
        failed = cast(Node, self.scope.failed)
        values = list(self.written)
        labels = [-1] * len(values)
        for entry in self.scope.log:
            if labels[entry.number] <= entry.label < failed.label:
                values[entry.number], labels[entry.number] = known(entry.value), entry.label
        error = cast(PlanError, failed.error)
        failed.state = CANCELLED  # it is over: it holds nothing back any more
        # As in direct form, a caught error knows of the calls from the `try` on.
        error.frames = error.frames[self.context.level :]
        self.scope.log = []
        self.scope.failed = Node(state=FAILED)  # without the scope that the failed node holds
        self._tell_outer(values)
        return self.handler(context, self.attempts.caught(error), *values, *self.reads)

    def _tell_outer(self, values: list[Value]) -> None:
        """Log in the `try`s around this one what its variables are when its handler begins."""
        for levels, number, there in self.outer:
            self.end.scope.above(levels).log.append(self.flow.order.mark(there, values[number]))
