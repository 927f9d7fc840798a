"""The Python interface: a plan's tasks as Python functions, with plain Python values in and out."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from planlang.lang.diagnostics import Diagnostic
from planlang.runtime.errors import Interrupted, PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.values import Value, from_python, to_python

if TYPE_CHECKING:
    from planlang.lang.types import Type
    from planlang.runtime.engine import Plan, TaskInfo
    from planlang.runtime.progress import Event

Granted = bool | str | Path | Sequence[str | Path]
"""A right: True for all of its kind, or the paths, hosts or names it is for."""


def load(  # noqa: PLR0913 - one keyword for each right and limit, as on the command line
    path_or_source: str | Path,
    *,
    name: str = "<source>",
    allow_read: Granted = False,
    allow_write: Granted = False,
    allow_net: Granted = False,
    allow_env: Granted = False,
    max_time: float | None = None,
    max_calls: int | None = None,
    max_tokens: int | None = None,
    max_steps: int | None = None,
    max_memory: int | None = None,
    seed: int = 0,
    models: dict[str, str] | None = None,
    on: str | None = None,
    out: TextIO | None = None,
    on_progress: Callable[[Event], None] | None = None,
    plugins: dict[str, Any] | None = None,
    journal: bool = False,
    cache: bool = False,
) -> LoadedPlan:
    """Check and compile a plan, and give its tasks as Python functions.

    path_or_source: a `Path`, or a `str` that ends in `.plan`, is a file; any other `str` is the plan itself, which
        messages then call `name`.
    allow_…: what the plan may do: True, or the paths, hosts or variables that it may use. Nothing if left out.
    max_…: limits of each run, in seconds, calls, tokens, steps and bytes. What is left out comes from plan.toml.
    models: the model of each function by its name; the key "" is for all.
    on: where models run: "local", "ray" or "ray://HOST:PORT"; what plan.toml and the environment say if left out.
    out: where `print` writes; standard output if left out.
    on_progress: called with the events of `planlang.runtime.progress`.
    plugins: further plugins by name: modules, or objects with the hooks as methods.
    journal: whether each run keeps a journal, so that `plan resume` can go on with it; an error that ends it then has
        the name of the run in its attribute `run`. `plan resume` knows installed plugins only.
    cache: whether answers of earlier runs are taken from the user's cache, and new ones put there.

    Raises `CheckError` for a plan with mistakes and FileNotFoundError where there is no such file.
    """
    from planlang.runtime.engine import Engine

    is_file = isinstance(path_or_source, Path) or (path_or_source.endswith(".plan") and "\n" not in path_or_source)
    given = {"max_time": max_time, "max_calls": max_calls, "max_tokens": max_tokens, "max_steps": max_steps}
    options = _options(Path(path_or_source) if is_file else None, {**given, "max_memory": max_memory}, models or {})
    rights = {"read": allow_read, "write": allow_write, "net": allow_net, "env": allow_env}
    options.permissions = Permissions(**{kind: _right(value) for kind, value in rights.items()})
    options.seed, options.on, options.out, options.on_progress = seed, on, out, on_progress
    engine, keeping = Engine(_plugins(plugins)), Keeping(journal, cache)
    if not is_file:
        plan = engine.load(text=str(path_or_source), name=name, permissions=options.permissions)
        return LoadedPlan(plan, options, keeping)
    path = Path(path_or_source)
    if not path.is_file():
        raise FileNotFoundError(f"there is no plan {path}")
    return LoadedPlan(engine.load(path, name=str(path), permissions=options.permissions), options, keeping)


class Keeping(NamedTuple):
    """What is kept of runs: a journal of each, and answers in the user's cache."""

    journal: bool = False
    cache: bool = False


class LoadedPlan:
    """A plan that was checked and is ready to run. Each task is a method: `plan.main(reviews=[…])`.

    A task whose name Python or this class uses for something else is called through `tasks`: `plan.tasks["class"](…)`.
    """

    def __init__(self, plan: Plan, options: RunOptions, keeping: Keeping) -> None:
        """Made by `load`."""
        self._plan = plan
        self._options = options
        self._keeping = keeping

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """The tasks by name, in the order of the file."""
        return {name: Task(self._plan, info, self._options, self._keeping) for name, info in self._plan.tasks.items()}

    @property
    def warnings(self) -> list[Diagnostic]:
        """What the checker wants to be looked at, although the plan may run."""
        return list(self._plan.warnings)

    def run(self) -> Any:
        """Run the top level, and the default task if there is one; that task must do without arguments."""
        return _run(self._plan, None, {}, self._options, self._keeping)

    def __getattr__(self, name: str) -> Task:
        """The task `name`."""
        if not name.startswith("_"):
            task = self.tasks.get(name)
            if task is not None:
                return task
        has = ", ".join(self.tasks) if not name.startswith("_") else ""
        raise AttributeError(f"this plan has no task {name!r}{f'; it has {has}' if has else ''}")

    def __dir__(self) -> Iterator[str]:
        """Methods and tasks, for completion."""
        return iter([*super().__dir__(), *self.tasks])

    def __repr__(self) -> str:
        """The tasks."""
        return f"<plan with {', '.join(self.tasks) or 'no tasks'}>"


