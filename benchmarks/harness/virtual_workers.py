"""Workers without threads: batches end when their model's service time is over, on a clock that jumps or sleeps.

With `VirtualClock` nothing ever sleeps: when the interpreter has nothing left to run, the clock jumps to the end of the
next batch. The interpreter's own time counts as zero, so a makespan is exact and the same on every machine. With
`PacedClock` the same workers really take their time, for comparison with programs that cannot be simulated.
"""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Hashable, Sequence
from typing import Protocol

from planlang.runtime.workers.jobs import Batch, Inbox, Ready
from planlang.runtime.workers.protocol import Capacity, Failure, Item, OpenContext, WorkerKind

from . import virtual_models

_PATIENCE = 100_000
"""Looks at an empty agenda after which a run counts as hung."""


class Clock(Protocol):
    """Tells time, and lets it pass."""

    def now(self) -> float:
        """Seconds since its start."""
        ...

    def reach(self, moment: float) -> None:
        """Return when it is `moment`."""
        ...


class VirtualClock:
    """Jumps."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Seconds that were jumped."""
        return self._now

    def reach(self, moment: float) -> None:
        """Make it `moment`."""
        self._now = max(self._now, moment)


class PacedClock:
    """Sleeps `pace` real seconds for each of its own."""

    def __init__(self, pace: float) -> None:
        self._pace = pace
        self._start = time.perf_counter()

    def now(self) -> float:
        """Seconds since its start, at its pace."""
        return (time.perf_counter() - self._start) / self._pace

    def reach(self, moment: float) -> None:
        """Sleep until `moment`."""
        time.sleep(max(0.0, (moment - self.now()) * self._pace))


class VirtualPool:
    """The workers that hold one model: as many as its service says."""

    def __init__(self, workers: VirtualWorkers, kind: WorkerKind, model: str, open_context: OpenContext) -> None:
        self.model = model
        self.closed = False
        self.capacity: Capacity | None = None
        self._workers = workers
        self._worker = kind.create()
        self._open_context = open_context
        self._waiting: deque[Batch] = deque()
        self._running: set[Batch] = set()

    def open(self, inbox: Inbox) -> None:
        """Loading takes no time."""
        if self.capacity is None:
            self._worker.load(self._open_context(lambda _done, _total: None, lambda: False))
            service = virtual_models.MODELS[self.model]
            self.capacity = Capacity(service.workers, 0, service.max_batch, float("inf"), self._measure)
        inbox.post(Ready(self))

    def _measure(self, items: Sequence[Item]) -> list[tuple[float, Hashable] | Failure]:
        return [(self._worker.cost(item), None) for item in items]

    def start(self, batch: Batch) -> None:
        """Begin now if a worker is free, else when one is."""
        if len(self._running) < virtual_models.MODELS[self.model].workers:
            self._begin(batch, self._workers.now())
        else:
            self._waiting.append(batch)

    def _begin(self, batch: Batch, now: float) -> None:
        self._running.add(batch)
        batch.began(now)
        self._workers.schedule(now, self._worker.seconds(batch.items), self, batch)

    def end(self, batch: Batch, moment: float, seconds: float) -> None:
        """Answer `batch`, whose time was over at `moment`, and begin the next."""
        if batch not in self._running:
            return  # it was stopped
        self._running.remove(batch)
        self._workers.answered += [(self.model, item) for item in batch.items]
        batch.finish(self._worker.run(batch.items), seconds)
        if self._waiting:
            self._begin(self._waiting.popleft(), moment)

    def stop(self, batch: Batch) -> None:
        """Its worker is free at once."""
        batch.stopped = True
        if batch in self._waiting:
            self._waiting.remove(batch)
        elif batch in self._running:
            self._running.remove(batch)
            if self._waiting:
                self._begin(self._waiting.popleft(), self._workers.now())

    def tend(self) -> None:
        """No worker ever hangs."""

    def grow(self, waiting: float) -> None:
        """There are as many workers as there are."""


class VirtualWorkers:
    """All pools, and the agenda of batches that are being answered."""

    def __init__(self, clock: Clock | None = None) -> None:
        """In virtual time, unless there is another `clock`."""
        self.answered: list[tuple[str, Item]] = []
        """The calls that were answered, with the model of each."""
        self._clock = clock or VirtualClock()
        self._pools: dict[Hashable, VirtualPool] = {}
        self._agenda: list[tuple[float, int, float, VirtualPool, Batch]] = []
        self._scheduled = 0
        self._idle = 0

    def pool(
        self,
        kind: WorkerKind,
        model: str,
        settings: Hashable,
        open_context: OpenContext,
        most: int | None = None,  # noqa: ARG002 - a service says how many there are
    ) -> VirtualPool:
        """The pool of `model`."""
        key = (kind.plugin, kind.name, model, settings)
        if key not in self._pools:
            self._pools[key] = VirtualPool(self, kind, model, open_context)
        return self._pools[key]

    def now(self) -> float:
        """The clock."""
        return self._clock.now()

    def schedule(self, now: float, seconds: float, pool: VirtualPool, batch: Batch) -> None:
        """Let `batch` end `seconds` after `now`."""
        self._scheduled += 1
        heapq.heappush(self._agenda, (now + seconds, self._scheduled, seconds, pool, batch))

    def wait(self, inbox: Inbox, timeout: float | None) -> None:
        """Let time pass until the next batch ends, and end every batch that ends then."""
        if inbox.messages:
            return
        self._check_patience(timeout)
        until = [self._agenda[0][0]] if self._agenda else []
        until += [self.now() + timeout] if timeout is not None else []
        self._clock.reach(min(until))
        now = self.now()
        while self._agenda and self._agenda[0][0] <= now + 1e-9:
            moment, _, seconds, pool, batch = heapq.heappop(self._agenda)
            pool.end(batch, moment, seconds)

    def _check_patience(self, timeout: float | None) -> None:
        self._idle = 0 if self._agenda else self._idle + 1
        if not self._agenda and (timeout is None or self._idle > _PATIENCE):
            raise RuntimeError("the run waits for calls that were never started")

    def close(self) -> None:
        """Nothing is held."""
        for pool in self._pools.values():
            pool.closed = True
        self._pools = {}
