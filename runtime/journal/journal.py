"""The journal of one run in progress: what it knows from before, and what is added to it.

Rows are kept in memory and written together; they go to the file before a change is made, and now and then. Answers
are safe before that, in the outbox of the worker that gave them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TextIO, TypeAlias

from planlang.runtime.calls import Recalled
from planlang.runtime.errors import PlanError
from planlang.runtime.execution import uninterrupted
from planlang.runtime.workers.jobs import Batch

from .outbox import TAG, Address, Answers, Finished, Outbox, read_outbox
from .output import Output, Shown
from .packing import pack, unpack
from .past import Past
from .store import (
    ANSWERED,
    CHANGE,
    FAILED,
    OBSERVATION,
    SHARED,
    TAKEN,
    CallRow,
    JournalError,
    Store,
    damaged,
)

FILES = frozenset(("write", "append", "write_rows"))
"""Standard functions that change a file, and give nothing."""
_MANY = 1024
"""Rows that are written together."""
_PAUSE = 0.5
"""Seconds after which what there is is written."""


class Known(NamedTuple):
    """The outcome of a call that the journal knows.

    packed: an answer, or where `failed` a failure.
    kind: what to call it where it is added under this call's own identity.
    here: whether it stands under this call's identity, and `whole`: with all that is to be known of it.
    """

    packed: bytes
    failed: bool
    kind: int
    here: bool
    whole: bool


class Done(NamedTuple):
    """An effect that the journal knows. outcome: None where it was begun and nothing says what became of it."""

    number: int
    kind: int
    outcome: bytes | None
    detail: bytes | None


class Journal:
    """What a run remembers. Used from the interpreter's thread; `keep` from those of workers."""

    def __init__(self, folder: Path, store: Store, *, resumed: bool = False) -> None:
        """Made by `begin` and `resume`."""
        self.folder = folder
        self.store = store
        self.shown = Shown(folder / "shown")
        self.show_again = False
        """Whether output that was shown is shown again."""
        self._past = Past(store) if resumed else None
        self._parent: Past | None = None
        self.began = time.time()
        self._outbox_folder = folder / "outbox"
        self._outbox = Outbox(self._outbox_folder / f"{os.getpid()}.log")
        self._trouble: OSError | None = None
        self._collected = 0
        self._calls: list[CallRow] = []
        self._batches: list[Sequence[Any]] = []
        self._effects: list[Sequence[Any]] = []
        self._filled: list[Sequence[Any]] = []
        self._flushed = time.monotonic()
        self._unsettled = False
        """Whether something waits that another time might come out otherwise."""
        self._batch = self._last("batches")
        self._effect = self._last("effects")
        self.last_change = int((store.row("SELECT max(number) FROM effects WHERE kind = ?", CHANGE) or (0,))[0] or 0)
        """The number of the last change that was begun before this session."""
        self._session = self._last("sessions") + 1
        self._digests: dict[str, str] | None = None
        """The digests of the models that answer, by function and model, once one is known."""

    @classmethod
    def begin(cls, folder: Path, meta: dict[str, Any], parent: Path | None = None) -> Journal:
        """The journal of a new run in `folder`, which is there and empty.

        parent: the folder of a run whose answers this one may take.
        """
        store = Store.create(folder / "journal.sqlite")
        (folder / "outbox").mkdir(exist_ok=True)
        store.put_meta(meta)
        store.commit()
        journal = cls(folder, store)
        if parent is not None:
            journal._parent = Past(_take_in(parent))
        return journal

    @classmethod
    def resume(cls, folder: Path) -> Journal:
        """The journal of a run that goes on, with what its workers had finished."""
        (folder / "outbox").mkdir(exist_ok=True)
        return cls(folder, _take_in(folder), resumed=True)

    def _last(self, table: str) -> int:
        return int((self.store.row(f"SELECT max(number) FROM {table}") or (0,))[0] or 0)  # noqa: S608 - our own names

    # ── sessions ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, workers: str) -> None:
        """A session of the run begins, on workers of that kind."""
        self.began = time.time()
        row = (self._session, self.began, None, "running", None, None, None, None, os.getpid(), workers)
        self.store.change(f"INSERT INTO sessions VALUES ({', '.join('?' * 10)})", [row])  # noqa: S608 - question marks
        self.store.put_meta({f"first {self._session}": [self._last("calls") + 1, self._last("effects") + 1]})
        self.store.commit()

    def end(
        self, state: str, error: PlanError | None = None, file: int | None = None, told: dict[str, Any] | None = None
    ) -> None:
        """The session ends: `state` is done, failed, interrupted or limit. told: the rest of its error."""
        self.flush()
        if told is not None:
            self.store.put_meta({f"error {self._session}": told})
        span = error.place.span if error is not None and error.place is not None else (None, None)
        row = (time.time(), state, error.message if error else None, file, span[0], span[1], self._session)
        sql = "UPDATE sessions SET ended = ?, state = ?, message = ?, file = ?, start = ?, end = ? WHERE number = ?"
        self.store.change(sql, [row])
        self.store.commit()

    def result(self, task: str | None, value: Any) -> None:
        """The run is done, with this result."""
        try:
            packed = pack(value)
        except TypeError:
            packed = pack(None)
        self.store.change("INSERT INTO results VALUES (?, ?)", [(task, packed)])

    def close(self) -> None:
        """Keep everything, and let go of the files."""
        try:
            self.flush()
        finally:
            self._outbox.close()
            self.shown.close()
            if self._parent is not None:
                self._parent.store.close()
            self.store.close()

    def output(self, stream: TextIO, number: int, show: Callable[[TextIO, str], None]) -> Output:
        """`stream` as the run shows text on it by `show`: 0 for standard output, 1 for standard error."""
        return Output(stream, self.shown, number, show, self.settle, again=self.show_again)

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def find(self, identity: bytes, content: bytes, *, shared: bool) -> Known | None:
        """What is known of a call. `shared`: any call of this content will do."""
        if self._past is not None:
            row = self._past.call(identity)
            if row is not None and row[0] == content and row[1] is not None:
                return Known(row[1], row[2] == FAILED, row[2], here=True, whole=row[3] is not None)
            if shared and (found := self._past.answer(content)) is not None:
                return Known(found, failed=False, kind=SHARED, here=False, whole=False)
        if self._parent is not None and (found := self._parent.answer(content)) is not None:
            return Known(found, failed=False, kind=TAKEN, here=False, whole=False)
        return None

    def answered_by(self, function: str, model: str, digest: str) -> None:
        """Calls of `function` go to a model with this digest: a run goes on only with the models that it began with."""
        if self._digests is None:
            self._digests = dict(self.store.meta().get("digests") or {})
        key = f"{function} {model}"
        if key not in self._digests:
            self._digests[key] = digest
            self.store.put_meta({"digests": self._digests})
            self.store.commit()

    def add_call(self, row: CallRow) -> None:
        """Add the outcome of a call."""
        self._calls.append(row)
        if len(self._calls) >= _MANY:
            self.flush()

    def fill_in(self, identity: bytes, site: int, step: str, arguments: bytes | None, asked: float) -> None:
        """Say what a call was whose answer alone was known, from an outbox."""
        self._filled.append((site, step, arguments, asked, identity))

    def address(self, batch: Batch) -> Address:
        """Get ready to keep `batch`, in the worker's thread, before it runs."""
        try:
            self._outbox.open()
        except OSError as error:
            self._trouble = error
        return Address(batch.worker, batch.function, batch.model, batch.tags)

    def keep(self, batch: Batch, answers: Answers, seconds: float) -> None:
        """Make the answers of a finished batch safe, in the worker's thread, before anybody is told."""
        if batch.kept:
            return
        address = batch.address or self.address(batch)
        try:
            self._outbox.add(Finished(address, time.time() - seconds, seconds, answers))
            batch.kept_here = True
        except OSError as error:
            self._trouble = error

    def add_batch(self, batch: Batch) -> int:
        """Count a finished batch in; gives its number."""
        self._collected += batch.kept_here
        self._batch += 1
        began = time.time() - self.began - batch.seconds
        row = (self._batch, self._session, batch.worker, batch.function, batch.model, began, batch.seconds,
               len(batch.jobs))  # fmt: skip
        self._batches.append(row)
        return self._batch

    @property
    def outbox(self) -> str:
        """The folder where worker processes leave finished batches."""
        return str(self._outbox_folder)

    # ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def effect(self, identity: bytes) -> Done | None:
        """What is known of an observation or a change."""
        row = self._past.effect(identity) if self._past is not None else None
        return Done(*row) if row is not None else None

    def observed(self, point: EffectStart, outcome: bytes) -> None:
        """An observation gave `outcome`, packed."""
        self._effects.append(self._effect_row(point, OBSERVATION, outcome))
        self._unsettled = True

    def begin_change(self, point: EffectStart) -> int:
        """A change is about to be made: from here on it is known. All before it is done. Gives its number."""
        self._effects.append(self._effect_row(point, CHANGE, None))
        self.flush()
        return self._effect

    def changed(self, number: int, outcome: bytes) -> None:
        """A change gave `outcome`, packed; safe when this returns."""
        self.store.change("UPDATE effects SET outcome = ? WHERE number = ?", [(outcome, number)])
        self.store.commit()

    def _effect_row(self, point: EffectStart, kind: int, outcome: bytes | None) -> Sequence[Any]:
        self._effect += 1
        identity, name, site, step, detail = point
        at = time.time() - self.began
        return (self._effect, identity, kind, name, site, step, _packed_or_none(detail), outcome, at)

    # ── failures that a `catch` saw ──────────────────────────────────────────────────────────────────────────────────

    def caught(self, error: PlanError) -> None:
        """A `catch` has seen `error`: what failed with it is not tried again."""
        origin = error.origin
        if isinstance(origin, FailedCall):
            outcome = pack([error.kind, error.message, error.hint])
            self.add_call((*origin.row, outcome, FAILED, None, origin.asked))
            self._unsettled = True
        elif isinstance(origin, FailedEffect):
            outcome = pack([False, error.kind, error.message, error.hint])
            if origin.number is not None:
                self.flush()
                self.store.change("UPDATE effects SET outcome = ? WHERE number = ?", [(outcome, origin.number)])
            else:
                self.observed(origin.row, outcome)
        error.origin = None

    def forget(self, error: PlanError) -> None:
        """The run ended with `error`, which says that a change failed: that one is made when the run goes on."""
        if isinstance(error.origin, FailedEffect) and error.origin.number is not None:
            name = error.origin.row[1]
            if name not in FILES:  # what became of a file, the file tells
                self.store.change("DELETE FROM effects WHERE number = ?", [(error.origin.number,)])
                self.store.commit()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def flush_if_due(self) -> None:
        """Write what waits, if it has waited long."""
        if time.monotonic() - self._flushed > _PAUSE:
            self.flush()

    @uninterrupted
    def flush(self) -> None:
        """Write what waits to the file, all of it or nothing."""
        if self._trouble is not None:
            reason = (self._trouble.strerror or "the disk is full").lower()
            raise JournalError(f"the journal in {self.folder} cannot be written: {reason}", "make room, then resume")
        store = self.store
        store.add("calls", self._calls)
        store.add("batches", self._batches)
        store.add("effects", self._effects)
        if self._filled:
            sql = "UPDATE calls SET site = ?, step = ?, arguments = ?, asked = ? WHERE identity = ?"
            store.change(sql, self._filled)
        store.commit()
        self._calls, self._batches, self._effects, self._filled = [], [], [], []
        self._outbox.empty(self._collected)
        self._flushed = time.monotonic()
        self._unsettled = False

    def settle(self) -> None:
        """Write what may have come to be known by chance: a time, a file's text, a failure. Then it may be shown."""
        if self._unsettled:
            self.flush()


