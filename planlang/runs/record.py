"""What a journal says of how a run was started: written at its start, and read to go on with it.

The record holds all that shapes a run: the sources, the arguments, rights, limits, seed, models and settings, and the
versions of what ran it. So a run can go on although its files are gone, and what has changed since can be told.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.values import Value, from_python

if TYPE_CHECKING:
    from planlang.runtime.engine import Engine, Plan
    from planlang.runtime.journal.reading import RunReader

T = TypeVar("T")


class SourceText(NamedTuple):
    """One file of a plan. path: where it stood; None for standard input, `stdlib:…` for what planlang brings."""

    name: str
    text: str
    path: str | None


class Start(NamedTuple):
    """What was asked for on the command line. inputs: the words of the parameters that were read from files."""

    name: str
    task: str | None
    arguments: dict[str, Value]
    inputs: dict[str, str]
    words: list[str]


class Record(NamedTuple):
    """How a run was started. The plan itself is the last of `sources`."""

    run: str
    start: Start
    plan: str | None
    sources: tuple[SourceText, ...]
    folder: str
    planlang: str
    plugins: dict[str, str]
    permissions: Permissions
    limits: Limits
    seed: int
    models: dict[str, str]
    settings: dict[str, Any]
    sequential: bool
    on: str | None
    cached: bool
    digests: dict[str, str]

    def options(self) -> RunOptions:
        """The options that the run was started with."""
        return RunOptions(
            permissions=self.permissions,
            limits=self.limits,
            seed=self.seed,
            models=self.models,
            settings=self.settings,
            sequential=self.sequential,
            on=self.on,
        )


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def facts(run: str, plan: Plan, start: Start, options: RunOptions, parent: str | None = None) -> dict[str, Any]:
    """The facts that the journal of a run begins with; see `read` for what becomes of them."""
    from planlang import __version__

    program = plan.program("plain")
    return {
        "run": run,
        "plan": plan.path,
        "name": start.name,
        "sources": [[unit.key, unit.source.name, unit.source.text] for unit in program.units],
        "paths": [*program.files, plan.path],
        "words": start.words,
        "cwd": str(Path.cwd()),
        "planlang": __version__,
        "python": sys.version.split()[0],
        "plugins": plugin_versions(plan.engine, {plugin for plugin, _ in program.used() if plugin is not None}),
        "task": start.task,
        "arguments": start.arguments,
        "inputs": start.inputs,
        "permissions": {k: v if v is None else list(v) for k, v in options.permissions._asdict().items()},
        "limits": options.limits._asdict(),
        "seed": options.seed,
        "models": options.models,
        "sequential": options.sequential,
        "on": options.on,
        "cached": options.cache is not None,
        "settings": options.settings,
        "parent": parent,
        "needs_models": program.calls_models,
    }


def plugin_versions(engine: Engine, names: set[str]) -> dict[str, str]:
    """The versions of these plugins; "" for one that has none."""
    return {name: engine.plugins.version_of(name) for name in sorted(names)}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def read(reader: RunReader) -> Record:
    """The record in a journal; raises `RunFolderError` where it does not hold what `facts` gives."""
    return _Facts(reader.folder.id, reader.meta).record()


class _Facts:
    """Facts that are checked before they are used: a journal may come from anywhere."""

    def __init__(self, run: str, found: dict[str, Any]) -> None:
        self.run = run
        self.found = found

    def record(self) -> Record:
        return Record(
            run=self.run,
            start=Start(
                name=self.take("name", _text),
                task=self.take("task", _text_or_none),
                arguments={name: from_python(value) for name, value in self.take("arguments", _table).items()},
                inputs=self.take("inputs", _texts),
                words=[*self.take("words", _list_of_texts)],
            ),
            plan=self.take("plan", _text_or_none),
            sources=self.sources(),
            folder=self.take("cwd", _text),
            planlang=self.take("planlang", _text),
            plugins=self.take("plugins", _texts),
            permissions=self.take("permissions", _permissions),
            limits=self.take("limits", _limits),
            seed=self.take("seed", _whole),
            models=self.take("models", _texts),
            settings=self.take("settings", _table),
            sequential=self.take("sequential", bool),
            on=self.take("on", _text_or_none),
            cached=self.take("cached", bool),
            digests=self.take("digests", _texts) if "digests" in self.found else {},
        )

    def take(self, name: str, read: Callable[[Any], T]) -> T:
        try:
            return read(self.found[name])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise self.damaged(name) from None

    def sources(self) -> tuple[SourceText, ...]:
        rows, paths = self.take("sources", _rows), self.take("paths", _list_of_texts_or_none)
        if len(paths) != len(rows) or not rows:
            raise self.damaged("paths")
        return tuple(SourceText(name, text, path) for (_, name, text), path in zip(rows, paths, strict=True))

    def damaged(self, name: str) -> RunFolderError:
        return RunFolderError(
            f"the journal of run {self.run} is damaged: it does not say how the run was started ({name})",
            "run the plan anew, or put the file back from a backup",
        )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _text(value)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value


def _table(value: Any) -> dict[str, Any]:
    return {_text(key): item for key, item in dict(value).items()}


def _texts(value: Any) -> dict[str, str]:
    return {key: _text(item) for key, item in _table(value).items()}


def _list_of_texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError
    return tuple(map(_text, value))


def _list_of_texts_or_none(value: Any) -> list[str | None]:
    if not isinstance(value, list):
        raise TypeError
    return list(map(_text_or_none, value))


def _rows(value: Any) -> list[tuple[str, str, str]]:
    return [(_text(key), _text(name), _text(text)) for key, name, text in value]


def _permissions(value: Any) -> Permissions:
    found = {key: None if item is None else _list_of_texts(item) for key, item in _table(value).items()}
    return Permissions(**found)


def _limits(value: Any) -> Limits:
    found = _table(value)
    if not all(item is None or (isinstance(item, (int, float)) and item >= 0) for item in found.values()):
        raise TypeError
    return Limits(**found)


# ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def load_plan(engine: Engine, record: Record, rights: Permissions) -> Plan:
    """The plan as the journal has it, whatever became of its files."""
    texts = {source.path: source.text for source in record.sources if source.path is not None}
    own = record.sources[-1]
    return engine.load(own.path, text=own.text, name=own.name, permissions=rights, files=texts)


def enter_folder(record: Record) -> None:
    """Go to the folder in which the run was started; raises `RunFolderError` where it is gone."""
    try:
        os.chdir(record.folder)
    except (OSError, ValueError) as error:
        raise RunFolderError(
            f"the folder {record.folder}, in which run {record.run} was started, cannot be entered: "
            f"{(getattr(error, 'strerror', None) or 'it is none').lower()}",
            "its plan sees files from there: make the folder again",
        ) from None
