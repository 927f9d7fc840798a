"""The actors that hold one model, and the batches that wait for them: see `protocol.PoolLike`.

All that is decided here is decided in one thread, which takes one thing after another from a queue: what the plan's
thread asks for, what actors answer, and the loss of actors. So nothing needs a lock, and the plan's thread never waits.
Calls are free of side effects: the batch of an actor that is lost goes to another.
"""

from __future__ import annotations

import contextlib
import sys
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from planlang.runtime.execution import memory_left
from planlang.runtime.progress import ModelLoading, WorkersAwaited
from planlang.runtime.workers import pool as local
from planlang.runtime.workers.failures import as_failure
from planlang.runtime.workers.jobs import Batch, Closed, Inbox, Message, Ready, Unloadable
from planlang.runtime.workers.protocol import Capacity, Failure, Item, OpenContext, WorkerKind

from . import cluster
from .actor import Halved, Loaded, ModelActor, Result
from .crew import Hand, Piece, Shipment, refused
from .measuring import Measuring, dressed
from .payload import LargeArguments, pack_items, unpack_outcomes
from .requirements import LOST, Requirement, fitting, required

if TYPE_CHECKING:
    from .workers import RayWorkers

ALONE = 2
"""A batch that so many actors were lost with is tried in halves; a single call that so many were lost with fails."""
MOST_LOST = 12
"""So many actors lost one after the other, with no batch answered between, are the model's fault, or the cluster's."""
IDLE = 60.0
"""Seconds after which an actor with nothing to do is let go, unless it is the last."""
PATIENCE = 2.0
"""Seconds that an actor may wait for its place in the cluster before somebody is told."""
HEARING = local.GRACE + 4.0
"""Seconds in which an actor must hear that it is to stop; one that does not hangs, and is replaced."""
_TURN = 0.25


