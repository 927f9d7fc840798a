"""`plan show`: what a run did, from its journal."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planlang.options import Parser, add_debug, reader
from planlang.quantities import count
from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.journal.folder import RunFolder, all_runs, find
from planlang.runtime.journal.reading import RunReader
from planlang.usage import DONE, UsageError

if TYPE_CHECKING:
    from planlang.runs.accounts import Accounts

ABOUT = """Shows what a run did: its sessions, its error, steps, calls by function and model, changes, slowest calls.

RUN is a name that `plan runs` shows, or its beginning or end; without it, the latest run."""


class Arguments:
    """What `plan show` was told."""

    run: str | None
    calls: int | None
    output: bool
    html: str | None
    json: bool


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    own = _parser().parse_args(arguments, Arguments())
    try:
        folder = _chosen(own.run)
        if own.html is not None:
            return _write_page(folder, own.html)
        with RunReader(folder) as opened:
            if own.output:
                return _show_result(opened, own)
            if own.calls is not None:
                return _show_calls(opened, own)
            return _show(opened, own)
    except RunFolderError as error:
        raise UsageError(error.message, error.hint) from None


def _parser() -> Parser:
    parser = Parser("show", ABOUT)
    parser.add_argument("run", metavar="RUN", nargs="?", help="the run; the latest if left out")
    what = parser.add_argument_group("what to show instead")
    parser.option(what, "--calls", type=reader(count), nargs="?", const=0, metavar="N",
                  help="the calls with what they were asked and gave: the last N, or all")  # fmt: skip
    parser.option(what, "--output", action="store_true", help="the result")
    parser.option(what, "--html", metavar="FILE", help="write a page to look around in; needs no network")
    output = parser.add_argument_group("output")
    parser.option(output, "--json", action="store_true", help="show it as JSON")
    add_debug(parser)
    return parser


def _chosen(run: str | None) -> RunFolder:
    if run is not None:
        return find(run)
    runs = all_runs()
    if not runs:
        raise UsageError("there is no run to show", "`plan run` keeps those of plans that call models or touch files")
    return runs[0]


def _write_page(folder: RunFolder, file: str) -> int:
    from planlang.trace import write_page

    try:
        write_page(folder.path, Path(file))
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from None
    return DONE


def _show_result(opened: RunReader, own: Arguments) -> int:
    there, value = opened.result()
    if not there:
        raise UsageError(f"run {opened.folder.id} has no result: it is not done ({opened.state})", "see `plan resume`")
    from planlang.results import show
    from planlang.runtime.values import from_python

    show(from_python(value), sys.stdout, as_json=own.json)
    return DONE


def _show_calls(opened: RunReader, own: Arguments) -> int:
    from planlang.runs.text import Sources, call_data, call_lines

    sources = Sources(opened)
    first = max(1, opened.count("calls") - own.calls + 1) if own.calls else 1
    calls = opened.calls(first)
    if own.json:
        _write([call_data(call, sources) for call in calls])
        return DONE
    for line in call_lines(calls, sources):
        print(line)
    return DONE


def _show(opened: RunReader, own: Arguments) -> int:
    from planlang.runs.accounts import accounts

    found = accounts(opened)
    if own.json:
        _write(_data(opened, found))
        return DONE
    from planlang.runs.text import text
    from planlang.terminal import columns, uses_color

    print(text(opened, opened.summary(), found, color=uses_color(sys.stdout), columns=columns(sys.stdout)))
    return DONE


def _data(opened: RunReader, found: Accounts) -> dict[str, Any]:
    from planlang.reports import failure
    from planlang.runs.text import Sources, error_of, timed_data

    sources, sessions = Sources(opened), opened.sessions()
    last = sessions[-1] if sessions else None
    error = last is not None and last.state in ("failed", "limit") and failure(error_of(opened, sources, last))
    return {
        **opened.summary()._asdict(),
        "error": error or None,
        "sessions": [{k: v for k, v in session._asdict().items() if k != "site"} for session in sessions],
        "functions": [{"function": f, "model": m, **asdict(of)} for (f, m), of in found.functions.items()],
        "steps": [{"step": title, **asdict(of), "began": _time(of.began)} for title, of in found.steps.items()],
        "changes": [{"at": at, "name": effect.name, "detail": effect.detail} for at, effect in found.changes],
        "slowest": [timed_data(timed, sources) for timed in found.slowest],
    }


def _time(at: float) -> float | None:
    """A time for JSON, which has no infinity."""
    return at if at != float("inf") else None


def _write(data: Any) -> None:
    """Write data that may hold values of the language."""
    from planlang.results import show
    from planlang.runtime.values import from_python

    show(from_python(data), sys.stdout, as_json=True)
