"""`plan fmt`: put plans into the standard layout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from planlang.arguments import standard_input
from planlang.files import plan_files
from planlang.lang.diagnostics import CheckError
from planlang.lang.source import LARGEST_FILE, Source
from planlang.options import Parser, add_debug
from planlang.terminal import is_terminal, visible
from planlang.usage import DONE, FAILED, USAGE, UsageError

ABOUT = """Puts plans into the standard layout. With - it reads standard input and writes standard output."""


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("fmt", ABOUT)
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a .plan file, a folder of them, or - for standard input"
    )
    parser.add_argument("--check", action="store_true", help="change nothing; name the files that would change, exit 1")
    parser.add_argument(
        "--diff", action="store_true", help="change nothing; show what would change, exit 1 if anything"
    )
    add_debug(parser)
    own = parser.parse_args(arguments)
    changed = broken = 0
    for file in plan_files(own.files):
        try:
            changed += _format(file, check=own.check, diff=own.diff)
        except CheckError as error:
            broken += 1
            _complain(error)
    if broken:
        return USAGE
    return FAILED if changed and (own.check or own.diff) else DONE


def _format(file: str, *, check: bool, diff: bool) -> bool:
    """Format one file, or say what would change; gives whether its layout differs from the standard one."""
    from planlang.lang.formatter import format_source

    before = standard_input() if file == "-" else _read(file)
    after = format_source(Source(before, "<stdin>" if file == "-" else file))
    if diff:
        _print_diff(file, before, after)
    elif check:
        if after != before:
            print(visible(f"{file} would change"))
    elif file == "-":
        _show(after)
    elif after != before:
        _replace(Path(file), after)
        print(visible(f"{file} formatted"))
    return after != before


def _read(file: str) -> str:
    try:
        with Path(file).open(encoding="utf-8", newline="") as stream:
            text = stream.read(LARGEST_FILE + 1)
    except UnicodeDecodeError:
        raise UsageError(f"{file} is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    if len(text) > LARGEST_FILE:
        raise UsageError(f"{file} is larger than {LARGEST_FILE // 10**6} MB", "is it a plan?")
    return text


def _replace(path: Path, text: str) -> None:
    """Write beside the file and move into place, so that a full disk or Ctrl-C leaves the plan as it was."""
    real = path.resolve()
    beside = real.with_name(f".{real.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        beside.chmod(real.stat().st_mode & 0o7777)
        beside.replace(real)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _print_diff(file: str, before: str, after: str) -> None:
    from difflib import unified_diff

    for line in unified_diff(before.splitlines(True), after.splitlines(True), file, f"{file} (formatted)"):
        _show(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n")


def _show(text: str) -> None:
    """Write source text: as it is into a pipe or file, made visible for a person."""
    sys.stdout.write(visible(text) if is_terminal(sys.stdout) else text)


def _complain(error: CheckError) -> None:
    from planlang.rendering import write_error

    write_error(error, sys.stderr)