class RayPool:
    """One model in the cluster."""

    def __init__(self, workers: RayWorkers, kind: WorkerKind, model: str, open_context: OpenContext) -> None:
        """Nothing happens before `open`; `serve` is the body of its thread."""
        self.kind = kind
        self.model = model
        self.capacity: Capacity | None = None
        self.closed = False
        self.most: int | None = None
        """How many actors there may be; None: as many as the cluster holds."""
        self._workers = workers
        self._open_context = open_context
        self._mail: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._inboxes: list[weakref.ref[Inbox]] = []
        self._waiting: deque[Piece] = deque()
        self._crew: list[Hand] = []
        self._coming: list[Hand] = []
        self._numbers = count(1)
        self._lost = 0
        self._load_seconds = 0.0
        self._batch_seconds = 0.0
        self._wish = 0.0
        self._ray: Any = None
        self._room = 1
        self._requirement = Requirement()
        self._over = False

    # ── called from the interpreter's thread ─────────────────────────────────────────────────────────────────────────

    def open(self, inbox: Inbox) -> None:
        """Load the model if it is not."""
        if self.closed:
            inbox.post(Closed(self))
        else:
            self._mail.put(partial(self._opened, weakref.ref(inbox)))

    def start(self, batch: Batch) -> None:
        """Run `batch` as soon as an actor is free."""
        if self.closed:
            batch.finish(refused(len(batch.jobs)), 0.0)
        else:
            self._mail.put(partial(self._started, batch))

    def stop(self, batch: Batch) -> None:
        """Nobody waits for `batch` any more."""
        batch.stopped = True
        self._mail.put(partial(self._stopped, batch))

    def tend(self) -> None:
        """Nothing: the pool's thread looks after its actors by itself."""

    def grow(self, waiting: float) -> None:
        """Start one more actor where so many full batches wait that it is worth it."""
        wished, self._wish = self._wish, waiting
        if not wished:
            self._mail.put(self._grow)

    def close(self) -> None:
        """End it, from any thread."""
        self.closed = True
        self._mail.put(self._end)

    def make_room(self) -> None:
        """Another model waits for its place in the cluster: let go of what is not needed. From any thread."""
        self._mail.put(self._shrink)

    # ── the pool's thread ────────────────────────────────────────────────────────────────────────────────────────────

    def serve(self) -> None:
        """Do what is asked for, until the end; the body of the pool's thread."""
        while not self._over:
            try:
                act = self._mail.get(timeout=_TURN)
            except Empty:
                act = self._look_after
            try:
                act()
            except Exception as error:  # noqa: BLE001 - whatever Ray raises where it has broken down
                self._fail(_broken_down(error))
        self._settle_late_mail()

    def _settle_late_mail(self) -> None:
        """Batches that were started while the pool ended are refused too."""
        while True:
            try:
                act = self._mail.get_nowait()
            except Empty:
                return
            act()

    def _opened(self, inbox: weakref.ref[Inbox]) -> None:
        known = [each for each in self._inboxes if each() not in (None, inbox())]
        self._inboxes = [*known, inbox]
        if self._over:
            self._tell(Closed(self))
        elif not (self._crew or self._coming):
            self._man()

    def _started(self, batch: Batch) -> None:
        if self._over:
            batch.finish(refused(len(batch.jobs)), 0.0)
            return
        if batch.stopped:
            return
        self._waiting.append(Piece(Shipment(batch), 0, len(batch.jobs)))
        if not (self._crew or self._coming):
            self._man()
        self._hand_out()

    def _stopped(self, batch: Batch) -> None:
        self._waiting = deque(piece for piece in self._waiting if piece.whole.batch is not batch)
        for hand in self._crew:
            for number, piece in list(hand.in_hand.items()):
                if piece.whole.batch is batch:
                    self._recall(hand, number)
        self._hand_out()

    def _recall(self, hand: Hand, number: int) -> None:
        del hand.in_hand[number]
        hand.stopping[number] = time.monotonic()
        self._when_done(hand.actor.stop.remote(number), lambda _: self._recalled(hand, number))
        self._begin_next(hand)

    def _recalled(self, hand: Hand, number: int) -> None:
        hand.stopping.pop(number, None)
        self._hand_out()

    # ── actors come ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _man(self) -> None:
        """Ask the cluster for one more actor."""
        ray = self._ray or self._connect()
        if ray is None:
            return
        kinds = cluster.nodes(ray)
        try:
            shadow = self._shadow()
            own: Any = getattr(shadow, "needs", None) or {}
            self._requirement = required(own, self.kind.needs, kinds, self.kind.plugin)
        except Failure as failure:
            self._fail(failure)
            return
        self._room = max(1, fitting(self._requirement, kinds))
        name = self._workers.new_name()
        dumps = ray.cloudpickle.dumps
        make = ray.remote(ModelActor).options(max_restarts=0, max_task_retries=0, **self._requirement.options)
        hand = Hand(name, make.remote(name, list(sys.path), dumps))
        self._coming.append(hand)
        self._tell(ModelLoading(self.model))
        self._when_done(hand.actor.hello.remote(), partial(self._arrived, hand))

    def _connect(self) -> Any:
        """The module `ray`, connected; None where that cannot be, which is told then."""
        connection = self._workers.connection
        if not connection.done:
            self._tell(ModelLoading("Ray"))
        try:
            self._ray = connection.wait()
        except Failure as failure:
            self._fail(failure)
        self._tell(ModelLoading("Ray", done=True))
        if self._ray is not None:
            self._large = LargeArguments(self._ray.put, self._ray.cloudpickle.dumps)
        return self._ray

    def _shadow(self) -> Any:
        """An instance of the worker's class that is never loaded; None where it cannot be made here."""
        try:
            return self.kind.create()
        except (Exception, SystemExit):  # noqa: BLE001 - what is wrong is told by the actor, which makes one too
            return None

    def _arrived(self, hand: Hand, answer: Any) -> None:
        """The actor's process runs: have it load the model."""
        if isinstance(answer, Exception):
            if "No module named" in str(answer):
                text = "the nodes of the Ray cluster lack planlang, or a package that it needs"
                self._unloadable(hand, Failure(text, hint="install the same packages on all nodes of the cluster"))
            else:
                self._lose(hand)
            return
        hand.node, _ = answer
        hand.here = True
        if hand.told_waiting:
            self._tell(WorkersAwaited(self.model, ""))
        hand.since = time.monotonic()
        secrets = self._open_context(lambda _done, _total: None, lambda: False).secrets.known()
        packed = self._ray.cloudpickle.dumps(
            (WorkerKind(self.kind.plugin, self.kind.name, self.kind.create), self._open_context)
        )
        call = hand.actor.load.remote(self.kind.plugin, packed, self.model, secrets)
        self._when_done(call, partial(self._loaded, hand))

    def _loaded(self, hand: Hand, answer: Any) -> None:
        if hand.gone:
            return
        if isinstance(answer, Failure):
            self._unloadable(hand, answer)
            return
        if not isinstance(answer, Loaded):
            self._lose(hand)
            return
        self._tell(ModelLoading(self.model, done=True))
        hand.loaded = answer
        hand.loading_seconds = max(0.001, time.monotonic() - hand.since)
        self._load_seconds = hand.loading_seconds
        hand.since = time.monotonic()
        self._coming.remove(hand)
        self._crew.append(hand)
        self._listen(hand)
        self._set_capacity(answer)
        self._tell(Ready(self))
        self._hand_out()

    def _set_capacity(self, loaded: Loaded | None = None) -> None:
        seats = max(1, sum(hand.seats for hand in self._crew))
        if loaded is None:
            if self.capacity is not None:
                self.capacity.workers, self.capacity.ahead = seats, max(1, len(self._crew))
            return
        measure = self.capacity.measure if self.capacity is not None else self._measure(loaded)
        self.capacity = Capacity(seats, len(self._crew), loaded.max_batch, loaded.max_cost, measure)

    def _measure(self, loaded: Loaded) -> Measuring | None:
        if loaded.measured is None:
            return None
        shadow = self._shadow()
        copy = dressed(shadow, loaded.measured) if shadow is not None else None
        return Measuring(copy, self.kind.plugin, self._measure_far)

    def _measure_far(self, items: Sequence[Item]) -> list[Any]:
        """Ask an actor what items cost; called in the plan's thread, which waits."""
        dumps = self._ray.cloudpickle.dumps
        rows = dumps([(dict(item.arguments), item.seed) for item in items])
        try:
            crew = self._crew[0]
            return self._ray.get(crew.actor.measure.remote(items[0].function, rows), timeout=HEARING)
        except Exception:  # noqa: BLE001 - the actor is lost, or busy: the bounds of batches are not worth a failure
            return [(1.0, None)] * len(items)

    def _unloadable(self, hand: Hand, failure: Failure) -> None:
        self._coming.remove(hand)
        self._kill(hand)
        self._tell(ModelLoading(self.model, done=True))
        if self._crew:
            self.most = len(self._crew)  # there is no room for one more, it seems
        else:
            self._fail(failure, told=True)

    # ── batches go out and come back ─────────────────────────────────────────────────────────────────────────────────

    def _hand_out(self) -> None:
        """Send what waits: to free actors, and one batch ahead to each that is busy."""
        while self._waiting and (hand := self._next_hand(self._waiting[0])):
            piece = self._waiting.popleft()
            if not piece.whole.batch.stopped:
                self._send(hand, piece)

    def _next_hand(self, piece: Piece) -> Hand | None:
        """Who is to run `piece`. One that an actor was lost with is alone with the next: it may be what ends it."""
        ready = [hand for hand in self._crew if hand.takes(piece)]
        return min(ready, key=lambda hand: len(hand.in_hand) / hand.seats, default=None)

    def _send(self, hand: Hand, piece: Piece) -> None:
        number = next(self._numbers)
        batch = piece.whole.batch
        try:
            message, large = pack_items(piece.items, self._large, self._ray.cloudpickle.dumps)
        except Exception as error:  # noqa: BLE001 - a value of a plugin's type that cannot be sent
            self._back(piece, [as_failure(error, self.kind.plugin)] * (piece.last - piece.first), 0.0)
            return
        hand.in_hand[number] = piece
        if number in hand.running:
            batch.began(time.monotonic(), piece.first, piece.last)
        call = hand.actor.run.remote(number, batch.function, batch.method, message, piece.keep, *large)
        self._when_done(call, partial(self._returned, hand, number))

    def _returned(self, hand: Hand, number: int, answer: Any) -> None:
        piece = hand.in_hand.get(number)
        if piece is None or hand.gone:
            return  # it was stopped, or went to another when this one was lost
        if isinstance(answer, Exception) and self._workers.means_loss(answer):
            self._lose(hand)
            return
        del hand.in_hand[number]
        self._begin_next(hand)
        count_ = piece.last - piece.first
        if isinstance(answer, Result):
            self._lost = 0
            self._learn(answer.seconds)
            piece.whole.kept = answer.kept and not piece.whole.split
            self._back(piece, unpack_outcomes(answer.outcomes), answer.seconds, hand.name)
        elif answer is not None:
            failure = answer if isinstance(answer, Failure) else as_failure(answer, self.kind.plugin)
            self._back(piece, [failure] * count_, 0.0)
        self._hand_out()

    def _back(self, piece: Piece, outcomes: Sequence[Any], seconds: float, worker: str = "") -> None:
        whole = piece.whole
        if whole.put(piece, outcomes, seconds) and not whole.batch.stopped:
            whole.batch.worker = worker
            whole.batch.kept = whole.kept
            whole.batch.finish(whole.outcomes, whole.seconds)

    def _begin_next(self, hand: Hand) -> None:
        """What was sent ahead to `hand` is begun now that it is free."""
        now = time.monotonic()
        hand.since = now
        for number in hand.running:
            piece = hand.in_hand[number]
            if piece.whole.batch.running is None:
                piece.whole.batch.began(now, piece.first, piece.last)

    def _learn(self, seconds: float) -> None:
        before = self._batch_seconds or seconds
        self._batch_seconds = 0.8 * before + 0.2 * seconds

    # ── actors are lost ──────────────────────────────────────────────────────────────────────────────────────────────

    def _lose(self, hand: Hand) -> None:
        """`hand` is lost: another takes its place, and what it had in hand goes to others."""
        if hand.gone:
            return
        running = set(hand.running)
        self._kill(hand)
        coming = hand in self._coming
        (self._coming if coming else self._crew).remove(hand)
        if coming:
            self._tell(ModelLoading(self.model, done=True))
        self._lost += 1
        if self._lost >= MOST_LOST or (coming and self._lost >= 3):
            self._give_up(hand, coming=coming)
            return
        for number, piece in reversed(hand.in_hand.items()):
            self._again(hand, piece, begun=number in running)
        self._set_capacity()
        if (self._waiting or (not self._crew and coming)) and not self._coming:
            self._man()
        self._hand_out()

    def _again(self, hand: Hand, piece: Piece, *, begun: bool) -> None:
        """Let another actor run `piece`; what several were lost with, in parts."""
        salvaged = hand.salvaged(piece)
        if salvaged is not None:
            piece.whole.kept = True
            self._back(piece, salvaged, 0.0, hand.name)
            return
        piece.deaths += begun
        piece.whole.batch.running = None
        if piece.deaths < ALONE:
            self._waiting.appendleft(piece)
        elif piece.last - piece.first > 1:
            self._waiting.extendleft(reversed(piece.halves()))
        else:
            text = f"the worker process of `{self.model}` ended while it worked on this call, {piece.deaths} times"
            self._back(piece, [Failure(text, hint="is there enough memory on the cluster's nodes?")], 0.0)

    def _give_up(self, hand: Hand, *, coming: bool) -> None:
        what = "while they loaded the model" if coming else "with no batch answered between"
        text = f"{self._lost} worker processes of `{self.model}` ended one after the other, {what}"
        self._waiting.extend(hand.in_hand.values())
        self._lost = 0
        self._fail(Failure(text, hint="is there enough memory on the cluster's nodes?"), told=True)

    def _fail(self, failure: Failure, *, told: bool = False) -> None:
        """There is no model: all that waits, and that is in hand, fails."""
        if not told:
            cause = failure.__cause__
            text = f"the model `{self.model}` could not be loaded: {failure.message}"
            failure = Failure(text, kind=failure.kind, hint=failure.hint)
            failure.__cause__ = cause
        pieces = [*self._waiting, *(piece for hand in self._crew for piece in hand.in_hand.values())]
        self._waiting.clear()
        for hand in (*self._crew, *self._coming):
            self._kill(hand)
        self._crew, self._coming = [], []
        for piece in pieces:
            self._back(piece, [failure] * (piece.last - piece.first), 0.0)
        self._tell(Unloadable(self, failure))

    # ── how many there are ───────────────────────────────────────────────────────────────────────────────────────────

    def _grow(self) -> None:
        waiting, self._wish = self._wish, 0.0
        models = len(self._crew)
        if self._over or self._coming or not models or models >= min(self.most or self._default_most(), self._room):
            return
        left = waiting * self._batch_seconds / sum(hand.seats for hand in self._crew)
        if left > local.WORTH * self._load_seconds and self._is_room():
            self._man()

    def _default_most(self) -> int:
        """On this machine alone, as many as threads; in a cluster, what it holds."""
        from planlang.runtime.workers.local import default_workers

        if self._workers.connection.alone and not self._requirement.gpu:
            return default_workers()
        return self._room

    def _is_room(self) -> bool:
        loaded = self._crew[0].loaded
        if not self._workers.connection.alone or loaded is None:
            return True
        return memory_left() > local.SPARE * loaded.memory

    def _shrink(self) -> None:
        """Let go of actors that have nothing to do: of all of them, since another model has none."""
        for hand in list(self._crew):
            if not hand.in_hand and not self._waiting:
                self._let_go(hand)
        surplus = [hand for hand in self._coming if not hand.here and self._crew]
        for hand in surplus:
            self._let_go(hand)

    def _let_go(self, hand: Hand) -> None:
        (self._coming if hand in self._coming else self._crew).remove(hand)
        if hand.loaded is None:
            self._tell(ModelLoading(self.model, done=True))
            self._kill(hand)
        else:
            hand.gone = True
            self._when_done(hand.actor.close.remote(), lambda _: self._kill(hand))
        self._set_capacity()

    def _look_after(self) -> None:
        """Now and then: actors that hang, that wait for their place, and that have nothing to do."""
        now = time.monotonic()
        for hand in list(self._crew):
            if any(now > asked + HEARING for asked in hand.stopping.values()):
                self._lose(hand)
            elif not hand.in_hand and len(self._crew) > 1 and now > hand.since + IDLE:
                self._let_go(hand)
        for hand in list(self._coming):
            if not hand.here and now > hand.since + PATIENCE:
                self._await(hand)

    def _await(self, hand: Hand) -> None:
        """`hand` waits for its place: without need it is not waited for; else others make room, and it is told."""
        if self._crew:
            self._room = len(self._crew)
            self._let_go(hand)
            return
        self._workers.make_room(self)
        if not hand.told_waiting:
            hand.told_waiting = True
            free = cluster.available(self._ray)
            lacking = [name for name, amount in self._requirement.resources.items() if free.get(name, 0.0) < amount]
            what = f"for {self._requirement}" + ("" if lacking else " on one node")
            self._tell(WorkersAwaited(self.model, f"{self.model} waits {what}: the cluster is busy"))

    def _end(self) -> None:
        if self._over:
            return
        self._over = True
        hands = [*self._crew, *self._coming]
        pieces = [*self._waiting, *(piece for hand in self._crew for piece in hand.in_hand.values())]
        for piece in pieces:
            self._back(piece, refused(piece.last - piece.first), 0.0)
        self._waiting.clear()
        closing = [hand.actor.close.remote() for hand in self._crew]
        with contextlib.suppress(Exception):  # those that are lost need not be closed
            self._ray.wait(closing, num_returns=len(closing), timeout=1.0) if closing else None
        for hand in hands:
            self._kill(hand)
        self._crew, self._coming = [], []
        self._tell(Closed(self))

    def _kill(self, hand: Hand) -> None:
        hand.gone = True
        with contextlib.suppress(Exception):  # it is lost already
            self._ray.kill(hand.actor)

    # ── news ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _listen(self, hand: Hand) -> None:
        self._when_done(hand.actor.news.remote(), partial(self._heard, hand))

    def _heard(self, hand: Hand, news: Any) -> None:
        if hand.gone:
            return
        if isinstance(news, Exception):
            self._lose(hand)
            return
        for each in news:
            if isinstance(each, Halved):
                self._halved(hand, each)
            else:
                for inbox in {piece.whole.batch.inbox for piece in hand.in_hand.values()}:
                    inbox.post(each)
        self._listen(hand)

    def _halved(self, hand: Hand, news: Halved) -> None:
        piece = hand.in_hand.get(news.number)
        if piece is not None:
            piece.whole.batch.began(time.monotonic(), piece.first + news.first, piece.first + news.last)

    def _when_done(self, call: Any, then: Callable[[Any], Any]) -> None:
        """Do `then` in the pool's thread, with what comes of `call`: its answer, or the exception."""

        def done(future: Any) -> None:
            error = future.exception()
            self._mail.put(partial(then, future.result() if error is None else error))

        call.future().add_done_callback(done)

    def _tell(self, news: Message) -> None:
        for each in self._inboxes:
            inbox = each()
            if inbox is not None:
                inbox.post(news)


def _broken_down(error: Exception) -> Failure:
    lines = str(error).strip().splitlines()
    failure = Failure(f"the Ray cluster has broken down: {lines[0][:200] if lines else 'it gave no reason'}")
    failure.hint = LOST
    failure.__cause__ = error
    return failure
