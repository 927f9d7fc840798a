"""A guard process for `--max-time`: it ends a run that overstays its time, whatever that run is doing.

The run itself stops at its time limit at its next byte code. Should it sit in a long operation of a C library instead,
its guard kills it a little later, and says so in its place.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType

from .usage import LIMIT

GRACE = 5.0
"""Seconds that a run has to stop by itself after its time."""
_LATEST = 50
"""Runs that are looked at for that of a process that was killed."""


def watch_over(seconds: float) -> None:
    """Go on in a child process; this one waits for it, kills it if it overstays, and ends with its exit code."""
    if not hasattr(os, "fork") or not hasattr(signal, "sigtimedwait"):
        return
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        return
    _forward_signals(child)
    os._exit(_wait(child, time.monotonic() + seconds + GRACE, seconds))


def _forward_signals(child: int) -> None:
    """Ctrl-C reaches the child by itself, as it shares the terminal; what is sent to this process is passed on."""

    def forward(number: int, _frame: FrameType | None) -> None:
        os.kill(child, number)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, forward)


def _wait(child: int, end: float, seconds: float) -> int:
    while True:
        signal.sigtimedwait({signal.SIGCHLD}, max(0.0, end - time.monotonic()))
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        if time.monotonic() >= end:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            sys.stderr.write(f"error[limit]: the plan reached its time limit of {seconds:g} s\n{_way_on(child)}")
            sys.stderr.flush()
            return LIMIT


def _way_on(process: int) -> str:
    """How to go on with the run of a process that was killed; "" where it had no journal."""
    from planlang.runtime.journal.errors import RunFolderError
    from planlang.runtime.journal.folder import all_runs

    try:
        for run in all_runs()[:_LATEST]:
            if (last := run.last_process) is not None and last[0] == process:
                return f"plan: `plan resume {run.id} --max-time TIME` goes on from here\n"
    except RunFolderError:
        return ""
    return ""
