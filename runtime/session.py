"""A session of inputs that see each other's declarations: what the REPL runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planlang.lang.checked import Module, Variable
from planlang.lang.checker import Repl, check
from planlang.lang.diagnostics import CheckError, Diagnostic
from planlang.lang.source import Source, Span
from planlang.lang.tree import ExpressionStatement, Program
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
        finished = False
        try:
            value = supervised(self._instance, lambda instance: self._execute(instance, units))
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
        units: list[Unit] = []
        for part in in_order(module):
            if part in self._keys:
                continue
            key = self._keys[part] = str(len(self._keys))
            options = CompileOptions(f"plan:{key}:{part.source.name}", metered=metered, repl=part is module)
            names = self._names if part is module else None
            made = compile_module(part, self._keys, options, names)
            units.append(Unit(key, part.source, made.code, made.library, made.foreign))
        return units

    def _execute(self, instance: Instance, units: list[Unit]) -> Value:
        for unit in units[:-1]:
            instance.add(unit)["main·"]()
        return instance.add(units[-1], self._space)["main·"]()

    def _remember_value(self, value: Value) -> None:
        """Make the value known as `_`."""
        self._repl.symbols["_"] = self._last
        self._repl.types[self._last] = ANY
        self._space[self._names.variable(self._last)] = value
