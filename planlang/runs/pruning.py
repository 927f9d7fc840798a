"""Which runs are removed: by `plan runs prune`, and by itself when a run begins and there are very many old ones."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.journal.folder import RunFolder, all_runs, clear_leftovers
from planlang.runtime.journal.reading import DAMAGED, RUNNING, RunReader

KEEP = 100
"""Runs that are kept without a word in plan.toml, the newest ones."""
SIZE = 5_000_000_000
"""Bytes that they may take together."""
_UNFINISHED_FOR = 30 * 86_400.0
"""Seconds for which an unfinished run is kept in any case: somebody may want to go on with it."""
_AT_ONCE = 20
"""Runs that are removed at the start of another, at most: nobody is to wait for it."""


def state_of(run: RunFolder) -> str:
    """The state of a run, also where its journal is damaged."""
    try:
        with RunReader(run) as reader:
            return reader.state
    except RunFolderError:
        return RUNNING if run.is_running else DAMAGED


def prune_by_itself(settings: Mapping[str, Any]) -> None:
    """Remove the oldest finished runs beyond what `[runs]` of plan.toml lets be kept. Never fails."""
    from planlang.quantities import size

    table = settings.get("runs", {})
    keep, room = table.get("keep", KEEP), size(str(table.get("size", SIZE)))
    try:
        runs = all_runs()
        for run in reversed(runs[len(_within(runs[:keep], room)) :][-_AT_ONCE:]):
            if may_go_by_itself(run):
                run.remove()
        clear_leftovers()
    except RunFolderError:
        return  # it is only about tidiness; who wants to know asks `plan runs prune`


def _within(runs: list[RunFolder], room: int) -> list[RunFolder]:
    """The newest of `runs` that fit into so many bytes; the newest of all in any case."""
    for at, run in enumerate(runs):
        room -= run.size
        if room < 0:
            return runs[: max(at, 1)]
    return runs


def may_go_by_itself(run: RunFolder) -> bool:
    """Whether nobody needs a run any more: it is done, or nobody went on with it for long."""
    state = state_of(run)
    return state == "done" or (state != RUNNING and age(run) > _UNFINISHED_FOR)


def age(run: RunFolder) -> float:
    """Seconds since its journal was last written."""
    return time.time() - run.touched