class Task:
    """A task of a plan as a Python function: plain Python values in and out, checked against the task's types."""

    def __init__(self, plan: Plan, info: TaskInfo, options: RunOptions, keeping: Keeping) -> None:
        """Made by `LoadedPlan`."""
        self._plan = plan
        self._options = options
        self._keeping = keeping
        self.info = info
        self.__name__ = self.__qualname__ = info.name
        self.__doc__ = _doc(info)

    @property
    def __signature__(self) -> inspect.Signature:
        """The parameters, so that `help` and `inspect.signature` show them."""
        params = [
            inspect.Parameter(
                p.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=inspect.Parameter.empty if p.default is None else _Default(p.default),
                annotation=_annotation(p.type),
            )
            for p in self.info.params
        ]
        result = _annotation(self.info.result)
        return inspect.Signature(params, return_annotation=result, __validate_parameters__=False)

    def __call__(self, *values: Any, **named: Any) -> Any:
        """Run the plan's top level, then this task.

        Raises `PlanError` where the plan fails, `LimitError` where it reaches a limit, and TypeError for arguments that
        the task does not have.
        """
        names = [p.name for p in self.info.params]
        if len(values) > len(names):
            raise TypeError(f"{self.__name__}() takes {len(names)} arguments, {len(values)} were given")
        arguments = dict(zip(names, values, strict=False))
        for name, value in named.items():
            if name not in names:
                raise TypeError(f"{self.__name__}() has no parameter {name!r}; it has {', '.join(names) or 'none'}")
            if name in arguments:
                raise TypeError(f"{self.__name__}() got {name!r} twice")
            arguments[name] = value
        missing = [p.name for p in self.info.params if p.default is None and p.name not in arguments]
        if missing:
            raise TypeError(f"{self.__name__}() needs {', '.join(missing)}")
        return _run(self._plan, self.info.name, arguments, self._options, self._keeping)

    def __repr__(self) -> str:
        """Name and parameters."""
        return f"<task {self.__name__}{self.__signature__}>"


class _Default:
    """A default as the plan has it: shown, never used."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _run(plan: Plan, task: str | None, arguments: dict[str, Any], options: RunOptions, keeping: Keeping) -> Any:
    values = {name: from_python(value) for name, value in arguments.items()}
    own = copy(options)
    try:
        with _kept(plan, task, values, own, keeping):
            return to_python(plan.run(task, values, own))
    except Interrupted:
        raise KeyboardInterrupt from None


@contextmanager
def _kept(
    plan: Plan, task: str | None, values: dict[str, Value], options: RunOptions, keeping: Keeping
) -> Generator[None]:
    """Let `options` have a journal and the cache for one run, as far as they are wanted."""
    recording = None
    if keeping.cache:
        from .arguments import answer_cache

        options.cache = answer_cache(options.settings, no_cache=False)
    if keeping.journal:
        from .runs.journal import begin
        from .runs.record import Start

        recording = begin(plan, Start(plan.source.name, task, values, {}, []), options)
    try:
        yield
    except PlanError as error:
        error.run = recording.folder.id if recording is not None else ""
        raise
    finally:
        if options.cache is not None:
            options.cache.close()
        if recording is not None:
            recording.close()


def _options(path: Path | None, limits: dict[str, Any], models: dict[str, str]) -> RunOptions:
    """Options from the plan.toml near `path`, with what the caller gives over it."""
    from .settings import Settings, settings_near

    settings = settings_near(path.parent) if path else Settings()
    given: Limits = settings.limits._replace(**{name: value for name, value in limits.items() if value is not None})
    folder = str(settings.path.parent) if settings.path else ""
    raw = {**settings.raw, "folder": folder}
    return RunOptions(limits=given, models={**settings.models, **models}, settings=raw)


def _plugins(given: dict[str, Any] | None) -> Any:
    if not given:
        return None
    from planlang.plugins.loader import load as load_plugins

    return load_plugins(given)


def _right(value: Granted) -> tuple[str, ...] | None:
    if isinstance(value, bool):
        return () if value else None
    listed = (value,) if isinstance(value, (str, Path)) else value
    return tuple(str(part) for part in listed) or None


def _doc(info: TaskInfo) -> str:
    described = [f"{p.name}: {p.description}" for p in info.params if p.description]
    return "\n\n".join(part for part in (info.goal, "\n".join(described)) if part)


def _annotation(of: Type) -> type | str:
    """The Python type of a scalar; others are shown as the plan writes them."""
    from planlang.lang.type_text import display

    text = display(of)
    return {"bool": bool, "int": int, "float": float, "str": str}.get(text, text)
