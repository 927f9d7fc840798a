"""Workers in virtual time: batches take as long as a test says, and every cut can be looked at."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from itertools import count
from typing import Any

from planlang.runtime.calls import Call, Job, Target
from planlang.runtime.dispatch import dispatcher
from planlang.runtime.run import Run, RunOptions
from planlang.runtime.workers.jobs import Batch, Inbox, Ready
from planlang.runtime.workers.protocol import Capacity, Failure, Item, OpenContext, WorkerKind

KIND = WorkerKind("test", "kind", object)
Answer = Callable[[Item], Any]


class SimulatedPool:
    """Workers that hold one model."""

    def __init__(self, workers: SimulatedWorkers, capacity: Capacity) -> None:
        self.capacity: Capacity | None = capacity
        self.closed = False
        self.stopped: list[Batch] = []
        self._workers = workers
        self._busy: set[Batch] = set()
        self._waiting: deque[Batch] = deque()

    def open(self, inbox: Inbox) -> None:
        inbox.post(Ready(self))

    def start(self, batch: Batch) -> None:
        self._workers.batches.append([item.arguments["text"] for item in batch.items])
        self._workers.cut_at.append(self._workers.now())
        self._waiting.append(batch)
        self._begin()

    def _begin(self) -> None:
        assert self.capacity is not None
        while self._waiting and len(self._busy) < self.capacity.workers:
            batch = self._waiting.popleft()
            self._busy.add(batch)
            batch.began(self._workers.now())
            self._workers.later(self._workers.seconds(batch.items), lambda batch=batch: self._end(batch))

    def _end(self, batch: Batch) -> None:
        if batch in self._busy:
            self._busy.remove(batch)
            batch.finish([self._workers.answer(item) for item in batch.items], self._workers.seconds(batch.items))
            self._begin()

    def stop(self, batch: Batch) -> None:
        self.stopped.append(batch)
        batch.stopped = True
        if batch in self._waiting:
            self._waiting.remove(batch)
        self._busy.discard(batch)
        self._begin()

    def tend(self) -> None:
        pass

    def grow(self, waiting: float) -> None:
        pass


class SimulatedWorkers:
    """One pool for each model, all of the same capacity.

    batches: the texts of each batch, in the order in which they were cut; cut_at: when that was.
    """

    def __init__(
        self,
        answer: Answer = lambda item: item.arguments["text"],
        seconds: Callable[[Sequence[Item]], float] = lambda _items: 1.0,
        **capacity: Any,
    ) -> None:
        self.answer = answer
        self.seconds = seconds
        self.batches: list[list[str]] = []
        self.cut_at: list[float] = []
        self.pools: dict[str, SimulatedPool] = {}
        self._capacity = capacity
        self._now = 0.0
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def pool(
        self, kind: WorkerKind, model: str, settings: Hashable, open_context: OpenContext, most: int | None = None
    ) -> SimulatedPool:
        if model not in self.pools:
            self.pools[model] = SimulatedPool(self, Capacity(**self._capacity))
        return self.pools[model]

    def now(self) -> float:
        return self._now

    def later(self, seconds: float, event: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self._now + seconds, next(self._numbers), event))

    def wait(self, inbox: Inbox, timeout: float | None) -> None:
        end = self._now + timeout if timeout is not None else None
        while not inbox.messages:
            if self._agenda and (end is None or self._agenda[0][0] <= end):
                self._now, _, event = heapq.heappop(self._agenda)
                event()
            else:
                assert end is not None, "the dispatcher waits for nothing"
                self._now = end
                return

    def close(self) -> None:
        pass


def by_length(items: Sequence[Item]) -> list[tuple[float, Hashable] | Failure]:
    """A text costs its length."""
    return [(float(len(item.arguments["text"])), None) for item in items]


class Bench:
    """A dispatcher on simulated workers, and what it delivered."""

    def __init__(self, options: RunOptions | None = None, **workers: Any) -> None:
        self.workers = SimulatedWorkers(**workers)
        self.run = Run(options)
        self.dispatcher = dispatcher(self.run, self.workers)
        self.answers: list[Any] = []
        self._targets: dict[tuple[str, str], Target] = {}

    def ask(self, text: str, function: str = "test.ask", *, depth: int = 0, model: str = "m", **options: Any) -> Job:
        """Submit a call; its answer, or error, goes to `answers`."""
        target = self._targets.setdefault((function, model), Target(function, KIND, "run", model, lambda a: a))
        then = options.pop("then", None)

        def done(job: Job) -> None:
            self.answers.append(self.outcome(job))
            if then is not None:
                then(job)

        return self.dispatcher.submit(Call(target, {"text": text}, **options), done, depth)

    def outcome(self, job: Job) -> Any:
        """The value of `job`, or the error that it failed with."""
        try:
            return self.dispatcher.result(job)
        except Exception as error:  # noqa: BLE001 - looked at by the test
            return error

    def finish(self) -> list[Any]:
        """Pump until nothing is outstanding; what was delivered, in order."""
        while self.dispatcher.pump(wait=True):
            pass
        assert self.dispatcher.outstanding == 0
        return self.answers
