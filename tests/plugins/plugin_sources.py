"""Plugins for tests, made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planlang.plugins import Opaque, hookimpl, worker
from planlang.plugins.loader import Plugins, load
from planlang.runtime.run import Run


class Colour(Opaque):
    """A type of its own."""

    plan_type = "colour"

    def __init__(self, name: str) -> None:
        self.name = name

    def digest(self) -> str:
        return self.name


class Source:
    """A plugin that registers `things`."""

    def __init__(self, *things: Any) -> None:
        self.things = things

    @hookimpl
    def register_functions(self, register: Callable[[Any], None]) -> None:
        for thing in self.things:
            register(thing)


def plugin(*things: Any) -> Plugins:
    """The plugins of a program whose one further plugin, `mine`, registers `things`."""
    return load({"mine": Source(*things)}, installed=False)


def bound(declared: Any, run: Run | None = None) -> Callable[..., Any]:
    """What a plan calls for `declared`."""
    plugins = plugin(declared)
    assert [] == plugins.problems
    name = next(iter(plugins.signatures["mine"]))
    return plugins.bind(plugins.signatures["mine"][name], run or Run())


def plugins_of(cls: type) -> Plugins:
    """A plugin whose one function `ask` is answered by `cls`, a class at the top of its module."""

    @worker(f"{cls.__module__}:{cls.__name__}", model="local")
    def ask(text: str = "", seconds: float = 0.0) -> str: ...

    return plugin(ask)


def bind(cls: type, run: Run | None = None) -> Callable[..., Any]:
    """The function `ask` of `plugins_of(cls)`."""
    return plugins_of(cls).bind_name("mine", "ask", run or Run())
