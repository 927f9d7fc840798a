"""Runs a hostile plan in this process and tells what came of it."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from planlang.lang.diagnostics import CheckError
from planlang.rendering import render
from planlang.runtime.engine import Engine
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, RunOptions

LEAKS = re.compile(
    r"Traceback|internal error|\.py\b|site-packages|__main__|<class |<function|<built-in| object at 0x|NoneType"
    r"|PlanList|PlanDict|RecursionError|MemoryError|OverflowError|TypeError|ValueError|AttributeError|KeyError|IndexError"
)
"""What never reaches a user: Python's own words, and addresses."""


class Told(NamedTuple):
    """What an attempt came to: "check" for findings of the checker, the kind of the error, or "" where none came."""

    kind: str
    text: str
    out: str


def attempt(
    source: str,
    permissions: Permissions | None = None,
    limits: Limits | None = None,
    plugins: Mapping[str, Any] | None = None,
    files: Path | None = None,
) -> Told:
    """Check and run `source` in one go, with the rights given; all that is shown is searched for what must not be."""
    out, err = io.StringIO(), io.StringIO()
    rights = permissions or Permissions()
    options = RunOptions(
        permissions=rights, limits=limits or Limits(max_steps=1_000_000), out=out, err=err, ask=lambda _: "asked"
    )
    path = None if files is None else files / "attack.plan"
    kind, text = "", ""
    try:
        Engine(plugins=plugins).load(path, text=source, name="attack.plan", permissions=rights).run(None, {}, options)
    except CheckError as error:
        kind, text = "check", render(error)
    except PlanError as error:
        kind, text = error.kind, render(error)
    shown = f"{text}\n{out.getvalue()}\n{err.getvalue()}"
    found = LEAKS.search(re.sub(r"(?m)^ *\d+ \|.*$", "", shown))  # the plan's own lines may say anything
    assert found is None, shown
    return Told(kind, text, out.getvalue())


def canary(folder: Path) -> str:
    """A command that would leave a mark if anything ever ran it."""
    return f"touch {folder / 'escaped'}"


def unharmed(folder: Path) -> bool:
    """Whether nothing left the mark, and the parts of Python that escapes reach for are as they were."""
    return not (folder / "escaped").exists() and sys.modules["os"] is os
