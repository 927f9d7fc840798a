"""`plan doctor`: what works on this machine, and how to get what is missing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from planlang.options import Parser, add_debug
from planlang.terminal import columns, is_terminal, paint, uses_color, visible
from planlang.usage import DONE, FAILED

if TYPE_CHECKING:
    from planlang.health import Check

ABOUT = """Says what works on this machine, and how to get what is missing: packages, models of functions, folders,
secrets of the plan.toml in this folder or above it.

Exit code 1 if something is missing that functions need as they are set up."""

_MARGIN = " " * 11
_MARKS = {"ok": ("ok", "good"), "missing": ("missing", "error"), "note": ("-", "dim")}


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("doctor", ABOUT)
    parser.add_argument("--online", action="store_true", help="look whether the Hugging Face hub is within reach")
    parser.add_argument("--json", action="store_true", help="print the checks as a JSON list")
    add_debug(parser)
    own = parser.parse_args(arguments)
    from planlang.arguments import collect_garbage
    from planlang.health import checks
    from planlang.plugins.loader import load
    from planlang.settings import settings_near

    collect_garbage()
    found = list(checks(load(), settings_near(Path.cwd()), online=own.online))
    if own.json:
        from planlang.results import write_json

        write_json([each._asdict() for each in found])
    else:
        _print(found)
    return FAILED if any(each.state == "missing" for each in found) else DONE


def _lines(text: str) -> list[str]:
    """`text` as a terminal has room for it; in a pipe, a line."""
    if not is_terminal(sys.stdout):
        return [visible(text)] if text else []
    return wrap(visible(text), max(40, columns(sys.stdout) - len(_MARGIN)), break_on_hyphens=False)


def _print(found: Sequence[Check]) -> None:
    color = uses_color(sys.stdout)
    section = ""
    for each in found:
        if each.section != section:
            print(paint(each.section, "bold", color=color))
            section = each.section
        mark, style = _MARKS[each.state]
        lines = [*_lines(each.text), *_lines(each.remedy)]
        print(f"  {paint(f'{mark:<7}', style, color=color)}  {lines[0]}")
        for line in lines[1:]:
            print(f"{_MARGIN}{line}")
    missing = sum(each.state == "missing" for each in found)
    print(f"\n{missing} missing" if missing else "\nall that functions need is here")
