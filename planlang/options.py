"""Command-line options that several subcommands share, and how their values are read."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import NoReturn, TypeVar

from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits

from .usage import UsageError

PERMISSIONS = {
    "read": ("PATH", "read files; with =PATH,… only these and what is below them"),
    "write": ("PATH", "write files; with =PATH,… only these and what is below them"),
    "net": ("HOST", "reach other machines; with =HOST,… only these"),
    "env": ("NAME", "see environment variables; with =NAME,… only these"),
}
UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}
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

    def option(self, group: argparse._ArgumentGroup, *flags: str, **settings: object) -> None:
        """Add an option to a group of the help page."""
        action = group.add_argument(*flags, **settings)  # type: ignore[arg-type]
        self.options.update(dict.fromkeys(flags, action))

    def error(self, message: str) -> NoReturn:
        """Report a mistake on the command line as this program does."""
        raise UsageError(f"{self.prog[5:]}: {message}", f"`{self.prog} --help` shows what it takes")


def add_run_options(parser: Parser) -> None:
    """Permissions, limits, models and seed: what `run`, `test` and `repl` take."""
    rights = parser.add_argument_group("what the plan may do")
    for kind, (what, text) in PERMISSIONS.items():
        parser.option(rights, f"--allow-{kind}", nargs="?", const="", metavar=f"{what},…", help=text)
    limits = parser.add_argument_group("limits")
    parser.option(limits, "--max-time", type=reader(duration), metavar="TIME", help="seconds, or 90s, 10m, 2h")
    parser.option(limits, "--max-calls", type=reader(count), metavar="N", help="model calls")
    parser.option(limits, "--max-tokens", type=reader(count), metavar="N", help="tokens that models read and write")
    parser.option(limits, "--max-steps", type=reader(count), metavar="N", help="loop turns, calls and elements")
    parser.option(limits, "--max-memory", type=reader(size), metavar="SIZE", help='such as "2 GB"')
    models = parser.add_argument_group("models")
    parser.option(
        models,
        "--model",
        action="append",
        default=[],
        metavar="[FUNCTION=]NAME",
        help="the model of a function, or of all functions",
    )
    parser.option(models, "--seed", type=reader(integer), default=0, metavar="N", help="of everything random (0)")


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


def integer(text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"[+-]?\d[\d_,]*", text.strip()):
        raise ValueError(f"`{text}` is no whole number")
    return int(text.replace("_", "").replace(",", ""))


def count(text: str) -> int:
    """A whole number that is not negative."""
    if (number := integer(text)) < 0:
        raise ValueError(f"`{text}` is less than 0")
    return number


def size(text: str) -> int:
    """A size in bytes: `500 MB`, `2GB`, `1 GiB`."""
    return int(_quantity(text, UNITS, "a size such as 500 MB or 2 GB"))


def duration(text: str) -> float:
    """A time in seconds: `30`, `90s`, `10m`, `2h`."""
    return _quantity(text, SECONDS, "a time such as 30s, 10m or 2h")


def _quantity(text: str, units: dict[str, int], what: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-z]*)", text.strip().lower())
    if not found or found[2] not in units:
        raise ValueError(f"`{text}` is not {what}")
    return float(found[1]) * units[found[2]]


def permissions(arguments: argparse.Namespace) -> Permissions:
    """The rights that the `--allow-…` options grant."""
    return Permissions(**{kind: _listed(getattr(arguments, f"allow_{kind}")) for kind in PERMISSIONS})


def _listed(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part for part in text.split(",") if part)


def limits(arguments: argparse.Namespace, defaults: Limits) -> Limits:
    """The limits on the command line, over those of plan.toml."""
    from dataclasses import replace

    names = ("max_time", "max_calls", "max_tokens", "max_steps", "max_memory")
    return replace(defaults, **{n: v for n in names if (v := getattr(arguments, n)) is not None})


def models(arguments: argparse.Namespace, defaults: dict[str, str]) -> dict[str, str]:
    """The default model of each function; the key "" is for all."""
    chosen = dict(defaults)
    for text in arguments.model:
        function, equals, name = text.rpartition("=")
        if (equals and not function) or not name:
            raise UsageError(f"--model {text}: this is neither NAME nor FUNCTION=NAME")
        chosen[function] = name
    return chosen


def as_usage(error: PlanError) -> UsageError:
    """A value on the command line that the plan cannot take is a usage error."""
    return UsageError(error.message, error.hint)
