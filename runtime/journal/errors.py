"""What a person is told about the journal or the folder of a run."""

from __future__ import annotations


class JournalError(Exception):
    """The folder or the journal of a run cannot be used; nothing was changed in it. Both parts are plain sentences."""

    def __init__(self, message: str, hint: str = "") -> None:
        """`hint` says what to do about it."""
        super().__init__(message)
        self.message = message
        self.hint = hint
