"""All that waits for one model in one run, and which queue the next batch is cut from."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from planlang.runtime.calls import Job, Target
from planlang.runtime.queues import DEEPER, Line, Queue, wanted
from planlang.runtime.stats import FunctionStats, Stats
from planlang.runtime.workers.jobs import Batch, Inbox
from planlang.runtime.workers.protocol import Capacity, Failure, PoolLike

PATIENCE = 8
"""Batches of other queues that may be cut while a queue waits."""

NEVER = 1 << 60


class Waiting:
    """All that waits for one pool, in one run.

    count: jobs that wait.
    enough: when so many wait, a full batch may be among them: it is cut then, though the interpreter goes on.
    running: batches that were started and are not finished.
    """

    __slots__ = ("count", "enough", "failure", "lines", "pool", "running", "workers")

    def __init__(self, pool: PoolLike) -> None:
        """Nothing waits."""
        self.pool = pool
        self.lines: dict[tuple[str, str, bool], Line] = {}
        self.count = 0
        self.enough = NEVER
        self.running: dict[Batch, Line] = {}
        self.failure: Failure | None = None
        """Why the model cannot be loaded."""
        self.workers = 0
        """Most batches that the pool ran at once."""

    def line(self, target: Target, stats: FunctionStats) -> Line:
        """Where calls to `target`, whose model this pool holds, wait."""
        key = target.function, target.method, target.exact
        if key not in self.lines:
            self.lines[key] = Line(self, target.function, target.method, stats)
        return self.lines[key]

    def sort_in(self) -> list[tuple[Job, Failure]]:
        """Measure what is new; gives the jobs that cannot be measured."""
        capacity = self.pool.capacity
        if capacity is None:
            return []
        return [each for line in self.lines.values() if line.new for each in line.sort_in(capacity)]

    def reckon(self) -> None:
        """Say how many jobs are enough to try again for a full batch."""
        capacity = self.pool.capacity
        if capacity is None or self.free() + capacity.ahead <= 0:
            self.enough = NEVER
            return
        self.enough = capacity.max_batch
        cost = sum(queue.cost for queue in self.queues()) if capacity.measure is not None else 0.0
        if cost > 0 and capacity.max_cost < float("inf"):
            self.enough = max(1, min(self.enough, ceil(capacity.max_cost * self.count / cost)))
        if self.count >= self.enough:  # they cannot share a batch
            self.enough = self.count + max(1, capacity.max_batch // 4)

    def queues(self) -> list[Queue]:
        """The queues in which jobs wait."""
        return [queue for line in self.lines.values() for queue in line.queues.values() if len(queue)]

    def free(self) -> int:
        """How many batches more the pool takes at once; below 1, how many wait there already."""
        capacity = self.pool.capacity
        return 0 if capacity is None else capacity.workers - len(self.running)

    def cut(self, inbox: Inbox, *, whole: bool) -> Batch | None:
        """The next batch; None where nothing waits, or with `whole`, where no full batch does."""
        capacity = self.pool.capacity
        if capacity is None or not self.count:
            return None
        while queue := self._choose(capacity, whole=whole):
            before = len(queue)
            jobs, cost = queue.take(*self._size(queue, capacity, whole=whole))
            self.count -= before - len(queue)
            self._passed_over(queue)
            if jobs:
                return self._batch(queue.line, jobs, cost, inbox)
        self.count = sum(len(line.new) + sum(map(len, line.queues.values())) for line in self.lines.values())
        return None

    def _batch(self, line: Line, jobs: list[Job], cost: float, inbox: Inbox) -> Batch:
        batch = Batch(line.function, line.method, jobs, inbox, cost)
        batch.pool = self.pool
        batch.timed = line.timed
        self.running[batch] = line
        return batch

    def _choose(self, capacity: Capacity, *, whole: bool) -> Queue | None:
        """The queue to cut from: one passed over too often, or that lies deep, or is full or will not get fuller."""
        queues = self.queues()
        if whole and not any(_full(queue, capacity) for queue in queues):
            return None
        if len(queues) < 2:
            return queues[0] if queues else None
        shallow = min(queue.depth for queue in queues)

        def rank(queue: Queue) -> tuple[bool, bool, bool, int, float]:
            deep = bool(queue.urgent) or queue.depth >= shallow + DEEPER
            ripe = min(queue.passed, queue.idle) > 1 + capacity.workers
            return queue.passed >= PATIENCE, deep, ripe or _full(queue, capacity), queue.passed, queue.cost

        return max(queues, key=rank)

    def _size(self, queue: Queue, capacity: Capacity, *, whole: bool) -> tuple[int, float]:
        """Largest batch and cost: where the rest goes to several free workers in one go or two, it is shared evenly."""
        free = self.free()
        if whole or free < 2 or capacity.workers < 2 or len(queue) < self.count:
            return capacity.max_batch, capacity.max_cost
        rounds = max(ceil(len(queue) / capacity.max_batch / free), ceil(queue.cost / capacity.max_cost / free), 1)
        if rounds > 2:  # a last batch that is not full matters little
            return capacity.max_batch, capacity.max_cost
        parts = rounds * free
        most = ceil(len(queue) / parts)
        room = queue.cost / parts if queue.sorts else float("inf")
        return min(capacity.max_batch, most + (most if queue.sorts else 0)), min(capacity.max_cost, room)

    def _passed_over(self, chosen: Queue) -> None:
        for line in self.lines.values():
            for key, queue in list(line.queues.items()):
                queue.idle += 1
                if queue is chosen:
                    queue.passed = 0
                elif len(queue):
                    queue.passed += 1
                if not len(queue) and key is not None:
                    del line.queues[key]

    def count_in(self, batch: Batch, line: Line, stats: Stats) -> None:
        """Add a finished batch to the figures of the run."""
        size, capacity = len(batch.jobs), self.pool.capacity
        stats.batches += 1
        stats.items += size
        stats.busy += batch.seconds
        line.stats.batches += 1
        line.stats.exact = line.stats.exact and batch.exact and (capacity is None or capacity.exact)
        line.stats.items += size
        if capacity is not None:
            stats.filled += min(1.0, max(size / capacity.max_batch, batch.cost / capacity.max_cost))
            self.workers = max(self.workers, capacity.workers)

    def empty(self) -> list[Job]:
        """Take all that waits."""
        jobs = [job for line in self.lines.values() for job in line.new]
        for queue in self.queues():
            jobs += [*queue.urgent, *queue.current, *queue.fresh]
        for line in self.lines.values():
            line.new, line.queues = [], {}
        self.count = 0
        return jobs


def _full(queue: Queue, capacity: Capacity) -> bool:
    return len(queue) >= capacity.max_batch or queue.cost >= capacity.max_cost


def deadlines(batch: Batch) -> Iterator[tuple[Job, float]]:
    """Until when each job of `batch` that a worker has begun may take, of those that have a time-out."""
    if batch.running is not None:
        first, last, since = batch.running
        for job in batch.jobs[first:last]:
            if job.call.timeout is not None and wanted(job):
                yield job, since + job.call.timeout
