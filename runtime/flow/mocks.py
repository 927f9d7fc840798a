"""Mocks in tests of flow form: what stands for a function may make calls itself, and its answers may be pending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from planlang.runtime.mocks import Mock
from planlang.runtime.values import Value

from .callbacks import Callbacks
from .calls import Calls, is_flow
from .context import Context
from .flow import Flow
from .nodes import InOrder
from .pending import FAILED, known
from .scheduler import Stopped
from .world import Outside

Replace = Callable[[tuple[str, str | None], str, Any, Value], None]
"""Replaces a function everywhere: `Instance.mock`."""


class Mocks:
    """What generated code calls in tests."""

    def __init__(self, flow: Flow, calls: Calls, callbacks: Callbacks, replace: Replace) -> None:
        """For one run."""
        self.flow = flow
        self.calls = calls
        self.callbacks = callbacks
        self.replace = replace

    def mock_here(  # noqa: PLR0913, PLR0917 - where it stands, what it stands for, and what answers
        self, context: Context, site: int, where: tuple[str, str | None], name: str, wanted: Any, value: Value
    ) -> None:
        """`mock name = value`: what comes before in program order still calls the function, what comes after this."""
        flow = self.flow
        if not flow.order.is_clear():
            node = InOrder(flow, context, site, _through, (), iter(()))
            flow.order.add(node)
            node.attempt()
            flow.force(node.outs[0])
        self.replace(where, name, wanted, flow.force(value))

    def one_at_a_time(self) -> None:
        """Make each call wait for the one before from here on."""
        self.flow.sequential = True

    def mocked(  # noqa: PLR0913, PLR0917 - a call of whatever stands there by now
        self, context: Context, site: int, name: str, target: Any, args: tuple[Value, ...], named: dict[str, Value]
    ) -> Any:
        """A call of a library function that some test replaces; `name` is set where it calls functions."""
        if isinstance(target, Mock):
            return self.answer(context, site, target, args, named)
        if isinstance(target, Outside):
            return self.calls.outside(context, site, target, args, named)
        if not callable(target):
            return self.calls.model(context, site, target, args, named)
        if name:
            return self.callbacks.call(context, site, name, args, named)
        count, names = len(args), tuple(named)

        def plain(*given: Value) -> Value:
            return target(*given[:count], **dict(zip(names, given[count:], strict=True)))

        return self.flow.lift(context, site, plain, (*args, *named.values()), None)

    def answer(self, context: Context, site: int, mock: Mock, args: tuple[Value, ...], named: dict[str, Value]) -> Any:
        """The answer of a mock to one call. Which call gets which answer of a list follows program order."""
        wanted = mock.wanted(args, named)
        if mock.function is not None:
            args, named = mock.taken(args, named)
            made = self.calls.value(context, site, mock.function, args, named)
            if wanted is None:
                return made
            return self.flow.lift(context, site, mock.checker(wanted), (made,), None)
        order = self.flow.order
        if order.is_clear():
            return mock.next_answer(wanted)
        node = InOrder(self.flow, context, site, mock.next_answer, (wanted,), iter(()))
        order.add(node)
        node.attempt()
        out = node.outs[0]
        if out.state == FAILED:
            raise Stopped
        return known(out)

    def stand_in(self, mock: Mock) -> Callable[..., Value]:
        """A function that gives the answers of `mock`, for flow code that calls it in a context of its own."""

        def mocked(context: Context, *args: Value, **named: Value) -> Value:
            return self.answer(cast(Context, context.parent), context.site, mock, args, named)

        mocked.__code__ = mocked.__code__.replace(co_name=f"g·{mock.name}")
        mocked.__name__ = mock.name
        return mocked

    def as_value(self, mock: Mock) -> Callable[..., Value]:
        """A function value that gives the answers of `mock`."""
        return mock.direct() if mock.function is not None and not is_flow(mock.function) else self.stand_in(mock)

    def names(self) -> dict[str, Any]:
        """What generated code calls, by the name it calls it."""
        return {"mock_here": self.mock_here, "mocked": self.mocked, "one_at_a_time": self.one_at_a_time}


def _through() -> None:
    """All before this has succeeded."""
