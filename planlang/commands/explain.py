"""`plan explain NAME`: what an error code means, or what a function, a module or a type is."""

from __future__ import annotations

import re
import sys
from importlib.resources import files

from planlang.options import Parser, add_debug
from planlang.terminal import is_terminal, uses_color
from planlang.usage import DONE, UsageError

ABOUT = """Tells more about an error code such as PL0203, a function such as sorted or nlp.classify, or a module of the
standard library and what it gives, such as texts or texts.chunk. Without a name it lists the error codes."""

_CODE = re.compile(r"(PL)?\d+", re.IGNORECASE)


def main(arguments: list[str]) -> int:
    """Run the command; see `ABOUT`."""
    parser = Parser("explain", ABOUT)
    parser.add_argument("name", nargs="?", metavar="NAME", help="a code as it stands in a message, or a name")
    add_debug(parser)
    own = parser.parse_args(arguments)
    if own.name is not None and not _CODE.fullmatch(own.name):
        print(_about(own.name))
        return DONE
    known = pages()
    if own.name is None:
        for code, text in sorted(known.items()):
            print(f"{code}  {text.partition(chr(10))[0].partition(': ')[2]}")
        return DONE
    print_page(page(own.name, known))
    return DONE


def _about(name: str) -> str:
    """What a name means that is always in scope, or that a plugin or the standard library gives."""
    from planlang.repl.help import about
    from planlang.runtime.engine import Engine
    from planlang.runtime.session import Session

    return about(Session(Engine()), name)


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
