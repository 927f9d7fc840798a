"""One session of a run on the command line: `plan run` and `plan resume` alike.

Shows a status line and the result, and where the run stops before its end, says how to go on.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, TextIO, cast

from planlang.runtime.errors import Interrupted, LimitError, PlanError
from planlang.terminal import is_terminal, visible
from planlang.usage import DONE, FAILED, LIMIT

if TYPE_CHECKING:
    from planlang.arguments import RunArguments
    from planlang.runtime.engine import Plan
    from planlang.runtime.journal.folder import RunFolder, RunLock
    from planlang.runtime.journal.journal import Journal
    from planlang.runtime.run import RunOptions
    from planlang.runtime.stats import Stats
    from planlang.runtime.values import Value

_PLACEHOLDERS = {"--max-time": "TIME", "--max-memory": "SIZE"}


class Recording(NamedTuple):
    """The folder of a run that is journalled, the lock that this process holds on it, and the journal."""

    folder: RunFolder
    lock: RunLock
    journal: Journal

    def close(self) -> None:
        """Let go of both. What the session came to has been written by then, or its error told."""
        with suppress(LimitError):
            self.journal.close()
        self.lock.release()


def run_session(  # noqa: PLR0913, PLR0917 - all that a run on the command line is
    plan: Plan,
    task: str | None,
    values: dict[str, Value],
    options: RunOptions,
    own: RunArguments,
    recording: Recording | None = None,
    note: str = "",
) -> int:
    """Run and show the result; gives the exit code, and without a `recording` raises what the plan raises.

    note: what is to be said on standard error after a run that went well.
    """
    try:
        with _counted(options, own):
            result = _watched(plan, task, values, options, own)
            if note and not own.quiet:
                print(note, file=sys.stderr)
            show_result(result, own)
    except (PlanError, Interrupted, KeyboardInterrupt) as error:
        if recording is None:
            raise
        return _stopped(error, recording.folder, own)
    finally:
        _close_cache(options, own)
        if recording is not None:
            recording.close()
    return DONE


def _close_cache(options: RunOptions, own: RunArguments) -> None:
    """Let go of the cache of answers; what was wrong with it is a warning, since the run went on without it."""
    if options.cache is None:
        return
    options.cache.close()
    if options.cache.trouble and not own.quiet:
        print(f"plan: {visible(options.cache.trouble)}", file=sys.stderr)


def show_result(result: Value, own: RunArguments) -> None:
    """Write the result to standard output; `none` with --json only."""
    if result is not None or own.json:
        from planlang.results import show

        show(result, sys.stdout, as_json=own.json)


@contextmanager
def _counted(options: RunOptions, own: RunArguments) -> Generator[None]:
    """With --stats, tell on standard error what the model calls came to, after all else, also where the plan failed."""
    found: list[Stats] = []
    if own.stats:
        options.on_stats = found.append
    try:
        yield
    finally:
        if found:
            from planlang.statistics import show_stats

            sys.stdout.flush()
            show_stats(found[-1], sys.stderr, as_json=own.json)


def _watched(plan: Plan, task: str | None, values: dict[str, Value], options: RunOptions, own: RunArguments) -> Value:
    """Run with a status line where a person looks at standard error. With --json, printing goes there too."""
    if own.json:
        options.out = sys.stderr
    if own.quiet or not is_terminal(sys.stderr):
        return plan.run(task, values, options)
    from planlang.progress import Above, StatusLine

    status = StatusLine(sys.stderr)
    options.on_progress = status.on_progress
    options.out = cast("TextIO", Above(options.out or sys.stdout, status))
    options.err = cast("TextIO", Above(sys.stderr, status))
    try:
        return plan.run(task, values, options)
    finally:
        status.erase()


# ── runs that stopped ────────────────────────────────────────────────────────────────────────────────────────────────


def _stopped(error: BaseException, run: RunFolder, own: RunArguments) -> int:
    """Tell why a journalled run stopped and how to go on."""
    if own.json and isinstance(error, PlanError):
        return report(error, run.id)
    from planlang.guard import explained

    sys.stdout.flush()
    code = explained(error, debug=own.debug)
    if way := _way_on(error, run):
        print(f"plan: {way}", file=sys.stderr)
    return code


def report(error: PlanError, run: str | None = None) -> int:
    """The error as JSON on standard output, with the name of the run where there is a journal; gives the exit code."""
    from planlang.reports import failure
    from planlang.results import write_json

    write_json({"error": failure(error), **({} if run is None else {"run": run})})
    return LIMIT if isinstance(error, LimitError) else FAILED


def _way_on(error: BaseException, run: RunFolder) -> str:
    """How to go on; "" where the run has done nothing yet that it could go on from."""
    resume = f"plan resume {run.id}"
    if isinstance(error, LimitError):
        option = re.search(r"--max-[a-z]+", error.hint)
        more = f" {option[0]} {_PLACEHOLDERS.get(option[0], 'N')}" if option is not None else ""
        return f"`{resume}{more}` goes on from here"
    if not isinstance(error, PlanError):
        return f"`{resume}` goes on from here"
    return f"`{resume}` tries again from here; with --fork also after changes of the plan" if _has_work(run) else ""


def _has_work(run: RunFolder) -> bool:
    from planlang.runtime.journal.errors import RunFolderError
    from planlang.runtime.journal.reading import RunReader

    try:
        with RunReader(run) as reader:
            return reader.count("calls") + reader.count("effects") > 0
    except RunFolderError:
        return False
