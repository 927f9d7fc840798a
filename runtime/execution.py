"""Running plan code: on a thread with a large stack, watched from outside for Ctrl-C, time and memory."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from .errors import Interrupted, LimitError
from .run import Limits

T = TypeVar("T")
P = ParamSpec("P")
DEPTH = 110_000
"""Python frames that may nest; a plan's function call is one, and 100,000 of them must fit."""
STACK = 512 * 1024 * 1024
"""Bytes of stack, reserved and not touched until needed."""
_TURN = 0.02
"""Seconds between two looks at memory."""

_AGAIN = 0.2
"""Seconds until an interrupt is tried again: Python drops one that arrives in a weak reference's callback."""
_WHOLE = threading.RLock()
"""Held while something is done that an interrupt waits for."""


def uninterrupted(function: Callable[P, T]) -> Callable[P, T]:
    """`function` as something that is done as a whole or not begun: what interrupts a run waits for its end."""

    @wraps(function)
    def whole(*args: P.args, **named: P.kwargs) -> T:
        with _WHOLE:
            return function(*args, **named)

    return whole


class Watch:
    """Stops a run from outside: it raises `Interrupted` in the plan's thread, and remembers why."""

    def __init__(self, limits: Limits) -> None:
        """Watch for `limits`."""
        self.limits = limits
        self.reason: LimitError | None = None
        self.thread: int | None = None
        self._asked = False
        self._done = threading.Event()
        self._lock = threading.Lock()

    def interrupt(self) -> None:
        """Raise `Interrupted` in the plan's thread at its next byte code."""
        with _WHOLE, self._lock:
            if self.thread is not None and not self._done.is_set():
                self._asked = True
                _raise_in(self.thread, Interrupted)

    def finish(self) -> None:
        """The run is over: nothing is raised in its thread from now on, nor what was asked for and not raised yet."""
        with self._lock:
            self._done.set()
            if self.thread is not None and self._asked:
                _raise_in(self.thread, None)

    def start(self) -> None:
        """Begin to watch, if there is anything to watch for."""
        if self.limits.max_time is not None or self.limits.max_memory is not None:
            threading.Thread(target=self._watch, name="plan-watch", daemon=True).start()

    def _watch(self) -> None:
        limits = self.limits
        end = time.monotonic() + limits.max_time if limits.max_time is not None else None
        turn = _TURN if limits.max_memory is not None else None
        while True:
            left = end - time.monotonic() if end is not None else None
            if left is not None and left <= 0:
                self._stop(LimitError(f"the plan reached its time limit of {limits.max_time:g} s", "raise --max-time"))
                return
            pauses = [pause for pause in (left, turn) if pause is not None]
            if self._done.wait(min(pauses)):
                return
            if limits.max_memory is not None and memory_in_use() > limits.max_memory:
                size = f"{limits.max_memory / 1e6:,.0f} MB"
                self._stop(LimitError(f"the plan reached its memory limit of {size}", "raise --max-memory"))
                return

    def _stop(self, reason: LimitError) -> None:
        self.reason = reason
        while not self._done.is_set():
            self.interrupt()
            self._done.wait(_AGAIN)


def _raise_in(thread: int, exception: type[BaseException] | None) -> None:
    """Ask CPython to raise `exception` in a thread; None takes back what was asked for."""
    import ctypes  # few runs are interrupted

    asked = ctypes.py_object(exception) if exception is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), asked)


def memory_in_use() -> int:
    """Bytes of memory that this process holds."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def memory_left() -> float:
    """Bytes of memory that programs can still have; endless where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
    except OSError:
        return float("inf")
    sizes = dict(line.split(":", 1) for line in lines)
    return int(sizes["MemAvailable"].split()[0]) * 1024.0 if "MemAvailable" in sizes else float("inf")


class _Outcome:
    """What came of a piece of work on another thread."""

    def __init__(self) -> None:
        self.value: Any = None
        self.error: BaseException | None = None
        self.done = threading.Event()


def on_large_stack(work: Callable[[], T], watch: Watch | None = None) -> T:
    """Do `work` on a thread whose stack holds 100,000 nested plan calls; Ctrl-C interrupts it."""
    outcome = _Outcome()
    before = sys.getrecursionlimit()

    def body() -> None:
        if watch is not None:
            watch.thread = threading.get_ident()
        try:
            try:
                outcome.value = work()
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                outcome.error = error
            if watch is not None:
                watch.finish()
        except Interrupted as late:  # it came after the work had ended
            outcome.error = outcome.error or late
        outcome.done.set()

    thread = _start(body)
    if watch is not None:
        watch.start()
    _wait(outcome, watch)
    thread.join()
    sys.setrecursionlimit(before)
    if isinstance(outcome.error, Interrupted) and watch is not None and watch.reason is not None:
        raise watch.reason
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def _start(body: Callable[[], None]) -> threading.Thread:
    old = threading.stack_size(STACK)
    try:
        sys.setrecursionlimit(max(DEPTH, sys.getrecursionlimit()))
        sys.set_int_max_str_digits(0)
        thread = threading.Thread(target=body, name="plan", daemon=True)
        thread.start()
    finally:
        threading.stack_size(old)
    return thread


def _wait(outcome: _Outcome, watch: Watch | None) -> None:
    """Wait for the work; on Ctrl-C ask it to stop until it does, on a second one give up on it."""
    asked = False
    while not outcome.done.is_set():
        try:
            if outcome.done.wait(_AGAIN if asked else None):
                return
            if watch is not None:
                watch.interrupt()
        except KeyboardInterrupt:
            if asked or watch is None:
                raise
            asked = True
            watch.interrupt()
