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
from typing import Any, NamedTuple

from planlang.runtime.workers.protocol import Answer, Failure

from .packing import pack, unpack

_HEAD = struct.Struct("<4sII")
_MAGIC = b"plb1"
_LONGEST = 1 << 30
TAG = 32
"""Bytes of a tag: 16 of the call's identity, 16 that stand for its content."""


class Finished(NamedTuple):
    """A batch that a worker finished. packed: `pack([value, tokens])` of each answer, None for what failed.

    tags: for each item, the tags of the calls that wait for it.
    began, seconds: when the worker began, in seconds of Unix time, and how long it took.
    """

    worker: str
    function: str
    model: str
    began: float
    seconds: float
    tags: list[list[bytes]]
    packed: list[bytes | None]


class Outbox:
    """A file of finished batches that one process appends to."""

    def __init__(self, file: Path) -> None:
        """Made at the first batch."""
        self._file = file
        self._descriptor: int | None = None
        self._lock = threading.Lock()
        self._closed = False
        self.written = 0
        """Batches written by this process."""

    def add(self, batch: Finished) -> None:
        """Keep `batch`, from any thread; raises OSError where the disk is full or gone."""
        data = pack(list(batch))
        record = _HEAD.pack(_MAGIC, len(data), zlib.crc32(data)) + data
        with self._lock:
            if self._closed:
                return
            if self._descriptor is None:
                self._descriptor = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            written = os.write(self._descriptor, record)
            while written < len(record):
                written += os.write(self._descriptor, record[written:])
            self.written += 1

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


def packed_outcomes(outcomes: Sequence[Any]) -> list[bytes | None]:
    """Each answer packed with its tokens; None for failures and for what cannot be packed."""
    return [_packed(outcome) for outcome in outcomes]


def _packed(outcome: Any) -> bytes | None:
    if isinstance(outcome, Failure):
        return None
    value, tokens = (outcome.value, outcome.tokens) if isinstance(outcome, Answer) else (outcome, 0)
    try:
        return pack([value, tokens])
    except TypeError:
        return None


def read_outbox(file: Path) -> Iterator[Finished]:
    """The batches in `file`, up to the first that is not whole: it was being written when its process ended."""
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
        worker, function, model, began, seconds, tags, packed = unpack(data)
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
    return Finished(worker, function, model, began, seconds, tags, packed) if well else None
