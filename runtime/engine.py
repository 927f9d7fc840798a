"""The one path from a plan's text to its result, which the command line, the REPL, the Python API and tests all use.

`Engine.load` checks and compiles a file (or takes it from the cache, without importing the parser) and gives a `Plan`;
`Plan.run` runs it. `Session` does the same line by line, and keeps what was declared.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from planlang.lang.diagnostics import CheckError, Diagnostic
from planlang.lang.source import LARGEST_FILE, Source, Span

from . import compile_cache
from .digests import digest_of
from .errors import Interrupted, Place, PlanError
from .execution import Watch, on_large_stack
from .instance import Instance
from .permissions import Permissions
from .program import Program, form_of
from .resources import reserve
from .run import Run, RunOptions
from .support import MISSING
from .values import Value
from .workers.places import LOCAL, place_of, workers_of

if TYPE_CHECKING:  # what a cached program without types does not pay for
    from planlang.lang.checked import Module
    from planlang.lang.library import Library
    from planlang.lang.signatures import SignatureParameter
    from planlang.lang.types import Type
    from planlang.plugins.loader import Plugins


class TaskInfo(NamedTuple):
    """What is known of a task before it runs. `needs` lists (resource, value, optional)."""

    name: str
    goal: str
    params: tuple[SignatureParameter, ...]
    result: Type
    needs: tuple[tuple[str, Any, bool], ...] = ()
    places: tuple[Span, ...] = ()
    """Where each parameter stands."""


class TestResult(NamedTuple):
    """The outcome of one test; `error` is None where it passed."""

    __test__ = False

    title: str
    error: PlanError | None
    place: Place
    seconds: float


class Engine:
    """Checks, compiles and runs plans with one set of plugins."""

    def __init__(self, plugins: Plugins | None = None) -> None:
        """`plugins` are those of `planlang.plugins.loader.load()` if left out, found when first needed."""
        self._given = plugins

    @cached_property
    def plugins(self) -> Plugins:
        """The plugins that plans may use."""
        if self._given is not None:
            return self._given
        from planlang.plugins.loader import load

        return load()

    @cached_property
    def library(self) -> Library:
        """What is always in scope for the checker."""
        from planlang.lang.library import Library

        return Library(plugins=self.plugins.signatures, opaque=self.plugins.opaque)

    def load(
        self,
        path: str | Path | None = None,
        text: str | None = None,
        name: str | None = None,
        permissions: Permissions | None = None,
        files: Mapping[str, str] | None = None,
    ) -> Plan:
        """A plan ready to run. Raises `CheckError` for mistakes in it, also where `permissions` lack what it needs.

        files: texts of imported files by resolved path, which are taken instead of what stands there.
        """
        source, resolved = _read(path, text, name)
        plan = Plan(self, source, resolved, permissions, files or {})
        plan.program("plain")
        return plan

    def check(
        self,
        path: str | Path | None = None,
        text: str | None = None,
        name: str | None = None,
        permissions: Permissions | None = None,
    ) -> Module:
        """The checked file, with all findings in `diagnostics`; raises nothing for mistakes."""
        source, resolved = _read(path, text, name)
        return self.check_source(source, resolved, permissions)

    def check_source(
        self,
        source: Source,
        path: str | None,
        permissions: Permissions | None,
        files: Mapping[str, str] | None = None,
    ) -> Module:
        """The same for a source at hand; `files` as for `load`."""
        from planlang.lang.checker import check
        from planlang.lang.imports import read_plan

        def read_file(path: str) -> str:
            return files[path] if files and path in files else read_plan(path)

        return on_large_stack(
            lambda: check(source, self.library, path=path, permissions=permissions, read_file=read_file)
        )


def _read(path: str | Path | None, text: str | None, name: str | None) -> tuple[Source, str | None]:
    if text is not None:
        return Source(text, name or "<input>"), os.path.realpath(path) if path is not None else None
    if path is None:
        raise ValueError("either a path or a text is needed")
    resolved = os.path.realpath(path)
    try:
        with Path(resolved).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
        if len(data) > LARGEST_FILE:
            raise PlanError("value", f"{path} is larger than {LARGEST_FILE // 10**6} MB", "is it a plan?")
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PlanError("value", f"{path} is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    except OSError as error:
        raise PlanError("value", f"{path} cannot be read: {error.strerror}") from None
    return Source(content.removeprefix("\ufeff"), name or str(path)), resolved


class Plan:
    """A checked plan, compiled when needed in the form that is needed."""

    def __init__(
        self,
        engine: Engine,
        source: Source,
        path: str | None,
        permissions: Permissions | None,
        files: Mapping[str, str],
    ) -> None:
        """Made by `Engine.load`."""
        self.engine = engine
        self.source = source
        self.path = path
        self._files = files
        self._permissions = permissions
        self._programs: dict[str, Program] = {}
        self._module: Module | None = None

    # --- compiling ---------------------------------------------------------------------------------------

    def program(self, form: str) -> Program:
        """The program in one of its forms: `plain` for speed, `metered` with steps counted, or with its `tests`."""
        if form not in self._programs:
            self._programs[form] = self._cached(form) or self._compile(form)
        return self._programs[form]

    def _key(self, form: str) -> str:
        fingerprint = self.engine.plugins.fingerprint
        return compile_cache.key_of(self.source.text, self.path, self.source.name, fingerprint, form)

    def _cached(self, form: str) -> Program | None:
        program = compile_cache.look_up(self._key(form), self._unchanged)
        if program is None or (self._permissions is not None and not _granted(program.needs, self._permissions)):
            return None  # the checker says what is missing, and where
        return program

    def _unchanged(self, files: dict[str, str]) -> bool:
        """Whether every imported file still has the text that it was compiled from."""
        given = self._files
        return all((digest_of(given[p]) if p in given else _hash_of(p)) == known for p, known in files.items())

    def _compile(self, form: str) -> Program:
        from .compiler import compile_program

        module = self.module
        if not module.ok:
            raise CheckError(module.diagnostics)
        program = on_large_stack(lambda: compile_program(module, form))
        compile_cache.keep(self._key(form), program)
        return program

    @property
    def module(self) -> Module:
        """The checked file."""
        if self._module is None:
            self._module = self.engine.check_source(self.source, self.path, self._permissions, self._files)
        return self._module

    # --- what it holds -----------------------------------------------------------------------------------

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the checker wants to be looked at, although the plan may run."""
        return self.program("plain").warnings

    @cached_property
    def tasks(self) -> dict[str, TaskInfo]:
        """The tasks by name, in the order of the file."""
        instance = Instance(Run(), self.engine.plugins)
        space: dict[str, Any] = {}
        for unit in self.program("plain").units:
            space = instance.add(unit)
        return {name: _task_info(name, *rest) for name, *rest in space["tasks·"]}

    @property
    def default_task(self) -> TaskInfo | None:
        """The task that runs when none is named: `main`, or the only one."""
        if "main" in self.tasks:
            return self.tasks["main"]
        return next(iter(self.tasks.values())) if len(self.tasks) == 1 else None

    # --- running -----------------------------------------------------------------------------------------

    def run(
        self, task: str | None = None, arguments: Mapping[str, Value] | None = None, options: RunOptions | None = None
    ) -> Value:
        """Run the top level and then `task` (or the default task), and give its result.

        arguments: plan values by parameter name; they are checked against the task's types.

        Raises `PlanError` with place and call stack, `LimitError` at a limit, `Interrupted` after Ctrl-C.
        """
        options = options or RunOptions()
        self._check_models(options)
        info = self._chosen(task, arguments)
        values = self._arguments(info, dict(arguments or {})) if info is not None else []
        flows = options.form != "direct" and self.program("plain").calls_models
        place = place_of(options.on, options.settings)
        if info is not None and (place == LOCAL or not flows):
            reserve(info.needs)  # else the cluster is asked, for each model
        program = self.program(form_of(flow=flows, metered=options.limits.max_steps is not None))
        if flows:
            workers_of(self.engine.plugins, options.on, options.settings)  # made here: they start threads, and
            # what interrupts the plan's thread must not hit one that is being born

        def work(instance: Instance) -> Value:
            if flows:
                return instance.run_flow(program, info.name if info is not None else None, values)
            result = instance.run_all(program)
            if info is not None:
                result = instance.spaces[program.units[-1].key][f"f·{info.name}"](*values)
            return result

        plugins = self.engine.plugins
        run = Run(options)
        run.load = plugins.load_opaque
        run.needs = info.needs if info is not None else ()
        instance = Instance(run, plugins)
        try:
            if options.journal is None:
                return supervised(instance, work)
            from .journal.sessions import remembered

            sources = [unit.source for unit in program.units]
            name = info.name if info is not None else None
            return remembered(options.journal, name, sources, place, lambda: supervised(instance, work))
        finally:
            instance.support.forget()

    def _check_models(self, options: RunOptions) -> None:
        """Raise `CheckError` for calls of remote models that the plan may not reach, before anything runs."""
        program = self.program("plain")
        ungranted: dict[str, Diagnostic] = {}
        for call in program.models:
            error = self.engine.plugins.unreachable(call.plugin, call.name, call.model, options)
            if error is not None:
                source = program.units[call.unit].source
                place = Span(call.start, call.end)
                finding = Diagnostic("PL0501", error.message, place, source, error.hint)
                ungranted.setdefault(error.message, finding)
        if ungranted:
            raise CheckError(list(ungranted.values()))

    def _chosen(self, task: str | None, arguments: Mapping[str, Value] | None) -> TaskInfo | None:
        info = self.default_task if task is None else self.tasks.get(task)
        if info is None and (task is not None or arguments):
            known = ", ".join(self.tasks) or "none"
            raise PlanError("value", f"there is no task `{task}`" if task else "no task was named", f"tasks: {known}")
        return info

    def _arguments(self, info: TaskInfo, given: dict[str, Value]) -> list[Value]:
        """The task's arguments in order, each checked against its type."""
        from .validate import validate

        values: list[Value] = []
        for param, span in zip(info.params, info.places, strict=True):
            if param.name in given:
                try:
                    values.append(validate(given.pop(param.name), param.type, param.name))
                except PlanError as error:
                    error.place = Place(self.source, span)
                    raise
            elif param.default is not None:
                values.append(MISSING)
            else:
                message = f"the task `{info.name}` needs a value for `{param.name}`"
                raise PlanError("value", message, param.description, place=Place(self.source, span))
        if given:
            known = ", ".join(p.name for p in info.params) or "none"
            message = f"the task `{info.name}` has no parameter `{next(iter(given))}`"
            raise PlanError("value", message, f"it has: {known}")
        return values

    def test(self, options: RunOptions | None = None, match: str | None = None) -> list[TestResult]:
        """Run the tests (those whose title contains `match`), each from a fresh start."""
        options = options or RunOptions()
        flows = options.form != "direct" and self.program("plain").calls_models
        program = self.program(form_of(flow=flows, tests=True, metered=options.limits.max_steps is not None))
        if flows:
            _ = self.engine.plugins.workers  # as for `run`
        unit = program.units[-1]
        results: list[TestResult] = []
        for title, name, start, end in unit.tests:
            if match is not None and match.lower() not in title.lower():
                continue
            began = time.perf_counter()
            error = self._run_test(program, name, options, flows=flows)
            place = Place(self.source, Span(start, end))
            results.append(TestResult(title, error, place, time.perf_counter() - began))
        return results

    def _run_test(self, program: Program, name: str, options: RunOptions, *, flows: bool) -> PlanError | None:
        def work(instance: Instance) -> None:
            if flows:
                instance.run_test(program, name)
            else:
                instance.run_all(program)
                instance.spaces[program.units[-1].key][name]()

        try:
            supervised(Instance(Run(options), self.engine.plugins), work)
        except PlanError as error:
            return error
        return None


