"""Inputs of a session in flow form: each statement runs to its end, and its variables are known then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from planlang.runtime.errors import PlanError
from planlang.runtime.support import MISSING
from planlang.runtime.values import Value

from .attempts import Attempts, Region
from .calls import Calls
from .context import Context
from .flow import Flow
from .nodes import InOrder
from .order import Scope
from .pending import known, needs


class Inputs:
    """What generated code of a session calls, and what the session asks of it."""

    def __init__(
        self, flow: Flow, calls: Calls, attempts: Attempts, failure: Callable[[Value], PlanError], space: dict[str, Any]
    ) -> None:
        """`failure` makes the error of what a `catch` would bind; `space` holds the session's variables."""
        self.flow = flow
        self.calls = calls
        self.attempts = attempts
        self.failure = failure
        self.space = space

    def settled(  # noqa: PLR0913, PLR0917 - a statement: where, what, and on which variables
        self,
        context: Context,
        site: int,
        body: Region,
        names: tuple[str, ...],
        written: tuple[Value, ...],
        reads: tuple[Value, ...],
    ) -> tuple[Value, ...]:
        """What the statement `body` gives for the variables `names`, known to their depths.

        Where it fails or is interrupted, they keep what they were given until there, as for a `try`.
        """
        order = self.flow.order
        scope: Scope | None = None

        def whole(inner: Context, *given: Value) -> tuple[Value, ...]:
            nonlocal scope
            scope = order.scope
            return body(inner, *given)

        def gave_up(_inner: Context, caught: Value, *values: Value) -> tuple[Value, ...]:
            nonlocal scope
            scope = None
            self._keep(names, values)
            raise self.failure(caught)

        try:
            outs = self.attempts.attempt(context, site, whole, gave_up, written, reads, False)
            self.flow.force(self._all_done(context, site))
            return tuple(self.flow.force(out) for out in outs)
        except BaseException:
            if scope is not None:  # a limit was reached, or Ctrl-C came
                self._keep(names, self._as_far_as_done(scope, written))
            raise

    def _all_done(self, context: Context, site: int) -> Value:
        """Something that is known once all before it has succeeded."""
        node = InOrder(self.flow, context, site, _done, (), iter(()))
        self.flow.order.add(node)
        node.attempt()
        return node.outs[0]

    def _as_far_as_done(self, scope: Scope, written: Sequence[Value]) -> list[Value]:
        """The values of the variables where the frontier of `scope` stands."""
        self.flow.order.advance(scope)
        reached = scope.head.label
        values = list(written)
        labels = [-1] * len(values)
        for entry in scope.log:
            if labels[entry.number] <= entry.label <= reached:
                values[entry.number], labels[entry.number] = entry.value, entry.label
        return values

    def _keep(self, names: Sequence[str], values: Sequence[Value]) -> None:
        """Give the session's variables their values; those that were not declared by then stay without."""
        for name, value in zip(names, values, strict=False):
            if value is not MISSING and name in self.space and next(needs((value,), None), None) is None:
                self.space[name] = known(value)

    def replace(self, names: Sequence[str]) -> None:
        """The functions `names`, which only compute, are called by flow code too that knew others by these names."""
        for name in names:
            for known_as, function in ((f"g·{name}", f"f·{name}"), (f"wg·{name}", f"wf·{name}")):
                if known_as in self.space:
                    self.space[known_as] = self._as_flow(name, self.space[function])

    def _as_flow(self, name: str, function: Callable[..., Value]) -> Callable[..., Value]:
        """The direct function `function` as flow code calls it."""

        def declared_anew(context: Context, *args: Value, **named: Value) -> Value:
            return self.calls.value(cast(Context, context.parent), context.site, function, args, named)

        declared_anew.__code__ = declared_anew.__code__.replace(co_name=f"g·{name}")
        declared_anew.__name__ = name
        return declared_anew

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        return {"settled": self.settled}


def _done() -> None:
    """All before this has succeeded."""
