"""Workers without threads: how long each batch takes, and so which answer comes first, follows from a seed.

Time is a number. It moves when the interpreter waits, or, as on a real machine, now and then while it is at work.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from itertools import count
from random import Random
from typing import Any

from planlang.runtime.workers.jobs import Batch, Inbox, Ready
from planlang.runtime.workers.protocol import Capacity, Failure, Item, OpenContext, WorkerKind


class StuckError(Exception):
    """The interpreter waits, and nothing is under way that it could wait for."""


class ScriptedWorkers:
    """All pools of a program."""

    def __init__(self) -> None:
        self.restart(0)

    def restart(self, seed: int) -> None:
        """Begin anew, and follow the script of `seed`."""
        self.random = Random(seed)  # noqa: S311 - timings, not secrets
        self.eager = self.random.choice((0.0, 0.0, 0.1, 0.5))
        """How often an answer arrives although the interpreter is not waiting."""
        self._style = self.random.choice((_even, _any, _any, _long_tailed, _last_first))
        self._pools: dict[tuple[str, str], ScriptedPool] = {}
        self._clock = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = count()

    def pool(
        self,
        kind: WorkerKind,
        model: str,
        settings: Hashable,
        open_context: OpenContext,
        most: int | None = None,
    ) -> ScriptedPool:
        """The pool of `model`."""
        key = kind.name, model
        if key not in self._pools:
            worker = kind.create()
            worker.load(open_context(lambda _done, _total: None, lambda: False))
            self._pools[key] = ScriptedPool(self, worker)
        return self._pools[key]

    def now(self) -> float:
        """Seconds of the script."""
        return self._clock

    def after(self, event: Callable[[], None]) -> None:
        """Let `event` happen, some time from now."""
        number = next(self._count)
        heapq.heappush(self._events, (self._clock + self._style(self.random, number), number, event))

    def move(self) -> None:
        """Perhaps let something happen while the interpreter is at work."""
        if self._events and self.random.random() < self.eager:
            self._next()

    def wait(self, inbox: Inbox, timeout: float | None) -> None:
        """Let things happen until something is in `inbox`, or the time is over."""
        end = None if timeout is None else self._clock + timeout
        while not inbox.messages:
            if self._events and (end is None or self._events[0][0] <= end):
                self._next()
            elif end is None:
                raise StuckError
            else:
                self._clock = end
                return

    def _next(self) -> None:
        when, _, event = heapq.heappop(self._events)
        self._clock = max(self._clock, when)
        event()

    def close(self) -> None:
        """Let go of the models."""
        self._pools.clear()


class ScriptedPool:
    """Workers that hold one model."""

    closed = False

    def __init__(self, workers: ScriptedWorkers, worker: Any) -> None:
        """`worker` answers; how many there are, and how large their batches, the script says."""
        draw = workers.random
        self._workers = workers
        self._worker = worker
        self._capacity = Capacity(
            draw.randint(1, 3),
            draw.randint(0, 1),
            draw.choice((1, 2, 3, 8)),
            measure=draw.choice((None, None, _measure)),
        )
        self._opened = False
        self._free = self._capacity.workers
        self._waiting: deque[Batch] = deque()

    @property
    def capacity(self) -> Capacity | None:
        """None until it is loaded."""
        return self._capacity if self._opened else None

    def open(self, inbox: Inbox) -> None:
        """Load the model, which takes its time."""

        def ready() -> None:
            self._opened = True
            inbox.post(Ready(self))

        self._workers.after(ready)

    def start(self, batch: Batch) -> None:
        """Answer `batch` when its turn comes."""
        self._waiting.append(batch)
        self._begin()
        self._workers.move()

    def _begin(self) -> None:
        while self._free and self._waiting:
            batch = self._waiting.popleft()
            if not batch.stopped:
                self._free -= 1
                batch.began(self._workers.now())
                self._workers.after(lambda batch=batch: self._finish(batch))

    def _finish(self, batch: Batch) -> None:
        self._free += 1
        if not batch.stopped:
            _, _, since = batch.running or (0, 0, self._workers.now())
            batch.finish(getattr(self._worker, batch.method)(batch.items), self._workers.now() - since)
        self._begin()

    def stop(self, batch: Batch) -> None:
        """Nobody waits for `batch`."""
        batch.stopped = True

    def tend(self) -> None:
        """These workers never hang."""

    def grow(self, waiting: float) -> None:
        """The script alone says how many there are."""


def _measure(items: Sequence[Item]) -> list[tuple[float, Hashable] | Failure]:
    """Long texts cost more, and do not share a batch with short ones."""
    return [(1.0 + len(item["text"]), len(item["text"]) > 2) for item in items]


# --- how long a batch takes ------------------------------------------------------------------------------


def _even(_random: Random, _number: int) -> float:
    return 1.0


def _any(random: Random, _number: int) -> float:
    return random.random()


def _long_tailed(random: Random, _number: int) -> float:
    return 50.0 if random.random() < 0.2 else random.random()


def _last_first(_random: Random, number: int) -> float:
    return max(0.01, 100.0 - number)
