"""Where workers leave finished batches before anybody reads them, so that no finished work is lost with a process.

A batch is one record, written by one system call right after it was computed: length, CRC, and the packed answers.
"""

from __future__ import annotations

import os
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from planlang.runtime.workers.protocol import Answer, Failure

from .packing import NOT_SPLIT, pack, split, unpack

_HEAD = struct.Struct("<4sII")
_MAGIC = b"plb1"
_LONGEST = 1 << 30
TAG = 32
"""Bytes of a tag: 16 of the call's identity, 16 that stand for its content."""
_SEVEN = b"\x97"
"""Begins a list of seven in MessagePack."""
_GAP = b"\xc0"
"""None in MessagePack."""

Answers: TypeAlias = "bytes | list[bytes | None]"
"""The answers of a batch: packed as one list, or where that cannot be, each alone."""


class Address:
    """What is known of a batch before it runs, packed beforehand: no time is lost between its end and its being safe.

    tags: for each item, the tags of the calls that wait for it.
    """

    __slots__ = ("function", "model", "names", "packed_tags", "tags", "worker")

    def __init__(self, worker: str, function: str, model: str, tags: list[list[bytes]]) -> None:
        """Pack it."""
        self.worker, self.function, self.model, self.tags = worker, function, model, tags
        self.names = pack(worker) + pack(function) + pack(model)
        self.packed_tags = pack(tags)


class Finished(NamedTuple):
    """A batch that a worker finished.

    began, seconds: when the worker began, in seconds of Unix time, and how long it took.
    answers: as `pack_answers` gives them.
    """

    address: Address
    began: float
    seconds: float
    answers: Answers

    @property
    def tags(self) -> list[list[bytes]]:
        """For each item, the tags of the calls that wait for it."""
        return self.address.tags

    @property
    def packed(self) -> list[bytes | None]:
        """`pack([value, tokens])` of each answer, None for what failed."""
        return each_packed(self.answers)

    def record(self) -> bytes:
        """All of it as MessagePack: a list of seven."""
        address = self.address
        times = pack(self.began) + pack(self.seconds)
        return b"".join((_SEVEN, address.names, times, address.packed_tags, pack(self.answers)))


class Outbox:
    """A file of finished batches that one process appends to."""

    def __init__(self, file: Path) -> None:
        """Made at the first batch, or by `open`."""
        self._file = file
        self._descriptor: int | None = None
        self._lock = threading.Lock()
        self._closed = False
        self.written = 0
        """Batches written by this process."""

    def add(self, batch: Finished) -> None:
        """Keep `batch`, from any thread; raises OSError where the disk is full or gone."""
        data = batch.record()
        record = _HEAD.pack(_MAGIC, len(data), zlib.crc32(data)) + data
        with self._lock:
            descriptor = self._opened()
            if descriptor is None:
                return
            written = os.write(descriptor, record)
            while written < len(record):
                written += os.write(descriptor, record[written:])
            self.written += 1

    def open(self) -> None:
        """Make the file before there is anything to keep; raises OSError where that cannot be."""
        with self._lock:
            self._opened()

    def _opened(self) -> int | None:
        """The descriptor; None where the outbox is closed. Called with the lock held."""
        if self._descriptor is None and not self._closed:
            self._descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return self._descriptor

    def empty(self, collected: int) -> None:
        """Begin anew if no more batches were written than the `collected` ones, which are safe elsewhere."""
        with self._lock:
            if self._descriptor is not None and self.written == collected:
                os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """Let go of the file: what is finished from now on is not kept."""
        with self._lock:
            self._closed = True
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None


def pack_answers(outcomes: Sequence[Any]) -> Answers:
    """Each answer packed with its tokens, all in one go; failures, and what cannot be packed, leave a gap."""
    try:
        packed = pack([_with_tokens(outcome) for outcome in outcomes])
    except TypeError:
        packed = NOT_SPLIT
    return [_packed(outcome) for outcome in outcomes] if packed[:1] == NOT_SPLIT else packed


def each_packed(answers: Answers) -> list[bytes | None]:
    """`pack([value, tokens])` of each answer, None for gaps; raises ValueError for what is no list."""
    if not isinstance(answers, bytes):
        return answers
    return [None if each == _GAP else each for each in split(answers)]


def _with_tokens(outcome: Any) -> list[Any] | None:
    if isinstance(outcome, Failure):
        return None
    return [outcome.value, outcome.tokens] if isinstance(outcome, Answer) else [outcome, 0]


def _packed(outcome: Any) -> bytes | None:
    whole = _with_tokens(outcome)
    try:
        return pack(whole) if whole is not None else None
    except TypeError:
        return None


def read_outbox(file: Path) -> Iterator[Finished]:
    """The batches in `file`, up to the first that is not whole: it was being written when its process ended."""
    if not file.is_file():  # a pipe would be waited for
        return
    with file.open("rb") as stream:
        while len(head := stream.read(_HEAD.size)) == _HEAD.size:
            magic, length, crc = _HEAD.unpack(head)
            if magic != _MAGIC or length > _LONGEST:
                return
            data = stream.read(length)
            if len(data) < length or zlib.crc32(data) != crc:
                return
            batch = _checked(data)
            if batch is None:
                return
            yield batch


def _checked(data: bytes) -> Finished | None:
    """The record, if it has the form that `Outbox.add` gives it."""
    try:
        worker, function, model, began, seconds, tags, answers = unpack(data)
        packed = each_packed(answers)
        well = (
            all(type(text) is str for text in (worker, function, model))
            and type(began) is float
            and type(seconds) is float
            and len(tags) == len(packed)
            and all(type(tag) is bytes and len(tag) == TAG for each in tags for tag in each)
            and all(each is None or type(each) is bytes for each in packed)
        )
    except (ValueError, TypeError):
        return None
    return Finished(Address(worker, function, model, tags), began, seconds, packed) if well else None
