"""The command `plan`: its subcommands, each a module of `planlang.commands` that is imported when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module

from .usage import DONE, USAGE, UsageError

COMMANDS = {
    "run": "run a plan",
    "resume": "go on with a run that stopped",
    "runs": "list runs, or remove old ones",
    "show": "show what a run did",
    "check": "look for mistakes without running anything",
    "graph": "show what of a plan can run at the same time",
    "fmt": "put plans into the standard layout",
    "test": "run the tests that stand in plans",
    "repl": "try things line by line",
    "explain": "tell more about an error code",
    "plugins": "list plugins and their functions, or start a new one",
    "models": "show models with sizes, licences and digests, or fetch them",
    "doctor": "say what works on this machine, and how to get what is missing",
    "cache": "show or prune the cache of answers",
}


def dispatch(arguments: list[str]) -> int:
    """Run the subcommand that `arguments` names and give its exit code."""
    if not arguments:
        print(overview(), file=sys.stderr)
        return USAGE
    name, rest = arguments[0], arguments[1:]
    if name in ("-h", "--help", "help"):
        print(overview())
        return DONE
    if name in ("-V", "--version"):
        from . import __version__

        print(f"planlang {__version__}")
        return DONE
    if name.endswith(".plan"):
        # What a first line `#!/usr/bin/env plan` makes of `./triage.plan --reviews @reviews.txt`.
        name, rest = "run", arguments
    return command(name)(rest)


def command(name: str) -> Callable[[list[str]], int]:
    """The subcommand `name`: one of ours, or one that a plugin gives."""
    if name in COMMANDS:
        found: Callable[[list[str]], int] = import_module(f"planlang.commands.{name}").main
        return found
    given = _plugin_command(name)
    if given is None:
        raise _unknown(name)
    return given


def _plugin_command(name: str) -> Callable[[list[str]], int] | None:
    from planlang.plugins.loader import load

    from .arguments import collect_garbage

    collect_garbage()
    found = load().commands.get(name)
    return found.run if found else None


def overview() -> str:
    """What `plan --help` prints."""
    wide = max(map(len, COMMANDS))
    lines = [f"  {name:<{wide}}  {summary}" for name, summary in COMMANDS.items()]
    return "\n".join(
        [
            "usage: plan COMMAND …",
            "",
            "Runs plans: small programs that say what is to be done with text and models.",
            "",
            *lines,
            "",
            "`plan COMMAND --help` says more. `plan --version` prints the version.",
        ]
    )


def _unknown(name: str) -> UsageError:
    from planlang.lang.suggestions import closest

    near = closest(name, COMMANDS)
    hint = f"did you mean `plan {near}`?" if near else f"the commands are {', '.join(COMMANDS)}"
    what = "option" if name.startswith("-") else "command"
    return UsageError(f"there is no {what} `{name}`", hint)
