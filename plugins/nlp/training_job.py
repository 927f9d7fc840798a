"""Training in a process of its own: this side starts it, shows how far it is, and ends it when nobody waits any more.

What the libraries draw from is one source of random numbers for a whole process, and their switches are the process's
too: beside other workers, the same seed would not give the same weights.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Any

from planlang.plugins import Failure

from .model_value import Epoch

_PAUSE = 0.2
"""Seconds between two looks at whether anybody still waits."""
_SHOWN = 4000
"""Characters of what the process said on its way down, for `--debug`."""


class ProcessError(Exception):
    """What a training process said before it ended."""


def run(job: dict[str, Any], report: Callable[[int, int], None], stopping: Callable[[], bool]) -> list[Epoch]:
    """Train as `job` says (see `training_process`); the history. Raises `Failure` where it fails or is stopped."""
    history: list[Epoch] = []
    finished = False
    with tempfile.TemporaryFile() as errors, started(job["threads"], errors) as process:
        try:
            for message in _messages(process, job, stopping):
                match message:
                    case {"step": done, "of": total}:
                        report(done, total)
                    case {"epoch": row}:
                        history.append(row)
                    case {"failure": [text, kind, hint]}:
                        raise Failure(text, kind=kind, hint=hint)
                    case _:
                        finished = "finished" in message
        finally:
            process.kill()
            with contextlib.suppress(BrokenPipeError):  # it ended before it had read the job
                process.stdin.close() if process.stdin else None
        if not finished:
            raise _died(process, errors)
    return history


def started(threads: int, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """The process, in a session of its own: Ctrl-C reaches the plan, which ends it."""
    once = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")}
    offline = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    path = {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "planlang.plugins.nlp.training_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=os.environ | once | offline | path,
        start_new_session=True,
    )


def _messages(
    process: subprocess.Popen[bytes], job: dict[str, Any], stopping: Callable[[], bool]
) -> Iterator[dict[str, Any]]:
    """What the process tells, until it ends. Its standard input stays open: it ends when that is closed."""
    if process.stdin is None or process.stdout is None:
        raise TypeError("the process was started without pipes")
    try:
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        return
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        pending = b""
        while True:
            if stopping():
                raise Failure("the training was stopped")
            if not selector.select(_PAUSE):
                continue
            read = os.read(process.stdout.fileno(), 1 << 16)
            if not read:
                return
            *lines, pending = (pending + read).split(b"\n")
            yield from map(json.loads, lines)


def _died(process: subprocess.Popen[bytes], errors: IO[bytes]) -> Failure:
    code = process.wait()
    errors.seek(0)
    said = errors.read().decode("utf-8", "replace")[-_SHOWN:]
    text = "the training process was ended from outside" if code < 0 else "the training process failed"
    failure = Failure(text, hint="was there enough memory?" if code < 0 else "--debug shows what the libraries say")
    failure.__cause__ = ProcessError(said)
    return failure
