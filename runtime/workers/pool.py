"""The workers of this process that hold one model, and the batches that wait for them."""

from __future__ import annotations

import contextlib
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from planlang.runtime.execution import memory_in_use, memory_left
from planlang.runtime.progress import ModelLoading

from . import protocol
from .failures import as_failure
from .jobs import Batch, Closed, Inbox, Message, Ready, Unloadable
from .protocol import Capacity, Failure, Item, OpenContext, WorkerKind
from .seats import UNPREPARED, Model, Seat

GRACE = 1.0
"""Seconds that a worker has to stop after the time of its calls is over; then another takes its place."""

WORTH = 1.0
"""The model is loaded once more where the work that waits takes so many times as long as loading it the first time,
which is more than the second time: libraries are imported then."""

SPARE = 2.0
"""So many times the memory that the first copy took must be free for another."""


StartThread: TypeAlias = Callable[[Callable[[], None], str], None]
"""Starts a thread with this body and name."""


class Pool:
    """The batches waiting for one model, and the workers that hold it: see `protocol.PoolLike`."""

    def __init__(self, kind: WorkerKind, model: str, open_context: OpenContext, start_thread: StartThread) -> None:
        """Nothing is loaded before `open`."""
        self.kind = kind
        self.model = model
        self.capacity: Capacity | None = None
        self.closed = False
        self._open_context = open_context
        self.most = 1
        """How many instances of the model may be loaded."""
        self._start_thread = start_thread
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._batches: deque[Batch] = deque()
        self._seats: list[Seat] = []
        self._seated = 0
        self._loading = 0
        self._load_seconds = 0.0
        self.load_bytes = 0
        """Bytes of memory that loading took."""
        self.worker: Any = None
        """The instance of the plugin's class that was loaded last."""
        self._batch_seconds = 0.0
        self._inboxes: list[weakref.ref[Inbox]] = []

    # ── called from the interpreter's thread ─────────────────────────────────────────────────────────────────────────

    def open(self, inbox: Inbox) -> None:
        """Load the model if it is not."""
        with self._lock:
            known = [each for each in self._inboxes if each() not in (None, inbox)]
            self._inboxes = [*known, weakref.ref(inbox)]
            ended = self.closed
            if not (self._seats or self._loading or ended):
                self._man()
        if ended:
            inbox.post(Closed(self))

    def start(self, batch: Batch) -> None:
        """Run `batch` as soon as a worker is free."""
        with self._lock:
            ended = self.closed
            if not ended:
                self._batches.append(batch)
                if not (self._seats or self._loading):
                    self._man()
                self._changed.notify_all()
        if ended:
            _refuse(batch)

    def stop(self, batch: Batch) -> None:
        """Nobody waits for `batch` any more."""
        with self._lock:
            batch.stopped = True
            if batch in self._batches:
                self._batches.remove(batch)
            for seat in self._seats:
                if seat.batch is batch:
                    seat.stop = True
                    seat.stopped_at = time.monotonic()
                if seat.ready is not None and seat.ready[0] is batch:
                    seat.ready = None

    def tend(self) -> None:
        """Replace workers that do not stop."""
        with self._lock:
            now = time.monotonic()
            for seat in list(self._seats):
                if seat.stop and seat.stopped_at is not None and now > seat.stopped_at + GRACE:
                    self._abandon(seat)

    def grow(self, waiting: float) -> None:
        """Load the model once more where so many full batches wait that it is worth it."""
        with self._lock:
            models = len({id(seat.model) for seat in self._seats})
            if self.closed or self._loading or models == 0 or models >= self.most:
                return
            left = waiting * self._batch_seconds / len(self._seats)
            if left > WORTH * self._load_seconds and memory_left() > SPARE * self.load_bytes:
                self._man()

    def close(self) -> list[threading.Thread]:
        """End the workers; the threads to wait for."""
        with self._lock:
            self.closed = True
            batches, self._batches = list(self._batches), deque()
            for seat in self._seats:
                seat.ended = True
                if seat.ready is not None:
                    batches.append(seat.ready[0])
                    seat.ready = None
            threads = [seat.thread for seat in self._seats if seat.thread is not None]
            self._changed.notify_all()
        for batch in batches:
            _refuse(batch)
        self._tell(Closed(self))
        return threads

    # ── loading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _man(self) -> None:
        """Start a worker that loads the model; called with the lock held."""
        self._loading += 1
        self._start_thread(self._load, f"worker {self.model}")

    def _load(self) -> None:
        """Load the model and serve it; the body of the first thread that uses it."""
        model = Model(self.kind, lambda: self.closed)
        start, before = time.monotonic(), memory_in_use()
        self._tell(ModelLoading(self.model))
        try:
            model.load(self._open_context)
            seats = [Seat(model, self, self._next_name()) for _ in range(model.concurrent)]
            capacity = self._capacity(model)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the jobs are told
            self._tell(ModelLoading(self.model, done=True))
            self._unloadable(model, as_failure(error, self.kind.plugin))
            return
        self._tell(ModelLoading(self.model, done=True))
        model.seats, self.worker = seats, model.worker
        self.load_bytes = max(0, memory_in_use() - before)
        self._loaded(seats, capacity, time.monotonic() - start)
        seats[0].serve()
        self._let_go(model)

    def _loaded(self, seats: list[Seat], capacity: Capacity, seconds: float) -> None:
        with self._lock:
            self._loading -= 1
            self._load_seconds = max(seconds, 0.001)
            self._seats += seats
            for seat in seats:
                seat.ended = self.closed
            capacity.workers = len(self._seats)
            self.capacity = capacity
        for seat in seats[1:]:
            self._start_thread(seat.serve, f"worker {self.model}")
        self._tell(Ready(self))

    def _next_name(self) -> str:
        """What the next worker is called in journals."""
        self._seated += 1
        return f"{self.model} {self._seated}"

    def _capacity(self, model: Model) -> Capacity:
        worker, plugin = model.worker, self.kind.plugin

        def measure(items: Sequence[Item]) -> list[tuple[float, Any] | Failure]:
            return [model.hide(measured(worker, item, plugin)) for item in items]

        plain = not hasattr(worker, "cost") and not hasattr(worker, "batch_key")
        most, room = protocol.max_batch(worker), protocol.max_cost(worker)
        return Capacity(model.concurrent, 1, most, room, None if plain else measure, protocol.exact(worker))

    def _unloadable(self, model: Model, failure: Failure) -> None:
        with self._lock:
            self._loading -= 1
            alone = not (self._seats or self._loading)
            batches = list(self._batches) if alone else []
            if alone:
                self._batches.clear()
            else:
                self.most = len(self._seats)  # there is no room for one more, it seems
        if not alone:
            return
        told = model.hide(Failure(failure.message, hint=failure.hint))
        told.message = f"the model `{self.model}` could not be loaded: {told.message}"
        told.__cause__ = failure.__cause__ or failure
        for batch in batches:
            batch.finish([told] * len(batch.jobs), 0.0)
        self._tell(Unloadable(self, told))

    def _let_go(self, model: Model) -> None:
        if self.worker is model.worker:
            self.worker = None
        for seat in model.seats[1:]:
            if seat.thread is not None:
                seat.thread.join()
        close = getattr(model.worker, "close", None)
        if close is not None:
            with contextlib.suppress(Exception):  # its work is done, and nobody is left who could be told
                close()

    def _abandon(self, seat: Seat) -> None:
        """Give up on `seat`, which does not stop, and put another in its place; called with the lock held."""
        seat.ended = True
        self._seats.remove(seat)
        if seat.ready is not None:
            self._batches.appendleft(seat.ready[0])
            seat.ready = None
        if len(seat.model.seats) == 1:
            self._man()
            return
        other = Seat(seat.model, self, self._next_name())
        seat.model.seats[seat.model.seats.index(seat)] = other
        self._seats.append(other)
        self._start_thread(other.serve, f"worker {self.model}")

    # ── called from the workers' threads: see `seats.Desk` ───────────────────────────────────────────────────────────

    def next(self, seat: Seat) -> tuple[Batch, Any] | None:
        """Wait for the next batch of `seat`."""
        with self._lock:
            while not seat.ended:
                if seat.ready is not None or (self._batches and not seat.preparing):
                    turn = seat.ready or (self._batches.popleft(), UNPREPARED)
                    seat.ready, seat.batch = None, turn[0]
                    if seat.model.prepares:
                        self._changed.notify_all()
                    return turn
                self._changed.wait()
        return None

    def ahead(self, seat: Seat) -> Batch | None:
        """Wait for a batch to prepare: one for which no worker is free."""
        with self._lock:
            while not seat.ended:
                busy = seat.batch is not None and all(each.batch is not None for each in self._seats)
                if busy and seat.ready is None and self._batches:
                    seat.preparing = True
                    return self._batches.popleft()
                self._changed.wait()
        return None

    def prepared(self, seat: Seat, batch: Batch, result: Any) -> None:
        """`seat` runs `batch` next, unless nobody wants it any more."""
        with self._lock:
            seat.preparing = False
            refused = seat.ended
            if not (batch.stopped or refused):
                seat.ready = batch, result
            self._changed.notify_all()
        if refused and not batch.stopped:
            self._again(batch)

    def _again(self, batch: Batch) -> None:
        """`batch` was in the hands of a worker that has ended: another runs it."""
        self.start(batch)

    def done(self, seat: Seat, batch: Batch, seconds: float) -> None:
        """`seat` is free."""
        with self._lock:
            seat.batch = None
            seat.stop = False
            seat.stopped_at = None
            if not batch.stopped:
                before = self._batch_seconds or seconds
                self._batch_seconds = 0.8 * before + 0.2 * seconds

    # ── news ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _tell(self, news: Message) -> None:
        with self._lock:
            inboxes = [each() for each in self._inboxes]
        for inbox in inboxes:
            if inbox is not None:
                inbox.post(news)


def _refuse(batch: Batch) -> None:
    batch.finish([Failure("the program is ending")] * len(batch.jobs), 0.0)


def measured(worker: Any, item: Item, plugin: str) -> tuple[float, Any] | Failure:
    """Cost and batch key of `item` as `worker` has them, or what went wrong."""
    try:
        key = protocol.batch_key(worker, item)
        hash(key)
        return protocol.cost(worker, item), key
    except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the job is told
        return as_failure(error, plugin)
