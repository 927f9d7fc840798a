"""What the commands that run plans share: loading a file, and what the caller grants and gives it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from planlang.runtime.run import RunOptions

from .options import limits, models, permissions
from .settings import settings_near
from .usage import UsageError

if TYPE_CHECKING:
    from planlang.runtime.engine import Engine, Plan
    from planlang.runtime.permissions import Permissions


def run_options(arguments: argparse.Namespace, file: str) -> RunOptions:
    """The options of a run of `file`: plan.toml near it, and the command line over that."""
    settings = settings_near(Path(file).parent if file != "-" else Path.cwd())
    return RunOptions(
        permissions=permissions(arguments),
        limits=limits(arguments, settings.limits),
        seed=arguments.seed,
        models=models(arguments, settings.models),
        settings={**settings.raw, "folder": str(settings.path.parent) if settings.path else ""},
        debug=arguments.debug,
    )


def load(engine: Engine, file: str, rights: Permissions | None = None) -> Plan:
    """Load a file, or standard input for `-`; raises CheckError for mistakes in it, UsageError if there is none."""
    if file == "-":
        return engine.load(text=sys.stdin.read(), name="<stdin>", permissions=rights)
    must_exist(file)
    return engine.load(file, name=file, permissions=rights)


def must_exist(file: str) -> None:
    """Raise UsageError, with the nearest name there is, unless `file` is a file."""
    path = Path(file)
    if path.is_file() or path.is_fifo():
        return
    if path.is_dir():
        raise UsageError(f"{file} is a folder", "name a file in it")
    from planlang.lang.suggestions import closest

    beside = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = closest(path.name, beside) or closest(path.name + ".plan", [*beside, ""])
    raise UsageError(f"there is no file {file}", f"did you mean {path.parent / near}?" if near else "")
