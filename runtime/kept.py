"""What is known of model calls without asking a model: from the journal of the run, and from the cache of answers."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from planlang.runtime.calls import Call, Job, Origin, Target
from planlang.runtime.errors import PlanError
from planlang.runtime.pools import model_of
from planlang.runtime.run import Run
from planlang.runtime.values import Opaque
from planlang.runtime.workers.jobs import Batch
from planlang.runtime.workers.protocol import Answer, Failure

from .journal.journal import CallStart, FailedCall, Known, failure_of
from .journal.outbox import Address, each_packed, pack_answers
from .journal.packing import pack, unpack
from .journal.store import ANSWERED, CACHED, SHARED, damaged

if TYPE_CHECKING:
    from .journal.journal import Journal

_MANY = 512
"""Answers that go to the cache together."""
_SOON = 5.0
"""Seconds after which they go there even if they are fewer: a run may be killed."""


class Hit(NamedTuple):
    """An outcome that is known."""

    outcome: Answer | Failure
    packed: bytes
    cached: bool
    """Whether it comes from the cache."""


class Kept:
    """The journal and the cache as the dispatcher of one run uses them."""

    def __init__(self, run: Run) -> None:
        """At least one of the two is there."""
        self.journal = run.journal
        self._run = run
        self._cache = run.options.cache
        self._options = run.options
        self._targets: dict[Target, tuple[Any, str]] = {}
        """For each target, the beginning of its contents' hash, and what its model is called."""
        self._fresh: list[tuple[bytes, bytes, str, str]] = []
        self._cached = monotonic()

    # ── before a call is made ────────────────────────────────────────────────────────────────────────────────────────

    def find(self, call: Call) -> Hit | None:
        """The outcome of `call`, if it is known. Fills in the call's `content`."""
        self._describe(call)
        if call.content is None:
            return None
        journal = self.journal
        if journal is not None and call.origin is not None:
            known = journal.find(call.origin.identity, call.content, shared=call.key is not None)
            if known is not None:
                return self._replayed(journal, call, known)
        if self._cache is None or call.key is None:
            return None
        packed = self._cache.get(call.content)
        answer = self.answer(packed) if packed is not None else None
        if packed is None or answer is None or (isinstance(answer.value, Opaque) and not answer.value.at_hand()):
            return None
        self._add(call, packed, CACHED, None)
        return Hit(Answer(answer.value), packed, cached=True)

    def _describe(self, call: Call) -> None:
        """Work out the call's content: all that its answer depends on."""
        start = self._targets.get(call.target)
        if start is None:
            start = self._targets[call.target] = self._begin(call.target)
        try:
            packed = call.packed = pack(call.arguments)
        except TypeError:
            return
        hasher = start[0].copy()
        hasher.update(call.seed.to_bytes(8, "big"))
        hasher.update(packed)
        call.content = hasher.digest()

    def _begin(self, target: Target) -> tuple[Any, str]:
        name, digest = model_of(target, self._options)
        if self.journal is not None:
            self.journal.answered_by(target.function, name, digest)
        about = pack([target.function, target.method, name, digest, *([] if target.exact else ["not exact"])])
        return blake2b(len(about).to_bytes(8, "big") + about, digest_size=16), name

    def _replayed(self, journal: Journal, call: Call, known: Known) -> Hit | None:
        if known.failed:
            return Hit(failure_of(known.packed, journal.store.file), known.packed, cached=False)
        answer = self.answer(known.packed)
        if answer is None:
            raise damaged(journal.store.file)
        origin = call.origin
        if origin is not None and known.here:
            if not known.whole:
                journal.fill_in(origin.identity, origin.site, _text(origin.step), call.packed, self._asked(origin))
        else:
            self._add(call, known.packed, known.kind, None)
        return Hit(answer, known.packed, cached=False)

    def answer(self, packed: bytes) -> Answer | None:
        """The answer that was packed; None where the bytes are not what was packed."""
        try:
            value, tokens = unpack(packed, self._run.load)
            return Answer(value, int(tokens))
        except (ValueError, TypeError):
            return None

    # ── after it was answered ────────────────────────────────────────────────────────────────────────────────────────

    @property
    def outbox(self) -> str | None:
        """The folder where worker processes leave finished batches."""
        return self.journal.outbox if self.journal is not None else None

    def model(self, batch: Batch) -> str:
        """What the model of a batch is called."""
        return self._targets[batch.jobs[0].call.target][1]

    def address(self, batch: Batch) -> Address | None:
        """Get ready to keep `batch`, in the worker's thread, before it runs."""
        return self.journal.address(batch) if self.journal is not None else None

    def keep(self, batch: Batch, outcomes: Sequence[Any], seconds: float) -> list[bytes | None]:
        """Make a batch safe, in the worker's thread, before anybody is told; gives its answers packed."""
        answers = pack_answers(outcomes)
        if self.journal is not None:
            self.journal.keep(batch, answers, seconds)
        return each_packed(answers)

    def collect(self, batch: Batch) -> int:
        """The interpreter has got `batch`; gives its number in the journal, 0 where there is none."""
        return self.journal.add_batch(batch) if self.journal is not None else 0

    def answered(self, job: Job, number: int | None) -> None:
        """`job` was answered in batch `number`; None where it shares the answer of an equal call."""
        call, packed = job.call, job.packed
        if packed is None or call.content is None:
            return
        self._add(call, packed, ANSWERED if number is not None else SHARED, number)
        if self._cache is not None and call.key is not None and number is not None:
            self._fresh.append((call.content, packed, call.target.function, self._targets[call.target][1]))
            if len(self._fresh) >= _MANY:
                self._to_cache()

    def failed(self, call: Call, error: PlanError) -> None:
        """`call` failed with `error`: the journal wants to know if a `catch` sees it."""
        origin = call.origin
        if self.journal is not None and origin is not None and call.content is not None:
            error.origin = FailedCall(self._row(call, origin), self._asked(origin))

    def tidy(self) -> None:
        """Write what has waited long."""
        if self.journal is not None:
            self.journal.flush_if_due()
        if self._fresh and monotonic() - self._cached > _SOON:
            self._to_cache()

    def idle(self) -> None:
        """The interpreter waits: show what is to be shown, and write what has waited long."""
        for output in self._run.shown:
            output.flush()
        self.tidy()

    def close(self) -> None:
        """Write everything."""
        self._to_cache()
        if self.journal is not None:
            self.journal.flush()

    def _to_cache(self) -> None:
        if self._cache is not None and self._fresh:
            self._cache.put(self._fresh)
        self._fresh = []
        self._cached = monotonic()

    def _add(self, call: Call, packed: bytes, kind: int, number: int | None) -> None:
        origin = call.origin
        if self.journal is not None and origin is not None:
            self.journal.add_call((*self._row(call, origin), packed, kind, number, self._asked(origin)))

    def _row(self, call: Call, origin: Origin) -> CallStart:
        content = call.content or b""
        function, model = call.target.function, self._targets[call.target][1]
        return origin.identity, content, function, model, origin.site, _text(origin.step), call.packed

    def _asked(self, origin: Origin) -> float:
        return origin.asked - self.journal.began if self.journal is not None else 0.0


def _text(step: Any) -> str:
    return step if type(step) is str else step.now()
