"""An asyncio event loop in virtual time: when nothing is ready to run, its clock jumps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.SelectSelector):
    """Looks at what is ready, and instead of sleeping until a timer moves the loop's clock to it."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("every task waits for another one")
        if not ready and timeout:
            self.loop.virtual_now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; `virtual_now` is its clock in seconds, from 0."""

    def __init__(self) -> None:
        selector = _Jumping()
        selector.loop = self
        self.virtual_now = 0.0
        super().__init__(selector)

    def time(self) -> float:
        """The virtual clock, which `sleep`, `call_later` and all else in asyncio go by."""
        return self.virtual_now


def run(work: Coroutine[Any, Any, T]) -> tuple[T, float]:
    """What `work` gives, and the virtual seconds that it took."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(work), loop.virtual_now
    finally:
        loop.close()
