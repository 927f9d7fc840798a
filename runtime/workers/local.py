"""Workers as threads of this process: one pool for each model, which holds it loaded and answers batches of jobs."""

from __future__ import annotations

import atexit
import contextlib
import heapq
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Protocol

from planlang.runtime.progress import Event, ModelLoading, WorkReported

from . import protocol
from .failures import as_failure
from .protocol import Context, Failure, Item, Secrets, WorkerKind

GRACE = 1.0
"""Seconds that a worker has to stop after the time of its calls is over; then another takes its place."""

CLOSING = 3.0
"""Seconds that workers have to stop when the program ends."""

OpenContext = Callable[[Callable[[int, int], None], Callable[[], bool]], Context]
"""Makes the context of one worker from its `report` and `stopping`."""


class Owner(Protocol):
    """Whose jobs these are; told from worker threads."""

    def tell(self, event: Event) -> None:
        """Something worth showing happened."""
        ...

    def settle(self, job: Job, outcome: Any) -> None:
        """`job` has its outcome: an answer or a Failure. Only the first one counts."""
        ...


class Job:
    """One call on its way: what is asked, and once it is settled, what came of it."""

    __slots__ = ("attempts", "cost", "deadline", "item", "load_failed", "method", "outcome", "owner", "retries",
                 "settled", "timeout")  # fmt: skip

    def __init__(self, item: Item, method: str, owner: Owner, timeout: float | None, retries: int) -> None:
        """`timeout` counts in seconds from when a worker starts; `retries` is how often a failure is tried again."""
        self.item = item
        self.method = method
        self.owner = owner
        self.timeout = timeout
        self.retries = retries
        self.attempts = 0
        self.cost = 1.0
        self.deadline: float | None = None
        self.settled = False
        self.load_failed = False
        self.outcome: Any = None


def fill(queue: deque[Job], most: int, room: float) -> list[Job]:
    """Take a batch from the front of `queue`: at most `most` jobs that cost at most `room`, and one at least."""
    batch: list[Job] = []
    while queue and len(batch) < most and not (batch and queue[0].cost > room):
        job = queue.popleft()
        if not job.settled:
            batch.append(job)
            room -= job.cost
    return batch


class _Seat:
    """One worker thread of a pool."""

    def __init__(self) -> None:
        self.thread: threading.Thread | None = None
        self.worker: Any = None
        self.secrets = Secrets({})
        self.max_batch = 1
        self.max_cost = 0.0
        self.batch: list[Job] = []
        self.stop = threading.Event()
        self.abandoned = False


