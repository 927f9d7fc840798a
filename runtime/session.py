"""A session of inputs that see each other's declarations: what the REPL runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planlang.lang.checked import Module, Variable
from planlang.lang.checker import Repl, all_imports, check
from planlang.lang.diagnostics import CheckError, Diagnostic
from planlang.lang.effects import CallGraph
from planlang.lang.signatures import Effect
from planlang.lang.source import Source, Span
from planlang.lang.tree import ExpressionStatement, FunctionDef, Program
from planlang.lang.types import ANY, Type

from .compile.frame import Names
from .compile.module import CompileOptions, compile_module
from .compiler import in_order
from .engine import Engine, supervised
from .execution import on_large_stack
from .instance import Instance
from .program import Unit
from .run import Run, RunOptions
from .values import Value
from .workers.places import workers_of

if TYPE_CHECKING:
    from planlang.lang.checked import Symbol
    from planlang.lang.library import Library


class _Nothing:
    """What an input gives that ends in no expression."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()


class Session:
    """State that grows with each input and survives every error."""

    def __init__(self, engine: Engine | None = None, options: RunOptions | None = None) -> None:
        """Begin with nothing declared."""
        self.engine = engine or Engine()
        self.options = options or RunOptions()
        self.warnings: list[Diagnostic] = []
        """What the checker wants to be looked at in the last input."""
        self.reset()

    def reset(self) -> None:
        """Forget everything that was declared."""
        self._repl = Repl()
        self._names = Names(constants_numbered=True)
        self._instance = Instance(Run(self.options), self.engine.plugins)
        self._space: dict[str, Value] = {}
        self._keys: dict[Module, str] = {}
        self._files: list[str] = []
        """What the code of each file and input calls its file, by its key."""
        self._flows = self.options.form != "direct"
        self._inputs = 0
        self._last = Variable("_", Span(0, 0), "let", Program(Span(0, 0), ()), constant=True)

    @property
    def library(self) -> Library:
        """What is in scope besides what was declared."""
        return self.engine.library

    @property
    def symbols(self) -> dict[str, Symbol]:
        """What was declared, by name."""
        return self._repl.symbols

    def names(self) -> dict[str, Value]:
        """The session's variables with their present values."""
        found = {name: s for name, s in self._repl.symbols.items() if isinstance(s, Variable)}
        held = {name: self._names.variable(variable) for name, variable in found.items()}
        return {name: self._space[python] for name, python in held.items() if python in self._space}

    def type_of(self, text: str) -> Type:
        """The static type of an expression. Raises `CheckError`."""
        module = self._check(Source(text, "<type>"))
        last = module.program.statements[-1] if module.program.statements else None
        return module.type_of(last.value) if isinstance(last, ExpressionStatement) else ANY

    def evaluate(self, text: str) -> Value:
        """Run one input and give the value of its last expression, `NOTHING` if it ends in none.

        Raises `CheckError`, `PlanError` and `Interrupted`; what was declared before is there afterwards.
        """
        self._inputs += 1
        module = self._check(Source(text, f"<input {self._inputs}>"))
        self.warnings = [d for d in module.diagnostics if not d.is_error]
        units = on_large_stack(lambda: self._compile(module))
        if self._flows:  # made here, in no plan's thread, since they start threads
            workers_of(self.engine.plugins, self.options.on, self.options.settings)
        finished = False
        try:
            value = supervised(self._instance, lambda instance: self._execute(instance, units, module))
            finished = True
        finally:
            self._repl.remember(module, finished=finished)
        statements = module.program.statements
        if not statements or not isinstance(statements[-1], ExpressionStatement):
            return NOTHING
        self._remember_value(value)
        return value

    def _check(self, source: Source) -> Module:
        module = on_large_stack(
            lambda: check(source, self.library, permissions=self.options.permissions, repl=self._repl)
        )
        if not module.ok:
            raise CheckError(module.diagnostics)
        return module

    def _compile(self, module: Module) -> list[Unit]:
        """The input as code, after the files that it imports for the first time."""
        metered = self.options.limits.max_steps is not None
        # What a later input gives to a function of this one may do anything, and what is compiled stays.
        flow = Effect.CHANGE if self._flows else None
        if flow is not None:
            CallGraph([module, *all_imports(module), *self._repl.inputs], unknown=flow).record()
        units: list[Unit] = []
        for part in in_order(module):
            if part in self._keys:
                continue
            key = self._keys[part] = str(len(self._keys))
            self._files.append(f"plan:{key}:{part.source.name}")
            unset = self._unset() if part is module else None
            options = CompileOptions(self._files[-1], metered, repl=part is module, unset=unset, flow=flow)
            names = self._names if part is module else None
            made = compile_module(part, self._keys, options, names)
            units.append(Unit(key, part.source, made.code, made.library, made.foreign))
        return units

    def _unset(self) -> frozenset[Variable]:
        """The variables that were declared by an input that failed before it gave them a value."""
        declared = (s for s in self._repl.symbols.values() if isinstance(s, Variable))
        return frozenset(v for v in declared if self._names.variable(v) not in self._space)

    def _execute(self, instance: Instance, units: list[Unit], module: Module) -> Value:
        if self._flows:
            functions = [s for s in module.program.statements if isinstance(s, FunctionDef)]
            direct = [f.name for f in functions if module.effects.get(f, Effect.PURE) is Effect.PURE]
            return instance.run_input(units, self._space, self._files, direct)
        for unit in units[:-1]:
            instance.add(unit)["main·"]()
        return instance.add(units[-1], self._space)["main·"]()

    def _remember_value(self, value: Value) -> None:
        """Make the value known as `_`."""
        self._repl.symbols["_"] = self._last
        self._repl.types[self._last] = ANY
        self._space[self._names.variable(self._last)] = value
