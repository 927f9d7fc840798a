"""All pools of actors that one program uses, on one connection to Ray."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Hashable
from functools import partial
from itertools import count
from typing import Any

from planlang.runtime.workers.clock import RealTime
from planlang.runtime.workers.protocol import OpenContext, WorkerKind
from planlang.runtime.workers.starter import Starter

from .cluster import Connection
from .pool import RayPool

CLOSING = 3.0
"""Seconds that actors have to stop when the program ends."""


class RayWorkers(RealTime):
    """Models in a Ray cluster. They stay loaded from run to run, until `close` or the end of the program."""

    def __init__(self, address: str | None = None) -> None:
        """`address` is `ray://host:port`; None is what RAY_ADDRESS says, else a cluster of this machine alone.

        Make it outside of the plan's thread: see `starter`.
        """
        self._address = address
        self._at_end = partial(_close_if_alive, weakref.ref(self))
        self.connection = Connection(address, self._at_end)
        self._starter = Starter()
        self._pools: dict[Hashable, tuple[RayPool, threading.Event]] = {}
        self._lock = threading.Lock()
        self._names = count(1)
        atexit.register(self._at_end)

    def begin(self) -> None:
        """Connect to the cluster, meanwhile: starting one takes seconds."""
        self.connection.begin()

    def pool(
        self, kind: WorkerKind, model: str, settings: Hashable, open_context: OpenContext, most: int | None = None
    ) -> RayPool:
        """The pool of `model` for workers of `kind` with these `settings`, for tasks that need the same."""
        key = (kind.plugin, kind.name, model, settings, kind.needs)
        with self._lock:
            if not self._starter.stop.alive:
                self._starter, self.connection = Starter(), Connection(self._address, self._at_end)
            if key not in self._pools:
                pool, ended = RayPool(self, kind, model, open_context), threading.Event()
                self._pools[key] = pool, ended
                self._starter.start(lambda: _serve(pool, ended), f"worker {model}")
            found = self._pools[key][0]
            found.most = most
            return found

    def make_room(self, wanting: object) -> None:
        """`wanting` finds no place in the cluster: let other models give up what they do not need."""
        with self._lock:
            others = [pool for pool, _ in self._pools.values() if pool is not wanting]
        for pool in others:
            pool.make_room()

    def new_name(self) -> str:
        """A name for an actor, told apart from those of other processes."""
        return f"ray-{os.getpid()}-{next(self._names)}"

    def means_loss(self, error: BaseException) -> bool:
        """Whether `error`, which a call of an actor ended with, means that the actor is lost."""
        errors: Any = self.connection.ray.exceptions
        return isinstance(error, errors.RayError) and not isinstance(error, errors.RayTaskError)

    def close(self) -> None:
        """End all actors and let go of their models."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        for pool, _ in pools:
            pool.close()
        for _, ended in pools:
            ended.wait(CLOSING)
        self._starter.stop()
        self.connection.close()


def _serve(pool: RayPool, ended: threading.Event) -> None:
    try:
        pool.serve()
    finally:
        ended.set()


def _close_if_alive(reference: weakref.ref[RayWorkers]) -> None:
    workers = reference()
    if workers is not None:
        workers.close()
