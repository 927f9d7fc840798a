"""A worker of this process: a thread that runs batches on a loaded model, and one that prepares the next batch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from planlang.runtime.progress import WorkReported

from .failures import as_failure
from .jobs import Batch
from .protocol import Context, Failure, OpenContext, WorkerKind

UNPREPARED = object()
"""In the place of what `prepare` gave, where it was not called or failed."""


class Model:
    """A loaded instance of a plugin's worker class, and the threads that use it.

    Most classes answer one batch at a time; one with `concurrent = 4` is used by four threads.
    """

    def __init__(self, kind: WorkerKind, ended: Callable[[], bool]) -> None:
        """Not loaded yet; `ended` says whether nobody wants it any more."""
        self.kind = kind
        self._ended = ended
        self.worker: Any = None
        self.context: Context | None = None
        self.seats: list[Seat] = []
        self._here = threading.local()

    def load(self, open_context: OpenContext) -> None:
        """Import the class and load the model, in the calling thread; raises whatever the plugin raises."""
        self.context = open_context(self._report, self._stopping)
        worker = self.kind.create()
        worker.load(self.context)
        self.worker = worker

    @property
    def concurrent(self) -> int:
        """How many threads may use the instance at the same time."""
        return max(1, int(getattr(self.worker, "concurrent", 1)))

    @property
    def prepares(self) -> bool:
        """Whether batches are prepared before they run."""
        return hasattr(self.worker, "prepare")

    def hide(self, outcome: Any) -> Any:
        """`outcome`; one that is a Failure tells no secrets."""
        if isinstance(outcome, Failure) and self.context is not None:
            secrets = self.context.secrets
            outcome.message, outcome.hint = secrets.hide(outcome.message), secrets.hide(outcome.hint)
        return outcome

    def use(self, seat: Seat) -> None:
        """The calling thread works for `seat`."""
        self._here.seat = seat

    def _stopping(self) -> bool:
        seat: Seat | None = getattr(self._here, "seat", None)
        if seat is not None:
            return seat.stopping
        return self._ended() or (bool(self.seats) and all(each.stopping for each in self.seats))

    def _report(self, done: int, total: int) -> None:
        seat: Seat | None = getattr(self._here, "seat", None)
        for batch in [each.batch for each in self.seats if each.batch] if seat is None else [seat.batch]:
            if batch is not None:
                batch.inbox.post(WorkReported(batch.function, done, total))


class Desk(Protocol):
    """Where a seat gets its batches: its pool."""

    def next(self, seat: Seat) -> tuple[Batch, Any] | None:
        """Wait for the next batch, with what `prepare` gave or UNPREPARED; None where the seat is to end."""
        ...

    def ahead(self, seat: Seat) -> Batch | None:
        """Wait for a batch to prepare while the seat runs another; None where the seat is to end."""
        ...

    def prepared(self, seat: Seat, batch: Batch, result: Any) -> None:
        """`batch` is prepared: `seat` runs it next."""
        ...

    def done(self, seat: Seat, batch: Batch, seconds: float) -> None:
        """`seat` is through with `batch`."""
        ...


class Seat:
    """A thread that runs batches. `stop` is set where nobody wants the batch in hand, `ended` where no more come."""

    def __init__(self, model: Model, desk: Desk, name: str) -> None:
        """`name` is what journals call it."""
        self.name = name
        self.model = model
        self.desk = desk
        self.batch: Batch | None = None
        self.stop = False
        self.stopped_at: float | None = None
        self.ended = False
        self.preparing = False
        self.ready: tuple[Batch, Any] | None = None
        """The next batch, with what the worker's `prepare` gave."""
        self.thread: threading.Thread | None = None

    @property
    def stopping(self) -> bool:
        """What the worker's `context.stopping()` says."""
        return self.stop or self.ended

    def serve(self) -> None:
        """Run batches until there are no more; the body of the thread."""
        self.thread = threading.current_thread()
        self.model.use(self)
        if self.model.prepares:
            threading.Thread(
                target=self._prepare, name=f"{threading.current_thread().name} prepare", daemon=True
            ).start()
        while turn := self.desk.next(self):
            batch, prepared = turn
            batch.worker = self.name
            batch.get_ready()
            start = time.monotonic()
            outcomes = self._run(batch, 0, len(batch.jobs), prepared)
            seconds = time.monotonic() - start
            batch.keep(outcomes, seconds)
            self.desk.done(self, batch, seconds)
            batch.finish([self.model.hide(outcome) for outcome in outcomes], seconds)

    def _prepare(self) -> None:
        self.model.use(self)
        while batch := self.desk.ahead(self):
            try:
                result = self.model.worker.prepare(batch.items)
            except (Exception, SystemExit):  # noqa: BLE001 - it fails again, and is told, where the batch runs
                result = UNPREPARED
            self.desk.prepared(self, batch, result)

    def _run(self, batch: Batch, first: int, last: int, prepared: Any) -> Sequence[Any]:
        """The outcomes of some items; what fails as a whole is tried in halves, so that none fails its neighbours."""
        batch.began(time.monotonic(), first, last)
        answered = self._answer(batch, first, last, prepared)
        if not isinstance(answered, Failure):
            return answered
        if last - first == 1 or self.stopping:
            return [answered] * (last - first)
        middle = (first + last) // 2
        before = self._run(batch, first, middle, UNPREPARED)
        return [*before, *self._run(batch, middle, last, UNPREPARED)]

    def _answer(self, batch: Batch, first: int, last: int, prepared: Any) -> Sequence[Any] | Failure:
        """The outcomes of some items, or one failure of them all."""
        worker, plugin = self.model.worker, self.model.kind.plugin
        items = batch.items if last - first == len(batch.jobs) else batch.items[first:last]
        try:
            method = getattr(worker, batch.method)
            if not self.model.prepares:
                outcomes = list(method(items))
            else:
                outcomes = list(method(items, worker.prepare(items) if prepared is UNPREPARED else prepared))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - plugin code may raise anything; the jobs are told
            return as_failure(error, plugin)
        if len(outcomes) != len(items):
            return Failure(f"the plugin `{plugin}` gave {len(outcomes)} answers to {len(items)} calls")
        return outcomes
