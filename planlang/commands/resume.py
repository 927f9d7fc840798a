"""`plan resume`: go on with a run that stopped, from what its journal knows."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from planlang.arguments import RunArguments, collect_garbage
from planlang.options import Parser, add_debug, add_limits, place, reader
from planlang.runs.session import report, run_session, show_result
from planlang.runtime.errors import PlanError
from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.journal.folder import RunFolder, RunLock, all_runs, find
from planlang.runtime.journal.reading import UNFINISHED, RunReader
from planlang.terminal import visible
from planlang.usage import DONE, UsageError

if TYPE_CHECKING:
    from planlang.runs.record import Record
    from planlang.runtime.engine import Engine, Plan
    from planlang.runtime.journal.rows import RunSummary
    from planlang.runtime.run import RunOptions

ABOUT = """Goes on with a run that stopped: after a crash, Ctrl-C, an error or a limit. What its journal knows is not
done again: answered calls are not asked again, changes are not repeated, and what was printed is not printed again.

RUN is a name that `plan runs` shows, or its beginning or end; without it, the latest run that is not done. Folder,
arguments, permissions, models and seed are those that the run began with. Where the plan, an input or a model has
changed since, the run cannot go on; --fork then makes a new run, which takes the answers that still hold."""


class Arguments(RunArguments):
    """What `plan resume` was told."""

    run: str | None = None
    on: str | None = None
    fork: bool = False
    show_output: bool = False


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    own = parser().parse_args(arguments, Arguments())
    try:
        folder = _chosen(own)
        with RunReader(folder) as reader:
            from planlang.runs.record import read

            summary, record = reader.summary(), read(reader)
            result = reader.result()
        if summary.state == "done" and not own.fork:
            return _tell_done(summary, result, own)
        return _go_on(folder, summary, record, own)
    except RunFolderError as error:
        raise UsageError(error.message, error.hint) from None
    except PlanError as error:
        if not own.json:
            raise
        return report(error)


def parser() -> Parser:
    """What `plan resume` takes."""
    made = Parser("resume", ABOUT)
    made.add_argument("run", metavar="RUN", nargs="?", help="the run; the latest that is not done if left out")
    how = made.add_argument_group("how it goes on")
    made.option(how, "--fork", action="store_true",
                help="as a new run, with the plan, inputs and models as they are now")  # fmt: skip
    made.option(how, "--show-output", action="store_true", help="show again what was shown before")
    made.option(how, "--on", type=reader(place), metavar="PLACE",
                help="where models run: local, ray, or ray://HOST:PORT; as before if left out")  # fmt: skip
    add_limits(made, "limits, in place of those that the run began with")
    output = made.add_argument_group("output")
    made.option(output, "--json", action="store_true", help="show the result as JSON; what it prints goes to stderr")
    made.option(output, "-q", "--quiet", action="store_true", help="no progress and no remarks")
    made.option(output, "--stats", action="store_true", help="tell at the end what the model calls came to")
    add_debug(made)
    return made


# ── which run ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _chosen(own: Arguments) -> RunFolder:
    if own.run is not None:
        return find(own.run)
    found: list[RunFolder] = []
    forked: set[Any] = set()
    for folder in all_runs():
        try:
            with RunReader(folder) as reader:
                forked.add(reader.fact("parent"))  # another run has taken over from that one
                if reader.state in UNFINISHED:
                    found.append(folder)
        except RunFolderError:
            continue  # a damaged journal is not what is meant
    for folder in found:
        if folder.id not in forked:
            return folder
    raise UsageError("there is no run that is not done", "`plan runs` lists the runs there are")


def _tell_done(summary: RunSummary, result: tuple[bool, Any], own: Arguments) -> int:
    """A run that is done has nothing to go on with: its result is shown once more."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(summary.ended))
    _remark(f"run {summary.id} is done since {when}; this is its result", own)
    from planlang.runtime.values import from_python

    show_result(from_python(result[1]) if result[0] else None, own)
    return DONE


