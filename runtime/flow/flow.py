"""What flow code calls where something may not be known yet: it goes on at once, with pending values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from planlang.runtime.errors import LimitError
from planlang.runtime.validate import validate
from planlang.runtime.values import Value

from .context import CALL, Context, LateStep
from .nodes import InOrder, Lifted, Parked
from .pending import FAILED, Part, Pending, flow_dict, flow_list, known, needs, note_along, note_within, share, unready
from .regions import FIRST, may_fail
from .scheduler import Scheduler, Stopped

DEEPEST = 100_000
"""Plan calls that may nest."""


class Flow(Scheduler):
    """One run in flow form."""

    def lift(  # noqa: PLR0913, PLR0917 - what to do, with what, where, and when
        self,
        context: Context,
        site: int,
        function: Callable[..., Any],
        args: Sequence[Value],
        parts: tuple[Part, ...] | None,
        outs: int = -1,
    ) -> Any:
        """`function(*args)` as soon as `parts` of `args` are known: at once if they are, else pending.

        parts: see `needs`. It gives a tuple of `outs` values, or with -1 one bare value.
        """
        missing = needs(args, parts)
        wanted = next(missing, None)
        if wanted is None:
            return function(*[known(value) for value in args])
        if wanted.state == FAILED:
            return self._dead(context, site, function, outs)
        for value in args:
            share(value)
        node = Lifted(self, context, site, function, args, chain((wanted,), missing), outs)
        self.order.add(node)
        if self.world.guarded and may_fail(function):
            self.world.guard(node)
        node.attempt()
        return node.outs if outs >= 0 else node.outs[0]

    def lift_in_order(  # noqa: PLR0913, PLR0917 - what to do, with what, where, and when
        self,
        context: Context,
        site: int,
        function: Callable[..., Any],
        args: Sequence[Value],
        parts: tuple[Part, ...] | None,
        moved: int,
        outs: int,
        levels: int | None,
        grows: bool = False,
    ) -> Any:
        """A change to variables, put off until `parts` of `args` are known and all before it has succeeded.

        The first `moved` of `args` are taken over, the others are shared. levels: in which scope, see `InOrder`;
        -1 waits for no other. grows: whether it only makes the list `args[0]` longer.
        """
        missing = needs(args, parts)
        for value in args[moved:]:
            share(value)
        node: Lifted
        if levels == -1:
            node = Lifted(self, context, site, function, args, missing, outs)
            if grows:
                node.outs[0].base = args[0]
        else:
            node = InOrder(self, context, site, function, args, missing, outs, levels)
        self.order.add(node)
        node.attempt()
        return tuple(known(out) for out in node.outs)

    def park(  # noqa: PLR0913, PLR0917 - a region, where it stands, what it needs and gives
        self,
        context: Context,
        site: int,
        function: Callable[..., Any],
        args: Sequence[Value],
        parts: tuple[Part, ...] | None,
        moved: int,
        outs: int,
        like: Callable[..., Any] | None = None,
        grows: tuple[tuple[int, int], ...] = (),
    ) -> Any:
        """The region `function(context, *args)` as soon as `parts` of `args` are known, at its place in the order.

        The first `moved` of `args` are taken over by it, the others are shared with it. It gives `outs` values, or
        with -1 one bare value. like: a region whose name says what this one may do; None for its own.
        grows: for each list that it only makes longer, the numbers of the value and of the argument.
        """
        missing = needs(args, parts)
        wanted = next(missing, None)
        if wanted is None:
            return function(context, *[known(value) for value in args])
        for value in args[moved:]:
            share(value)
        node = Parked(self, context, site, function, args, chain((wanted,), missing), outs)
        self.order.add(node)
        self.world.put_aside(node, like or function)
        for out, arg in grows:
            node.outs[out].base = args[arg]
        node.attempt()
        return node.outs if outs >= 0 else node.outs[0]

    def after(  # noqa: PLR0913, PLR0917 - a region that hangs on a code
        self,
        context: Context,
        site: int,
        function: Callable[..., Any],
        args: Sequence[Value],
        moved: int,
        outs: int,
        grows: tuple[tuple[int, int], ...] = (),
    ) -> Any:
        """What follows a statement that may have left its block: `args[0]` says how, and may not be known yet."""
        if type(args[0]) is Pending:
            return self.park(context, site, function, args, FIRST, moved, outs, None, grows)
        return function(context, *args)

    def _dead(self, context: Context, site: int, function: Callable[..., Any], outs: int) -> Any:
        """Something that depends on what failed: it never happens."""
        node = Lifted(self, context, site, function, (), iter(()), outs)
        self.order.add(node)
        node.doom()
        return node.outs if outs >= 0 else node.outs[0]

    def fit(self, context: Context, site: int, value: Value, wanted: Any, what: str) -> Value:
        """`value`, checked to be a `wanted` as soon as it is known."""

        def checked(given: Value) -> Value:
            return validate(given, wanted, what)

        return self.lift(context, site, checked, (value,), None)

    def stop(self) -> None:
        """A failure that is not known yet stands in program order: nothing comes after it here."""
        raise Stopped

    def stepped(self, context: Context, title: Value) -> Context:
        """`context` in the step called `title`."""
        return context.stepped(str(self.force(title)))

    def in_step(self, context: Context, title: Value) -> Context:
        """`context` in the step that a block has begun, if it has; that need not be known before an error tells it."""
        title = known(title)
        if type(title) is Pending:
            return context.stepped(LateStep(title, context.step))
        return context.stepped(title) if type(title) is str and title != context.step else context

    def call(self, context: Context, site: int, name: str) -> Context:
        """The context of a call of a plan function."""
        if context.level >= DEEPEST:
            raise LimitError(
                "the calls nest too deeply (more than 100,000 function calls inside one another)",
                "does this recursion ever end? A loop needs no depth",
            )
        return Context(context, site, 0, CALL, name)

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        return {
            "lift": self.lift, "park": self.park, "after": self.after, "lift_in_order": self.lift_in_order,
            "enter": self.call, "force": self.force, "fit": self.fit, "stop": self.stop,
            "stepped": self.stepped, "in_step": self.in_step,
            "flow_list": flow_list, "flow_dict": flow_dict, "note_along": note_along, "note_within": note_within,
            "known": known, "Pending": Pending, "unready": unready, "share": share,
        }  # fmt: skip
