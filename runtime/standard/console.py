"""Standard functions that talk to the user, and the one that reads the environment."""

from __future__ import annotations

import re
import sys
from typing import TextIO

from planlang.runtime.display import quoted, text
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.secret_sources import check_variable
from planlang.runtime.sizes import check_length
from planlang.runtime.values import Value, share

from .arguments import ABSENT, need_text
from .registry import Registry

FUNCTIONS = Registry()
_CONTROL = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\U000e0000-\U000e007f]"
"""What drives a terminal, turns the direction of writing, or cannot be seen at all."""


@FUNCTIONS.add_with_run
def print_(run: Run, *values: Value, sep: Value = " ", end: Value = "\n") -> None:
    """Write the values to the output."""
    _put(run, 0, _joined(run, values, need_text("print", sep, "sep"), need_text("print", end, "end")))


@FUNCTIONS.add_with_run
def warn(run: Run, *values: Value, sep: Value = " ", end: Value = "\n") -> None:
    """Write the values to the error output."""
    _put(run, 1, _joined(run, values, need_text("warn", sep, "sep"), need_text("warn", end, "end")))


def _joined(run: Run, values: tuple[Value, ...], sep: str, end: str) -> str:
    texts = [text(value, run.limits) for value in values]
    check_length(sum(map(len, texts)) + len(sep) * len(texts) + len(end), run.limits)
    run.tick(len(texts))
    return sep.join(texts) + end


def _put(run: Run, number: int, line: str) -> None:
    """Show `line`, or what of it was not shown before this run was taken up again."""
    if run.journal is not None:
        run.shown[number].put(line)
    else:
        show(run.err if number else run.out, line)


def show(stream: TextIO, line: str) -> None:
    """Write `line`. On a terminal control characters are shown as escapes: text from models must not drive it."""
    if stream.isatty():
        line = re.sub(_CONTROL, lambda found: f"\\u{{{ord(found[0]):x}}}", line)
    try:
        stream.write(line)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(line.encode(encoding, "replace").decode(encoding))


@FUNCTIONS.add_with_run
def ask(run: Run, prompt: Value = "") -> str:
    """A line that the user types."""
    need_text("ask", prompt, "prompt")
    if run.options.ask is not None:
        return run.options.ask(prompt)
    if prompt:
        show(run.err, prompt)
        run.err.flush()
    line = sys.stdin.readline(run.limits.value_size) if sys.stdin is not None else ""
    if not line:
        raise PlanError("value", "`ask` found no line to read: the input has ended", "run the plan on a terminal")
    return line.removesuffix("\n").removesuffix("\r")


@FUNCTIONS.add_with_run
def env(run: Run, name: Value, default: Value = ABSENT) -> Value:
    """The value of an environment variable."""
    import os

    run.permissions.variable(need_text("env", name, "name"))
    if run.options.settings:
        check_variable(run.options.settings, name)
    value = os.environ.get(name)
    if value is not None:
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if default is ABSENT:
        hint = f"env({quoted(name)}, default=…) gives a value for this case"
        raise PlanError("key", f"the environment variable {quoted(name)} is not set", hint)
    return share(default)
