"""What the flow compiler wants to know of a piece of the tree: what it does, reads, writes, and how it is left."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any

from planlang.lang import tree
from planlang.lang.checked import (
    ChangingMethod,
    LibraryFunction,
    LocalFunction,
    Module,
    ModuleFunction,
    TypeSymbol,
    Variable,
)
from planlang.lang.effects import function_arguments, may_be_function
from planlang.lang.signatures import Effect, Signature
from planlang.runtime.compile.scopes import changed_place, root_name

_FUNCTIONS = (tree.FunctionDef, tree.Lambda)
_SILENT = frozenset(("print", "warn", "ask"))
BREAK, CONTINUE, RETURN = "break", "continue", "return"


def own(root: tree.Node, known: Container[object] = ()) -> Iterator[tree.Node]:
    """`root` and the nodes below it, without what is inside functions, and without those `known` already."""
    stack = [root]
    while stack:
        node = stack.pop()
        if node in known:
            continue
        yield node
        if not isinstance(node, _FUNCTIONS):
            stack.extend(tree.children(node))


class Facts:
    """The facts of one file.

    unknown: what calling a function value may do at most. mocked: the names of functions that some test replaces.
    unset: for an input of a session, whose variables other inputs may change, those that no input has given a value;
    else None.
    """

    def __init__(
        self,
        module: Module,
        unknown: Effect,
        mocked: frozenset[str] = frozenset(),
        unset: frozenset[Variable] | None = None,
    ) -> None:
        """Nothing is worked out before it is asked for."""
        self.module = module
        self.unknown = unknown
        self.mocked = mocked
        self.unset = unset
        self.hidden: set[tree.Node] = set()
        """Loops whose turns no report shows: comprehensions, and those that direct code would not count."""
        self.keys: set[tree.Node] = set()
        """The `let`s that hold a key of a dict comprehension: it must be one before its value is evaluated."""
        self.doubtful: set[tree.Node] = set()
        """Assertions whose messages do more than compute, once their tests have been written."""
        self._stirs: dict[tree.Node, bool] = {}
        self._acts: dict[tree.Node, bool] = {}
        self.pending_constants = self._find_pending_constants()

    # ── what it does ─────────────────────────────────────────────────────────────────────────────────────────────────

    def is_flow(self, function: tree.Node, module: Module | None = None) -> bool:
        """Whether a function has a flow form: it does more than compute."""
        return (module or self.module).effects.get(function, Effect.PURE) > Effect.PURE

    def effect(self, node: tree.Node) -> Effect:
        """What `node` itself does, if it is a call."""
        if not isinstance(node, (tree.Call, tree.MethodCall)):
            return Effect.PURE
        symbol = self.module.symbols.get(node.function if isinstance(node, tree.Call) else node)
        match symbol:
            case LibraryFunction(signature=signature):
                effect = signature.effect
                if signature.callbacks:
                    given = function_arguments(signature, node, self.module)
                    effect = max(effect, *(self._function_effect(value) for value in given), Effect.PURE)
                return effect
            case ModuleFunction():
                return symbol.module.effects.get(symbol.node, Effect.PURE)
            case LocalFunction():
                return self.module.effects.get(symbol.node, Effect.PURE)
            case ChangingMethod() | TypeSymbol():
                return Effect.PURE
            case _:
                return self.unknown if isinstance(node, tree.Call) else Effect.PURE

    def _function_effect(self, value: tree.Expression) -> Effect:
        symbol = self.module.symbols.get(value)
        if isinstance(value, tree.Lambda):
            return self.module.effects.get(value, Effect.PURE)
        if isinstance(symbol, (ModuleFunction, LocalFunction)):
            module = symbol.module if isinstance(symbol, ModuleFunction) else self.module
            return module.effects.get(symbol.node, Effect.PURE)
        if isinstance(symbol, LibraryFunction) and not isinstance(value, tree.MethodCall):
            return symbol.signature.effect
        return self.unknown if may_be_function(self.module, value) else Effect.PURE

    def acts(self, root: tree.Node) -> bool:
        """Whether running `root` does more than compute and change variables."""
        known = self._acts.get(root)
        if known is None:
            known = self._acts[root] = any(self.effect(node) > Effect.PURE for node in own(root))
        return known

    def stirs(self, root: tree.Node) -> bool:
        """Whether evaluating the expression `root` does more than compute."""
        known = self._stirs.get(root)
        if known is None:
            known = self._stirs[root] = any(
                self.effect(node) > Effect.PURE or isinstance(self.module.symbols.get(node), ChangingMethod)
                for node in own(root)
            )
        return known

    def changes_variables(self, root: tree.Node) -> bool:
        """Whether evaluating the expression `root` changes a variable: calls never do."""
        return any(isinstance(self.module.symbols.get(node), ChangingMethod) for node in own(root))

    def changes_files(self, roots: Iterable[tree.Node]) -> bool:
        """Whether running `roots` may change what an observation sees."""
        for root in roots:
            for node in own(root):
                if self.effect(node) is Effect.CHANGE:
                    symbol = self.module.symbols.get(node.function if isinstance(node, tree.Call) else node)
                    if not (isinstance(symbol, LibraryFunction) and self._is_silent(symbol.signature)):
                        return True
        return False

    def _is_silent(self, signature: Signature) -> bool:
        """Whether no observation sees what a function of the library changes."""
        name = signature.name
        return signature.plugin is None and name in _SILENT and name not in self.mocked

    def may_fail(self, roots: Iterable[tree.Node]) -> bool:
        """Whether a `fail` or `assert` of the plan may be met in `roots`, in them or in functions that they call."""
        seen: set[tree.Node] = set()
        stack: list[tuple[tree.Node, Module]] = [(root, self.module) for root in roots]
        while stack:
            root, module = stack.pop()
            for node in tree.walk(root):
                if isinstance(node, (tree.Fail, tree.Assert)):
                    return True
                symbol = module.symbols.get(node)
                if isinstance(node, tree.Call) and _is_unknown(module.symbols.get(node.function)):
                    return True  # nobody knows what is called
                if self.mocked and _name_of(symbol) in self.mocked:
                    return True
                if isinstance(symbol, (ModuleFunction, LocalFunction)) and symbol.node not in seen:
                    seen.add(symbol.node)
                    stack.append((symbol.node, symbol.module if isinstance(symbol, ModuleFunction) else module))
        return False

    # ── how it is left ───────────────────────────────────────────────────────────────────────────────────────────────

    def leaves(self, root: tree.Node) -> frozenset[str]:
        """How `root` may be left other than by its end: by break, continue or return."""
        found: set[str] = set()
        stack: list[tuple[tree.Node, bool]] = [(root, False)]
        while stack:
            node, looped = stack.pop()
            if isinstance(node, tree.Return):
                found.add(RETURN)
            elif isinstance(node, (tree.Break, tree.Continue)) and not looped:
                found.add(BREAK if isinstance(node, tree.Break) else CONTINUE)
            if not isinstance(node, (*_FUNCTIONS, tree.Test)):
                inner = looped or isinstance(node, (tree.For, tree.While))
                stack.extend((child, inner) for child in tree.children(node))
        return frozenset(found)

    # ── variables ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _find_pending_constants(self) -> set[Variable]:
        """The constants of the file whose values may not be known at first."""
        found: set[Variable] = set()
        for statement in self.module.program.statements:
            if not isinstance(statement, tree.Let):
                continue
            late = self.module.effects.get(statement, Effect.PURE) > Effect.PURE or any(
                not variable.constant or variable in found for variable in self._mentioned(statement.value)
            )
            if late:
                found |= {s for t in statement.targets if isinstance(s := self.module.symbols.get(t), Variable)}
        return found

    def _mentioned(self, value: tree.Expression) -> Iterator[Variable]:
        """The variables that an expression of the top level mentions, and those that functions in it capture."""
        for node in own(value):
            symbol = self.module.symbols.get(node)
            if isinstance(node, tree.Name) and isinstance(symbol, Variable):
                yield symbol
            for capture in self.module.captures.get(node, ()) if isinstance(node, _FUNCTIONS) else ():
                if isinstance(capture, Variable):
                    yield capture

    def read_by_direct_functions(self) -> set[Variable]:
        """Those of them that direct functions read: they must be known before one is called."""
        found: set[Variable] = set()
        for node in tree.walk(self.module.program):
            if isinstance(node, _FUNCTIONS) and not self.is_flow(node):
                found |= {s for n in tree.walk(node) if (s := self._constant(n)) is not None}
        return found

    def _constant(self, node: tree.Node) -> Variable | None:
        symbol = self.module.symbols.get(node) if isinstance(node, tree.Name) else None
        return symbol if isinstance(symbol, Variable) and symbol in self.pending_constants else None

    def reads(self, roots: Iterable[tree.Node], known: Container[object] = ()) -> list[Variable | LocalFunction]:
        """The variables of this frame, and captured ones, that `roots` mention and do not declare.

        What is `known` already is not looked at.
        """
        found: dict[Any, None] = {}
        declared: set[Any] = set()
        for root in roots:
            for node in own(root, known):
                symbol = self.module.symbols.get(node)
                if isinstance(node, (tree.Target, tree.PatternName, tree.Parameter)):
                    declared.add(symbol)
                elif isinstance(node, _FUNCTIONS):
                    if isinstance(symbol, LocalFunction):
                        declared.add(symbol)
                    for capture in self.module.captures.get(node, ()):
                        found.setdefault(capture)
                elif self._is_read(node, symbol):
                    found.setdefault(symbol)
        return [s for s in found if s not in declared and not (isinstance(s, LocalFunction) and self._is_plain(s))]

    def _is_plain(self, symbol: LocalFunction) -> bool:
        """Whether a local function captures nothing, so that everybody finds it under its name."""
        captures = self.module.captures.get(symbol.node, ())
        return not any(not (isinstance(c, LocalFunction) and c.node is symbol.node) for c in captures)

    def _is_read(self, node: tree.Node, symbol: object) -> bool:
        """Whether `node` mentions a variable or a local function."""
        if isinstance(node, tree.MethodCall):
            return isinstance(symbol, LocalFunction)
        return isinstance(node, tree.Name) and self._is_variable(symbol)

    def _is_variable(self, symbol: object) -> bool:
        if isinstance(symbol, LocalFunction):
            return True
        if not isinstance(symbol, Variable):
            return False
        if self.unset is not None:
            return symbol not in self.unset
        return not symbol.constant or symbol in self.pending_constants

    def writes(self, roots: Iterable[tree.Node]) -> list[Variable]:
        """The variables declared outside `roots` that they assign or change."""
        found: dict[Variable, None] = {}
        declared: set[Any] = set()
        for root in roots:
            for node in own(root):
                if isinstance(node, (tree.Target, tree.PatternName)):
                    declared.add(self.module.symbols.get(node))
                place = node.place if isinstance(node, tree.Assign) else changed_place(self.module, node)
                name = root_name(place) if place is not None else None
                symbol = self.module.symbols.get(name) if name is not None else None
                if isinstance(symbol, Variable):
                    found.setdefault(symbol)
        return [v for v in found if v not in declared]

    def growing(self, roots: Iterable[tree.Node]) -> set[Variable]:
        """Those of the variables that `roots` write whose lists they only make longer, with `push` and `extend`."""
        grown: set[Variable] = set()
        other: set[Variable] = set()
        for root in roots:
            for node in own(root):
                place = node.place if isinstance(node, tree.Assign) else changed_place(self.module, node)
                name = root_name(place) if place is not None else None
                symbol = self.module.symbols.get(name) if name is not None else None
                if isinstance(symbol, Variable):
                    appends = isinstance(node, tree.MethodCall) and node.method in ("push", "extend") and place is name
                    (grown if appends else other).add(symbol)
        return grown - other


def _name_of(symbol: object) -> str | None:
    """The name of a function that a test can replace."""
    if isinstance(symbol, LibraryFunction):
        return symbol.signature.name
    return symbol.node.name if isinstance(symbol, ModuleFunction) else None


def _is_unknown(symbol: object) -> bool:
    """Whether a call of what `symbol` says may reach any function whose value is taken."""
    return not isinstance(symbol, (ModuleFunction, LocalFunction, LibraryFunction, TypeSymbol))
