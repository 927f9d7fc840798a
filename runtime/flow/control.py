"""Loops and `try` of flow code: what they do when what they hang on is not known yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Any

from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.operators import iterable, unpack
from planlang.runtime.values import PlanDict, Value

from .context import HIDDEN, TURN, Context
from .flow import Flow, Stopped
from .nodes import Parked
from .order import Node, Scope, ScopeStart
from .pending import DONE, WAITING, Pending, known, share

NORMAL, BREAK, CONTINUE, RETURN = 0, 1, 2, 3
"""How a block was left."""
_CODE_ONLY = ((0, (), 1),)


class Control:
    """What generated code calls for loops and `try`."""

    def __init__(self, flow: Flow, caught: Callable[[Exception], PlanDict], step: Callable[[], None] | None) -> None:
        """`caught` makes what `catch` binds of an error; `step` counts a turn against the limit of steps."""
        self.flow = flow
        self.caught = caught
        self.step = step

    # ── loops ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def loop(  # noqa: PLR0913, PLR0917 - a loop: over what, doing what, with what
        self,
        context: Context,
        site: int,
        over: Value,
        body: Callable[..., tuple[Value, ...]],
        state: tuple[Value, ...],
        reads: tuple[Value, ...],
        leaves: int,
        hidden: bool = False,
        grows: tuple[int, ...] = (),
    ) -> tuple[Value, ...]:
        """`for x in over { body }`: gives the written variables as they are at the end.

        over: None for a loop without end. body: `body(turn, x, *state, *reads)` gives the new state.
        leaves: 0 the body never leaves the loop; 1 it may break; 2 it may return: then the body gives a code first,
            and with 2 so does the loop.
        hidden: whether no report shows the turns. grows: the numbers of those in `state` that are lists which the
            body only makes longer.
        """
        over = known(over)
        longer = tuple((number + (leaves == 2), number) for number in grows)
        if type(over) is Pending and over.base is not None:
            share(over)
            kind = HIDDEN if hidden else TURN
            return self._drive(context, site, Growing(over), 0, kind, body, state, reads, leaves, longer)
        if type(over) is Pending:
            flow = self.flow
            size = len(state)
            share(over)

            def region(context: Context, over: Value, *rest: Value) -> tuple[Value, ...]:
                return self.loop(context, site, over, body, rest[:size], rest[size:], leaves, hidden, grows)

            args = (over, *state, *reads)
            later = tuple((out, 1 + arg) for out, arg in longer)
            for value in reads:
                share(value)
            return flow.park(context, site, region, args, _CODE_ONLY, len(args), size + (leaves == 2), body, later)
        kind = HIDDEN if hidden or type(over) is PlanDict else TURN
        turns = _endless() if over is None else iter(over)
        if over is not None:
            share(over)
        return self._drive(context, site, turns, 0, kind, body, state, reads, leaves, longer)

    def _drive(  # noqa: PLR0913, PLR0917
        self,
        context: Context,
        site: int,
        turns: Iterator[Value],
        turn: int,
        kind: int,
        body: Callable[..., tuple[Value, ...]],
        state: tuple[Value, ...],
        reads: tuple[Value, ...],
        leaves: int,
        longer: tuple[tuple[int, int], ...],
    ) -> tuple[Value, ...]:
        """Go on with a loop after `turn` turns."""
        ease, step = self.flow.ease, self.step
        for item in turns:
            if item is _MORE:
                return self._drive_on(context, site, turns, turn, kind, body, state, reads, leaves, longer)
            turn += 1
            if step is not None:
                step()
            ease()
            inner = Context(context, site, turn, kind)
            if not leaves:
                state = body(inner, item, *state, *reads)
                continue
            code, *rest = body(inner, item, *state, *reads)
            state = tuple(rest)
            code = known(code)
            if type(code) is Pending:
                return self._drive_later(context, site, turns, turn, kind, body, code, state, reads, leaves, longer)
            if code != NORMAL:
                return self._left(code, state, leaves)
        return (NORMAL, *state) if leaves == 2 else state

    def _left(self, code: int, state: tuple[Value, ...], leaves: int) -> tuple[Value, ...]:
        if leaves == 2:
            return (RETURN if code == RETURN else NORMAL, *state)
        return state

    def _drive_later(  # noqa: PLR0913, PLR0917
        self,
        context: Context,
        site: int,
        turns: Iterator[Value],
        turn: int,
        kind: int,
        body: Callable[..., tuple[Value, ...]],
        code: Value,
        state: tuple[Value, ...],
        reads: tuple[Value, ...],
        leaves: int,
        longer: tuple[tuple[int, int], ...],
    ) -> tuple[Value, ...]:
        """Whether the loop ends with this turn is not known yet."""
        size = len(state)

        def region(context: Context, code: Value, *rest: Value) -> tuple[Value, ...]:
            if code != NORMAL:
                return self._left(code, rest[:size], leaves)
            return self._drive(context, site, turns, turn, kind, body, rest[:size], rest[size:], leaves, longer)

        args = (code, *state, *reads)
        for value in reads:
            share(value)
        return self.flow.park(
            context, site, region, args, _CODE_ONLY, len(args), size + (leaves == 2), body,
            tuple((out, 1 + arg) for out, arg in longer),
        )  # fmt: skip

    def _drive_on(  # noqa: PLR0913, PLR0917
        self,
        context: Context,
        site: int,
        turns: Any,
        turn: int,
        kind: int,
        body: Callable[..., tuple[Value, ...]],
        state: tuple[Value, ...],
        reads: tuple[Value, ...],
        leaves: int,
        longer: tuple[tuple[int, int], ...],
    ) -> tuple[Value, ...]:
        """The list that the loop goes over may have more elements, nobody knows yet."""
        flow, size = self.flow, len(state)

        def region(context: Context, *rest: Value) -> tuple[Value, ...]:
            return self._drive(context, site, turns, turn, kind, body, rest[:size], rest[size:], leaves, longer)

        for value in reads:
            share(value)
        node = Parked(flow, context, site, region, (*state, *reads), turns.missing(), size + (leaves == 2))
        node.follows = True
        flow.order.add(node)
        flow.world.put_aside(node, body)
        for out, arg in longer:
            node.outs[out].base = state[arg]
        node.attempt()
        return node.outs

    def gone_over(self, context: Context, site: int, over: Value) -> Value:
        """`over`, which a loop goes over, checked as soon as it is known."""
        over = known(over)
        if type(over) is not Pending:
            return iterable(over)
        return over if over.base is not None else self.flow.lift(context, site, iterable, (over,), _CODE_ONLY)

    def parts(self, context: Context, site: int, value: Value, count: int) -> Sequence[Value]:
        """The `count` parts of `value`, a list that need not be known."""
        value = known(value)
        if type(value) is Pending:
            return self.flow.lift(
                context, site, lambda given: tuple(map(share, unpack(given, count))), (value,), _CODE_ONLY, count
            )
        return [share(known(part)) for part in unpack(value, count)]

    # ── try ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def attempt(  # noqa: PLR0913, PLR0917 - a block, its handler, and what they work on
        self,
        context: Context,
        site: int,
        body: Callable[..., tuple[Value, ...]],
        handler: Callable[..., tuple[Value, ...]],
        written: tuple[Value, ...],
        reads: tuple[Value, ...],
        coded: bool,
        outer: tuple[tuple[int, int, int], ...] = (),
    ) -> tuple[Value, ...]:
        """`try { body } catch e { handler }`: gives the written variables, after a code if `coded`.

        outer: for each written variable that a `try` around this one must know of: how many scopes above the `try`
            is, the variable's number here, and its number there.
        """
        order = self.flow.order
        start = ScopeStart(context, site)
        order.add(start)
        scope = start.inner = Scope(order.scope, start)
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
            order.scope = scope.parent  # type: ignore[assignment]
        return block.close(result)

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        return {"loop": self.loop, "parts": self.parts, "gone_over": self.gone_over, "attempt": self.attempt, "wrote": self.wrote,
                "clear_within": self.flow.order.clear_within}  # fmt: skip

    def wrote(self, levels: int, number: int, value: Value) -> None:
        """Variable `number` of the `try` that lies `levels` scopes above has the value `value` from here on."""
        order = self.flow.order
        scope = order.scope
        for _ in range(levels):
            assert scope.parent is not None
            scope = scope.parent
        place = Node(state=DONE)  # after all that regions before this will yet put into the order
        order.add(place)
        log = scope.log
        log.append((place.label, number, value))
        if len(log) > 256 and len(log) % 256 == 1:
            _shorten(scope)


def _shorten(scope: Scope) -> None:
    """Of what is logged before the frontier, only the last value of each variable can still be wanted."""
    passed = scope.head.label
    last: dict[int, tuple[int | Fraction, int, Any]] = {}
    for entry in scope.log:
        if entry[0] <= passed and (entry[1] not in last or last[entry[1]][0] <= entry[0]):
            last[entry[1]] = entry
    scope.log = [*last.values(), *(entry for entry in scope.log if entry[0] > passed)]


def _failed_above(scope: Scope) -> bool:
    above = scope.parent
    while above is not None:
        if above.settled and above.failed is not None:
            return True
        above = above.parent
    return False


def _endless() -> Iterator[None]:
    while True:
        yield None


_MORE = object()
"""Stands for elements of which nobody knows yet whether there are any."""


class Growing:
    """Goes over a list while it grows: first what is known of it, then `_MORE`, and on when there is more.

    The list only ever gets longer, so that the elements of an earlier state of it are the first of the later ones.
    """

    def __init__(self, last: Pending) -> None:
        """`last` is the state of the list that is to be gone over."""
        self._states: list[tuple[Pending, Any]] = []
        """The states that are not known yet, the earliest at the end, each with the one that it grew from."""
        self._list: Value = None
        self._at = 0
        self._go_back(last)

    def _go_back(self, state: Value) -> None:
        """Take in `state` and those before it that are not known."""
        while type(state) is Pending and state.state != DONE:
            base = state.base
            self._states.append((state, base))
            state = base
        if state is not None:
            self._list = known(state)

    def _has_more(self) -> bool:
        while True:
            if self._list is not None and self._at < len(self._list):
                return True
            if not self._states:
                return False
            state, base = self._states[-1]
            if state.state == DONE:
                self._states.pop()
                self._list = known(state)
            elif state.state == WAITING and state.base is not base:
                self._states[-1] = state, state.base
                self._go_back(state.base)
            else:
                return False

    def missing(self) -> Iterator[Pending]:
        """What to wait for until there is more, or the end is known."""
        while not self._has_more() and self._states:
            yield self._states[-1][0]

    def __iter__(self) -> Growing:
        """Itself."""
        return self

    def __next__(self) -> Value:
        """The next element, or `_MORE`."""
        if self._has_more():
            self._at += 1
            return self._list[self._at - 1]
        if self._states:
            return _MORE
        raise StopIteration


class _Attempt:
    """A `try` whose block has been gone through: it is settled once all of it has succeeded or something failed."""

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        control: Control,
        context: Context,
        site: int,
        handler: Callable[..., tuple[Value, ...]],
        written: tuple[Value, ...],
        reads: tuple[Value, ...],
        coded: bool,
        scope: Scope,
        outer: tuple[tuple[int, int, int], ...],
    ) -> None:
        self.outer = outer
        self.control = control
        self.flow = control.flow
        self.context = context
        self.site = site
        self.handler = handler
        self.written = written
        self.reads = reads
        self.coded = coded
        self.scope = scope
        self.result: tuple[Value, ...] | None = None
        self.outs: tuple[Pending, ...] = ()

    def close(self, result: tuple[Value, ...] | None) -> tuple[Value, ...]:
        """The block has been gone through, with this result unless it failed on the way."""
        flow, order, scope = self.flow, self.flow.order, self.scope
        self.result = result
        if scope.settled and scope.failed is not None:  # while the block was running, in a scheduler within it
            return self._handle_now()
        end = scope.end = Parked(
            flow, self.context, self.site, self._handle, (), iter(()), len(self.written) + self.coded
        )
        order.add(end)
        flow.world.put_aside(end, self.handler)
        order.advance(scope)
        if scope.settled:
            if scope.failed is None:
                order.done(end)
                assert self.result is not None
                return self.result
            order.cursor = end
            return self._end_with_handler(end)
        self.outs = end.outs
        for value in self.reads:
            share(value)
        scope.on_settled = self._settled
        return self.outs

    def _handle_now(self) -> tuple[Value, ...]:
        order = self.flow.order
        end = self.scope.end = Parked(self.flow, self.context, self.site, self._handle, (), iter(()), 0)
        order.add(end)
        return self._end_with_handler(end)

    def _end_with_handler(self, end: Parked) -> tuple[Value, ...]:
        """The block has failed already: the handler runs at once."""
        order = self.flow.order
        failed = self.scope.failed
        assert failed is not None
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
        flow, scope = self.flow, self.scope
        end = scope.end
        assert isinstance(end, Parked)
        if scope.failed is None:
            assert self.result is not None
            for out, value in zip(self.outs, self.result, strict=True):
                flow.resolve(out, value)
            flow.order.done(end)
            end.forget()
            if end.through is not None:
                flow.resolve(end.through, None)
            return
        flow.order.abandon(scope.failed, end)
        if isinstance(scope.failed.error, LimitError):
            flow.fail_node(end, scope.failed.error)
        else:
            flow.ready.append(end)

    def _handle(self, context: Context) -> tuple[Value, ...]:
        """Run the handler on the variables as they were where the block failed."""
        failed = self.scope.failed
        assert failed is not None
        values = list(self.written)
        labels: list[int | Fraction] = [-1] * len(values)
        for label, number, value in self.scope.log:
            if labels[number] <= label < failed.label:
                values[number], labels[number] = known(value), label
        error = failed.error
        assert isinstance(error, PlanError)
        # As in direct form, a caught error knows of the calls from the `try` on.
        error.frames = error.frames[self.context.level :]
        self.scope.log = []
        self._tell_outer(values)
        return self.handler(context, self.control.caught(error), *values, *self.reads)

    def _tell_outer(self, values: list[Value]) -> None:
        """Log in the `try`s around this one what its variables are when its handler begins."""
        end = self.scope.end
        assert end is not None
        for levels, number, there in self.outer:
            scope = end.scope
            for _ in range(levels):
                assert scope.parent is not None
                scope = scope.parent
            scope.log.append((end.label, there, values[number]))
