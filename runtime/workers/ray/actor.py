"""An actor: a process with one loaded model, which runs batches as a local worker does, with the same code."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pickle
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from planlang.runtime.journal.outbox import Address, Finished, Outbox, pack_answers
from planlang.runtime.progress import ModelLoading, WorkReported
from planlang.runtime.workers.failures import as_failure
from planlang.runtime.workers.jobs import Batch, Inbox, Message, Ready, Unloadable
from planlang.runtime.workers.pool import Pool
from planlang.runtime.workers.protocol import Context, Failure, OpenContext, WorkerKind

from .measuring import Copied, light_copy
from .payload import Dumps, Unpacker, pack_outcomes, portable

_TURN = 0.25
"""Seconds between two looks at workers that do not stop."""


class Loaded(NamedTuple):
    """What an actor says of the model that it has loaded. memory: bytes that loading took."""

    concurrent: int
    max_batch: int
    max_cost: float
    measured: Copied | None
    memory: int
    exact: bool


class Kept(NamedTuple):
    """Where an actor leaves a finished batch before it answers: the folder of outboxes, and whose answers they are."""

    folder: str
    model: str
    tags: list[list[bytes]]


class Result(NamedTuple):
    """What came of a batch: the packed outcomes, the seconds it took, and whether it was left in the outbox."""

    outcomes: bytes
    seconds: float
    kept: bool


class Halved(NamedTuple):
    """The items from `first` up to `last` of a batch were begun alone."""

    number: int
    first: int
    last: int


class ModelActor:
    """One model of one plugin. Every method is asynchronous, so that batches run while others are asked for."""

    def __init__(self, name: str, paths: list[str], dumps: Dumps) -> None:
        """`paths` is where the plan's process finds its modules, `dumps` packs values."""
        sys.path += [path for path in paths if path not in sys.path and Path(path).is_dir()]
        self._name = name
        self._dumps = dumps
        self._unpacker = Unpacker()
        self._batches: dict[int, _ActorBatch] = {}
        self._outboxes: dict[str, Outbox | None] = {}
        self._news: dict[Any, Halved | WorkReported] = {}
        self._rung = asyncio.Event()

    async def hello(self) -> tuple[str, int]:
        """The node and the process."""
        return socket.gethostname(), os.getpid()

    async def load(self, plugin: str, packed: bytes, model: str, secrets: dict[str, str]) -> Loaded | Failure:
        """Load the model. `packed` has the kind of worker and what makes its context."""
        loop = self._loop = asyncio.get_running_loop()
        try:
            kind, open_context = cast("tuple[WorkerKind, OpenContext]", pickle.loads(packed))  # noqa: S301 - our own
        except Exception as error:  # noqa: BLE001 - plugin code is imported here
            return _not_here(plugin, error)
        self._ready: asyncio.Future[Failure | None] = loop.create_future()
        self._inbox = _ActorInbox(lambda message: loop.call_soon_threadsafe(self._heard, message))
        self._pool = Pool(kind, model, _with_secrets(open_context, secrets, self._know), _start_thread)
        self._pool.open(self._inbox)
        failure = await self._ready
        if failure is not None:
            return portable(failure)
        self._looking = loop.create_task(self._look_after())
        return self._loaded()

    def _know(self, context: Context) -> None:
        self._context = context

    def _loaded(self) -> Loaded:
        capacity = self._pool.capacity
        if capacity is None:
            raise RuntimeError("the model is not loaded")
        measured = light_copy(self._pool.worker) if capacity.measure is not None else None
        most, room, memory = capacity.max_batch, capacity.max_cost, self._pool.load_bytes
        return Loaded(capacity.workers, most, room, measured, memory, capacity.exact)

    async def run(
        self, number: int, function: str, method: str, message: bytes, kept: Kept | None, *large: bytes
    ) -> Result | Failure | None:
        """Answer a batch; None where it was stopped meanwhile."""
        try:
            items = self._unpacker.items(function, message, large)
        except Exception as error:  # noqa: BLE001 - a value of a plugin's type, which may not be here
            return portable(as_failure(error, self._pool.kind.plugin))
        batch = _ActorBatch(self, number, function, method, items, kept)
        self._batches[number] = batch
        self._pool.start(batch)
        try:
            return await batch.result
        finally:
            del self._batches[number]

    async def stop(self, number: int) -> None:
        """Nobody waits for this batch any more."""
        batch = self._batches.get(number)
        if batch is not None:
            self._pool.stop(batch)
            batch.conclude(None)

    async def measure(self, function: str, message: bytes) -> list[Any]:
        """Cost and batch key of each item, or a Failure."""
        measure = self._pool.capacity.measure if self._pool.capacity is not None else None
        items = self._unpacker.items(function, message, ())
        found = measure(items) if measure is not None else [(1.0, None)] * len(items)
        return [portable(each) if isinstance(each, Failure) else each for each in found]

    async def news(self) -> list[Halved | WorkReported]:
        """Wait for what is to be told while batches run, and tell it."""
        await self._rung.wait()
        self._rung.clear()
        news, self._news = list(self._news.values()), {}
        return news

    async def close(self) -> None:
        """Let go of the model."""
        threads = self._pool.close()
        await asyncio.to_thread(lambda: [thread.join(1.0) for thread in threads])

    # ── from the worker's threads ────────────────────────────────────────────────────────────────────────────────────

    def concluded(self, batch: _ActorBatch, outcomes: Sequence[Any], seconds: float) -> Result:
        """What came of `batch`; called in the thread that ran it."""
        packed = pack_outcomes(outcomes, self._pool.kind.plugin, self._context.secrets, self._dumps)
        return Result(packed, seconds, batch.kept)

    def outbox_of(self, batch: _ActorBatch) -> tuple[Outbox, Address] | None:
        """Where `batch` is to be left, and what is known of it before it runs; None where it is not kept here."""
        keep = batch.keep_in
        outbox = self._outbox(keep.folder) if keep is not None else None
        if keep is None or outbox is None:
            return None
        try:
            outbox.open()
        except OSError:
            return None  # the plan's process tries to keep it, and tells if it cannot
        return outbox, Address(self._name, batch.function, keep.model, keep.tags)

    def _outbox(self, folder: str) -> Outbox | None:
        """The outbox in this folder; None where this machine does not see it."""
        if folder not in self._outboxes:
            there = Path(folder).is_dir()
            self._outboxes[folder] = Outbox(Path(folder, f"{self._name}.log")) if there else None
        return self._outboxes[folder]

    def tell(self, news: Halved | WorkReported) -> None:
        """Tell the plan's process, from any thread; of several reports on a function, the last."""
        self._loop.call_soon_threadsafe(self._add_news, news)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Where all methods run."""
        return self._loop

    def _add_news(self, news: Halved | WorkReported) -> None:
        self._news[news.function if isinstance(news, WorkReported) else news] = news
        self._rung.set()

    def _heard(self, message: Message) -> None:
        if isinstance(message, (Ready, Unloadable)):
            if not self._ready.done():
                self._ready.set_result(message.failure if isinstance(message, Unloadable) else None)
        elif isinstance(message, WorkReported):
            self._add_news(message)

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(_TURN)
            self._pool.tend()


class _ActorBatch(Batch):
    """A batch in the actor that runs it: `result` is set when it is through."""

    __slots__ = ("_actor", "_left_in", "keep_in", "number", "result")

    def __init__(  # noqa: PLR0913, PLR0917 - all that came over the boundary
        self, actor: ModelActor, number: int, function: str, method: str, items: list[Any], kept: Kept | None
    ) -> None:
        super().__init__(function, method, items, Inbox(), float(len(items)))
        self._actor = actor
        self._items = items
        self.inbox = actor._inbox  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - its own
        self.number = number
        self.keep_in = kept
        self._left_in: tuple[Outbox, Address] | None = None
        self.result: asyncio.Future[Result | Failure | None] = actor.loop.create_future()

    def get_ready(self) -> None:
        """See that it can be left in the outbox at once."""
        self._left_in = self._actor.outbox_of(self)

    def keep(self, outcomes: Sequence[Any], seconds: float) -> None:
        """Leave it in the outbox."""
        if self._left_in is None or self.kept:
            return
        outbox, address = self._left_in
        with contextlib.suppress(OSError):  # the plan's process tries to keep it, and tells if it cannot
            outbox.add(Finished(address, time.time() - seconds, seconds, pack_answers(outcomes)))
            self.kept = True

    def began(self, now: float, first: int = 0, last: int | None = None) -> None:
        """Tell of halves; when a whole batch begins, the plan's process knows by itself."""
        super().began(now, first, last)
        if last is not None and last - first < len(self.jobs):
            self._actor.tell(Halved(self.number, first, last))

    def finish(self, outcomes: Sequence[Any], seconds: float) -> None:
        """Send the outcomes."""
        self.keep(outcomes, seconds)
        result = self._actor.concluded(self, outcomes, seconds) if not self.stopped else None
        self._actor.loop.call_soon_threadsafe(self.conclude, result)

    def conclude(self, result: Result | Failure | None) -> None:
        """Answer the plan's process, once."""
        if not self.result.done():
            self.result.set_result(result)


class _ActorInbox(Inbox):
    """Hands over each message at once."""

    def __init__(self, deliver: Callable[[Message], Any]) -> None:
        super().__init__()
        self._deliver = deliver

    def post(self, message: Message) -> None:
        """Hand over `message`, from any thread."""
        if not isinstance(message, ModelLoading):  # the plan's process tells of that
            self._deliver(message)


def _with_secrets(open_context: OpenContext, secrets: dict[str, str], know: Callable[[Context], None]) -> OpenContext:
    """`open_context` for a machine that need not have the environment and the files that secrets are read from."""

    def opened(report: Any, stopping: Any) -> Context:
        context = open_context(report, stopping)
        context.secrets.learn(secrets)
        know(context)
        return context

    return opened


def _not_here(plugin: str, error: Exception) -> Failure:
    node = socket.gethostname()
    if isinstance(error, ModuleNotFoundError):
        return Failure(
            f"the plugin `{plugin}` needs the Python module `{error.name}`, which the node {node} does not have",
            hint="install the same packages on all nodes of the cluster",
        )
    return portable(as_failure(error, plugin))


def _start_thread(body: Callable[[], None], name: str) -> None:
    threading.Thread(target=body, name=name, daemon=True).start()
