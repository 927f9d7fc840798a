"""Opaque types: values that a plan holds and passes on without looking inside."""

from __future__ import annotations

from typing import ClassVar, Self

from planlang.runtime import values


class Opaque(values.Opaque):
    """A type of a plugin's own. Instances never change; equal contents have equal digests, on any machine.

    Set `plan_type` to the name that plans use, and say how to save and load the contents.
    """

    plan_type: ClassVar[str]

    def digest(self) -> str:
        """A hex text (SHA-256, say) of the contents."""
        raise NotImplementedError

    def save(self) -> bytes:
        """The contents, for caches and journals."""
        raise NotImplementedError

    @classmethod
    def load(cls, data: bytes) -> Self:
        """What `save` saved."""
        raise NotImplementedError

    def __str__(self) -> str:
        """What `print` shows."""
        return f"<{self.plan_type}>"
