"""plan.toml: defaults for models, plugins, workers and limits of the plans beside and below it (§4)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from planlang.runtime.run import Limits
from planlang.runtime.workers.places import HINT, LOCAL, is_place

from .arguments import settings_file
from .usage import UsageError

SECTIONS = ("models", "limits", "plugins", "workers", "cache", "runs")
LIMITS = {"max-time": "max_time", "max-calls": "max_calls", "max-tokens": "max_tokens", "max-steps": "max_steps",
          "max-memory": "max_memory", "value-size": "value_size"}  # fmt: skip

LARGEST = 1 << 18
"""Bytes of a plan.toml."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a plan.toml says. `raw` is all of it; `path` is None where there is no file."""

    path: Path | None = None
    models: dict[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    raw: dict[str, Any] = field(default_factory=dict)


def settings_near(folder: Path) -> Settings:
    """What the plan.toml in `folder` or the nearest folder above it says; empty settings where there is none."""
    path = settings_file(folder)
    return read_settings(path) if path else Settings()


def read_settings(path: Path) -> Settings:
    """Read one plan.toml.

    Raises UsageError for a file that cannot be read or says something that is not known.
    """
    import tomllib

    try:
        text = _text(path)
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read", str(getattr(error, "strerror", "") or "it is not UTF-8")) from None
    except RecursionError:
        raise UsageError(f"{path} cannot be read", "it is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"^(.*) \(at line (\d+), column (\d+)\)$", str(error))
        place = f"{path}:{found[2]}:{found[3]}" if found else str(path)
        raise UsageError(f"{place}: {found[1] if found else error}", "plan.toml is written in TOML (toml.io)") from None
    except ValueError:
        raise UsageError(f"{path} cannot be read", "a number in it has too many digits") from None
    reading = _Reading(path, text)
    reading.known(raw, SECTIONS, "")
    reading.check_workers(raw)
    reading.check_cache(raw)
    reading.check_runs(raw)
    return Settings(path, reading.models(raw), reading.limits(raw), raw)


def _text(path: Path) -> str:
    """The text of a plan.toml. Raises OSError, and UsageError for one that is too large or may have been planted."""
    with path.open("rb") as file:
        _check_owner(path, os.fstat(file.fileno()))
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise UsageError(f"{path} is larger than {LARGEST >> 10} KB", "that is no plan.toml")
    return data.decode("utf-8")


def _check_owner(path: Path, state: os.stat_result) -> None:
    """Raise UsageError for a file of another user, such as one that waits in a folder which anybody may write.

    Whoever owns the folder of the plan, the system and the user themselves may say how plans run.
    """
    if not hasattr(os, "geteuid"):
        return
    if state.st_uid not in (0, os.geteuid(), path.parent.stat().st_uid):
        raise UsageError(f"{path} belongs to another user", "it says which models and secrets are used: make it yours")


class _Reading:
    """Turns the tables of one file into settings; its complaints say file and line."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def wrong(self, key: str, message: str, hint: str = "") -> UsageError:
        """The error for `key`, with the line where it stands as far as a search can tell."""
        found = re.search(rf"""^\s*\[?\s*(?:\w+\.)?["']?{re.escape(key)}["']?\s*[=\]]""", self.text, re.MULTILINE)
        line = self.text.count("\n", 0, found.start() + len(found[0]) - len(found[0].lstrip())) + 1 if found else 1
        return UsageError(f"{self.path}:{line}: {message}", hint)

    def known(self, table: dict[str, Any], names: tuple[str, ...], where: str) -> None:
        from planlang.lang.suggestions import closest

        for key in table:
            if key not in names:
                near = closest(key, names)
                hint = f"did you mean `{near}`?" if near else f"there are {', '.join(names)}"
                raise self.wrong(key, f"there is no setting `{key}`{where}", hint)

    def table(self, raw: dict[str, Any], name: str) -> dict[str, Any]:
        found = raw.get(name, {})
        if not isinstance(found, dict):
            raise self.wrong(name, f"`{name}` must be a table", f"write it as [{name}]")
        return found

    def models(self, raw: dict[str, Any]) -> dict[str, str]:
        chosen: dict[str, str] = {}
        for function, name in self.table(raw, "models").items():
            if not isinstance(name, str):
                raise self.wrong(function, f"the model of `{function}` must be a text", f'{function} = "org/name"')
            chosen["" if function == "default" else function] = name
        return chosen

    def check_workers(self, raw: dict[str, Any]) -> None:
        table = self.table(raw, "workers")
        self.known(table, ("per_model", "on"), " in [workers]")
        most = table.get("per_model", 1)
        if type(most) is not int or most < 1:
            raise self.wrong("per_model", "`per_model` must be a number of workers, at least 1")
        if not is_place(table.get("on", LOCAL)):
            raise self.wrong("on", "`on` must be a place for workers", HINT)

    def check_cache(self, raw: dict[str, Any]) -> None:
        table = self.table(raw, "cache")
        self.known(table, ("off", "size"), " in [cache]")
        if not isinstance(table.get("off", False), bool):
            raise self.wrong("off", "`off` must be true or false")
        self.check_size(table)

    def check_runs(self, raw: dict[str, Any]) -> None:
        table = self.table(raw, "runs")
        self.known(table, ("keep", "size"), " in [runs]")
        keep = table.get("keep", 1)
        if type(keep) is not int or keep < 1:
            raise self.wrong("keep", "`keep` must be a number of runs, at least 1")
        self.check_size(table)

    def check_size(self, table: dict[str, Any]) -> None:
        from .quantities import size

        limit = table.get("size", 0)
        if isinstance(limit, bool) or not isinstance(limit, (int, str)):
            raise self.wrong("size", '`size` must be a size such as "2 GB"')
        try:
            size(str(limit))
        except ValueError as error:
            raise self.wrong("size", f"`size`: {error}") from None

    def limits(self, raw: dict[str, Any]) -> Limits:
        from .quantities import count, duration, size

        table = self.table(raw, "limits")
        self.known(table, tuple(LIMITS), " in [limits]")
        read = {"max-time": duration, "max-memory": size, "value-size": size}
        values: dict[str, Any] = {}
        for key, value in table.items():
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise self.wrong(key, f"`{key}` must be a number or a text")
            try:
                values[LIMITS[key]] = read.get(key, count)(str(value))
            except ValueError as error:
                raise self.wrong(key, f"`{key}`: {error}") from None
        return Limits(**values)
