"""What has changed since a run was started: files of the plan, inputs, versions and models.

A run goes on only with what it began with, or its answers would be those of two plans. What changed is shown in the
reader's terms: a diff of the source, the first row that differs, two digests.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from planlang.lang.imports import read_plan
from planlang.runtime.convert import read_argument
from planlang.runtime.display import literal
from planlang.runtime.equality import equal
from planlang.runtime.errors import PlanError
from planlang.runtime.row_files import extension
from planlang.runtime.values import Value
from planlang.terminal import cut, visible

from .record import plugin_versions

if TYPE_CHECKING:
    from planlang.runtime.engine import Engine, Plan

    from .record import Record, SourceText

MOST_LINES = 40
"""Lines of a diff that are shown."""
_WIDEST = 100


class Changes(NamedTuple):
    """What is not as it was. `changed` are texts of several lines; `gone` names the files that are not there."""

    changed: list[str]
    gone: list[str]


def changes(record: Record, engine: Engine, plan: Plan) -> Changes:
    """Compare a record with what there is now; `plan` is the recorded one. The run's folder is the current one."""
    found = Changes([], [])
    _sources(record, found)
    _inputs(record, plan, found)
    found.changed.extend(_versions(record, engine))
    found.changed.extend(_models(record, engine))
    return found


# ── the plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sources(record: Record, found: Changes) -> None:
    for source in record.sources:
        now = source_now(source)
        if now is None and source.path is not None:
            found.gone.append(source.name)
        elif now is not None and now != source.text.removeprefix("\ufeff"):
            found.changed.append(f"{visible(source.name)} has changed:\n{_diff(source.text, now)}")


def source_now(source: SourceText) -> str | None:
    """The text of a file of the plan as it is; None where there is none, or where it belongs to planlang."""
    if source.path is None or source.path.startswith("stdlib:"):
        return source.text if source.path is not None else None
    try:
        return read_plan(source.path).removeprefix("\ufeff")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return f"# {source.path} cannot be read: {error.strerror if isinstance(error, OSError) else 'it is no text'}\n"


def _diff(then: str, now: str) -> str:
    lines = list(unified_diff(then.splitlines(), now.splitlines(), "when the run began", "now", lineterm="", n=2))
    shown = [f"  {cut(line, _WIDEST)}" for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"  … {len(lines) - MOST_LINES:,} more lines")
    return "\n".join(shown or ["  only in how its lines end"])


# ── inputs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _inputs(record: Record, plan: Plan, found: Changes) -> None:
    task = plan.tasks.get(record.start.task or "")
    types = {parameter.name: parameter.type for parameter in task.params} if task is not None else {}
    for name, word in record.start.inputs.items():
        if name not in types or name not in record.start.arguments:
            continue
        if not is_there(word):
            found.gone.append(word[1:])
            continue
        from sys import stdin

        what = f"--{name} {visible(word)}"
        try:
            now = read_argument(word, types[name], f"--{name}", stdin)
        except PlanError as error:
            found.changed.append(f"{what} has changed: {visible(error.message)}")
            continue
        then = record.start.arguments[name]
        if not equal(then, now):
            found.changed.append(f"{what} has changed: {_difference(then, now)}")


def is_there(word: str) -> bool:
    """Whether there is a file that `@rows.csv` or `@rows.csv:column` names."""
    name = word[1:]
    path, _, _ = name.rpartition(":")
    return Path(name).exists() or bool(path and extension(path) and Path(path).exists())


def _difference(then: Value, now: Value) -> str:
    """Where two values differ, for one line and two below it."""
    what = "rows"
    if isinstance(then, str) and isinstance(now, str):
        what, then, now = "lines", then.splitlines(keepends=True), now.splitlines(keepends=True)
    if not (isinstance(then, (list, range)) and isinstance(now, (list, range))):
        return f"it gives another value now\n  - {_short(then)}\n  + {_short(now)}"
    same = len(then) == len(now)
    counts = f"{len(now):,} {what} as before" if same else f"{len(then):,} {what} when the run began, {len(now):,} now"
    at = next((i for i, (a, b) in enumerate(zip(then, now, strict=False)) if not equal(a, b)), None)
    if at is None:
        return f"{counts}; the first {min(len(then), len(now)):,} are the same"
    return f"{counts}; the first that differs is number {at + 1:,}\n  - {_short(then[at])}\n  + {_short(now[at])}"


def _short(value: Value) -> str:
    return cut(literal(value), _WIDEST)


# ── versions and models ──────────────────────────────────────────────────────────────────────────────────────────────


def _versions(record: Record, engine: Engine) -> Iterator[str]:
    from planlang import __version__

    if record.planlang != __version__:
        yield f"planlang has changed: version {visible(record.planlang)} when the run began, {__version__} now"
    now = plugin_versions(engine, set(record.plugins))
    for name, then in record.plugins.items():
        if now[name] != then:
            versions = f"version {visible(then) or 'unknown'} when the run began, {now[name] or 'none'} now"
            yield f"the plugin `{visible(name)}` has changed: {versions}"


def _models(record: Record, engine: Engine) -> Iterator[str]:
    """Each model that answered calls of the run is to be the one that would answer them now."""
    for key, then in record.digests.items():
        function, _, model = key.partition(" ")
        now = _digest_now(record, engine, function, model)
        if now != then:
            yield (
                f"the model `{visible(model)}`, which answers `{visible(function)}`, has changed:\n"
                f"  - {visible(then)}\n  + {visible(now)}"
            )


def _digest_now(record: Record, engine: Engine, function: str, model: str) -> str:
    from planlang.runtime.run import Run
    from planlang.runtime.workers.protocol import Failure

    plugin, _, name = function.partition(".")
    try:
        target = engine.plugins.bind_call(plugin, name, Run(record.options())).target(model or None)
        from planlang.runtime.pools import model_of

        return model_of(target, record.options())[1]
    except (KeyError, AttributeError):
        return f"no function {function} (any more)"
    except PlanError as error:
        return error.message
    except Failure as error:
        return str(error)
