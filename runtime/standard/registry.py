"""How a module registers the standard functions that it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class Registry:
    """The standard functions of one module: name → implementation, and whether it takes the run first."""

    def __init__(self) -> None:
        self.functions: dict[str, tuple[Callable[..., Any], bool]] = {}

    def add(self, function: F) -> F:
        """Register a function that needs nothing but its arguments. A trailing underscore is not part of its name."""
        return self._add(function, needs_run=False)

    def add_with_run(self, function: F) -> F:
        """Register a function whose first parameter is the run: it counts steps, or sees more than its arguments."""
        return self._add(function, needs_run=True)

    def _add(self, function: F, *, needs_run: bool) -> F:
        name = function.__name__.rstrip("_")
        function.__name__ = name
        self.functions[name] = function, needs_run
        return function
