"""The lock of a run: whoever runs it holds it, and everybody else can see that."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from .errors import RunFolderError, why

try:
    import fcntl
except ImportError:  # Windows: two resumes at once are not kept apart there
    fcntl = None


class RunLock:
    """The right to run a run. It ends with the process, however that ends."""

    def __init__(self, descriptor: int) -> None:
        """`descriptor` is a locked file."""
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        """Let others run it; once is enough."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def take(file: Path, patience: float, *, mark: bool = True) -> RunLock | None:
    """Lock `file`, and write into it who has it; None where somebody else has it."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        if not mark:
            return RunLock(os.open(os.devnull, os.O_RDONLY))  # a folder of which nobody may write: nobody runs it
        raise RunFolderError(f"{file.parent} cannot be written: {why(error)}") from None
    end = time.monotonic() + patience
    while fcntl is not None:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if mark else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            break
        except OSError:
            if time.monotonic() >= end:
                os.close(descriptor)
                return None
            time.sleep(0.02)
    if mark:
        with suppress(OSError):  # a full disk: who has it is only a help
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()} {time.time():.3f}\n".encode())
    return RunLock(descriptor)
