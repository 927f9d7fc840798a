"""What goes over the process boundary: the calls of a batch in one message, their outcomes in another.

Large arguments do not travel with the batch: they go once to Ray's object store, under their digest, and batches that
share them name them. The cluster is trusted: both sides unpickle what the other sent, as Ray itself does.
"""

from __future__ import annotations

import hashlib
import pickle
import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from planlang.runtime.workers.protocol import Failure, Item, Secrets

LARGE = 100_000
"""Bytes from which an argument is large."""
_KEPT = 1 << 28
"""Bytes of large arguments that are kept in the store in case that another batch has them."""
_REMEMBERED = 8
"""Large arguments that an actor keeps unpacked."""

Dumps = Callable[[Any], bytes]


class _Large(NamedTuple):
    """Stands in a batch for a large argument: its digest, and which of the values beside the message it is."""

    digest: bytes
    place: int


class LargeArguments:
    """The large arguments of one pool, each put into the object store once."""

    def __init__(self, put: Callable[[bytes], Any], dumps: Dumps) -> None:
        """`put` gives the reference to a stored value."""
        self._put = put
        self._dumps = dumps
        self._kept: OrderedDict[bytes, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self.stored = 0
        """How many were put into the store."""

    def reference(self, value: Any) -> tuple[bytes, Any]:
        """The digest of `value`, and the reference to it in the store."""
        data = self._dumps(value)
        digest = hashlib.blake2b(data, digest_size=16).digest()
        if digest not in self._kept:
            self._kept[digest] = self._put(data), len(data)
            self._bytes += len(data)
            self.stored += 1
            self._forget()
        self._kept.move_to_end(digest)
        return digest, self._kept[digest][0]

    def _forget(self) -> None:
        while self._bytes > _KEPT and len(self._kept) > 1:
            _, (_, size) = self._kept.popitem(last=False)
            self._bytes -= size


def pack_items(items: Sequence[Item], large: LargeArguments, dumps: Dumps) -> tuple[bytes, list[Any]]:
    """The items of a batch as a message, and the references to the large arguments that it names."""
    references: dict[bytes, tuple[int, Any]] = {}

    def packed(value: Any) -> Any:
        if _weight(value) < LARGE:
            return value
        digest, reference = large.reference(value)
        place, _ = references.setdefault(digest, (len(references), reference))
        return _Large(digest, place)

    rows = [({name: packed(value) for name, value in item.arguments.items()}, item.seed, item.exact) for item in items]
    return dumps(rows), [reference for _, reference in references.values()]


def _weight(value: Any) -> int:
    """Roughly the bytes of a text or of a container of texts; 0 for what is not worth a look."""
    kind = type(value)
    if kind is str or kind is bytes:
        return len(value)
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return 0
    return sum(len(each) + 8 if type(each) is str or type(each) is bytes else 8 for each in value)


class Unpacker:
    """Unpacks batches in an actor."""

    def __init__(self) -> None:
        """Nothing is remembered."""
        self._large: OrderedDict[bytes, Any] = OrderedDict()

    def items(self, function: str, message: bytes, large: Sequence[bytes]) -> list[Item]:
        """The items that `pack_items` packed."""
        return [
            Item(function, {name: self._value(value, large) for name, value in arguments.items()}, seed, exact)
            for arguments, seed, exact in pickle.loads(message)  # noqa: S301 - from the plan's process
        ]

    def _value(self, value: Any, large: Sequence[bytes]) -> Any:
        if type(value) is not _Large:
            return value
        if value.digest not in self._large:
            self._large[value.digest] = pickle.loads(large[value.place])  # noqa: S301 - as above
            if len(self._large) > _REMEMBERED:
                self._large.popitem(last=False)
        self._large.move_to_end(value.digest)
        return self._large[value.digest]


def pack_outcomes(outcomes: Sequence[Any], plugin: str, secrets: Secrets | None, dumps: Dumps) -> bytes:
    """The outcomes of a batch as a message; answers that cannot be sent are told as failures."""
    told = [portable(outcome, secrets) if isinstance(outcome, Failure) else outcome for outcome in outcomes]
    try:
        return dumps(told)
    except Exception:  # noqa: BLE001 - whatever pickle, or a class of the plugin, may raise; each is tried alone
        return dumps([_sendable(outcome, plugin, dumps) for outcome in told])


def _sendable(outcome: Any, plugin: str, dumps: Dumps) -> Any:
    try:
        dumps(outcome)
    except Exception:  # noqa: BLE001 - as above
        return Failure(f"the plugin `{plugin}` gave an answer that cannot be sent from one process to another")
    return outcome


def portable(failure: Failure, secrets: Secrets | None = None) -> Failure:
    """`failure` as it can be sent: the traceback of its cause, which stays behind, as a note for --debug."""
    sent = Failure(failure.message, kind=failure.kind, retryable=failure.retryable, hint=failure.hint)
    if failure.__cause__ is not None:
        text = "".join(traceback.format_exception(failure.__cause__))
        sent.add_note(secrets.hide(text) if secrets is not None else text)
    return sent


def unpack_outcomes(message: bytes) -> list[Any]:
    """What `pack_outcomes` packed."""
    return pickle.loads(message)  # noqa: S301 - from a process of the trusted cluster
