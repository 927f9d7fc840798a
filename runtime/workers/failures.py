"""What a plan's author is told when plugin code fails: plain words, no Python names, no addresses."""

from __future__ import annotations

import re

from planlang.runtime.errors import PlanError

from .protocol import Failure

_TELLING = (ValueError, OSError, RuntimeError, NotImplementedError, MemoryError)
"""Errors whose text is usually written for people; the text of others (TypeError, KeyError …) tells of Python."""

_PASSING = (ConnectionError, TimeoutError, BlockingIOError, InterruptedError)
"""Errors that may well be gone a moment later."""


def as_failure(error: BaseException, plugin: str) -> Failure:
    """`error`, which code of `plugin` raised, as a failure to be told; `error` stays as its cause."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, PlanError):
        failure = Failure(error.message, kind=error.kind, hint=error.hint)
    else:
        failure = Failure(_reason(error), retryable=isinstance(error, _PASSING), hint=_hint(error, plugin))
    failure.__cause__ = error
    return failure


def _reason(error: BaseException) -> str:
    text = _first_line(error) if isinstance(error, _TELLING) else ""
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror.lower() + (f": {error.filename}" if error.filename else "")
    if isinstance(error, MemoryError):
        text = "there is not enough memory"
    return text or "there is a mistake in the plugin"


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return re.sub(r" ?\b(at )?0x[0-9a-fA-F]{6,}", "", lines[0])[:300] if lines else ""


def _hint(error: BaseException, plugin: str) -> str:
    if isinstance(error, (OSError, MemoryError)):
        return ""
    return f"--debug shows where in the plugin `{plugin}`"
