"""A program in one run: the namespaces of its files, filled and executed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING, Any, Protocol

from .errors import IN_TEST, PlanError
from .program import Program, Unit
from .run import Run
from .standard import bind
from .support import NAMES, RunSupport, library_value
from .traces import Sources
from .values import Value

if TYPE_CHECKING:  # a program without model calls does not pay for them
    from planlang.lang.signatures import Effect

    from .flow.context import Context
    from .flow.inputs import Inputs
    from .flow.mocks import Mocks
    from .flow.running import Running
    from .journal.effects import Journalled
    from .mocks import Mock
    from .workers.protocol import Workers


class Binder(Protocol):
    """What gives the functions of plugins: `planlang.plugins.loader.Plugins`."""

    def bind_name(self, plugin: str, name: str, run: Run) -> Callable[..., Value]:
        """The function `plugin.name` as a plan of `run` calls it."""
        ...

    def bind_call(self, plugin: str, name: str, run: Run) -> Any:
        """What makes the model calls of `plugin.name` in `run`: see `flow.model_calls.Maker`."""
        ...

    def effect(self, plugin: str, name: str) -> Effect:
        """What the function `plugin.name` does."""
        ...

    @cached_property
    def workers(self) -> Workers:
        """What answers model calls, made when the first of them is."""
        ...

    def workers_on(self, place: str) -> Workers:
        """What answers them in a cluster: see `workers.places`."""
        ...


class Instance:
    """The namespaces of one run. A file's code is executed when its turn comes; imported files come first."""

    def __init__(self, run: Run, plugins: Binder) -> None:
        """Hold no file yet."""
        self.run = run
        self.plugins = plugins
        self.sources = Sources()
        self.support = RunSupport(run, self.sources)
        self.spaces: dict[str, dict[str, Any]] = {}
        self.units: dict[str, Unit] = {}
        self._names = {**NAMES, **self.support.names(), "mock": self.mock}
        self._bound: dict[tuple[str | None, str], Callable[..., Value]] = {}
        self._journalled: Journalled | None = None
        self.running: Running | None = None
        """The run's flow, where its programs are in flow form."""
        self.mocks: Mocks | None = None
        """What tests in flow form replace."""
        self.inputs: Inputs | None = None
        """What inputs of a session in flow form call."""

    def add(self, unit: Unit, space: dict[str, Any] | None = None) -> dict[str, Any]:
        """Execute the definitions of a file (not its statements) in a namespace of its own, or in `space`."""
        space = self.spaces.setdefault(unit.key, {} if space is None else space)
        if not space:
            space.update(self._names)
        if "validate" not in space and _uses_types(unit.code):
            from .type_builders import TYPE_NAMES

            space.update(TYPE_NAMES)
        self.units[unit.key] = unit
        self.sources.add(unit.file_name, unit.source)
        for name, function in unit.library.items():
            space[name] = self._library(name, function)
        for name, (key, there) in unit.foreign.items():
            if there in self.spaces[key]:  # constants are not, before their file has run
                space[name] = self.spaces[key][there]
        exec(unit.code, space)  # noqa: S102 - code that our own generator made
        return space

    def run_all(self, program: Program) -> Value:
        """Execute every file of a program in order, each with its top-level statements."""
        result = None
        for unit in program.units:
            result = self.add(unit)["main·"]()
        return result

    def run_flow(self, program: Program, task: str | None, values: list[Value]) -> Value:
        """Execute a program in flow form, and then its task, if one is named."""
        from .flow.calls import is_flow
        from .flow.context import CALL, Context
        from .flow.running import entry_point

        running = self._begin_flow([unit.file_name for unit in program.units])

        def work(root: Context) -> Value:
            result = self._run_files(program, root)
            if task is None:
                return result
            function = entry_point(self.spaces[program.units[-1].key], task)
            return function(Context(None, 0, 0, CALL, task), *values) if is_flow(function) else function(*values)

        return running.execute(work)

    def run_test(self, program: Program, name: str) -> None:
        """Execute the constants of a program that is compiled with its tests in flow form, and then one test."""
        from .flow.context import CALL, Context
        from .flow.mocks import Mocks

        running = self._begin_flow([unit.file_name for unit in program.units])
        self.mocks = Mocks(running.flow, running.calls, running.callbacks, self.mock)
        self._names.update(self.mocks.names())

        def work(root: Context) -> Value:
            self._run_files(program, root)
            return _call_in(self.spaces[program.units[-1].key][name], Context(None, 0, 0, CALL, IN_TEST))

        running.execute(work)

    def run_input(self, units: list[Unit], space: dict[str, Any], files: list[str], direct: list[str]) -> Value:
        """Execute one input of a session, the last of `units`, in `space`, after the files that it imports.

        files: the file names of all code of the session so far, to which others may be added.
        direct: the names of functions that the input declares which only compute.
        """
        running = self._begin_input(space, files)

        def work(root: Context) -> Value:
            for unit in units[:-1]:
                _call_in(self.add(unit)["main·"], root)
            self.add(units[-1], space)
            if self.inputs is not None:
                self.inputs.replace(direct)
            return _call_in(space["main·"], root)

        return running.execute(work)

    def _begin_input(self, space: dict[str, Any], files: list[str]) -> Running:
        """Get ready for the code of one more input."""
        running = self.running
        if running is not None:
            running.flow.begin()
            return running
        from .flow.inputs import Inputs

        running = self._begin_flow(files)
        self.inputs = Inputs(running.flow, running.calls, running.attempts, self.support.failure, space)
        self._names.update(self.inputs.names())
        return running

    def _begin_flow(self, files: list[str]) -> Running:
        """Get ready for the code of `files` in flow form."""
        from .flow.running import Running
        from .workers.places import workers_of

        workers = workers_of(self.plugins, self.run.options.on, self.run.options.settings)
        running = self.running = Running(self.run, workers, self.sources, self.support.caught)
        running.files = files
        self._names.update(running.names())
        return running

    def _run_files(self, program: Program, root: Context) -> Value:
        """Execute every file of a program in order, each with its top-level statements."""
        result = None
        for unit in program.units:
            result = _call_in(self.add(unit)["main·"], root)
        return result

    def _library(self, name: str, function: tuple[str | None, str]) -> Any:
        if self.running is not None and (made := self._flow_library(self.running, name, *function)) is not None:
            return made
        bound = self._bound.get(function)
        if bound is None:
            plugin, called = function
            bound = bind(called, self.run) if plugin is None else self._plugin(plugin, called)
            if self.run.journal is not None and self.running is None:
                bound = self._remembered(plugin, called, bound)
            self._bound[function] = bound
        return library_value(bound) if name.startswith("W") else bound

    def _remembered(self, plugin: str | None, called: str, bound: Callable[..., Value]) -> Callable[..., Value]:
        """A library function of direct code under the run's journal, if it does more than compute."""
        from planlang.lang.signatures import Effect

        from .flow.calls import RECORDED
        from .flow.running import effect_of
        from .journal.effects import Journalled

        effect = effect_of(plugin, called) if plugin is None else self.plugins.effect(plugin, called)
        if self._journalled is None and self.run.journal is not None:
            self._journalled = Journalled(self.run.journal, self.run.load, self.run.permissions)
        covered = plugin is not None or called not in RECORDED
        if self._journalled is None or effect in (Effect.PURE, Effect.MODEL) or not covered:
            return bound
        if not self._journalled.covers(plugin, called):
            return bound
        return self._journalled.in_order(plugin, called, effect, bound)

    def _flow_library(self, running: Running, name: str, plugin: str | None, called: str) -> Any:
        """A library function that does more than compute, for flow code; None for the others."""
        from planlang.lang.signatures import Effect

        from .flow.running import effect_of

        effect = effect_of(plugin, called) if plugin is None else self.plugins.effect(plugin, called)
        if effect is Effect.PURE:
            return None
        as_value = name.startswith("W")
        if effect is Effect.MODEL:
            maker = self.plugins.bind_call(plugin or "", called, self.run)
            return running.model(called, maker, as_value=as_value)
        bound = bind(called, self.run) if plugin is None else self._plugin(plugin, called)
        return running.outside(plugin, called, effect, bound, as_value=as_value)

    def _plugin(self, plugin: str, name: str) -> Callable[..., Value]:
        try:
            return self.plugins.bind_name(plugin, name, self.run)
        except KeyError:
            raise PlanError(
                "call",
                f"the plugin `{plugin}` gives no function `{name}` (any more)",
                "`plan plugins` lists what it gives",
            ) from None

    # --- mocks -------------------------------------------------------------------------------------------

    def mock(self, where: tuple[str, str | None], name: str, wanted: Any, value: Value) -> None:
        """Let `value` stand for a function everywhere in this run, as `mock` in a test says.

        where: the key of the file that declares the function and None, or "" and the plugin that gives it.
        wanted: the type that each answer must be checked to be, None where it surely is.
        """
        from .mocks import Mock

        made = Mock(name, value, wanted)
        file, plugin = where
        own = {f"{form}·{name}" for form in ("f", "wf", "g", "wg")}
        for key, space in self.spaces.items():
            unit = self.units[key]
            if not file:
                found = {g: "W" if g[0] == "W" else "L" for g, which in unit.library.items() if which == (plugin, name)}
            else:
                found = {g: there for g, (at, there) in unit.foreign.items() if at == file and there in own}
                found |= {there: there for there in own if key == file}
            for global_, form in found.items():
                if global_ in space:
                    space[global_] = self._stand_in(made, form)

    def _stand_in(self, mock: Mock, form: str) -> Any:
        """What stands for a mocked function where code expects it in this form."""
        if form == "L":
            return mock
        if self.mocks is not None and form[0] == "W":
            return self.mocks.as_value(mock)
        if self.mocks is not None and "g" in form.partition("·")[0]:
            return self.mocks.stand_in(mock)
        return mock.direct()


def _call_in(function: Callable[..., Value], context: Context) -> Value:
    """What a function of generated code gives that takes `context` if it is in flow form, and nothing else."""
    return function(context) if function.__code__.co_argcount else function()


def _uses_types(code: CodeType) -> bool:
    """Whether a file builds types or checks values: one that does not is spared the import of both."""
    return any(name == "validate" or name.endswith("_type") for name in code.co_names) or any(
        _uses_types(part) for part in code.co_consts if isinstance(part, CodeType)
    )
