"""The batches that wait for one model, on their way to its actors and back: see `protocol.PoolLike`.

What the plan's thread asks for, what actors answer, and the loss of actors are dealt with one after the other in the
pool's own thread (see `mailbox`), so the plan's thread never waits. Calls are free of side effects: the batch of an
actor that is lost goes to another.
"""

from __future__ import annotations

import contextlib
import time
import weakref
from collections import deque
from collections.abc import Sequence
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from planlang.runtime.progress import ModelLoading
from planlang.runtime.workers.failures import as_failure
from planlang.runtime.workers.jobs import Batch, Closed, Inbox, Ready, Unloadable
from planlang.runtime.workers.protocol import Failure, OpenContext, WorkerKind

from .actor import Result
from .crew import Hand, Piece, Shipment, refused
from .payload import pack_items, unpack_outcomes
from .staff import Staff

if TYPE_CHECKING:
    from .workers import RayWorkers

ALONE = 2
"""A batch that so many actors were lost with is tried in halves; a single call that so many were lost with fails."""
MOST_LOST = 12
"""So many actors lost one after the other, with no batch answered between, are the model's fault, or the cluster's."""


class RayPool(Staff):
    """One model in the cluster."""

    def __init__(self, workers: RayWorkers, kind: WorkerKind, model: str, open_context: OpenContext) -> None:
        """Nothing happens before `open`; `serve` is the body of its thread."""
        super().__init__(workers, kind, model, open_context)
        self._numbers = count(1)
        self._lost = 0

    # ── called from the interpreter's thread ──────────────────────────────────────────────────────────────────────────

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

    # ── the same, in the pool's thread ────────────────────────────────────────────────────────────────────────────────

    def _opened(self, inbox: weakref.ref[Inbox]) -> None:
        known = [each for each in self._inboxes if each() not in (None, inbox())]
        self._inboxes = [*known, inbox]
        if self._over:
            self._tell(Closed(self))
        elif not (self._crew or self._coming):
            self._man()

    def _tell_ready(self) -> None:
        self._tell(Ready(self))

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

    # ── batches go out and come back ──────────────────────────────────────────────────────────────────────────────────

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

    # ── actors are lost ───────────────────────────────────────────────────────────────────────────────────────────────

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
