"""The hooks: what planlang asks of every plugin. Hooks are pluggy's; the entry-point group is `planlang`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import pluggy

INTERFACE_VERSION = 1
"""Goes up when plugins must be changed. A plugin says with `INTERFACE_VERSION = 1` for which one it was written."""

hookspec = pluggy.HookspecMarker("planlang")
hookimpl = pluggy.HookimplMarker("planlang")


class RegisterCommand(Protocol):
    """Registers `plan NAME …`."""

    def __call__(self, name: str, summary: str, run: Callable[[list[str]], int]) -> None:
        """`run` gets the arguments after the name and gives the exit code."""
        ...


@hookspec
def register_functions(register: Callable[[Any], None]) -> None:
    """Register functions, workers and opaque types: `register(f)` for each."""


@hookspec
def register_providers(register: Callable[[Any], None]) -> None:
    """Register a `Provider`: models of the plugin that answer functions of other plugins."""


@hookspec
def register_commands(register: RegisterCommand) -> None:
    """Register further commands: `register("serve", "Serve plans over HTTP", run)`."""
