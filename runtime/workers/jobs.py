"""What goes between the interpreter's thread and the workers: batches one way; finished batches and news the other."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeAlias

from planlang.runtime.progress import Event

from .protocol import Answer, Failure, Item, PoolLike

if TYPE_CHECKING:
    from planlang.runtime.calls import Job
    from planlang.runtime.journal.outbox import Address


class Ready(NamedTuple):
    """The model of `pool` is loaded: its capacity is known."""

    pool: PoolLike


class Unloadable(NamedTuple):
    """The model of `pool` could not be loaded."""

    pool: PoolLike
    failure: Failure


class Closed(NamedTuple):
    """`pool` has ended."""

    pool: PoolLike


class Batch:
    """Calls of one function that a worker answers together.

    jobs: whose answers these are; the dispatcher's own.
    items: what the worker is given, made when first asked for, so that the worker's thread pays for it.
    outcomes: once finished, an answer, `Answer` or `Failure` for each item.
    seconds: how long the worker took.
    pool: who runs it.
    timed: whether any of its calls has a time-out.
    running: `(first, last, since)`: the items from `first` up to `last` were begun at `since`; None while it waits.
    stopped: nobody waits for it; set by the pool's `stop`.
    keeper: what makes it safe before it is posted; None where nothing is kept.
    packed: each answer as it is kept.
    address: what an outbox holds beside its answers; None where that is not known beforehand.
    worker: a name of who runs it, set by the pool.
    kept: set by a pool whose worker process has written the outbox itself.
    """

    __slots__ = ("_items", "address", "cost", "function", "inbox", "jobs", "keeper", "kept", "kept_here", "method",
                 "outcomes", "packed", "pool", "running", "seconds", "stopped", "timed", "worker")  # fmt: skip
    pool: PoolLike

    def __init__(self, function: str, method: str, jobs: list[Job], inbox: Inbox, cost: float) -> None:
        """`method` is the worker's method that answers, `cost` the summed cost of the items."""
        self.function = function
        self.method = method
        self.jobs = jobs
        self.inbox = inbox
        self.cost = cost
        self.outcomes: Sequence[Any] = ()
        self.seconds = 0.0
        self.running: tuple[int, int, float] | None = None
        self.stopped = False
        self.timed = False
        self.keeper: Keeper | None = None
        self.packed: list[bytes | None] | None = None
        self.address: Address | None = None
        self.worker = ""
        self.kept = False
        self.kept_here = False
        self._items: list[Item] | None = None

    @property
    def items(self) -> list[Item]:
        """What the worker is given."""
        if self._items is None:
            self._items = [job.item for job in self.jobs]
        return self._items

    @property
    def exact(self) -> bool:
        """Whether its calls ask for answers that do not depend on their batch; all of them do, or none."""
        return self.jobs[0].call.target.exact

    @property
    def model(self) -> str:
        """What the model is called."""
        return self.keeper.model(self) if self.keeper is not None else ""

    @property
    def outbox(self) -> str | None:
        """The folder where a worker process leaves the finished batch; None where nothing is kept."""
        return self.keeper.outbox if self.keeper is not None else None

    @property
    def tags(self) -> list[list[bytes]]:
        """For each item, what the calls that wait for it are known by in an outbox."""
        return [
            [tag for each in (job, *(job.followers or ())) if (tag := each.call.tag) is not None] for job in self.jobs
        ]

    def began(self, now: float, first: int = 0, last: int | None = None) -> None:
        """A worker began with the items from `first` up to `last`, from now on alone."""
        self.running = (first, len(self.jobs) if last is None else last, now)

    def get_ready(self) -> None:
        """A worker is about to begin: do what can be done now, so that it is safe at once when it is finished."""
        if self.keeper is not None:
            self.address = self.keeper.address(self)

    def keep(self, outcomes: Sequence[Any], seconds: float) -> None:
        """Make it safe, if it is not: in the worker's thread, before all else that is to be done with it."""
        if self.keeper is not None and self.packed is None:
            self.packed = self.keeper.keep(self, outcomes, seconds)

    def finish(self, outcomes: Sequence[Any], seconds: float) -> None:
        """Post the outcomes, one for each item, after `seconds` of work."""
        self.outcomes = outcomes
        self.seconds = seconds
        self.keep(outcomes, seconds)
        self.inbox.post(self)


class Keeper(Protocol):
    """Makes finished batches safe: `planlang.runtime.kept.Kept`."""

    @property
    def outbox(self) -> str | None:
        """The folder of outboxes, where there is a journal."""
        ...

    def model(self, batch: Batch) -> str:
        """What the model of a batch is called."""
        ...

    def address(self, batch: Batch) -> Address | None:
        """Get ready to keep it, in the worker's thread, before it runs."""
        ...

    def keep(self, batch: Batch, outcomes: Sequence[Any], seconds: float) -> list[bytes | None]:
        """Make it safe, in the worker's thread; gives the answers packed."""
        ...

    def answer(self, packed: bytes) -> Answer | None:
        """An answer that was packed; None where the bytes are not what was packed."""
        ...


Message: TypeAlias = Batch | Ready | Unloadable | Closed | Event
"""What workers post."""


class Inbox:
    """Where workers post what happened, for the interpreter's thread to take.

    Nothing here can be left half done by an exception that arrives from outside (Ctrl-C) between two steps.
    """

    def __init__(self) -> None:
        """Empty."""
        self.messages: deque[Message] = deque()
        """True while there is something to take."""
        self._bell = threading.Lock()
        self._bell.acquire()

    def post(self, message: Message) -> None:
        """Leave `message`, from any thread."""
        self.messages.append(message)
        if self._bell.locked():
            with contextlib.suppress(RuntimeError):  # another thread rang it at the same moment
                self._bell.release()

    def wait(self, timeout: float) -> None:
        """Sleep until something was posted, at most `timeout` seconds."""
        if not self.messages:
            self._bell.acquire(timeout=timeout)