def supervised(instance: Instance, work: Callable[[Instance], Value]) -> Value:
    """Do `work` under the run's limits on a large stack, with every error in the plan's own words."""
    watch = Watch(instance.run.limits)

    def guarded() -> Value:
        try:
            return work(instance)
        except Interrupted as error:
            if watch.reason is None:
                raise
            raise instance.sources.placed(watch.reason, error.__traceback__) from None
        except Exception as error:
            translated = instance.sources.translate(error, instance.run.steps)
            if translated is None or translated is error:
                raise
            raise translated from (error if instance.run.options.debug else None)
        finally:
            watch.finish()
            instance.run.end()

    return on_large_stack(guarded, watch)


def _task_info(name: str, goal: str, params: tuple[Any, ...], result: Type, needs: tuple[Any, ...]) -> TaskInfo:
    from planlang.lang.signatures import SignatureParameter

    places = tuple(Span(*p[4]) for p in params)
    return TaskInfo(name, goal, tuple(SignatureParameter(*p[:4]) for p in params), result, needs, places)


def _hash_of(path: str) -> str | None:
    try:
        return digest_of(Path(path).read_bytes())
    except OSError:
        return None


def _granted(needs: frozenset[str], permissions: Permissions) -> bool:
    return all(getattr(permissions, kind) is not None for kind in needs)
