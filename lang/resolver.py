"""Names become symbols: every use of a name is tied to its declaration, and captures are found (§3, §4, §11).

The walk goes through the file once, in order; the bodies of its functions come last, when all its names are known.
Fills `symbols`, `variables`, `captures`, `declared` and `members` of the module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import tree
from .annotations import TypeReader
from .checked import LocalFunction, Module, ModuleFunction, ModuleSymbol, Symbol, TypeSymbol
from .diagnostics import Label
from .findings import Findings
from .library import Library
from .names import FUNCTIONS
from .resolver_expressions import ExpressionResolver


class Resolver(ExpressionResolver):
    """One walk over a file."""

    def __init__(
        self,
        module: Module,
        library: Library,
        findings: Findings,
        types: TypeReader,
        outer: dict[str, Symbol] | None = None,
    ) -> None:
        """Get ready; `run` does the work."""
        super().__init__(module, library, findings, types, outer)
        self._leading_needs: set[tree.Statement] = set()
        self._statements: dict[type, Callable[[Any], None]] = {
            tree.Let: self._let,
            tree.Assign: self._assign,
            tree.ExpressionStatement: self._expression_statement,
            tree.If: self._if,
            tree.While: self._while,
            tree.For: self._for,
            tree.Break: self._jump,
            tree.Continue: self._jump,
            tree.Return: self._return,
            tree.Match: self._match,
            tree.Fail: self._fail,
            tree.Try: self._try,
            tree.Assert: self._assert,
            tree.Step: self._step,
            tree.Needs: self._needs,
            tree.FunctionDef: self._local_function,
            tree.TypeDef: self.structure.inside,
            tree.Import: self.structure.inside,
            tree.Test: self.structure.inside,
            tree.Mock: self._mock,
        }

    # --- The file ----------------------------------------------------------------------------------------

    def run(self, imports: dict[tree.Import, ModuleSymbol]) -> None:
        """Resolve the whole file. `imports` says what each `import` brings in."""
        statements = self.module.program.statements
        self.module.variables[self.module.program] = []
        for statement in statements:
            self._hoist(statement, imports)
        for statement in statements:
            if not isinstance(statement, (tree.FunctionDef, tree.Test, tree.TypeDef, tree.Import)):
                self.statement(statement)
        for statement in statements:
            if isinstance(statement, tree.FunctionDef):
                self._top_level_function(statement)
            elif isinstance(statement, tree.Test):
                with self.running(statement, top_level=True):
                    self.block(statement.body)
        self.captures.finish()

    def _hoist(self, statement: tree.Statement, imports: dict[tree.Import, ModuleSymbol]) -> None:
        """Functions, types and imports of a file are known everywhere in it."""
        if isinstance(statement, tree.FunctionDef):
            self.declare(statement.name, statement.name_span, ModuleFunction(statement, self.module))
        elif isinstance(statement, tree.TypeDef):
            of = self.types.known[statement.name]
            self.declare(statement.name, statement.name_span, TypeSymbol(statement.name, of))
        elif isinstance(statement, tree.Import):
            symbol = imports[statement]
            self.declare(symbol.name, statement.span, symbol)

    def _top_level_function(self, node: tree.FunctionDef) -> None:
        if node.is_task:
            self.structure.task(node)
        self._with_needs(node, top_level=True)

    def _with_needs(self, node: tree.FunctionDef, *, top_level: bool) -> None:
        """`needs` and `prefers` stand before all other statements of a task."""
        self._leading_needs = set()
        if node.is_task and isinstance(node.body, tree.Block):
            for statement in node.body.statements:
                if not isinstance(statement, tree.Needs):
                    break
                self._leading_needs.add(statement)
        self.function(node, top_level=top_level)

    # --- Statements --------------------------------------------------------------------------------------

    def block(self, node: tree.Block) -> None:
        """Resolve the statements of a block in a scope of their own."""
        with self.inner(node.statements):
            for statement in node.statements:
                self.statement(statement)

    def statement(self, node: tree.Statement) -> None:
        """Resolve one statement."""
        self._statements[type(node)](node)

    def _let(self, node: tree.Let) -> None:
        if node.type is not None:
            self.types.read(node.type)
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(node.value, tree.Lambda):
            made = self.new_variable(target, target.id, "let")
            self.captures.function_holders.add(made)
            self.holder = made
            self.expression(node.value)
            self.holder = None
            self.variable(target, target.id, "let", made)
            return
        self.expression(node.value)
        for target in node.targets:
            self.variable(target, target.id, "let")

    def _assign(self, node: tree.Assign) -> None:
        self.expression(node.value)
        self.place(node.place, "cannot assign to")

    def _expression_statement(self, node: tree.ExpressionStatement) -> None:
        self.expression(node.value)

    def _if(self, node: tree.If) -> None:
        """A chain of `else if` is walked in a loop: it may be thousands long."""
        current: tree.If | None = node
        while current is not None:
            self.expression(current.test)
            self.block(current.body)
            otherwise = current.otherwise
            current = else_if(otherwise)
            if current is None and otherwise is not None:
                self.block(otherwise)

    def _while(self, node: tree.While) -> None:
        with self.looping():
            self.expression(node.test)
            self.block(node.body)

    def _for(self, node: tree.For) -> None:
        self.expression(node.iterable)
        with self.looping(), self.inner():
            for target in node.targets:
                self.variable(target, target.id, "loop")
            self.block(node.body)

    def _jump(self, node: tree.Break | tree.Continue) -> None:
        self.structure.jump(node, self.frame.loop_depth, self.frame.node)

    def _return(self, node: tree.Return) -> None:
        self.structure.return_(node, self.frame.node)
        if node.value is not None:
            self.expression(node.value)

    def _match(self, node: tree.Match) -> None:
        self.expression(node.subject)
        for case in node.cases:
            with self.inner():
                self._pattern(case.pattern, {})
                if case.guard is not None:
                    self.expression(case.guard)
                self.block(case.body)

    def _fail(self, node: tree.Fail) -> None:
        self.expression(node.value)

    def _try(self, node: tree.Try) -> None:
        self.block(node.body)
        with self.inner():
            if node.name is not None:
                self.variable(node.name, node.name.id, "catch")
            self.block(node.handler)

    def _assert(self, node: tree.Assert) -> None:
        self.expression(node.test)
        if node.message is not None:
            self.expression(node.message)

    def _step(self, node: tree.Step) -> None:
        self.expression(node.title)

    def _needs(self, node: tree.Needs) -> None:
        self.structure.needs(node, allowed=node in self._leading_needs)
        for resource in node.resources:
            self.expression(resource.value)

    def _local_function(self, node: tree.FunctionDef) -> None:
        """A `fn` in a block is known from here on, and inside itself."""
        if node.is_task:
            self.structure.inside(node)
        symbol = LocalFunction(node, self.frame.node)
        self.declare(node.name, node.name_span, symbol)
        self.module.symbols[node] = symbol
        self.holder = symbol
        self.function(node, top_level=False)

    def _mock(self, node: tree.Mock) -> None:
        self.structure.mock(node, self.frame.node)
        self.expression(node.value)
        name = tree.Name(node.span, node.name)
        if node.module is not None:
            module = self.module_of(tree.Name(node.span, node.module))
            symbol = self.names.member(module, node.name, node.span) if module is not None else None
            if module is None:
                self.names.unknown(tree.Name(node.span, node.module), self.scope, called=False)
        else:
            symbol = self.lookup(name, called=True)
        if isinstance(symbol, FUNCTIONS) and not isinstance(symbol, LocalFunction):
            self.module.symbols[node] = symbol
        elif symbol is not None:
            self.findings.error(
                "PL0506",
                node.span,
                f"`{node.name}` cannot be mocked: it is no function of a file, the language or a plugin",
                "a mock replaces a function everywhere during the test",
            )

    # --- Patterns ----------------------------------------------------------------------------------------

    def _pattern(self, node: tree.Pattern, bound: dict[str, tree.PatternName]) -> None:
        """Declare the names that a pattern binds, each once."""
        if isinstance(node, tree.PatternName):
            self._bind(node, bound)
        elif isinstance(node, tree.PatternList):
            for item in node.items:
                self._pattern(item, bound)
        elif isinstance(node, tree.PatternDict):
            for entry in node.entries:
                self._pattern(entry.pattern, bound)
        elif isinstance(node, tree.PatternOr):
            self._alternatives(node, bound)

    def _bind(self, node: tree.PatternName, bound: dict[str, tree.PatternName]) -> None:
        if node.id in bound:
            self.findings.error(
                "PL0214",
                node.span,
                f"the pattern binds `{node.id}` twice",
                "give one of them another name and compare them in a guard: `if a == b`",
                labels=(Label(bound[node.id].span, "first here"),),
            )
            return
        bound[node.id] = node
        found = self.scope.names.get(node.id)
        if found is not None:
            self.module.symbols[node] = found
        else:
            self.variable(node, node.id, "pattern")

    def _alternatives(self, node: tree.PatternOr, bound: dict[str, tree.PatternName]) -> None:
        """All alternatives bind the same names, and each name is one variable."""
        each: list[dict[str, tree.PatternName]] = []
        for alternative in node.alternatives:
            names = dict(bound)
            self._pattern(alternative, names)
            each.append(names)
        for names in each[1:]:
            differing = set(names) ^ set(each[0])
            if differing:
                name = min(differing)
                where = (names.get(name) or each[0][name]).span
                self.findings.error(
                    "PL0215",
                    where,
                    f"`{name}` is bound in one alternative of the pattern and not in the other",
                    "write two cases, or bind the same names in both",
                )
                return
        bound.update(each[0])


def else_if(otherwise: tree.Block | None) -> tree.If | None:
    """The `if` of an `else if`, or None."""
    if otherwise is not None and len(otherwise.statements) == 1:
        only = otherwise.statements[0]
        if isinstance(only, tree.If) and only.span == otherwise.span:
            return only
    return None
