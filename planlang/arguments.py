"""What the command line says about a run, with the defaults of all options, and what that means for the run.

Kept apart from `options`, which builds the argument parser: a command line without options needs none of it.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planlang.lang.source import LARGEST_FILE
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, RunOptions

from .usage import UsageError

if TYPE_CHECKING:
    from planlang.runtime.answer_cache import AnswerCache
    from planlang.runtime.engine import Engine, Plan

EVERYTHING = "*"
"""What stands behind the = of an `--allow-…` that has none."""


class RunArguments:
    """The values of the options that `run`, `test` and `repl` share; argparse sets those that were given."""

    allow_read: str | None = None
    """The text after `--allow-read=`, or `EVERYTHING` where there is none; None grants nothing."""
    allow_write: str | None = None
    allow_net: str | None = None
    allow_env: str | None = None
    max_time: float | None = None
    max_calls: int | None = None
    max_tokens: int | None = None
    max_steps: int | None = None
    max_memory: int | None = None
    seed: int = 0
    on: str | None = None
    json: bool = False
    quiet: bool = False
    sequential: bool = False
    stats: bool = False
    debug: bool = False
    no_cache: bool = False

    def __init__(self) -> None:
        """Nothing was said: all defaults."""
        self.model: list[str] = []
        """NAME or FUNCTION=NAME, in order."""


def run_options(arguments: RunArguments, file: str) -> RunOptions:
    """The options of a run of `file`: plan.toml near it, and the command line over that."""
    defaults, chosen, raw = Limits(), {}, {"folder": ""}
    if path := settings_file(Path(file).parent):
        from .settings import read_settings

        settings = read_settings(path)
        defaults, chosen, raw = settings.limits, settings.models, {**settings.raw, "folder": str(path.parent)}
    return RunOptions(
        permissions=permissions(arguments),
        limits=limits(arguments, defaults),
        seed=arguments.seed,
        on=arguments.on,
        models=models(arguments, chosen),
        settings=raw,
        debug=arguments.debug,
        sequential=arguments.sequential,
    )


def answer_cache(settings: Mapping[str, Any], *, no_cache: bool) -> AnswerCache | None:
    """The user's cache of answers as `[cache]` of plan.toml wants it; None where it or `--no-cache` says so."""
    limit = cache_limit(settings)
    if no_cache or limit == 0:
        return None
    from planlang.runtime.answer_cache import AnswerCache, answers_folder

    return AnswerCache(answers_folder(), limit)


def cache_limit(settings: Mapping[str, Any]) -> int:
    """How many bytes of answers `[cache]` of plan.toml lets be kept; 0 where it is off."""
    from planlang.runtime.answer_cache import DEFAULT_LIMIT

    table = settings.get("cache", {})
    if table.get("off"):
        return 0
    if "size" not in table:
        return DEFAULT_LIMIT
    from .quantities import size

    return size(str(table["size"]))


def settings_file(folder: Path) -> Path | None:
    """The plan.toml in `folder` or the nearest folder above it."""
    place = folder.resolve()
    return next((path for above in (place, *place.parents) if (path := above / "plan.toml").is_file()), None)


def permissions(arguments: RunArguments) -> Permissions:
    """The rights that the `--allow-…` options grant."""
    given = (arguments.allow_read, arguments.allow_write, arguments.allow_net, arguments.allow_env)
    return Permissions(*(_right(kind, text) for kind, text in zip(Permissions._fields, given, strict=True)))


def _right(kind: str, text: str | None) -> tuple[str, ...] | None:
    """What one `--allow-…` grants; raises UsageError where nothing stands behind its `=`, as for an unset variable."""
    if text is None or text == EVERYTHING:
        return None if text is None else ()
    named = tuple(part for part in text.split(",") if part)
    if not named:
        raise UsageError(f"--allow-{kind}= names nothing", f"without the =, --allow-{kind} grants everything")
    return named


def limits(arguments: RunArguments, defaults: Limits) -> Limits:
    """The limits on the command line, over those of plan.toml."""
    names = ("max_time", "max_calls", "max_tokens", "max_steps", "max_memory")
    given = {name: value for name in names if (value := getattr(arguments, name)) is not None}
    return defaults._replace(**given)


def models(arguments: RunArguments, defaults: dict[str, str]) -> dict[str, str]:
    """The default model of each function; the key "" is for all."""
    chosen = dict(defaults)
    for text in arguments.model:
        function, equals, name = text.rpartition("=")
        if (equals and not function) or not name:
            raise UsageError(f"--model {text}: this is neither NAME nor FUNCTION=NAME")
        chosen[function] = name
    return chosen


def load(engine: Engine, file: str, rights: Permissions | None = None) -> Plan:
    """Load a file, or standard input for `-`; raises CheckError for mistakes in it, UsageError if there is none."""
    if file == "-":
        plan = engine.load(text=standard_input(), name="<stdin>", permissions=rights)
    else:
        must_exist(file)
        plan = engine.load(file, name=file, permissions=rights)
    collect_garbage()
    return plan


def standard_input() -> str:
    """All of standard input as text, whatever the locale says; raises UsageError where it is not UTF-8."""
    binary = getattr(sys.stdin, "buffer", None)  # what stands in for it may hold text alone
    if binary is None:
        return sys.stdin.read()
    data = binary.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise UsageError(f"standard input is larger than {LARGEST_FILE // 10**6} MB", "is it a plan?")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"standard input is not UTF-8 text (byte {error.start})") from None


def collect_garbage() -> None:
    """Let Python collect garbage from now on (see `__main__`), without looking through what was imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


def must_exist(file: str) -> None:
    """Raise UsageError, with the nearest name there is, unless `file` is a file."""
    path = Path(file)
    if path.is_dir():
        raise UsageError(f"{file} is a folder", "name a file in it")
    if path.exists():
        return
    from planlang.lang.suggestions import closest

    try:
        beside = [other.name for other in path.parent.iterdir()]
    except OSError:
        beside = []
    near = f"{path.name}.plan" if f"{path.name}.plan" in beside else closest(path.name, beside)
    raise UsageError(f"there is no file {file}", f"did you mean {path.parent / near}?" if near else "")
