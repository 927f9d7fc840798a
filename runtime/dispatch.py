"""The model calls of one run: counted, queued, handed to workers in batches, tried again, and their outcomes told.

All that is decided here is decided in the interpreter's thread; workers only get batches and post outcomes to an
inbox. A batch is cut when a worker is free and either the interpreter has nothing left to run or a full batch waits.
"""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from planlang.runtime.calls import CANCELLED, DONE, QUEUED, SETTLED, Call, Job, Recalled, Target
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.news import News
from planlang.runtime.pools import pool_for
from planlang.runtime.queues import Line, wanted
from planlang.runtime.run import Run
from planlang.runtime.stats import FunctionStats
from planlang.runtime.values import Value
from planlang.runtime.waiting import Waiting, deadlines
from planlang.runtime.workers.jobs import Batch, Closed, Inbox, Message, Ready, Unloadable
from planlang.runtime.workers.protocol import Answer, Failure, PoolLike, Workers

if TYPE_CHECKING:  # what a run without journal and cache does not pay for
    from planlang.runtime.kept import Hit, Kept

_LONGEST_PAUSE = 30.0
"""Seconds between two tries of a call, at most."""

_ENDING = Failure("the program is ending")


class Dispatcher:
    """The model calls of one run. Used from the interpreter's thread; `call` may be used from several."""

    def __init__(self, run: Run, workers: Workers) -> None:
        """Calls of `run` go to `workers`."""
        limits = run.limits
        self._options = run.options
        self._workers = workers
        self._stats = run.stats
        self._began = workers.now()
        self._max_calls = float("inf") if limits.max_calls is None else limits.max_calls
        self._max_tokens = float("inf") if limits.max_tokens is None else limits.max_tokens
        self._made = 0
        self._tokens = 0
        self.outstanding = 0
        """Jobs submitted and not delivered."""
        self._inbox = Inbox()
        self._lines: dict[Target, Line] = {}
        self._waiting: dict[PoolLike, Waiting] = {}
        self._loading: set[PoolLike] = set()
        """Pools whose model is not there yet."""
        self._loading_since = 0.0
        self._settled: deque[Job] = deque()
        """Jobs with an outcome, to be delivered."""
        self._later: list[tuple[float, int, Job, Line]] = []
        """A heap of jobs to be tried again, by when."""
        self._news = News(run.options.on_progress)
        self._kept = _kept(run)
        self._lock = threading.RLock()

    # ── for the scheduler ────────────────────────────────────────────────────────────────────────────────────────────

    def submit(self, call: Call, on_done: Callable[[Job], None] | None, depth: int = 0) -> Job:
        """Queue `call`. `on_done(job)` is called later, from `pump`; raises `LimitError` where calls are used up.

        depth: how many calls lie before this one on its chain.
        """
        if self._made >= self._max_calls or self._tokens > self._max_tokens:
            raise self._used_up()
        self._made += 1
        if self._kept is not None and (hit := self._kept.find(call)) is not None:
            return self._known(Job(call, on_done, depth), hit)
        line = self._lines.get(call.target)
        if line is None or line.waiting.pool.closed:
            line = self._open(call.target)
        line.stats.calls += 1
        if call.timeout is not None:
            line.timed = True
        job = Job(call, on_done, depth)
        self.outstanding += 1
        if call.key is not None:
            first = line.in_flight.setdefault(call.key, job)
            if first is not job:
                return self._follow(first, job)
        waiting = line.waiting
        line.new.append(job)
        waiting.count += 1
        if waiting.count >= waiting.enough:
            self._cut(waiting, whole=True)
        elif waiting.failure is not None:
            self._fail_all(waiting, waiting.failure)
        return job

    def _known(self, job: Job, hit: Hit) -> Job:
        """Settle a job whose outcome is known without asking a model."""
        stats = self._stats
        stats.functions.setdefault(job.call.target.function, FunctionStats()).calls += 1
        if hit.cached:
            stats.cache_hits += 1
        else:
            stats.replayed += 1
        if isinstance(hit.outcome, Failure):
            stats.failed += 1
        else:
            stats.answered += 1
            self._tokens += hit.outcome.tokens
        job.outcome, job.packed, job.state = hit.outcome, hit.packed, SETTLED
        self.outstanding += 1
        if job.on_done is not None:
            self._settled.append(job)
        return job

    def pump(self, wait: bool) -> bool:
        """Deliver what has arrived; whether there was anything.

        With `wait`, the interpreter has nothing left to run: batches are cut for free workers, and this returns once a
        job was delivered, or at once where none is outstanding. Tells the watcher, and looks after deadlines.
        """
        inbox = self._inbox
        if not wait and not inbox.messages and not self._settled:
            return False
        self._collect()
        while not self._deliver():
            if not wait or not self.outstanding:
                return False
            self._turn()
            if not self._settled:
                if self._kept is not None:
                    self._kept.idle()
                self._workers.wait(inbox, self._patience())
                self._collect()
        return True

    def result(self, job: Job) -> Value:
        """The plan value of a settled `job`, made anew each time; raises the `PlanError` that the call failed with."""
        outcome = job.outcome
        if isinstance(outcome, Failure):
            error = _error(job, outcome)
            if self._kept is not None and not isinstance(outcome, Recalled):
                self._kept.failed(job.call, error)
            raise error from (outcome.__cause__ or outcome)
        if self._tokens > self._max_tokens:
            raise self._used_up()
        return job.call.accept(outcome.value if isinstance(outcome, Answer) else outcome)

    def cancel(self, job: Job) -> None:
        """Nobody wants `job` any more: it is never delivered, and its worker is told if it works for nobody else."""
        if job.state in (CANCELLED, DONE):
            return
        job.state = CANCELLED
        self.outstanding -= 1
        line = self._lines.get(job.call.target)
        if line is None:
            return
        first = line.in_flight.get(job.call.key, job)
        if not wanted(first):
            if line.in_flight.get(job.call.key) is first:
                del line.in_flight[job.call.key]
            for batch in list(line.waiting.running):
                self._stop_if_unwanted(line.waiting, batch)

    def close(self) -> None:
        """Cancel all that is outstanding, and bring the run's stats to their end. Further calls may follow."""
        for waiting in self._waiting.values():
            for batch in list(waiting.running):
                waiting.pool.stop(batch)
            for job in (*waiting.empty(), *(job for batch in waiting.running for job in batch.jobs)):
                _drop(job)
            waiting.running.clear()
        for _, _, job, _ in self._later:
            _drop(job)
        for line in self._lines.values():
            line.in_flight.clear()
        self._later.clear()
        self._settled.clear()
        self.outstanding = 0
        if self._kept is not None:
            self._collect_kept(self._kept)
            self._kept.close()
        for pool in list(self._loading):
            self._loaded(pool)
        self._stats.makespan = self._workers.now() - self._began
        self._stats.workers = sum(waiting.workers for waiting in self._waiting.values())

    def _collect_kept(self, kept: Kept) -> None:
        """Take what has been answered and will not be delivered, so that it need not be asked again."""
        messages = self._inbox.messages
        while messages:
            message = messages.popleft()
            if type(message) is Batch:
                self._note_answers(kept, message)

    # ── for the direct form ──────────────────────────────────────────────────────────────────────────────────────────

    def call(self, call: Call) -> Value:
        """Make `call` and wait for its value; raises what it failed with. Other jobs are not delivered meanwhile."""
        with self._lock:
            job = self.submit(call, None)
        try:
            self._await(job)
        except BaseException:
            with self._lock:
                self.cancel(job)
            raise
        with self._lock:
            job.state = DONE
            self.outstanding -= 1
            self._tell()
            return self.result(job)

    def _await(self, job: Job) -> None:
        while True:
            with self._lock:
                self._collect()
                self._tell()
                if job.state != QUEUED:
                    return
                self._turn()
            if job.state == QUEUED:
                self._workers.wait(self._inbox, self._patience())

    @property
    def made(self) -> int:
        """How many calls the run made so far."""
        return self._made

    # ── what arrives ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _collect(self) -> None:
        messages = self._inbox.messages
        while messages:
            message = messages.popleft()
            if type(message) is Batch:
                self._finished(message)
            else:
                self._heard(message)

    def _heard(self, message: Message) -> None:
        if isinstance(message, (Ready, Unloadable, Closed)):
            waiting = self._waiting.get(message.pool)
            if waiting is None:
                return
            self._loaded(message.pool)
            if isinstance(message, Ready):
                self._cut(waiting, whole=True)
            elif isinstance(message, Unloadable):
                waiting.failure = message.failure
                self._fail_all(waiting, message.failure)
            else:
                self._fail_all(waiting, _ENDING)
        elif not isinstance(message, Batch):
            self._news.add(message)

    def _finished(self, batch: Batch) -> None:
        if self._kept is not None:
            self._note_answers(self._kept, batch)
        waiting = self._waiting.get(batch.pool)
        line = waiting.running.pop(batch, None) if waiting is not None else None
        if waiting is None or line is None:
            return  # it was stopped
        waiting.count_in(batch, line, self._stats)
        if waiting.count:
            self._cut(waiting, whole=True)  # first of all: the worker is idle
        else:
            waiting.reckon()
        seconds, in_flight, stats = batch.seconds, line.in_flight, self._stats
        for job, outcome in zip(batch.jobs, batch.outcomes, strict=True):
            if job.followers is not None or isinstance(outcome, Failure) or job.state != QUEUED:
                self._settle_with_care(job, line, outcome, seconds)
                continue
            if isinstance(outcome, Answer):
                self._tokens += outcome.tokens
            stats.answered += 1
            if job.call.key is not None:
                del in_flight[job.call.key]
            job.outcome = outcome
            job.seconds = seconds
            job.state = SETTLED
            if job.on_done is not None:
                self._settled.append(job)

    def _note_answers(self, kept: Kept, batch: Batch) -> None:
        """Remember the answers of `batch`, also those that nobody waits for any more, but not those that came late."""
        number = kept.collect(batch)
        for job, packed in zip(batch.jobs, batch.packed or (), strict=False):
            if packed is None:
                continue
            for each in (job, *(job.followers or ())):
                if each.state in (QUEUED, CANCELLED):
                    each.packed = packed
                    kept.answered(each, number if each is job else None)
        kept.tidy()

    def _settle_with_care(self, job: Job, line: Line, outcome: Any, seconds: float) -> None:
        if not wanted(job):
            return  # its time was over, or it was cancelled
        job.attempts += 1
        if isinstance(outcome, Failure) and outcome.retryable and job.attempts <= job.call.retries:
            pause = min(_LONGEST_PAUSE, 0.1 * 2.0 ** (job.attempts - 1))
            heapq.heappush(self._later, (self._workers.now() + pause, id(job), job, line))
            return
        if isinstance(outcome, Answer):
            self._tokens += outcome.tokens
        self._settle(job, line, outcome, seconds)

    def _settle(self, job: Job, line: Line, outcome: Any, seconds: float = 0.0) -> None:
        if line.in_flight.get(job.call.key) is job:
            del line.in_flight[job.call.key]
        followers, job.followers = job.followers or (), None
        for each in (job, *followers):
            if each.state == QUEUED:
                each.outcome = outcome
                each.attempts = job.attempts
                each.seconds = seconds
                each.state = SETTLED
                if isinstance(outcome, Failure):
                    self._stats.failed += 1
                else:
                    self._stats.answered += 1
                if each.on_done is not None:
                    self._settled.append(each)

    def _fail_all(self, waiting: Waiting, failure: Failure) -> None:
        for job in waiting.empty():
            self._settle(job, self._lines[job.call.target], failure)
        waiting.reckon()

    def _deliver(self) -> bool:
        """Hand over what is settled; whether there was anything."""
        self._tell()
        settled = self._settled
        delivered = False
        while settled:
            job = settled.popleft()
            if job.state == SETTLED:
                job.state = DONE
                self.outstanding -= 1
                delivered = True
                cast(Callable[[Job], None], job.on_done)(job)
        return delivered

    # ── what goes out ────────────────────────────────────────────────────────────────────────────────────────────────

    def _follow(self, first: Job, job: Job) -> Job:
        """Let `job` take the outcome of `first`, an identical call in flight."""
        if first.followers is None:
            first.followers = []
        first.followers.append(job)
        self._stats.shared += 1
        return job

    def _turn(self) -> None:
        """The interpreter waits: cut batches for all free workers, and look after time."""
        now = self._workers.now()
        while self._later and self._later[0][0] <= now:
            _, _, job, line = heapq.heappop(self._later)
            if line.waiting.pool.closed:
                self._settle(job, line, _ENDING)
            else:
                line.add(job)
        for waiting in self._waiting.values():
            if waiting.running:
                self._look_after(waiting, now)
            if waiting.count:
                self._cut(waiting, whole=False)

    def _cut(self, waiting: Waiting, *, whole: bool) -> None:
        """Start batches while the pool takes more: full ones, or if not `whole`, for a free worker what there is."""
        for job, failure in waiting.sort_in():
            self._settle(job, self._lines[job.call.target], failure)
        capacity = waiting.pool.capacity
        while capacity is not None and (free := waiting.free()) + capacity.ahead > 0:
            batch = waiting.cut(self._inbox, whole=whole or free <= 0)
            if batch is None:
                break
            batch.keeper = self._kept
            waiting.pool.start(batch)
        waiting.reckon()
        if capacity is not None and waiting.count > capacity.max_batch:
            waiting.pool.grow(waiting.count / capacity.max_batch)

    def _open(self, target: Target) -> Line:
        """Where calls to `target` wait; asks the pool to load its model."""
        self._collect()  # news of a pool that has ended
        pool = pool_for(target, self._options, self._workers)
        waiting = self._waiting.get(pool)
        if waiting is None:
            waiting = self._waiting[pool] = Waiting(pool)
            if pool.capacity is None:
                self._loading_since = self._loading_since if self._loading else self._workers.now()
                self._loading.add(pool)
            pool.open(self._inbox)
        line = waiting.line(target, self._stats.functions.setdefault(target.function, FunctionStats()))
        self._lines[target] = line
        waiting.reckon()
        return line

    def _loaded(self, pool: PoolLike) -> None:
        """`pool` has its model, or will not have it; time in which several are loaded counts once."""
        if pool in self._loading:
            self._loading.discard(pool)
            if not self._loading:
                self._stats.loading += self._workers.now() - self._loading_since

    # ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _look_after(self, waiting: Waiting, now: float) -> None:
        """Fail the jobs whose time is over, and tell workers that work for nobody."""
        for batch, line in list(waiting.running.items()):
            if not batch.timed:
                continue
            for job, deadline in deadlines(batch):
                if now > deadline:
                    text = f"it took longer than its timeout of {job.call.timeout:g} seconds"
                    self._settle(job, line, Failure(text, kind="timeout", hint="raise timeout="))
            self._stop_if_unwanted(waiting, batch)
        waiting.pool.tend()

    def _stop_if_unwanted(self, waiting: Waiting, batch: Batch) -> None:
        if not any(map(wanted, batch.jobs)):
            waiting.running.pop(batch, None)
            waiting.pool.stop(batch)

    def _patience(self) -> float | None:
        """Seconds until something is due; None where nothing is."""
        now = self._workers.now()
        due = [self._later[0][0]] if self._later else []
        for waiting in self._waiting.values():
            for batch in waiting.running:
                if batch.timed and batch.running is not None:
                    due += [at for _, at in deadlines(batch)]
                elif batch.timed:  # a worker may begin it while we sleep
                    due += [now + job.call.timeout for job in batch.jobs if job.call.timeout is not None]
        return max(0.0, min(due) - now) + 0.001 if due else None

    # ── limits and news ──────────────────────────────────────────────────────────────────────────────────────────────

    def _used_up(self) -> LimitError:
        if self._tokens > self._max_tokens:
            most = f"{self._max_tokens:,} tokens"
            return LimitError(f"the plan reached its limit of {most}", "raise --max-tokens, or ask for less")
        return LimitError(f"the plan reached its limit of {self._max_calls:,} model calls", "raise --max-calls")

    def _tell(self) -> None:
        self._news.tell(self._made, self._made - self.outstanding + len(self._settled))


def _kept(run: Run) -> Kept | None:
    if run.journal is None and run.options.cache is None:
        return None
    from planlang.runtime.kept import Kept

    return Kept(run)


def _drop(job: Job) -> None:
    for each in (job, *(job.followers or ())):
        each.state = CANCELLED


def _error(job: Job, failure: Failure) -> PlanError:
    if isinstance(failure, Recalled):
        return PlanError(failure.kind, failure.message, failure.hint)
    tries = f" (tried {job.attempts} times)" if job.attempts > 1 else ""
    return PlanError(failure.kind, f"`{job.call.target.name}` failed: {failure.message}{tries}", failure.hint)


def dispatcher(run: Run, workers: Workers) -> Dispatcher:
    """The dispatcher of `run`, made at its first use."""
    if run.dispatcher is None:
        run.dispatcher = Dispatcher(run, workers)
    return run.dispatcher