CallStart: TypeAlias = tuple[bytes, bytes, str, str, int, str, bytes | None]
"""The beginning of a `CallRow`: (identity, content, function, model, site, step, arguments)."""


EffectStart: TypeAlias = tuple[bytes, str, int, str, Any]
"""What is known of an effect before it happens: (identity, name, site, step, detail)."""


class FailedCall(NamedTuple):
    """Which call an error comes from."""

    row: CallStart
    asked: float


class FailedEffect(NamedTuple):
    """Which observation or change an error comes from. number: of the change; row: of the observation."""

    number: int | None
    row: EffectStart


def _take_in(folder: Path) -> Store:
    """The journal in `folder`, with what its workers had finished and nobody had read."""
    store = Store.open(folder / "journal.sqlite")
    number = int((store.row("SELECT max(number) FROM batches") or (0,))[0] or 0)
    session, began = store.row("SELECT max(number), max(began) FROM sessions") or (0, 0.0)
    boxes = sorted((folder / "outbox").glob("*.log")) if (folder / "outbox").is_dir() else []
    for file in boxes:
        for batch in read_outbox(file):
            address = batch.address
            rows = [
                (tag[:16], tag[16:], address.function, address.model, 0, "", None, packed, ANSWERED, number + 1, None)
                for tags, packed in zip(batch.tags, batch.packed, strict=True)
                if packed is not None
                for tag in tags
                if len(tag) == TAG and store.row("SELECT 1 FROM calls WHERE identity = ?", tag[:16]) is None
            ]
            if rows:
                number += 1
                store.add("calls", rows)
                relative = batch.began - (began or 0.0)
                row = (number, session, address.worker, address.function, address.model, relative, batch.seconds,
                       len(rows))  # fmt: skip
                store.add("batches", [row])
    store.commit()
    for file in boxes:
        file.unlink()
    return store


def _packed_or_none(detail: Any) -> bytes | None:
    try:
        return pack(detail)
    except TypeError:
        return None


def failure_of(packed: bytes, file: Path) -> Recalled:
    """The failure that a `catch` saw, as it was told."""
    try:
        kind, message, hint = unpack(packed)
    except (ValueError, TypeError):
        raise damaged(file) from None
    return Recalled(str(message), kind=str(kind), hint=str(hint))
