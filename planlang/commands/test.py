"""`plan test`: run the tests that stand in plans."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from planlang.arguments import RunArguments, load, run_options
from planlang.files import plan_files
from planlang.options import Parser, add_debug, add_run_options
from planlang.terminal import columns, paint, uses_color, visible
from planlang.usage import DONE, FAILED

if TYPE_CHECKING:
    from planlang.runtime.engine import TestResult

ABOUT = """Runs the `test "title" { … }` blocks of plans. Exit code 1 if any fails."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test of one file."""

    file: str
    result: TestResult


class Arguments(RunArguments):
    """What `plan test` was told."""

    files: list[str]
    match: str | None = None


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("test", ABOUT)
    parser.add_argument("files", nargs="*", default=["."], metavar="FILE", help="files or folders; this folder if none")
    parser.add_argument("-k", "--match", metavar="TEXT", help="only tests whose title contains TEXT")
    parser.add_argument("--json", action="store_true", help="print the results as a JSON list")
    add_run_options(parser)
    add_debug(parser)
    from planlang.runtime.engine import Engine

    own = parser.parse_args(arguments, Arguments())
    engine = Engine()
    outcomes: list[Outcome] = []
    for file in plan_files(own.files):
        options = run_options(own, file)
        if own.json:
            options.out = sys.stderr
        # Rights are not checked beforehand: a test may mock what would need them. At run time they still count.
        for result in load(engine, file).test(options, own.match):
            outcomes.append(Outcome(file, result))
            if not own.json:
                _print(outcomes[-1])
    _sum_up(outcomes, as_json=own.json)
    return FAILED if any(o.result.error for o in outcomes) else DONE


def _print(outcome: Outcome) -> None:
    from planlang.rendering import render_error

    color = uses_color(sys.stdout)
    error = outcome.result.error
    mark = paint("FAILED", "error", color=color) if error else paint("ok", "good", color=color)
    print(f"{mark} {visible(outcome.file)}: {visible(outcome.result.title)} ({outcome.result.seconds:.2f} s)")
    if error:
        print(render_error(error, color=color, columns=columns(sys.stdout)) + "\n")


def _sum_up(outcomes: list[Outcome], *, as_json: bool) -> None:
    failed = sum(1 for o in outcomes if o.result.error)
    if not as_json:
        print(f"{len(outcomes) - failed} passed, {failed} failed" if outcomes else "there are no tests here")
        return
    from planlang.reports import failure
    from planlang.results import write_json

    write_json(
        [
            {
                "file": o.file,
                "title": o.result.title,
                "passed": o.result.error is None,
                "seconds": round(o.result.seconds, 4),
                "error": failure(o.result.error) if o.result.error else None,
            }
            for o in outcomes
        ]
    )
