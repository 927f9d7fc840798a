"""What a person is told where there is no such run, or where its folder cannot be used."""

from __future__ import annotations


class RunFolderError(Exception):
    """The folder of a run cannot be found, read or used; nothing was changed in it. Both parts are plain sentences."""

    def __init__(self, message: str, hint: str = "") -> None:
        """`hint` says what to do about it."""
        super().__init__(message)
        self.message = message
        self.hint = hint


def why(error: OSError) -> str:
    """What the system says is wrong, for the end of a sentence."""
    return (error.strerror or "it failed").lower()
