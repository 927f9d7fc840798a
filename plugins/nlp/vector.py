"""The opaque type `vector`: a text's meaning as a list of 32-bit numbers of length one."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Sequence
from typing import ClassVar, Self

from planlang.plugins import Opaque


class Vector(Opaque):
    """An embedding. `numbers` has little-endian 32-bit floats: four bytes a number, on every machine the same."""

    __slots__ = ("numbers",)
    plan_type: ClassVar[str] = "vector"

    def __init__(self, numbers: bytes) -> None:
        """Keep the bytes."""
        self.numbers = numbers

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Self:
        """From any numbers."""
        import sys

        packed = array("f", numbers)
        if sys.byteorder == "big":
            packed.byteswap()
        return cls(packed.tobytes())

    def __len__(self) -> int:
        """How many numbers."""
        return len(self.numbers) // 4

    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.numbers).hexdigest()

    def save(self) -> bytes:
        """The bytes themselves."""
        return self.numbers

    @classmethod
    def load(cls, data: bytes) -> Self:
        """From the bytes."""
        return cls(data)

    def __str__(self) -> str:
        """`<vector of 384 numbers>`."""
        return f"<vector of {len(self)} numbers>"
