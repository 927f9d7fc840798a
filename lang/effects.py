"""Effects over the call graph (§6): what running each function can do, and which permissions a plan needs (§7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from . import tree
from .checked import LibraryFunction, LocalFunction, Module, ModuleFunction, ModuleSymbol, Symbol, TypeSymbol
from .signatures import Effect, Signature
from .types import AnyType, FunctionType
from .typing import members

FUNCTION_NODES = (tree.FunctionDef, tree.Lambda)


@dataclass(eq=False, slots=True)
class Unit:
    """A function, test, or the top level of a file, with what it calls.

    calls: functions of files. uses: library functions with the node that uses them.
    unknown: whether it calls a function value, which may be any whose value is taken somewhere.
    least: what it may do whatever it calls.
    """

    node: tree.Node
    module: Module
    effect: Effect = Effect.PURE
    calls: list[tree.Node] = field(default_factory=list)
    uses: list[tuple[Signature, tree.Node]] = field(default_factory=list)
    unknown: bool = False
    least: Effect = Effect.PURE


class CallGraph:
    """Who calls whom, over a file and all that it imports."""

    def __init__(self, modules: Iterable[Module], *, unknown: Effect = Effect.PURE, mocked: bool = False) -> None:
        """Walk the modules.

        unknown: what a function value may do at least, where others than those seen here may be called.
        mocked: whether a function of a file may do what the mocks do that stand for it (see `mocking.py`). Those of
            the last of the modules count, whose tests run; the tests of files that it imports do not.
        """
        modules = list(modules)
        self._root = modules[-1] if modules else None
        self.units: dict[tree.Node, Unit] = {}
        self.mocks: list[tuple[Module, tree.Mock]] = []
        self._unknown = unknown
        self.taken: dict[tree.Node, None] = {}
        """Functions of files whose value is taken."""
        self.taken_library: list[Signature] = []
        for module in modules:
            self._walk(module)
        if mocked:
            self._replace()
        self._settle()

    # --- Building ----------------------------------------------------------------------------------------

    def _walk(self, module: Module) -> None:
        pending: list[tree.Node] = [module.program]
        while pending:
            node = pending.pop()
            unit = self.units[node] = Unit(node, module)
            for below in own_nodes(node):
                if isinstance(below, (*FUNCTION_NODES, tree.Test)):
                    pending.append(below)
                else:
                    self._look(unit, below)
            self._take_values(unit)

    def _look(self, unit: Unit, node: tree.Node) -> None:
        if isinstance(node, tree.Call):
            self._call(unit, node, unit.module.symbols.get(node.function))
        elif isinstance(node, tree.MethodCall):
            self._call(unit, node, unit.module.symbols.get(node))
        elif isinstance(node, tree.Mock) and unit.module is self._root:
            self.mocks.append((unit.module, node))

    def _replace(self) -> None:
        """A function that is mocked may do what its mock does; answers from a list are handed out in program order."""
        for module, mock in self.mocks:
            symbol = module.symbols.get(mock)
            unit = self.units.get(symbol.node) if isinstance(symbol, ModuleFunction) else None
            if unit is None:
                continue
            if isinstance(mock.value, tree.Lambda):
                unit.calls.append(mock.value)
            else:
                unit.unknown = True
            if may_be_list(module, mock.value):
                unit.least = Effect.OBSERVATION

    def _call(self, unit: Unit, node: tree.Call | tree.MethodCall, symbol: Symbol | None) -> None:
        if isinstance(symbol, (ModuleFunction, LocalFunction)):
            unit.calls.append(symbol.node)
        elif isinstance(symbol, LibraryFunction):
            unit.uses.append((symbol.signature, node))
            if symbol.signature.callbacks:
                self._callbacks(unit, function_arguments(symbol.signature, node, unit.module))
        elif isinstance(node, tree.Call) and not isinstance(symbol, TypeSymbol):
            unit.unknown = True

    def _callbacks(self, unit: Unit, given: Iterable[tree.Expression]) -> None:
        """A library function calls what it is given: functions that are known, or unknown ones."""
        for value in given:
            if isinstance(value, tree.Lambda):
                unit.calls.append(value)
                continue
            symbol = unit.module.symbols.get(value)
            if isinstance(symbol, (ModuleFunction, LocalFunction)):
                unit.calls.append(symbol.node)
            elif isinstance(symbol, LibraryFunction) and not isinstance(value, tree.MethodCall):
                unit.uses.append((symbol.signature, value))
            elif may_be_function(unit.module, value):
                unit.unknown = True

    def _take_values(self, unit: Unit) -> None:
        """Functions that are used other than by calling them may be called by whoever calls a value."""
        called = {id(n.function) for n in own_nodes(unit.node) if isinstance(n, tree.Call)}
        for node in own_nodes(unit.node):
            if isinstance(node, tree.Lambda):
                self.taken.setdefault(node)
            elif isinstance(node, (tree.Name, tree.Field)) and id(node) not in called:
                symbol = unit.module.symbols.get(node)
                if isinstance(symbol, (ModuleFunction, LocalFunction)):
                    self.taken.setdefault(symbol.node)
                elif isinstance(symbol, LibraryFunction):
                    self.taken_library.append(symbol.signature)

    # --- The fixpoint ------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Raise effects until calls and callers agree: whoever calls what was raised is looked at again."""
        callers: dict[tree.Node, list[Unit]] = {}
        for unit in self.units.values():
            unit.effect = max((s.effect for s, _ in unit.uses), default=Effect.PURE)
            unit.effect = max(unit.effect, unit.least)
            for node in unit.calls:
                callers.setdefault(node, []).append(unit)
        guessing = [unit for unit in self.units.values() if unit.unknown]
        unknown = self.unknown_effect()
        pending = list(self.units.values())
        while pending:
            unit = pending.pop()
            effect = max(unit.effect, unknown if unit.unknown else Effect.PURE, self._of(unit.calls))
            if effect > unit.effect:
                unit.effect = effect
                pending.extend(callers.get(unit.node, ()))
                if unit.node in self.taken and effect > unknown:
                    unknown = effect
                    pending.extend(guessing)

    def _of(self, nodes: Iterable[tree.Node]) -> Effect:
        return max((self.units[n].effect for n in nodes if n in self.units), default=Effect.PURE)

    def unknown_effect(self) -> Effect:
        """What calling a function value can do at most: what any function does whose value is taken somewhere."""
        library = max((s.effect for s in self.taken_library), default=Effect.PURE)
        return max(library, self._of(self.taken), self._unknown)

    # --- Answers -----------------------------------------------------------------------------------------

    def record(self) -> None:
        """Write every effect into its module."""
        for node, unit in self.units.items():
            unit.module.effects[node] = unit.effect
        for unit in list(self.units.values()):
            if isinstance(unit.node, tree.Program):
                for statement in unit.node.statements:
                    if isinstance(statement, tree.Let):
                        unit.module.effects[statement] = self.effect_of(statement, unit.module)

    def effect_of(self, statement: tree.Statement, module: Module) -> Effect:
        """What running one statement can do."""
        unit = Unit(statement, module)
        for below in own_nodes(statement):
            if not isinstance(below, FUNCTION_NODES):
                self._look(unit, below)
        own = max((s.effect for s, _ in unit.uses), default=Effect.PURE)
        return max(own, self._of(unit.calls), self.unknown_effect() if unit.unknown else Effect.PURE)

    def reached(self, starts: Iterable[tree.Node]) -> Iterator[Unit]:
        """The units that running any of `starts` may run, each once."""
        seen: set[tree.Node] = set()
        pending = list(starts)
        while pending:
            node = pending.pop()
            unit = self.units.get(node)
            if node in seen or unit is None:
                continue
            seen.add(node)
            yield unit
            pending.extend(unit.calls)
            if unit.unknown:
                pending.extend(self.taken)


