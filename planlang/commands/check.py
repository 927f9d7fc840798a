"""`plan check`: look for mistakes without running anything."""

from __future__ import annotations

import sys

from planlang.arguments import standard_input
from planlang.files import plan_files
from planlang.lang.diagnostics import Diagnostic
from planlang.options import Parser, add_debug
from planlang.terminal import visible
from planlang.usage import DONE, USAGE

ABOUT = """Looks for mistakes in plans without running them: names, types, tasks. Exit code 2 if there are any."""


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("check", ABOUT)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a .plan file, a folder of them, or - for standard input"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as a JSON list")
    add_debug(parser)
    own = parser.parse_args(arguments)
    files = plan_files(own.files)
    found = _findings(files)
    if own.json:
        from planlang.reports import finding
        from planlang.results import write_json

        write_json([finding(d) for d in found])
    else:
        _print(found, files)
    return USAGE if any(d.is_error for d in found) else DONE


def _findings(files: list[str]) -> list[Diagnostic]:
    """What is to be said about all files; what an imported file has is told once."""
    from planlang.runtime.engine import Engine

    engine = Engine()
    found: dict[tuple[str, str, int, str], Diagnostic] = {}
    for file in files:
        from_stdin = file == "-"
        module = engine.check(text=standard_input(), name="<stdin>") if from_stdin else engine.check(file, name=file)
        for d in module.diagnostics:
            found.setdefault((d.source.text, d.code, d.span.start, d.message), d)
    return list(found.values())


def _print(found: list[Diagnostic], files: list[str]) -> None:
    if found:
        from planlang.rendering import write_findings

        write_findings(found, sys.stdout)
    else:
        print(visible(f"{files[0] if len(files) == 1 else f'{len(files)} files'}: nothing to complain about"))
