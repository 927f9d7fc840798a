"""`plan explain CODE`: what an error code means, with a wrong example and the mended one."""

from __future__ import annotations

import sys
from importlib.resources import files

from planlang.options import Parser, add_debug
from planlang.terminal import is_terminal, uses_color
from planlang.usage import DONE, UsageError

ABOUT = """Tells more about an error code such as PL0203. Without a code it lists them all."""


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("explain", ABOUT)
    parser.add_argument("code", nargs="?", metavar="CODE", help="as it stands in the brackets of a message")
    add_debug(parser)
    own = parser.parse_args(arguments)
    known = pages()
    if own.code is None:
        for code, text in sorted(known.items()):
            print(f"{code}  {text.partition(chr(10))[0].partition(': ')[2]}")
        return DONE
    print_page(page(own.code, known))
    return DONE


def pages() -> dict[str, str]:
    """The page of every code."""
    folder = files("planlang.lang") / "pages"
    return {p.name[:-3]: p.read_text(encoding="utf-8") for p in folder.iterdir() if p.name.endswith(".md")}


def page(written: str, known: dict[str, str]) -> str:
    """The page for a code as a person writes it: `PL0203`, `pl203`, `203`."""
    digits = written.upper().removeprefix("PL")
    code = f"PL{int(digits):04}" if digits.isascii() and digits.isdigit() else written
    if code in known:
        return known[code]
    from planlang.lang.suggestions import closest

    near = closest(code, known)
    raise UsageError(
        f"there is no code {written}", f"did you mean {near}?" if near else "`plan explain` lists them all"
    )


def print_page(text: str) -> None:
    """Markdown laid out on a terminal, as it is in a pipe."""
    if not is_terminal(sys.stdout):
        print(text.rstrip())
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(no_color=not uses_color(sys.stdout)).print(Markdown(text))
