"""Loops of flow code: what they do when what they hang on is not known yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, cast

from planlang.runtime.operators import iterable, unpack
from planlang.runtime.values import PlanDict, Value

from .context import HIDDEN, TURN, Context
from .flow import Flow
from .growing import MORE, Growing
from .nodes import Parked
from .pending import Pending, known, share
from .regions import FIRST, LEFT, MAY_RETURN, NEVER_LEFT, NORMAL

State = tuple[Value, ...]
"""The variables that a loop writes."""
Body = Callable[..., State]
"""`body(turn, x, *state, *reads)` gives the new state, behind a code where the loop may be left."""


class Loops:
    """What generated code calls for loops, and for taking apart what they go over."""

    def __init__(self, flow: Flow, step: Callable[[], None] | None) -> None:
        """`step` counts a turn against the limit of steps."""
        self.flow = flow
        self.step = step

    def loop(  # noqa: PLR0913, PLR0917 - a loop: over what, doing what, with what
        self,
        context: Context,
        site: int,
        over: Value,
        body: Body,
        state: State,
        reads: tuple[Value, ...],
        leaves: int,
        hidden: bool = False,
        grows: tuple[int, ...] = (),
        like: Body | None = None,
    ) -> State:
        """`for x in over { body }`: gives the written variables as they are at the end.

        over: None for a loop without end. leaves: one of `NEVER_LEFT`, `MAY_BREAK` and `MAY_RETURN`, with the last
            of which the loop gives a code before the variables.
        hidden: whether no report shows the turns. grows: the numbers of those in `state` that are lists which the
            body only makes longer.
        like: a region whose name says what the body may do; None for its own.
        """
        made = _Loop(self.flow, self.step, context, site, body, leaves, HIDDEN if hidden else TURN, grows, like or body)
        return made.begin(over, state, reads)

    def gone_over(self, context: Context, site: int, over: Value) -> Value:
        """`over`, which a loop goes over, checked as soon as it is known."""
        over = known(over)
        if type(over) is not Pending:
            return iterable(over)
        return over if over.base is not None else self.flow.lift(context, site, iterable, (over,), FIRST)

    def parts(self, context: Context, site: int, value: Value, count: int) -> Sequence[Value]:
        """The `count` parts of `value`, a list that need not be known."""
        value = known(value)
        if type(value) is not Pending:
            return [share(known(part)) for part in unpack(value, count)]

        def taken_apart(given: Value) -> tuple[Value, ...]:
            return tuple(map(share, unpack(given, count)))

        return self.flow.lift(context, site, taken_apart, (value,), FIRST, count)

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        return {"loop": self.loop, "parts": self.parts, "gone_over": self.gone_over}


class _Loop:
    """A loop on its way. What it works on is no part of it: while it is put aside, its node keeps that."""

    __slots__ = ("body", "context", "flow", "kind", "leaves", "like", "longer", "site", "step", "turn", "turns")

    def __init__(  # noqa: PLR0913, PLR0917 - as for `Loops.loop`
        self,
        flow: Flow,
        step: Callable[[], None] | None,
        context: Context,
        site: int,
        body: Body,
        leaves: int,
        kind: int,
        grows: tuple[int, ...],
        like: Body,
    ) -> None:
        """Before its first turn."""
        self.flow = flow
        self.step = step
        self.context = context
        self.site = site
        self.body = body
        self.like = like
        self.leaves = leaves
        self.kind = kind
        self.longer = tuple((number + (leaves == MAY_RETURN), number) for number in grows)
        """For each list that the loop only makes longer, its number among what it gives and in its state."""
        self.turn = 0
        self.turns: Iterator[Value]

    def begin(self, over: Value, state: State, reads: tuple[Value, ...]) -> State:
        """Go over `over`, or wait for it."""
        over = known(over)
        if over is None:
            self.turns = _endless()
            return self._drive(state, reads)
        share(over)
        if type(over) is not Pending:
            if type(over) is PlanDict:
                self.kind = HIDDEN
            self.turns = iter(over)
        elif over.base is not None:
            self.turns = Growing(over)
        else:
            return self._put_aside(over, self.begin, state, reads)
        return self._drive(state, reads)

    def _drive(self, state: State, reads: tuple[Value, ...]) -> State:
        """Go on with the next turn."""
        ease, step, body, context, site = self.flow.ease, self.step, self.body, self.context, self.site
        kind, turn, always_on = self.kind, self.turn, self.leaves == NEVER_LEFT
        for item in self.turns:
            if item is MORE:
                self.turn = turn
                return self._follow(state, reads)
            turn += 1
            if step is not None:
                step()
            ease()
            inner = Context(context, site, turn, kind)
            if always_on:
                state = body(inner, item, *state, *reads)
                continue
            code, *rest = body(inner, item, *state, *reads)
            state = tuple(rest)
            code = known(code)
            if type(code) is Pending:
                self.turn = turn
                return self._put_aside(code, self._go_on, state, reads)
            if code != NORMAL:
                return self._end(code, state)
        return self._end(NORMAL, state)

    def _end(self, code: int, state: State) -> State:
        """What the loop gives: a `break` ends it and nothing else."""
        if self.leaves != MAY_RETURN:
            return state
        return (LEFT if code == LEFT else NORMAL, *state)

    def _go_on(self, code: int, state: State, reads: tuple[Value, ...]) -> State:
        """The turn in hand was left with `code`."""
        return self._drive(state, reads) if code == NORMAL else self._end(code, state)

    def _put_aside(
        self,
        wanted: Pending,
        follow: Callable[[Any, State, tuple[Value, ...]], State],
        state: State,
        reads: tuple[Value, ...],
    ) -> State:
        """`follow(wanted, state, reads)` once `wanted` is known."""
        size = len(state)

        def region(_context: Context, wanted: Value, *rest: Value) -> State:
            return follow(wanted, rest[:size], rest[size:])

        args = (wanted, *state, *reads)
        outs = size + (self.leaves == MAY_RETURN)
        longer = tuple((out, 1 + arg) for out, arg in self.longer)
        return self.flow.park(self.context, self.site, region, args, FIRST, 1 + size, outs, self.like, longer)

    def _follow(self, state: State, reads: tuple[Value, ...]) -> State:
        """Go on once the list that the loop goes over has more elements, or its end is known."""
        flow, size = self.flow, len(state)
        turns = cast(Growing, self.turns)  # nothing else gives `MORE`

        def region(_context: Context, *rest: Value) -> State:
            return self._drive(rest[:size], rest[size:])

        for value in reads:
            share(value)
        outs = size + (self.leaves == MAY_RETURN)
        node = Parked(flow, self.context, self.site, region, (*state, *reads), turns.missing(), outs)
        node.follows = True
        flow.order.add(node)
        flow.world.put_aside(node, self.like)
        for out, arg in self.longer:
            node.outs[out].base = state[arg]
        node.attempt()
        return node.outs


def _endless() -> Iterator[None]:
    while True:
        yield None
