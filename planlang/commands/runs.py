"""`plan runs`: the runs that have a journal, and removing old ones."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from planlang.options import Parser, add_debug, reader
from planlang.quantities import count, duration, in_words
from planlang.runs.pruning import age, state_of
from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.journal.folder import RunFolder, all_runs, clear_leftovers, runs_folder
from planlang.runtime.journal.reading import DAMAGED, RUNNING, RunReader
from planlang.terminal import uses_color, visible
from planlang.usage import DONE, FAILED, UsageError

if TYPE_CHECKING:
    from planlang.runtime.journal.rows import RunSummary

ABOUT = """Lists the runs that have a journal, the newest first, or removes old ones.

  plan runs [-n N | --all]                            the last 20 runs, the last N, or all
  plan runs prune                                     remove runs that are done, but the last 10
  plan runs prune --older 30d                         remove those that were not touched for so long
  plan runs prune --keep N                            remove all but the newest N
  plan runs prune --all                               remove all

A run that is being run is never removed. `plan show RUN` shows one, `plan resume RUN` goes on with one."""
LAST = 20
"""Runs that are listed where nothing is said."""
KEPT = 10
"""Runs that `plan runs prune` keeps where nothing is said, besides all that are not done."""


class Arguments:
    """What `plan runs` was told."""

    action: str
    last: int | None
    json: bool
    all: bool
    older: float | None
    keep: int | None
    dry_run: bool


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    own = _parser().parse_args(arguments, Arguments())
    try:
        if own.action == "prune":
            return _prune(own)
        if own.older is not None or own.keep is not None or own.dry_run:
            raise UsageError("runs: --older, --keep and --dry-run belong to `plan runs prune`")
        return _list(own)
    except RunFolderError as error:
        raise UsageError(error.message, error.hint) from None


def _parser() -> Parser:
    parser = Parser("runs", ABOUT, usage="plan runs [-n N | --all] [--json] | plan runs prune [OPTIONS]")
    parser.add_argument("action", nargs="?", choices=["list", "prune"], default="list", help="what to do")
    parser.add_argument("--all", action="store_true", help="all runs")
    parser.add_argument("--json", action="store_true", help="show it as JSON")
    parser.add_argument("-n", "--last", type=reader(count), metavar="N", help=f"list the last N, not {LAST}")
    old = parser.add_argument_group("what prune removes")
    parser.option(old, "--older", type=reader(duration), metavar="TIME", help="what was not touched for 30d, 12h …")
    parser.option(old, "--keep", type=reader(count), metavar="N", help="all but the newest N")
    parser.option(old, "--dry-run", action="store_true", help="nothing: only tell what would be removed")
    add_debug(parser)
    return parser


# ── listing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(own: Arguments) -> int:
    runs = all_runs()
    listed = runs if own.all else runs[: LAST if own.last is None else own.last]
    found = [(run, _summary(run)) for run in listed]
    if own.json:
        from planlang.results import write_json

        write_json([_data(run, summary) for run, summary in found])
        return DONE
    if not runs:
        print(f"no runs: those of plans that call models or touch files are kept in {visible(str(runs_folder()))}")
        return DONE
    from planlang.tables import table

    head = ("run", "began", "plan", "state", "calls", "tokens", "time")
    rows = [_row(run, summary) for run, summary in found]
    print("\n".join(table(head, rows, "calls tokens time", color=uses_color(sys.stdout))))
    if len(listed) < len(runs):
        print(f"… and {len(runs) - len(listed):,} older ones; `plan runs --all` lists them")
    return DONE


def _summary(run: RunFolder) -> RunSummary | str:
    """A run in one line, or what is wrong with it."""
    try:
        with RunReader(run) as opened:
            return opened.summary()
    except RunFolderError as error:
        return error.message


def _row(run: RunFolder, summary: RunSummary | str) -> tuple[str, ...]:
    if isinstance(summary, str):
        return run.id, "", "", DAMAGED, "", "", ""
    from planlang.statistics import seconds

    plan = f"{summary.name} {summary.task}" if summary.task else summary.name
    began = time.strftime("%Y-%m-%d %H:%M", time.localtime(summary.began)) if summary.began else ""
    return run.id, began, plan, summary.state, f"{summary.calls:,}", f"{summary.tokens:,}", seconds(summary.seconds)


def _data(run: RunFolder, summary: RunSummary | str) -> dict[str, Any]:
    if isinstance(summary, str):
        return {"id": run.id, "state": DAMAGED, "message": summary}
    return summary._asdict()


# ── pruning ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _prune(own: Arguments) -> int:
    if own.last is not None or (own.all and (own.older, own.keep) != (None, None)):
        raise UsageError("runs prune: say what to remove", "either --all, or --older, --keep or both")
    chosen = _chosen(own, all_runs())
    freed, removed, failed = 0, 0, 0
    for run in chosen:
        try:
            freed += run.size if own.dry_run else run.remove()
            removed += 1
        except RunFolderError as error:
            failed += 1
            print(visible(f"plan: {error.message}"), file=sys.stderr)
    if not own.dry_run:
        clear_leftovers()
    _tell(chosen, removed, freed, own)
    return FAILED if failed else DONE


def _chosen(own: Arguments, runs: list[RunFolder]) -> list[RunFolder]:
    """What is to be removed, oldest first: old by all that was said, and run by nobody."""
    if own.all:
        found = runs
    elif own.older is None and own.keep is None:
        found = [run for run in runs[KEPT:] if state_of(run) == "done"]
    else:
        limit = own.older if own.older is not None else -1.0
        found = [run for run in runs[own.keep or 0 :] if age(run) > limit]
    return [run for run in reversed(found) if state_of(run) != RUNNING]


def _tell(chosen: list[RunFolder], removed: int, freed: int, own: Arguments) -> None:
    if own.json:
        from planlang.results import write_json

        write_json({"runs": [run.id for run in chosen], "removed": 0 if own.dry_run else removed, "bytes": freed})
        return
    if own.dry_run:
        for run in chosen:
            print(run.id)
    runs = "1 run" if removed == 1 else f"{removed:,} runs"
    print(f"{'would remove' if own.dry_run else 'removed'} {runs} ({in_words(freed)})")
