"""The last guard: every way in which a command can fail, as a message and an exit code."""

from __future__ import annotations

import os
import sys

from planlang.lang.diagnostics import CheckError
from planlang.runtime.errors import Interrupted, LimitError, PlanError

from .usage import FAILED, INTERRUPTED, LIMIT, USAGE, UsageError


def explained(error: BaseException, *, debug: bool = False) -> int:
    """Write what `error` means to standard error and give the exit code for it. `debug` adds Python's traceback."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED if error.code else 0
    if isinstance(error, BrokenPipeError):
        _close_output()
        return FAILED
    text, code = _text(error)
    if debug and not isinstance(error, (KeyboardInterrupt, Interrupted)):
        import traceback

        text = f"{''.join(traceback.format_exception(error))}\n{text}"
    print(text, file=sys.stderr)
    return code


def _text(error: BaseException) -> tuple[str, int]:
    if isinstance(error, (KeyboardInterrupt, Interrupted)):
        return "interrupted", INTERRUPTED
    if isinstance(error, UsageError):
        return usage_text(error), USAGE
    if isinstance(error, (CheckError, PlanError)):
        from .rendering import render
        from .terminal import columns, uses_color

        code = USAGE if isinstance(error, CheckError) else LIMIT if isinstance(error, LimitError) else FAILED
        return render(error, color=uses_color(sys.stderr), columns=columns(sys.stderr)), code
    if isinstance(error, MemoryError):
        return "plan: the machine has no memory left for this", LIMIT
    return (
        "plan: internal error. This is a mistake in planlang, not in your plan.\n"
        "Run the same command with --debug and report what it shows."
    ), FAILED


def usage_text(error: UsageError) -> str:
    """`plan: what is wrong`, with the hint on a line of its own."""
    from .terminal import visible

    return visible(f"plan: {error.message}" + (f"\n  hint: {error.hint}" if error.hint else ""))


def _close_output() -> None:
    """Keep Python from failing a second time when it flushes standard output at exit: the reader has gone."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
