"""Where the secrets of plan.toml come from: variables and files that no plan sees, whatever it was granted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from .errors import PlanError


def check_variable(settings: Mapping[str, Any], name: str) -> None:
    """Raise a `permission` error for an environment variable that holds a secret."""
    if any(source.get("env") == name for source in _sources(settings)):
        raise _hidden(f"the environment variable {name}")


def check_file(settings: Mapping[str, Any], resolved: str, shown: str) -> None:
    """Raise a `permission` error for a resolved path that is the file of a secret."""
    folder = str(settings.get("folder", ""))
    for source in _sources(settings):
        file = source.get("file")
        if isinstance(file, str) and "\0" not in file and resolved == _resolved(folder, file):
            raise _hidden(shown)


def _resolved(folder: str, file: str) -> str:
    try:
        return os.path.realpath(Path(folder, Path(file).expanduser()))
    except (OSError, RuntimeError):
        return ""


def _sources(settings: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The `{env = …}` and `{file = …}` of all plugins; what has another form is told where it is used."""
    for plugin in _tables(settings.get("plugins")):
        yield from _tables(plugin.get("secrets"))


def _tables(holder: Any) -> list[Mapping[str, Any]]:
    """The tables in a table."""
    values: list[Any] = list(cast(Mapping[str, Any], holder).values()) if isinstance(holder, Mapping) else []
    return [value for value in values if isinstance(value, Mapping)]


def _hidden(what: str) -> PlanError:
    return PlanError(
        "permission", f"{what} holds a secret of plan.toml", "only the worker that needs it sees it, and no plan"
    )
