"""How a command ends: exit codes (§8 of the reference) and mistakes in how it was called."""

from __future__ import annotations

DONE = 0
FAILED = 1
USAGE = 2
"""The command line or the plan has mistakes; nothing ran."""
LIMIT = 3
INTERRUPTED = 130


class UsageError(Exception):
    """The command cannot do what it was asked; `hint` says what to do about it."""

    def __init__(self, message: str, hint: str = "") -> None:
        """Both are plain sentences without a full stop."""
        super().__init__(message)
        self.message = message
        self.hint = hint
