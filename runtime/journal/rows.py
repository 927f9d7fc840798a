"""The rows of a journal as data: each checked to be of its type, its packed parts opened only when asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

from .packing import unpack
from .store import ANSWERED, CACHED, CHANGE, FAILED, SHARED, TAKEN

KINDS = {ANSWERED: "answered", FAILED: "failed", CACHED: "from the cache", SHARED: "shared", TAKEN: "taken over"}
"""How a call came to its outcome."""
_FAR = 1e11
"""Seconds of Unix time that no run reaches."""


class DamagedError(ValueError):
    """A row holds what no journal holds."""


class Site(NamedTuple):
    """A place in a plan: the number of the file among the run's sources, and the characters from and to."""

    file: int
    start: int
    end: int


class SessionRow(NamedTuple):
    """One time that the run was worked on. Times are in seconds of Unix time; `site` is the place of its error."""

    number: int
    began: float
    ended: float | None
    state: str
    message: str
    site: Site | None
    process: int
    workers: str


class CallRow(NamedTuple):
    """One model call. packed_arguments and packed_outcome are for `arguments`, `value`, `tokens` and `failure`.

    kind: one of `KINDS`. batch: the number of the batch that answered it, if one did. asked: seconds since its session
    began; it says which session that is only through its batch.
    """

    number: int
    identity: bytes
    function: str
    model: str
    site: Site
    step: str
    packed_arguments: bytes
    packed_outcome: bytes
    kind: int
    batch: int | None
    asked: float

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments by name."""
        found = unpacked(self.packed_arguments)
        return found if isinstance(found, dict) else {}

    @property
    def value(self) -> Any:
        """The answer; None where the call failed."""
        return None if self.kind == FAILED else _part(self.packed_outcome, 0)

    @property
    def tokens(self) -> int:
        """The tokens that its answer took."""
        return 0 if self.kind == FAILED else tokens_of(self.packed_outcome)

    @property
    def failure(self) -> tuple[str, str, str] | None:
        """Kind, message and hint of the error that a `catch` saw; None where it was answered."""
        return _failure(unpacked(self.packed_outcome)) if self.kind == FAILED else None


class BatchRow(NamedTuple):
    """Calls that a worker answered together. began: seconds since its session began."""

    number: int
    session: int
    worker: str
    function: str
    model: str
    began: float
    seconds: float
    size: int


class EffectRow(NamedTuple):
    """An observation or a change. at: seconds since its session began."""

    number: int
    is_change: bool
    name: str
    site: Site
    step: str
    packed_detail: bytes
    packed_outcome: bytes | None
    at: float

    @property
    def detail(self) -> Any:
        """Its arguments, as they were noted."""
        return unpacked(self.packed_detail)

    @property
    def is_done(self) -> bool:
        """Whether it is known to be done, well or not; a change that is not may have been begun."""
        return self.packed_outcome is not None

    @property
    def value(self) -> Any:
        """What it gave; None where it failed or is not known."""
        found = unpacked(self.packed_outcome or b"\xc0")
        return found[1] if isinstance(found, list) and len(found) == 2 and found[0] is True else None

    @property
    def failure(self) -> tuple[str, str, str] | None:
        """Kind, message and hint of its error; None where it went well or is not known."""
        found = unpacked(self.packed_outcome or b"\xc0")
        return _failure(found[1:]) if isinstance(found, list) and found and found[0] is False else None


class RunSummary(NamedTuple):
    """One line of `plan runs`. calls are those with an outcome; seconds are those in which it was worked on."""

    id: str
    name: str
    plan: str | None
    task: str | None
    state: str
    began: float
    ended: float | None
    seconds: float
    calls: int
    tokens: int
    sessions: int
    message: str
    parent: str | None


def session_row(row: tuple[Any, ...]) -> SessionRow:
    """The checked row of a query for all columns of sessions, in their order."""
    number, began, ended, state, message, file, start, end, process, workers = row
    placed = isinstance(file, int) and isinstance(start, int) and isinstance(end, int)
    return SessionRow(
        _int(number),
        seconds(began),
        None if ended is None else seconds(ended),
        str(state),
        str(message or ""),
        Site(file, start, end) if placed else None,
        process if isinstance(process, int) else 0,
        str(workers or ""),
    )


def call_row(row: tuple[Any, ...]) -> CallRow:
    """The checked row of a query for all columns of calls, in their order."""
    number, identity, function, model, site, step, arguments, outcome, kind, batch, asked = row
    return CallRow(
        _int(number),
        _bytes(identity),
        str(function),
        str(model or ""),
        site_of(site),
        str(step or ""),
        _bytes(arguments or b"\x80"),
        _bytes(outcome or b"\xc0"),
        _int(kind),
        None if batch is None else _int(batch),
        seconds(asked or 0.0),
    )


def batch_row(row: tuple[Any, ...]) -> BatchRow:
    """The checked row of a query for all columns of batchs, in their order."""
    number, session, worker, function, model, began, took, size = row
    return BatchRow(
        _int(number),
        _int(session),
        str(worker or ""),
        str(function),
        str(model or ""),
        seconds(began),
        seconds(took),
        _int(size),
    )


def effect_row(row: tuple[Any, ...]) -> EffectRow:
    """The checked row of a query for all columns of effects, in their order."""
    number, kind, name, site, step, detail, outcome, at = row
    return EffectRow(
        _int(number),
        _int(kind) == CHANGE,
        str(name),
        site_of(site),
        str(step or ""),
        _bytes(detail or b"\xc0"),
        None if outcome is None else _bytes(outcome),
        seconds(at or 0.0),
    )


def site_of(number: Any) -> Site:
    """The place that a number in the journal stands for."""
    whole = number if isinstance(number, int) else 0
    return Site(whole >> 48, (whole >> 24) & 0xFFFFFF, whole & 0xFFFFFF)


def tokens_of(outcome: bytes) -> int:
    """The tokens in a packed `[value, tokens]`; 0 where there are none."""
    tokens = _part(outcome, 1)
    return tokens if type(tokens) is int and tokens > 0 else 0


def unpacked(data: bytes) -> Any:
    """What is packed in `data`; raises `DamagedError` for anything else."""
    try:
        return unpack(data)
    except ValueError:
        raise DamagedError("it holds data that no journal holds") from None


def _part(data: bytes, number: int) -> Any:
    found = unpacked(data)
    return found[number] if isinstance(found, list) and len(found) == 2 else None


def _failure(parts: Any) -> tuple[str, str, str]:
    texts = [str(part) for part in parts] if isinstance(parts, list) else []
    kind, message, hint = (*texts, "", "", "")[:3]
    return kind or "call", message, hint


def _int(value: Any) -> int:
    if not isinstance(value, int):
        raise DamagedError("a number is missing")
    return value


def seconds(value: Any) -> float:
    """A time or a length of time in a row, if it is one: a number that a calendar can show."""
    if not isinstance(value, (int, float)) or not -_FAR < value < _FAR:
        raise DamagedError("a time is missing")
    return float(value)


def _bytes(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise DamagedError("data is missing")
    return value
