"""`plan run`: run a plan's top level and one task of it, and show the result."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from planlang.arguments import RunArguments, answer_cache, load, run_options
from planlang.lang.diagnostics import CheckError
from planlang.runs.session import report, run_session
from planlang.runtime.errors import PlanError
from planlang.terminal import visible
from planlang.usage import DONE, USAGE, UsageError

if TYPE_CHECKING:
    from planlang.options import Parser
    from planlang.runtime.engine import Plan, TaskInfo
    from planlang.runtime.values import Value

ABOUT = """Runs a plan: first its top level, then the task that is named, or `main`, or its only task.

The task's own options come from its signature: `plan run triage.plan --help` shows them. After `--`, all options are
the task's. The result is shown as a table or value on a terminal, and as JSON with --json or in a pipe."""


class Arguments(RunArguments):
    """What `plan run` was told: all `words`. `given` are the options of the task, in order."""

    file: str
    task: str | None = None
    asks_help: bool = False
    no_journal: bool = False

    def __init__(self) -> None:
        """Nothing was said."""
        super().__init__()
        self.given: list[tuple[str, str | None]] = []
        self.words: list[str] = []


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    own = _read(arguments)
    if own.max_time is not None and not own.asks_help:
        from planlang.overtime import watch_over

        watch_over(own.max_time)
    try:
        return _run(own)
    except (CheckError, PlanError) as error:
        if not own.json:
            raise
        return _report(error)


def _read(words: list[str]) -> Arguments:
    """What the words say. Where none is an option, no argument parser is needed: plans are to start quickly."""
    own = Arguments()
    own.words = words
    if 1 <= len(words) <= 2 and not any(word.startswith("-") for word in words):
        own.file = words[0]
        own.task = words[1] if len(words) > 1 else None
        return own
    from planlang.task_options import sort_words

    options = parser()
    line = sort_words(words, options)
    own.given = line.given
    names_file = any(word == "-" or not word.startswith("-") for word in line.own)
    if line.given and not names_file:
        raise UsageError(f"no FILE stands before or behind --{line.given[0][0]}", _meant(line.given[0][0], options))
    if names_file:
        own.asks_help = any(word in ("-h", "--help") for word in line.own)
        line.own = [word for word in line.own if word not in ("-h", "--help")]
    return options.parse_args(line.own, own)


def parser() -> Parser:
    """What `plan run` takes besides the options of the task."""
    from planlang.options import Parser, add_debug, add_run_options

    made = Parser("run", ABOUT, usage="plan run [OPTIONS] FILE [TASK] [--PARAMETER VALUE …] [-- --PARAMETER VALUE …]")
    made.add_argument("file", metavar="FILE", help="a .plan file, or - for standard input")
    made.add_argument("task", metavar="TASK", nargs="?", help="the task to run")
    output = made.add_argument_group("output")
    made.option(output, "--json", action="store_true", help="show the result as JSON; what it prints goes to stderr")
    made.option(output, "-q", "--quiet", action="store_true", help="no progress and no warnings")
    running = made.add_argument_group("how it runs")
    made.option(running, "--sequential", action="store_true",
                help="one call at a time, each statement done before the next; gives the same, slower")  # fmt: skip
    made.option(running, "--no-cache", action="store_true", help="ask models anew: no answers of other runs")
    made.option(running, "--no-journal", action="store_true", help="leave nothing to go on from after a stop")
    made.option(running, "--stats", action="store_true", help="tell at the end what the model calls came to")
    add_run_options(made)
    add_debug(made)
    return made


def _meant(written: str, options: Parser, otherwise: str = "") -> str:
    """The hint about an option that is the task's only because the command does not know it."""
    from planlang.lang.suggestions import closest

    near = closest(f"--{written}", options.options)
    return f"did you mean {near}?" if near else otherwise or "`plan run --help` shows what it takes"


def _run(own: Arguments) -> int:
    from planlang.runtime.engine import Engine

    options = run_options(own, own.file)
    plan = load(Engine(), own.file, None if own.asks_help else options.permissions)
    task = _chosen_task(plan, own.task, own.file)
    if own.asks_help:
        from planlang.task_options import task_help

        print(visible(task_help(plan, task, own.file)))
        return DONE
    if task is None and own.given:
        raise _belongs_to_no_task(own.given[0][0], plan)
    values = _values(task, own) if task else {}
    if not own.quiet:
        _warn(plan)
    note = ""
    if task is None and len(plan.tasks) > 1:
        note = visible(f"plan: no task was named, so none ran: {own.file} has {', '.join(plan.tasks)}")
    name = task.name if task else None
    recording = None
    if plan.program("plain").calls_models:
        options.cache = answer_cache(options.settings, no_cache=own.no_cache)
    if is_journalled(plan) and not own.no_journal:
        from planlang.runs.journal import begin
        from planlang.runs.record import Start
        from planlang.task_options import inputs

        read = inputs(task, own.given) if task else {}
        recording = begin(plan, Start(own.file, name, values, read, own.words), options)
    return run_session(plan, name, values, options, own, recording, note)


def _belongs_to_no_task(written: str, plan: Plan) -> UsageError:
    has = f"name one of its tasks: {', '.join(plan.tasks)}" if plan.tasks else "it has no tasks"
    name = written.replace("-", "_")
    of_task = any(name == parameter.name for task in plan.tasks.values() for parameter in task.params)
    return UsageError(f"--{written} belongs to no task", has if of_task else _meant(written, parser(), has))


def is_journalled(plan: Plan) -> bool:
    """Whether a run of `plan` leaves a journal: one that only computes and prints is as quickly done again."""
    program = plan.program("plain")
    return program.calls_models or bool(program.needs)


def _chosen_task(plan: Plan, name: str | None, file: str) -> TaskInfo | None:
    """The task to run: the one named, else `main` or the only one; None where there is no such one."""
    if name is None:
        return plan.default_task
    if name in plan.tasks:
        return plan.tasks[name]
    from planlang.lang.suggestions import closest

    near = closest(name, plan.tasks)
    has = f"its tasks are {', '.join(plan.tasks)}" if plan.tasks else "it has no tasks"
    raise UsageError(f"{file} has no task `{name}`", f"did you mean `{near}`?" if near else has)


def _values(task: TaskInfo, own: Arguments) -> dict[str, Value]:
    if not task.params and not own.given:
        return {}
    from planlang.task_options import read_arguments

    return read_arguments(task, own.given)


def _warn(plan: Plan) -> None:
    if plan.warnings:
        from planlang.rendering import write_findings

        write_findings(plan.warnings, sys.stderr)


def _report(error: CheckError | PlanError) -> int:
    """The error as JSON, for `--json`: `{"error": …}` or `{"findings": […]}`."""
    if isinstance(error, PlanError):
        return report(error)
    from planlang.reports import finding
    from planlang.results import write_json

    write_json({"findings": [finding(d) for d in error.diagnostics]})
    return USAGE