class Pool:
    """The jobs waiting for one model, and the workers that hold it."""

    def __init__(self, kind: WorkerKind, model: str, open_context: OpenContext) -> None:
        """Nothing is loaded before the first job."""
        self.kind = kind
        self.model = model
        self._open_context = open_context
        self._lock = threading.Condition()
        self._new: list[Job] = []
        self._queues: dict[Hashable, deque[Job]] = {}
        self._later: list[tuple[float, int, Job]] = []
        self._seat: _Seat | None = None
        self._closed = False

    def submit(self, job: Job) -> None:
        """Queue `job`; its owner hears of the outcome."""
        with self._lock:
            self._new.append(job)
            self._man()
            self._lock.notify_all()
            ended = self._closed
        if ended:
            self._end_jobs()

    def tend(self) -> None:
        """Settle the jobs whose time is over, and replace a worker that does not stop. Whoever waits calls this."""
        with self._lock:
            seat, now = self._seat, time.monotonic()
            batch = list(seat.batch) if seat else []
            late = [job for job in batch if job.deadline is not None and now > job.deadline]
            if seat and batch and all(job.settled or job in late for job in batch):
                seat.stop.set()
                ends = [job.deadline or now for job in batch]
                if now > max(ends) + GRACE:
                    self._abandon(seat)
        for job in late:
            text = f"it took longer than its timeout of {job.timeout:g} seconds"
            job.owner.settle(job, Failure(text, kind="timeout", hint="raise timeout="))

    def cancel(self, job: Job) -> None:
        """Nobody wants the outcome of `job` any more."""
        job.settled = True
        job.deadline = min(job.deadline or time.monotonic(), time.monotonic())
        with self._lock:
            seat = self._seat
            if seat and seat.batch and all(other.settled for other in seat.batch):
                seat.stop.set()

    def close(self) -> threading.Thread | None:
        """End the worker; the thread to wait for, if there is one."""
        with self._lock:
            self._closed = True
            seat = self._seat
            if seat is not None:
                seat.stop.set()
            self._lock.notify_all()
        self._end_jobs()
        return seat.thread if seat else None

    def _end_jobs(self) -> None:
        for job in self._take_waiting():
            job.owner.settle(job, Failure("the program is ending"))

    def _take_waiting(self) -> list[Job]:
        with self._lock:
            jobs = [*self._new, *(job for queue in self._queues.values() for job in queue)]
            jobs += [job for _, _, job in self._later]
            self._new, self._queues, self._later = [], {}, []
        return jobs

    # ── seats ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _man(self) -> None:
        if self._seat is None and not self._closed:
            seat = self._seat = _Seat()
            seat.thread = threading.Thread(target=self._serve, args=(seat,), name=f"worker {self.model}", daemon=True)
            seat.thread.start()

    def _abandon(self, seat: _Seat) -> None:
        seat.abandoned = True
        if self._seat is seat:
            self._seat = None
        if self._new or self._queues or self._later:
            self._man()

    def _serve(self, seat: _Seat) -> None:
        if not self._load(seat):
            return
        while batch := self._cut(seat):
            self._answer(seat, batch)
        close = getattr(seat.worker, "close", None)
        if close is not None:
            with contextlib.suppress(Exception):  # its work is done, and nobody is left who could be told
                close()

    def _load(self, seat: _Seat) -> bool:
        self._tell(ModelLoading(self.model))
        try:
            context = self._open_context(lambda done, total: self._report(seat, done, total), seat.stop.is_set)
            seat.secrets = context.secrets
            worker = self.kind.create()
            worker.load(context)
            seat.worker = worker
            seat.max_batch, seat.max_cost = protocol.max_batch(worker), protocol.max_cost(worker)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the jobs are told
            self._tell(ModelLoading(self.model, done=True))
            self._fail_all(seat, as_failure(error, self.kind.plugin))
            return False
        self._tell(ModelLoading(self.model, done=True))
        return True

    def _fail_all(self, seat: _Seat, failure: Failure) -> None:
        jobs = self._take_waiting()
        with self._lock:
            if self._seat is seat:
                self._seat = None
        reason = seat.secrets.hide(failure.message)
        told = Failure(f"the model `{self.model}` could not be loaded: {reason}", hint=failure.hint)
        told.__cause__ = failure.__cause__ or failure
        for job in jobs:
            job.load_failed = True
            job.owner.settle(job, told)

    # ── batches ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _cut(self, seat: _Seat) -> list[Job]:
        """The next batch, cut when the worker is free; empty when it is to end."""
        with self._lock:
            while not (self._closed or seat.abandoned):
                self._sort_in(seat.worker)
                for key, queue in list(self._queues.items()):
                    batch = fill(queue, seat.max_batch, seat.max_cost)
                    del self._queues[key]
                    if queue:
                        self._queues[key] = queue  # at the end: no kind of call starves another
                    if batch:
                        seat.batch = batch
                        return batch
                wait = self._later[0][0] - time.monotonic() if self._later else None
                self._lock.wait(wait if wait is None else max(wait, 0.001))
        return []

    def _sort_in(self, worker: Any) -> None:
        """Move new jobs, and failed ones whose pause is over, to the queue of what they can share a batch with."""
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self._new.append(heapq.heappop(self._later)[2])
        new, self._new = self._new, []
        for job in new:
            try:
                job.cost = protocol.cost(worker, job.item)
                key = (job.item.function, job.method, protocol.batch_key(worker, job.item))
                self._queues.setdefault(key, deque()).append(job)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the job is told
                job.owner.settle(job, as_failure(error, self.kind.plugin))

    def _answer(self, seat: _Seat, batch: list[Job]) -> None:
        outcomes = self._run(seat.worker, batch)
        if len(batch) > 1 and isinstance(outcomes, Failure):
            for job in batch:
                job.deadline = None
            for job in batch:  # one item must not fail those that it shares a batch with
                if not (seat.stop.is_set() or job.settled):
                    alone = self._run(seat.worker, [job])
                    self._settle(seat, job, alone if isinstance(alone, Failure) else alone[0])
        else:
            each = [outcomes] * len(batch) if isinstance(outcomes, Failure) else outcomes
            for job, outcome in zip(batch, each, strict=True):
                self._settle(seat, job, outcome)
        with self._lock:
            seat.batch = []
            if not self._closed:
                seat.stop.clear()

    def _run(self, worker: Any, batch: list[Job]) -> Sequence[Any] | Failure:
        """The outcomes of `batch`, or one failure of the whole of it."""
        start = time.monotonic()
        for job in batch:
            job.attempts += 1
            job.deadline = start + job.timeout if job.timeout is not None else None
        try:
            outcomes = list(getattr(worker, batch[0].method)([job.item for job in batch]))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the jobs are told
            return as_failure(error, self.kind.plugin)
        if len(outcomes) != len(batch):
            return Failure(f"the plugin `{self.kind.plugin}` gave {len(outcomes)} answers to {len(batch)} calls")
        return outcomes

    def _settle(self, seat: _Seat, job: Job, outcome: Any) -> None:
        if isinstance(outcome, Failure):
            outcome.message, outcome.hint = seat.secrets.hide(outcome.message), seat.secrets.hide(outcome.hint)
        again = isinstance(outcome, Failure) and outcome.retryable and job.attempts <= job.retries
        if not again or job.settled:
            job.owner.settle(job, outcome)
            return
        job.deadline = None
        pause = min(30.0, 0.1 * 2.0 ** (job.attempts - 1))
        with self._lock:
            heapq.heappush(self._later, (time.monotonic() + pause, id(job), job))

    # ── progress ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _report(self, seat: _Seat, done: int, total: int) -> None:
        function = seat.batch[0].item.function if seat.batch else self.model
        self._tell(WorkReported(function, done, total))

    def _tell(self, event: Event) -> None:
        with self._lock:
            jobs = [*self._new, *(self._seat.batch if self._seat else ())]
        for owner in {id(job.owner): job.owner for job in jobs}.values():
            owner.tell(event)


class LocalWorkers:
    """All pools of this process. Models stay loaded from run to run, until `close` or the end of the program."""

    def __init__(self) -> None:
        """Start with no model loaded."""
        self._pools: dict[Hashable, Pool] = {}
        self._lock = threading.Lock()
        atexit.register(_close_if_alive, weakref.ref(self))

    def pool(self, kind: WorkerKind, model: str, settings: Hashable, open_context: OpenContext) -> Pool:
        """The pool of `model` for workers of `kind` with these `settings`."""
        key = (kind.plugin, kind.name, model, settings)
        with self._lock:
            if key not in self._pools:
                self._pools[key] = Pool(kind, model, open_context)
            return self._pools[key]

    def close(self) -> None:
        """End all workers and let go of their models."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        _join(pool.close() for pool in pools)


def _join(threads: Iterable[threading.Thread | None]) -> None:
    end = time.monotonic() + CLOSING
    for thread in list(threads):
        if thread is not None and thread is not threading.current_thread():
            thread.join(max(0.0, end - time.monotonic()))


def _close_if_alive(reference: weakref.ref[LocalWorkers]) -> None:
    workers = reference()
    if workers is not None:
        workers.close()