def function_arguments(
    signature: Signature, node: tree.Call | tree.MethodCall, module: Module
) -> Iterator[tree.Expression]:
    """The arguments for parameters that take functions."""
    on_module = isinstance(node, tree.MethodCall) and isinstance(module.symbols.get(node.receiver), ModuleSymbol)
    given = [(argument.name, argument.value) for argument in node.arguments]
    if isinstance(node, tree.MethodCall) and not on_module:
        given.insert(0, (None, node.receiver))
    for at, (name, value) in enumerate(given):
        for position, param in enumerate(signature.params):
            fits = param.name == name if name is not None else position == at or (param.variadic and at >= position)
            if fits and any(isinstance(m, FunctionType) for m in members(param.type)):
                yield value


def may_be_function(module: Module, value: tree.Expression) -> bool:
    """Whether the value of an expression may be a function, as far as its static type says."""
    return any(isinstance(m, (AnyType, FunctionType)) for m in members(module.type_of(value)))


def may_be_list(module: Module, value: tree.Expression) -> bool:
    """Whether the value of an expression may be a list, as far as its static type says."""
    return any(not isinstance(m, FunctionType) for m in members(module.type_of(value)))


# --- Walking ---------------------------------------------------------------------------------------------

_CHILDREN: dict[type, tuple[str, ...]] = {}
_LEAVES = frozenset({"span", "name_span", "method_span", "type", "result", "form", "op", "comments"})


def own_nodes(root: tree.Node) -> Iterator[tree.Node]:
    """The nodes below `root` without what is inside the functions and tests in it (but these themselves)."""
    stack: list[Any] = list(_children(root))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (*FUNCTION_NODES, tree.Test)):
            stack.extend(_children(node))


def _children(node: tree.Node) -> Iterator[tree.Node]:
    """The nodes directly below, types left out. The names of a class's fields are looked up once."""
    kind = type(node)
    names = _CHILDREN.get(kind)
    if names is None:
        names = _CHILDREN[kind] = tuple(f.name for f in fields(node) if f.name not in _LEAVES)
    for name in names:
        value = getattr(node, name)
        if isinstance(value, tree.Node):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, tree.Node):
                    yield item
