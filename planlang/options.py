"""Argument parsers of the subcommands, and the options that several of them share."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from .arguments import EVERYTHING
from .quantities import count, duration, integer, place, size
from .usage import UsageError

PERMISSIONS = {
    "read": ("PATH", "read files; with =PATH,… only these and what is below them"),
    "write": ("PATH", "write files; with =PATH,… only these and what is below them"),
    "net": ("HOST", "reach other machines; with =HOST,… only these"),
    "env": ("NAME", "see environment variables; with =NAME,… only these"),
}
_T = TypeVar("_T")


class Parser(argparse.ArgumentParser):
    """An argument parser that remembers its options and reports mistakes as `UsageError`."""

    def __init__(self, name: str, description: str, usage: str | None = None) -> None:
        """`name` is that of the subcommand."""
        self.options: dict[str, argparse.Action] = {}
        super().__init__(
            prog=f"plan {name}",
            description=description,
            usage=usage,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self.options["--help"] = self.options["-h"] = self._actions[0]

    def option(
        self,
        group: argparse._ArgumentGroup,  # pyright: ignore[reportPrivateUsage] - it has no public name
        *flags: str,
        **settings: Any,
    ) -> None:
        """Add an option to a group of the help page."""
        action = group.add_argument(*flags, **settings)
        self.options.update(dict.fromkeys(flags, action))

    def error(self, message: str) -> NoReturn:
        """Report a mistake on the command line as this program does."""
        raise UsageError(f"{self.prog[5:]}: {message}", f"`{self.prog} --help` shows what it takes")


def add_run_options(parser: Parser) -> None:
    """Permissions, limits, models and seed: what `run`, `test` and `repl` take."""
    rights = parser.add_argument_group("what the plan may do")
    for kind, (what, text) in PERMISSIONS.items():
        parser.option(rights, f"--allow-{kind}", nargs="?", const=EVERYTHING, metavar=f"{what},…", help=text)
    add_limits(parser, "limits")
    models = parser.add_argument_group("models")
    parser.option(
        models,
        "--model",
        action="append",
        metavar="[FUNCTION=]NAME",
        help="the model of a function, or of all functions",
    )
    parser.option(models, "--on", type=reader(place), metavar="PLACE",
                  help="where models run: local, ray, or ray://HOST:PORT")  # fmt: skip
    parser.option(models, "--seed", type=reader(integer), metavar="N", help="of everything random (0)")


def add_limits(parser: Parser, title: str) -> None:
    """The limits, in a group of that title."""
    limits = parser.add_argument_group(title)
    parser.option(limits, "--max-time", type=reader(duration), metavar="TIME", help="seconds, or 90s, 10m, 2h")
    parser.option(limits, "--max-calls", type=reader(count), metavar="N", help="model calls")
    parser.option(limits, "--max-tokens", type=reader(count), metavar="N", help="tokens that models read and write")
    parser.option(limits, "--max-steps", type=reader(count), metavar="N", help="loop turns, calls and elements")
    parser.option(limits, "--max-memory", type=reader(size), metavar="SIZE", help='such as "2 GB"')


def add_debug(parser: Parser) -> None:
    """`--debug`, which every command takes."""
    parser.option(parser.add_argument_group("when something is wrong"), "--debug", action="store_true",
                  help="show Python's own traceback")  # fmt: skip


def reader(read: Callable[[str], _T]) -> Callable[[str], _T]:
    """`read` as argparse wants it: its complaint becomes the message."""

    def argument(text: str) -> _T:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return argument
