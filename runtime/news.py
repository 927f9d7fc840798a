"""What the watcher of a run is told of its model calls, in the plan's own thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from planlang.runtime.progress import CallsDone, CallsStarted, Event


class News:
    """Events that the watcher was not told yet, and the counts that it knows."""

    def __init__(self, watcher: Callable[[Event], None] | None) -> None:
        """Nothing happened."""
        self._watcher = watcher
        self._events: deque[Event] = deque()
        self._made = 0
        self._done = 0

    def add(self, event: Event) -> None:
        """Something happened that a watcher may want to know."""
        if self._watcher is not None:
            self._events.append(event)

    def tell(self, made: int, done: int) -> None:
        """Tell the watcher what is new; so many calls were made, and so many are answered or failed."""
        watcher = self._watcher
        if watcher is None:
            return
        while self._events:
            watcher(self._events.popleft())
        if made != self._made:
            self._made = made
            watcher(CallsStarted(made))
        if done != self._done:
            self._done = done
            watcher(CallsDone(done))
