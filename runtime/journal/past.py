"""What a journal held before this session, looked up by identity or by content.

Nearly every call of a run that has come to what is new is not there. A sieve in memory tells so without a look at the
file, so that a run that goes on is as fast as a fresh one.
"""

from __future__ import annotations

from typing import Any

from .store import FAILED, Store

_BITS = 16
"""For each key, at least: one in sixteen others is let through at most."""


class Past:
    """The rows of one journal as they were when this was made."""

    def __init__(self, store: Store) -> None:
        """`store` has its indices, and stays open."""
        self.store = store
        rows = store.rows("SELECT identity, content FROM calls")
        self._calls = _Sieve([identity for identity, _ in rows])
        self._contents = _Sieve([content for _, content in rows])
        self._effects = _Sieve([identity for (identity,) in store.rows("SELECT identity FROM effects")])

    def call(self, identity: bytes) -> Any:
        """(content, outcome, kind, arguments) of the last call of that identity, or None."""
        if identity not in self._calls:
            return None
        sql = "SELECT content, outcome, kind, arguments FROM calls WHERE identity = ? ORDER BY number DESC"
        return self.store.row(sql, identity)

    def answer(self, content: bytes) -> bytes | None:
        """The packed answer of any call of that content."""
        if content not in self._contents:
            return None
        sql = "SELECT outcome FROM calls WHERE content = ? AND kind != ? AND outcome IS NOT NULL"
        row = self.store.row(sql, content, FAILED)
        return row[0] if row is not None else None

    def effect(self, identity: bytes) -> Any:
        """(number, kind, outcome, detail) of the last observation or change of that identity, or None."""
        if identity not in self._effects:
            return None
        sql = "SELECT number, kind, outcome, detail FROM effects WHERE identity = ? ORDER BY number DESC"
        return self.store.row(sql, identity)


class _Sieve:
    """Holds the keys that were put in, and a few others: a bit for each key, at a place that the key tells.

    Keys are hashes, or numbers that are counted up, of eight bytes or more.
    """

    __slots__ = ("_bits", "_mask")

    def __init__(self, keys: list[bytes]) -> None:
        size = 1 << max(10, (len(keys) * _BITS).bit_length())
        self._mask = size - 1
        self._bits = bytearray(size // 8)
        for key in keys:
            if type(key) is not bytes:  # a file may hold anything
                continue
            place = int.from_bytes(key[-8:], "big") & self._mask
            self._bits[place >> 3] |= 1 << (place & 7)

    def __contains__(self, key: bytes) -> bool:
        place = int.from_bytes(key[-8:], "big") & self._mask
        return bool(self._bits[place >> 3] & 1 << (place & 7))
