"""One actor as its pool sees it: where it is, what it has in hand, and the batches that are sent to it in pieces."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planlang.runtime.journal.outbox import read_outbox
from planlang.runtime.workers.jobs import Batch
from planlang.runtime.workers.protocol import Failure

from .actor import Kept, Loaded


class Shipment:
    """A batch on its way through actors, whole or in pieces, and the outcomes that have come back."""

    __slots__ = ("batch", "kept", "left", "outcomes", "seconds", "split")

    def __init__(self, batch: Batch) -> None:
        """Nothing is back."""
        self.batch = batch
        self.left = len(batch.jobs)
        self.outcomes: list[Any] = [None] * self.left
        self.seconds = 0.0
        self.kept = False
        """Whether an actor left the whole batch in its outbox."""
        self.split = False

    def put(self, piece: Piece, outcomes: Sequence[Any], seconds: float) -> bool:
        """The outcomes of a piece are back; whether that was the last."""
        self.outcomes[piece.first : piece.last] = outcomes
        self.left -= piece.last - piece.first
        self.seconds += seconds
        return self.left == 0


class Piece:
    """The items of a batch from `first` up to `last`. deaths: how many actors were lost that had begun it."""

    __slots__ = ("deaths", "first", "last", "whole")

    def __init__(self, whole: Shipment, first: int, last: int, deaths: int = 0) -> None:
        """Not sent yet."""
        self.whole = whole
        self.first = first
        self.last = last
        self.deaths = deaths

    @property
    def items(self) -> list[Any]:
        """Its items."""
        return self.whole.batch.items[self.first : self.last]

    @property
    def keep(self) -> Kept | None:
        """Where it is to be left when it is finished; pieces of a batch are not, the plan's process keeps them."""
        batch = self.whole.batch
        folder = batch.outbox if not self.whole.split else None
        return Kept(folder, batch.model, batch.tags) if folder is not None else None

    def halves(self) -> list[Piece]:
        """The two halves, each to be tried once before it is halved again."""
        self.whole.split = True
        middle = (self.first + self.last) // 2
        deaths = self.deaths - 1
        return [Piece(self.whole, self.first, middle, deaths), Piece(self.whole, middle, self.last, deaths)]


class Hand:
    """An actor. in_hand: what was sent to it and is not back, by number, in order.

    loaded: what it said of its model; None before.
    here: whether its process runs; before that it waits for its place in the cluster.
    since: when it was asked for; then, when it had nothing to do any more.
    """

    def __init__(self, name: str, actor: Any) -> None:
        """`actor` is Ray's handle."""
        self.name = name
        self.actor = actor
        self.in_hand: dict[int, Piece] = {}
        self.stopping: dict[int, float] = {}
        """Numbers of batches that it was told to stop, and when; it has not said that it heard."""
        self.loaded: Loaded | None = None
        self.node = ""
        self.here = False
        self.gone = False
        self.since = time.monotonic()
        self.loading_seconds = 0.0
        self.told_waiting = False

    @property
    def seats(self) -> int:
        """How many batches it runs at the same time."""
        return self.loaded.concurrent if self.loaded is not None else 0

    @property
    def running(self) -> list[int]:
        """Numbers of what it has begun: the others wait for it to be free."""
        return list(self.in_hand)[: self.seats]

    def takes(self, piece: Piece) -> bool:
        """Whether `piece` may be sent to it: to be run, or ahead."""
        if self.stopping or (piece.deaths and self.in_hand) or any(each.deaths for each in self.in_hand.values()):
            return False
        return len(self.in_hand) <= self.seats

    def salvaged(self, piece: Piece) -> list[Any] | None:
        """The outcomes of `piece`, if the actor left them in its outbox before it was lost, where we can see it."""
        keep, keeper = piece.keep, piece.whole.batch.keeper
        if keep is None or keeper is None:
            return None
        own = [each[:1] for each in keep.tags]  # identical calls may have joined later
        for batch in read_outbox(Path(keep.folder, f"{self.name}.log")):
            if own == [each[:1] for each in batch.tags]:
                found = [keeper.answer(packed) if packed is not None else None for packed in batch.packed]
                return found if None not in found else None
        return None


def refused(count: int) -> list[Failure]:
    """What calls are told that nobody answers any more."""
    return [Failure("the program is ending")] * count
