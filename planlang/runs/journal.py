"""Giving a run of the command line its journal: a new one, one that goes on, or a new one with another's answers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from planlang.runtime.journal.errors import RunFolderError, why
from planlang.runtime.journal.folder import RunFolder, RunLock, create
from planlang.runtime.journal.journal import Journal
from planlang.runtime.journal.packing import pack
from planlang.usage import UsageError

from .pruning import prune_by_itself
from .record import Start, facts
from .session import Recording

if TYPE_CHECKING:
    from planlang.runtime.engine import Plan
    from planlang.runtime.run import RunOptions


def begin(plan: Plan, start: Start, options: RunOptions, parent: RunFolder | None = None) -> Recording:
    """Make the folder of a new run, and let `options` journal it there; raises UsageError where that cannot be.

    parent: a run whose answers this one may take.
    """
    prune_by_itself(options.settings)

    def fill(folder: Path) -> Journal:
        meta = facts(folder.name, plan, start, options, parent.id if parent is not None else None)
        return Journal.begin(folder, _packable(meta), parent.path if parent is not None else None)

    try:
        folder, lock, journal = create(fill)
    except RunFolderError as error:
        raise UsageError(error.message, error.hint) from None
    options.journal = journal
    return Recording(folder, lock, journal)


def go_on(folder: RunFolder, lock: RunLock, options: RunOptions, *, show_output: bool) -> Recording:
    """Let `options` go on with the journal in `folder`, which `lock` is for.

    Raises `PlanError` where it is damaged or cannot be written. show_output: whether what was shown is shown again.
    """
    try:
        journal = options.journal = Journal.resume(folder.path)
    except OSError as error:
        text = f"run {folder.id} cannot go on: its folder {folder.path} cannot be written: {why(error)}"
        raise UsageError(text) from None
    journal.show_again = show_output
    return Recording(folder, lock, journal)


def _packable(meta: dict[str, Any]) -> dict[str, Any]:
    """Facts without what cannot be kept: plan.toml may hold dates, which say nothing to a run."""
    settings = meta["settings"]
    try:
        pack(settings)
    except TypeError:
        import json

        meta["settings"] = json.loads(json.dumps(settings, default=str))
    return meta
