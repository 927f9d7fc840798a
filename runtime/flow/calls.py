"""Calls from flow code: of models, of the world outside, of standard functions that draw by chance, of values."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any, cast

from planlang.lang.signatures import Effect
from planlang.runtime.operators import call_value
from planlang.runtime.run import Run
from planlang.runtime.values import FUNCTIONS, Value

from .context import Context, identity, identity_bytes, step_now
from .flow import Flow
from .model_calls import SENT, Maker, ModelCall
from .nodes import InOrder, Observation, Waiting
from .pending import DONE, FAILED, WAITING, Pending, known, needs, share, unready
from .regions import FIRST, y
from .scheduler import Stopped
from .world import Outside

if TYPE_CHECKING:  # what a run without a journal does not pay for
    from planlang.runtime.journal.effects import Journalled

RECORDED = frozenset(("random", "random_int", "shuffle", "sample"))
"""Standard functions that are functions of their identity and the run's seed."""
ORDERED = frozenset(("now", "ask"))
"""Observations that wait like changes."""


class Calls:
    """What generated flow code calls for calls."""

    def __init__(self, flow: Flow, run: Run) -> None:
        """For one run."""
        self.flow = flow
        self.run = run
        self._journalled = _journalled(run)

    def model(self, context: Context, site: int, maker: Maker, args: tuple[Value, ...], named: dict[str, Value]) -> Any:
        """A model call: a pending value at once, which waits for arguments that are not known yet."""
        flow = self.flow
        values = [*args, *named.values()] if named else args
        node = ModelCall(flow, context, site, maker, args, named, needs(values, None))
        out = node.outs[0]
        for value in values:
            if unready(value) or maker.remote:
                for each in values:
                    share(each)
                flow.order.add(node)
                node.attempt()
                break
        else:
            value = node.send(args, named)
            if value is not SENT:
                return value
            flow.order.add(node)
            flow.dispatcher.pump(wait=False)
        if flow.sequential:
            while out.state == WAITING and flow.dispatcher.pump(wait=True):
                pass
        if out.state == DONE:
            return out.value
        if out.state == FAILED:
            raise Stopped
        return out

    def outside(
        self, context: Context, site: int, what: Outside, args: tuple[Value, ...], named: dict[str, Value]
    ) -> Any:
        """An observation or a change."""
        if what.plugin is None and what.name in RECORDED:
            return self._drawn(context, site, what, args, named)
        names = tuple(named)
        values = (*args, *named.values())
        count = len(args)

        # Its name says that it stands for a library function: a wrong name of an argument is the plan's mistake.
        def library_function_value(*given: Value) -> Value:
            return what.function(*given[:count], **dict(zip(names, given[count:], strict=True)))

        journalled = self._journalled
        if journalled is not None and journalled.covers(what.plugin, what.name):
            return self._recorded(journalled, context, site, what, library_function_value, names, values)
        if what.effect is Effect.CHANGE or (what.plugin is None and what.name in ORDERED):
            return self._change(context, site, what, library_function_value, values)
        return self._observe(context, site, what, library_function_value, values)

    def _recorded(  # noqa: PLR0913, PLR0917 - as for `outside`, taken apart
        self,
        journalled: Journalled,
        context: Context,
        site: int,
        what: Outside,
        perform: Callable[..., Value],
        names: tuple[str, ...],
        values: tuple[Value, ...],
    ) -> Any:
        """The same under the run's journal."""

        def once(*given: Value) -> Value:
            point = journalled.point(identity_bytes(context, site), site, step_now(context))
            return journalled.perform(point, what.plugin, what.name, what.effect, perform, given, names)

        if what.effect is Effect.CHANGE or (what.plugin is None and what.name in ORDERED):
            return self._change(context, site, what, once, values)
        return self._observe(context, site, what, once, values)

    def _change(
        self, context: Context, site: int, what: Outside, perform: Callable[..., Value], values: tuple[Value, ...]
    ) -> Any:
        flow = self.flow
        if not any(map(unready, values)) and flow.order.is_clear():
            return perform(*values)
        for value in values:
            share(value)
        node = InOrder(flow, context, site, perform, values, needs(values, None))
        flow.order.add(node)
        flow.world.expect(what, values, node)
        node.attempt()
        return self._outcome(node)

    def _observe(
        self, context: Context, site: int, what: Outside, perform: Callable[..., Value], values: tuple[Value, ...]
    ) -> Any:
        flow = self.flow
        if not any(map(unready, values)) and flow.world.is_calm:
            return perform(*values)
        for value in values:
            share(value)
        node = Observation(flow, context, site, perform, values, needs(values, None))
        node.outside = what
        flow.order.add(node)
        node.attempt()
        return self._outcome(node)

    def _outcome(self, node: Waiting) -> Any:
        out = node.outs[0]
        if out.state == FAILED:
            raise Stopped
        return known(out)

    def _drawn(
        self, context: Context, site: int, what: Outside, args: tuple[Value, ...], named: dict[str, Value]
    ) -> Any:
        """What is drawn by chance follows from the run's seed and the identity of the call."""
        run = self.run
        number = identity(context, site, self.flow.seed)

        def draw(*values: Value) -> Value:
            run.random = Random(number)  # noqa: S311 - sampling, not secrets
            return what.function(*values)

        return self.flow.lift(context, site, draw, (*args, *named.values()), None)

    def value(
        self, context: Context, site: int, function: Value, args: tuple[Value, ...], named: dict[str, Value]
    ) -> Any:
        """A call of a function value, which may be of flow code or of direct code."""
        flow = self.flow
        function = known(function)
        if type(function) is Pending:
            return self._value_later(context, site, function, args, named)
        if not isinstance(function, FUNCTIONS):
            call_value(function)
        if is_flow(function):
            return function(flow.call(context, site, flow_name(function)), *args, **named)
        if not (any(map(unready, args)) or any(map(unready, named.values()))):
            return function(*args, **named)
        count, names = len(args), tuple(named)

        def asserting(*given: Value) -> Value:  # its name says that it may (see `regions`): nobody knows what it calls
            return function(*given[:count], **dict(zip(names, given[count:], strict=True)))

        return flow.lift(context, site, asserting, (*args, *named.values()), None)

    def _value_later(
        self, context: Context, site: int, function: Value, args: tuple[Value, ...], named: dict[str, Value]
    ) -> Any:
        count, names = len(args), tuple(named)

        def region(inner: Context, function: Value, *given: Value) -> Value:
            return self.value(inner, site, function, given[:count], dict(zip(names, given[count:], strict=True)))

        return self.flow.park(context, site, region, (function, *args, *named.values()), FIRST, 0, -1, y)

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        return {"model": self.model, "outside": self.outside, "call_flow": self.value}


def _journalled(run: Run) -> Journalled | None:
    if run.journal is None:
        return None
    from planlang.runtime.journal.effects import Journalled

    return Journalled(run.journal, run.load, run.permissions)


def is_flow(function: Value) -> bool:
    """Whether a function value takes a context: it is made by flow code, or wraps a library function for it."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_name[0] in "gw" and code.co_name.startswith(("g", "wg")) and "·" in code.co_name


def flow_name(function: Value) -> str:
    """What the plan calls a flow function."""
    return function.__code__.co_name.partition("·")[2]


def flow_value(calls: Calls, name: str, what: Maker | Outside) -> Callable[..., Value]:
    """A library function with an effect as a value of flow code."""
    invoke: Any = calls.outside if isinstance(what, Outside) else calls.model

    def library(context: Context, *args: Value, **named: Value) -> Value:
        plain = {key.partition("·")[2] or key: value for key, value in named.items()}
        return invoke(cast(Context, context.parent), context.site, what, args, plain)

    library.__code__ = library.__code__.replace(co_name=f"g·{name}")
    library.__name__ = name  # what a plan sees that prints it
    return library
