"""Jobs that wait for one model, and which of them make the next batch.

A batch holds calls of one function that may share it. Within such a queue, jobs are taken a generation at a time: the
oldest of what waits when the last generation is used up are sorted by cost, and taken cheapest first. So a batch is of
like lengths (little padding), what hangs on the answers gets to work as early as can be, and nothing starves. Jobs much
deeper than the generation at hand lie on a long chain of calls: they go first, for up to half a batch.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable
from operator import attrgetter
from typing import TYPE_CHECKING, cast

from planlang.runtime.calls import QUEUED, Job
from planlang.runtime.workers.protocol import Capacity, Failure, Measure

if TYPE_CHECKING:
    from planlang.runtime.stats import FunctionStats

    from .waiting import Waiting

DEEPER = 4
"""A job that lies so many calls deeper than the oldest that wait is taken to be on the critical path."""
GENERATION = 256
"""The most jobs that are sorted together: what came first is answered early, and with it the start of growing lists."""
STRETCH = 2.0
"""A batch is filled up with jobs of the next generation that cost at most so many times its dearest job."""
_cost = attrgetter("cost")
_depth = attrgetter("depth")


def wanted(job: Job) -> bool:
    """Whether anybody still waits for what comes of `job`."""
    return job.state == QUEUED or (job.followers is not None and any(f.state == QUEUED for f in job.followers))


class Line:
    """The calls of one function to one model.

    new: jobs whose cost is not measured yet.
    in_flight: the job that stands for all calls with a key.
    timed: whether calls have a `timeout=`.
    """

    __slots__ = ("function", "in_flight", "method", "new", "queues", "stats", "timed", "waiting")

    def __init__(self, waiting: Waiting, function: str, method: str, stats: FunctionStats) -> None:
        """Nothing waits."""
        self.waiting = waiting
        self.function = function
        self.method = method
        self.stats = stats
        self.new: list[Job] = []
        self.queues: dict[Hashable, Queue] = {}
        self.in_flight: dict[Hashable, Job] = {}
        self.timed = False

    def add(self, job: Job) -> None:
        """Let `job` wait; its batch key and cost are measured when a batch is cut."""
        self.new.append(job)
        self.waiting.count += 1

    def sort_in(self, capacity: Capacity) -> list[tuple[Job, Failure]]:
        """Move new jobs to the queue of what they can share a batch with; those that cannot be measured are given."""
        new, self.new = self.new, []
        if capacity.measure is None:
            self._queue(None, capacity).add(new)
            return []
        return self._measured(new, capacity)

    def _measured(self, new: list[Job], capacity: Capacity) -> list[tuple[Job, Failure]]:
        measure = cast(Measure, capacity.measure)
        measures = measure([job.item for job in new])
        by_key: dict[Hashable, list[Job]] = {}
        bad: list[tuple[Job, Failure]] = []
        for job, measured in zip(new, measures, strict=True):
            if isinstance(measured, Failure):
                bad.append((job, measured))
                continue
            job.cost, key = measured
            by_key.setdefault(key, []).append(job)
        for key, jobs in by_key.items():
            self._queue(key, capacity).add(jobs)
        self.waiting.count -= len(bad)
        return bad

    def _queue(self, key: Hashable, capacity: Capacity) -> Queue:
        queue = self.queues.get(key)
        if queue is None:
            queue = self.queues[key] = Queue(self, key, sorts=capacity.measure is not None)
        return queue


class Queue:
    """Jobs that may share a batch."""

    __slots__ = ("cost", "current", "depth", "fresh", "idle", "key", "line", "passed", "sorts", "urgent")

    def __init__(self, line: Line, key: Hashable, *, sorts: bool) -> None:
        """Nothing waits; `sorts` where jobs differ in cost."""
        self.line = line
        self.key = key
        self.sorts = sorts
        self.current: list[Job] = []
        """The generation at hand; the next to be taken is the last."""
        self.fresh: list[Job] = []
        """The next generation, as it came."""
        self.urgent: list[Job] = []
        self.cost = 0.0
        self.depth = 0
        """How deep the oldest of the generation at hand lies."""
        self.passed = 0
        """How many batches of other queues were cut while this one waited."""
        self.idle = 0
        """How many batches were cut from the pool since the last job came: after some, waiting for more is vain."""

    def __len__(self) -> int:
        """How many jobs wait."""
        return len(self.current) + len(self.fresh) + len(self.urgent)

    def add(self, jobs: list[Job]) -> None:
        """Let `jobs` wait."""
        if not jobs:
            return
        self.idle = 0
        self.cost += sum(map(_cost, jobs)) if self.sorts else len(jobs)
        if not (self.current or self.fresh):
            self.depth = jobs[0].depth
        limit = self.depth + DEEPER
        if max(map(_depth, jobs)) < limit:
            self.fresh += jobs
            return
        for job in jobs:
            (self.fresh if job.depth < limit else self.urgent).append(job)

    def take(self, most: int, room: float) -> tuple[list[Job], float]:
        """A batch of at most `most` jobs that cost at most `room` (one job at least), and its cost."""
        basket = _Basket(most, room)
        if self.urgent:
            self._take_urgent(basket)
        while not basket.full and (self.current or self.fresh):
            if not self.current:
                self._next_generation()
            if not self._fill(basket):
                break
        self.cost -= basket.taken
        return basket.jobs, basket.cost

    def _take_urgent(self, basket: _Basket) -> None:
        self.urgent.sort(key=_depth)
        most = len(self.urgent) if not (self.current or self.fresh) else max(1, basket.most // 2)
        while self.urgent and most and basket.add(self.urgent[-1]):
            self.urgent.pop()
            most -= 1

    def _next_generation(self) -> None:
        self.current, self.fresh = self.fresh[:GENERATION], self.fresh[GENERATION:]
        self.depth = self.current[0].depth
        self.current.reverse()
        if self.sorts:
            self.current.sort(key=_cost, reverse=True)

    def _fill(self, basket: _Basket) -> bool:
        """Take what fits from the generation at hand; False where nothing more fits."""
        jobs = self.current
        if not self.sorts:
            basket.extend(jobs)
            return True
        dearest = basket.dearest
        start = end = bisect_left(jobs, -dearest, key=_falling) if basket.jobs else len(jobs)
        while end < len(jobs) and basket.add(jobs[end]):
            end += 1
        limit = dearest * STRETCH if basket.jobs else float("inf")
        while start and not basket.full and jobs[start - 1].cost <= limit and basket.add(jobs[start - 1]):
            start -= 1
        del jobs[start:end]
        return end > start and not jobs


def _falling(job: Job) -> float:
    return -job.cost


class _Basket:
    """A batch while it is filled."""

    __slots__ = ("cost", "dearest", "jobs", "most", "room", "taken")

    def __init__(self, most: int, room: float) -> None:
        self.jobs: list[Job] = []
        self.most = most
        self.room = room
        self.cost = 0.0
        self.taken = 0.0
        """Cost of what left the queue: also of jobs that nobody waits for any more."""
        self.dearest = 0.0

    @property
    def full(self) -> bool:
        return len(self.jobs) >= self.most or (bool(self.jobs) and self.cost >= self.room)

    def add(self, job: Job) -> bool:
        """Take `job` from its queue, unless there is no room for it."""
        if job.state != QUEUED and not wanted(job):
            self.taken += job.cost
            return True
        if self.jobs and (len(self.jobs) >= self.most or self.cost + job.cost > self.room):
            return False
        self.jobs.append(job)
        self.cost += job.cost
        self.taken += job.cost
        self.dearest = max(self.dearest, job.cost)
        return True

    def extend(self, jobs: list[Job]) -> None:
        """Take as many as there is room for from the end of `jobs`, each of which costs 1."""
        count = max(1, int(min(self.most - len(self.jobs), self.room - self.cost, len(jobs))))
        part = jobs[: -count - 1 : -1]
        del jobs[-count:]
        self.taken += len(part)
        self.jobs += [job for job in part if job.state == QUEUED or wanted(job)]
        self.cost = float(len(self.jobs))
