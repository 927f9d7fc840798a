"""Starts threads on behalf of the interpreter's thread, which must not start any itself.

While a thread is born, CPython takes it for the one that gives birth to it: an exception that is to interrupt the
plan (`PyThreadState_SetAsyncExc`) would hit the new thread instead, which would die, and its parent wait for it.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeAlias

_Wanted: TypeAlias = "SimpleQueue[tuple[Callable[[], None], str] | None]"
STARTED: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
"""The threads that were started here and may still run."""


class Starter:
    """A thread that starts other threads. Make it outside of the plan's thread."""

    def __init__(self) -> None:
        """Start it."""
        self._wanted: _Wanted = SimpleQueue()
        threading.Thread(target=_serve, args=(self._wanted,), name="starter of workers", daemon=True).start()
        self.stop = weakref.finalize(self, self._wanted.put, None)
        """End it."""

    def start(self, body: Callable[[], None], name: str) -> None:
        """Have a thread started that does `body`; it need not have begun on return."""
        self._wanted.put((body, name))


def _serve(wanted: _Wanted) -> None:
    while thread := wanted.get():
        body, name = thread
        made = threading.Thread(target=body, name=name, daemon=True)
        STARTED.add(made)
        made.start()
        del made, thread, body  # or the model would be held until the next thread is wanted