# ── going on ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _go_on(folder: RunFolder, summary: RunSummary, record: Record, own: Arguments) -> int:
    from planlang.runs.record import enter_folder
    from planlang.runtime.engine import Engine

    options = _options(record, own)
    if options.limits.max_time is not None:
        from planlang.overtime import watch_over

        watch_over(options.limits.max_time)
    lock = folder.lock()
    try:
        enter_folder(record)
        if own.fork:
            return _fork(folder, lock, record, Engine(), options, own)
        return _resume(folder, lock, record, Engine(), options, own, _introduction(summary))
    finally:
        lock.release()


def _options(record: Record, own: Arguments) -> RunOptions:
    from planlang.arguments import answer_cache, limits

    options = record.options()
    options.limits = limits(own, options.limits)
    options.on = own.on or options.on
    options.debug = own.debug
    if record.cached:
        options.cache = answer_cache(options.settings, no_cache=False)
    return options


def _introduction(summary: RunSummary) -> str:
    task = f" {summary.task}" if summary.task else ""
    calls = "1 call" if summary.calls == 1 else f"{summary.calls:,} calls"
    return f"goes on with run {summary.id}: {summary.name}{task}, {summary.state}, {calls} answered"


def _remark(text: str, own: Arguments) -> None:
    """Tell on standard error what a person may want to know."""
    if not own.quiet:
        print(visible(f"plan: {text}"), file=sys.stderr)


def _resume(  # noqa: PLR0913, PLR0917 - all that a run that goes on is made of
    folder: RunFolder, lock: RunLock, record: Record, engine: Engine, options: RunOptions, own: Arguments, remark: str
) -> int:
    from planlang.runs.changes import changes
    from planlang.runs.journal import go_on
    from planlang.runs.record import load_plan

    plan = load_plan(engine, record, options.permissions)
    collect_garbage()
    found = changes(record, engine, plan)
    if found.changed:
        raise UsageError(
            "\n".join([f"run {record.run} cannot go on: not all is as it was when it began", *found.changed]),
            f"`plan resume {record.run} --fork` begins a new run, which takes the answers that still hold",
        )
    _remark(remark, own)
    if found.gone:
        _remark(f"gone since then, and taken from the journal: {', '.join(found.gone)}", own)
    recording = go_on(folder, lock, options, show_output=own.show_output)
    return run_session(plan, record.start.task, record.start.arguments, options, own, recording)


def _fork(  # noqa: PLR0913, PLR0917 - as above
    folder: RunFolder, lock: RunLock, record: Record, engine: Engine, options: RunOptions, own: Arguments
) -> int:
    from planlang.runs.journal import begin

    plan = _present_plan(engine, record, options)
    collect_garbage()
    start = record.start._replace(arguments=_present_arguments(plan, record))
    recording = begin(plan, start, options, parent=folder)
    lock.release()
    _remark(f"the new run {recording.folder.id} takes the answers of run {folder.id} that still hold", own)
    return run_session(plan, start.task, start.arguments, options, own, recording)


def _present_plan(engine: Engine, record: Record, options: RunOptions) -> Plan:
    """The plan as it is now; what has gone is as the journal has it."""
    from planlang.runs.changes import source_now

    now = [
        source._replace(text=text) if (text := source_now(source)) is not None else source for source in record.sources
    ]
    texts = {source.path: source.text for source in now if source.path is not None}
    own = now[-1]
    return engine.load(own.path, text=own.text, name=own.name, permissions=options.permissions, files=texts)


def _present_arguments(plan: Plan, record: Record) -> dict[str, Any]:
    """The arguments, those from files as they are now; what has gone is as the journal has it."""
    from planlang.runs.changes import is_there
    from planlang.runtime.convert import read_argument

    values = dict(record.start.arguments)
    task = plan.tasks.get(record.start.task or "")
    for parameter in task.params if task is not None else ():
        word = record.start.inputs.get(parameter.name)
        if word is not None and is_there(word):
            try:
                values[parameter.name] = read_argument(word, parameter.type, f"--{parameter.name}", sys.stdin)
            except PlanError as error:
                raise UsageError(error.message, error.hint) from None
    return values
