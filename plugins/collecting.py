"""What one plugin registers: its hooks are called, and what they give is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pluggy

from planlang.lang.tokens import KEYWORDS
from planlang.runtime import values

from . import hooks
from .annotations import BadAnnotationError, Reader
from .declarations import ATTRIBUTE, Declaration
from .providers import Provider
from .signatures import PluginFunction, read


class BrokenPluginError(Exception):
    """A plugin cannot be used; the message says why, its cause is what happened."""


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand of `plan` that a plugin adds: `run` gets the arguments and gives the exit code."""

    plugin: str
    name: str
    summary: str
    run: Callable[[list[str]], int]


@dataclass(slots=True)
class Contents:
    """What a plugin gives."""

    functions: dict[str, PluginFunction] = field(default_factory=dict)
    opaque: dict[str, type[values.Opaque]] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    provider: Provider | None = None


def collect(name: str, source: Any) -> Contents:
    """What `source`, a module or an object with hooks, registers; raises `BrokenPluginError`."""
    check_name(name, "the plugin's name")
    version = getattr(source, "INTERFACE_VERSION", 1)
    if type(version) is not int or version != hooks.INTERFACE_VERSION:
        raise BrokenPluginError(
            f"it was written for version {version} of the plugin interface, and this is {hooks.INTERFACE_VERSION}"
        )
    collector = _Collector(name)
    try:
        _call_hooks(name, source, collector)
    except BrokenPluginError:
        raise
    except pluggy.PluginValidationError as error:
        raise BrokenPluginError("it has a hook that planlang does not know, or with other arguments") from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # it may also exit
        raise BrokenPluginError("its code fails when it registers its functions (--debug shows where)") from error
    contents = collector.contents
    if not (contents.functions or contents.opaque or contents.commands or contents.provider):
        raise BrokenPluginError("it registers nothing (is `@hookimpl` missing above `register_functions`?)")
    return contents


def _call_hooks(name: str, source: Any, collector: _Collector) -> None:
    manager = pluggy.PluginManager("planlang")  # one for each plugin: a broken one cannot disturb another
    manager.add_hookspecs(hooks)
    manager.register(source, name)
    manager.check_pending()
    manager.hook.register_functions(register=collector.register)
    manager.hook.register_providers(register=collector.register_provider)
    manager.hook.register_commands(register=collector.register_command)


class _Collector:
    """Takes what the hooks of one plugin register."""

    def __init__(self, plugin: str) -> None:
        self.plugin = plugin
        self.contents = Contents()
        self._reader = Reader()
        self._reader.opaque = self.contents.opaque

    def register(self, thing: Any) -> None:
        declaration: Declaration | None = getattr(thing, ATTRIBUTE, None)
        if declaration is not None:
            self._function(declaration)
        elif isinstance(thing, type) and issubclass(thing, values.Opaque):
            self._reader.read(thing)
        else:
            name = getattr(thing, "__name__", "what it registers")
            raise BrokenPluginError(f"`{name}` needs `@function` or `@worker` above it")

    def _function(self, declaration: Declaration) -> None:
        check_name(declaration.name, "a function's name")
        if declaration.name in self.contents.functions:
            raise BrokenPluginError(f"it registers two functions of the name `{declaration.name}`")
        try:
            function = read(declaration, self.plugin, self._reader)
        except BadAnnotationError as error:
            raise BrokenPluginError(f"its function `{declaration.name}` cannot be used: {error}") from error
        for parameter in function.signature.params:
            check_name(parameter.name, f"a parameter of `{declaration.name}`", keyword=True)
        self.contents.functions[declaration.name] = function

    def register_provider(self, thing: Any) -> None:
        if not isinstance(thing, Provider):
            raise BrokenPluginError("what it registers as its models is no `Provider`")
        if self.contents.provider is not None:
            raise BrokenPluginError("it registers two providers of models; one can answer several functions")
        self.contents.provider = thing

    def register_command(self, name: str, summary: str, run: Callable[[list[str]], int]) -> None:
        self.contents.commands.append(Command(self.plugin, name, summary, run))


def check_name(name: str, what: str, *, keyword: bool = False) -> None:
    """Raise `BrokenPluginError` unless plans can write `name`; with `keyword`, where a keyword may stand too."""
    if not name.isidentifier() or (name in KEYWORDS and not keyword):
        raise BrokenPluginError(f"{what} must be a name of the language, not `{name}`")
