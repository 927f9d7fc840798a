"""A program in one run: the namespaces of its files, filled and executed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from types import CodeType
from typing import TYPE_CHECKING, Any, Protocol

from .errors import PlanError
from .program import Program, Unit
from .run import Run
from .standard import bind
from .support import NAMES, RunSupport, library_value
from .traces import Sources
from .values import FUNCTIONS, Value

if TYPE_CHECKING:  # a program without model calls does not pay for them
    from planlang.lang.signatures import Effect

    from .flow.context import Context
    from .flow.running import Running
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
        self.running: Running | None = None
        """The run's flow, where its programs are in flow form."""

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
        from .flow.running import Running, entry_point

        running = self.running = Running(self.run, self.plugins.workers, self.sources, self.support.caught)
        self._names.update(running.names())
        running.files = [unit.file_name for unit in program.units]

        def work(root: Context) -> Value:
            result = None
            for unit in program.units:
                main = self.add(unit)["main·"]
                result = main(root) if main.__code__.co_argcount else main()
            if task is None:
                return result
            function = entry_point(self.spaces[program.units[-1].key], task)
            return function(Context(None, 0, 0, CALL, task), *values) if is_flow(function) else function(*values)

        return running.execute(work)

    def _library(self, name: str, function: tuple[str | None, str]) -> Any:
        if self.running is not None and (made := self._flow_library(self.running, name, *function)) is not None:
            return made
        bound = self._bound.get(function)
        if bound is None:
            plugin, called = function
            bound = bind(called, self.run) if plugin is None else self._plugin(plugin, called)
            self._bound[function] = bound
        return library_value(bound) if name.startswith("W") else bound

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

    def mock(self, name: str, value: Value) -> None:
        """Replace the function called `name` everywhere in this run, as `mock` in a test says."""
        module, _, plain = name.rpartition(".")
        for key, space in self.spaces.items():
            unit = self.units[key]
            for global_, (plugin, called) in unit.library.items():
                if called == plain and module in ("", plugin):
                    space[global_] = _replacement(value, plain)
            names = [
                f"f·{plain}",
                f"wf·{plain}",
                *(g for g, (_, there) in unit.foreign.items() if there[-len(plain) - 1 :] == f"·{plain}"),
            ]
            for global_ in names:
                if global_ in space:
                    space[global_] = _replacement(value, plain)


def _uses_types(code: CodeType) -> bool:
    """Whether a file builds types or checks values: one that does not is spared the import of both."""
    return any(name == "validate" or name.endswith("_type") for name in code.co_names) or any(
        _uses_types(part) for part in code.co_consts if isinstance(part, CodeType)
    )


def _replacement(value: Value, name: str) -> Callable[..., Value]:
    """What stands in for a mocked function: answers in order, or a function that gets what it declares."""
    if isinstance(value, list):
        return _answers(value, name)
    if not isinstance(value, FUNCTIONS):
        raise PlanError("type", f"`mock {name}` takes a function or a list of answers", "mock f = fn(x) => …")
    code = getattr(value, "__code__", None)
    if code is None:
        return value
    declared = code.co_varnames[: code.co_argcount]

    def replaced(*args: Value, **named: Value) -> Value:
        known = {plan if plan.startswith("v·") else f"v·{plan}": given for plan, given in named.items()}
        return value(*args[: len(declared)], **{n: given for n, given in known.items() if n in declared[len(args) :]})

    return replaced


def _answers(answers: Iterable[Value], name: str) -> Callable[..., Value]:
    waiting = iter(list(answers))

    def next_answer(*_args: Value, **_named: Value) -> Value:
        for answer in waiting:
            return answer
        raise PlanError("value", f"the mock of `{name}` has no answers left", "list one answer for each call")

    return next_answer
