"""The actors of one model: how they come, load it and are let go, and how many there are."""

from __future__ import annotations

import contextlib
import sys
import time
from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from planlang.runtime.execution import memory_left
from planlang.runtime.progress import ModelLoading, WorkersAwaited
from planlang.runtime.workers import pool as local
from planlang.runtime.workers.local import default_workers
from planlang.runtime.workers.protocol import Capacity, Failure, Item, OpenContext, WorkerKind

from . import cluster
from .actor import Halved, Loaded, ModelActor
from .crew import Hand, Piece
from .mailbox import Mailbox
from .measuring import Measuring, dressed
from .payload import LargeArguments
from .requirements import Requirement, fitting, required

if TYPE_CHECKING:
    from .workers import RayWorkers

IDLE = 60.0
"""Seconds after which an actor with nothing to do is let go, unless it is the last."""
PATIENCE = 4.0
"""Seconds that an actor may wait for its place in the cluster, and its process start, before somebody is told."""
SURPLUS = 15.0
"""Seconds that an actor beside others may take for that before it is given up."""
HEARING = local.GRACE + 4.0
"""Seconds in which an actor must hear that it is to stop; one that does not hangs, and is replaced."""


class Staff(Mailbox):
    """The actors of one model, in the pool's thread; what they work on is the pool's."""

    def __init__(self, workers: RayWorkers, kind: WorkerKind, model: str, open_context: OpenContext) -> None:
        """There are none yet."""
        super().__init__()
        self.kind = kind
        self.model = model
        self.capacity: Capacity | None = None
        self.closed = False
        self.most: int | None = None
        """How many actors there may be; None: as many as the cluster holds."""
        self._workers = workers
        self._open_context = open_context
        self._waiting: deque[Piece] = deque()
        self._crew: list[Hand] = []
        self._coming: list[Hand] = []
        self._load_seconds = 0.0
        self._batch_seconds = 0.0
        self._wish = 0.0
        self._ray: Any = None
        self._room = 1
        self._requirement = Requirement()

    @abstractmethod
    def _tell_ready(self) -> None:
        """There is an actor more."""

    @abstractmethod
    def _hand_out(self) -> None:
        """Send what waits to actors that are free."""

    @abstractmethod
    def _lose(self, hand: Hand) -> None:
        """`hand` is lost."""

    @abstractmethod
    def _fail(self, failure: Failure, *, told: bool = False) -> None:
        """There is no model."""

    # ── they come ─────────────────────────────────────────────────────────────────────────────────────────────────────

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
        self._tell_ready()
        self._hand_out()

    def _unloadable(self, hand: Hand, failure: Failure) -> None:
        self._coming.remove(hand)
        self._kill(hand)
        self._tell(ModelLoading(self.model, done=True))
        if self._crew:
            self.most = len(self._crew)  # there is no room for one more, it seems
        else:
            self._fail(failure, told=True)

    # ── what they take ────────────────────────────────────────────────────────────────────────────────────────────────

    def _set_capacity(self, loaded: Loaded | None = None) -> None:
        seats = max(1, sum(hand.seats for hand in self._crew))
        if loaded is None:
            if self.capacity is not None:
                self.capacity.workers, self.capacity.ahead = seats, max(1, len(self._crew))
            return
        measure = self.capacity.measure if self.capacity is not None else self._measure(loaded)
        most, room = loaded.max_batch, loaded.max_cost
        self.capacity = Capacity(seats, len(self._crew), most, room, measure, loaded.exact)

    def _measure(self, loaded: Loaded) -> Measuring | None:
        if loaded.measured is None:
            return None
        shadow = self._shadow()
        copy = dressed(shadow, loaded.measured) if shadow is not None else None
        return Measuring(copy, self.kind.plugin, self._measure_far)

    def _measure_far(self, items: Sequence[Item]) -> list[Any]:
        """Ask an actor what items cost; called in the plan's thread, which waits."""
        dumps = self._ray.cloudpickle.dumps
        rows = dumps([(dict(item.arguments), item.seed, item.exact) for item in items])
        try:
            crew = self._crew[0]
            return self._ray.get(crew.actor.measure.remote(items[0].function, rows), timeout=HEARING)
        except Exception:  # noqa: BLE001 - the actor is lost, or busy: the bounds of batches are not worth a failure
            return [(1.0, None)] * len(items)

    # ── how many there are ────────────────────────────────────────────────────────────────────────────────────────────

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
            if time.monotonic() > hand.since + SURPLUS:
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

    def _kill(self, hand: Hand) -> None:
        hand.gone = True
        with contextlib.suppress(Exception):  # it is lost already
            self._ray.kill(hand.actor)

    # ── what they tell while they work ────────────────────────────────────────────────────────────────────────────────

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
