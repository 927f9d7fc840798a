"""Workers as threads of this process: one pool for each model, kept loaded from run to run."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections.abc import Hashable, Iterable

from .clock import RealTime
from .pool import Pool
from .protocol import OpenContext, WorkerKind
from .starter import STARTED, Starter

CLOSING = 3.0
"""Seconds that workers have to stop when the program ends."""
_POOLS: weakref.WeakSet[Pool] = weakref.WeakSet()
"""All pools of this process whose threads may still run."""


class LocalWorkers(RealTime):
    """All pools of this process. Models stay loaded from run to run, until `close` or the end of the program."""

    def __init__(self) -> None:
        """Start with no model loaded. Make it outside of the plan's thread: see `starter`."""
        self._starter = Starter()
        self._pools: dict[Hashable, Pool] = {}
        self._lock = threading.Lock()

    def pool(
        self, kind: WorkerKind, model: str, settings: Hashable, open_context: OpenContext, most: int | None = None
    ) -> Pool:
        """The pool of `model` for workers of `kind` with these `settings`."""
        key = (kind.plugin, kind.name, model, settings)
        with self._lock:
            if not self._starter.stop.alive:
                self._starter = Starter()
            if key not in self._pools:
                self._pools[key] = Pool(kind, model, open_context, self._starter.start)
                _POOLS.add(self._pools[key])
            found = self._pools[key]
            found.most = most or default_workers()
            return found

    def close(self) -> None:
        """End all workers and let go of their models."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        _join(thread for pool in pools for thread in pool.close())
        self._starter.stop()


def default_workers() -> int:
    """How many workers a model may have where nobody says.

    Each computes with one thread, and they share the machine's memory with each other and with the interpreter: two
    on four cores take half the time of one, three no less than two (measured with the encoder that ships).
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 2) if cores < 4 else min(cores // 2, 4)


def _join(threads: Iterable[threading.Thread]) -> None:
    end = time.monotonic() + CLOSING
    for thread in list(threads):
        if thread is not threading.current_thread():
            thread.join(max(0.0, end - time.monotonic()))


@atexit.register
def _end() -> None:
    """End all workers with the program, also those whose owner was let go of.

    CPython stops threads that are left then wherever they are; in the midst of a model's C++ code that ends the process
    with a complaint ("terminate called without an active exception").
    """
    for pool in list(_POOLS):
        pool.close()
    _join(list(STARTED))
