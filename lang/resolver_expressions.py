"""Names in expressions: what each `Name`, method and member refers to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import tree
from .annotations import TypeReader
from .checked import Module, ModuleSymbol, Symbol
from .diagnostics import Label
from .findings import Findings
from .library import Library
from .resolver_calls import CallResolver
from .scopes import BlockScope


class ExpressionResolver(CallResolver):
    """Resolves expressions; statements stand in `resolver.py`."""

    def __init__(
        self,
        module: Module,
        library: Library,
        findings: Findings,
        types: TypeReader,
        outer: dict[str, Symbol] | None = None,
    ) -> None:
        """`types` reads the annotations of functions inside expressions."""
        super().__init__(module, library, findings, outer)
        self.types = types
        self._expressions: dict[type, Callable[[Any], None]] = {
            tree.Literal: self._literal,
            tree.Text: self._text,
            tree.Name: self._name,
            tree.ListDisplay: self._list,
            tree.DictDisplay: self._dict,
            tree.ListComprehension: self._list_comprehension,
            tree.DictComprehension: self._dict_comprehension,
            tree.Unary: self._unary,
            tree.Binary: self._binary,
            tree.Conditional: self._conditional,
            tree.Call: self.call,
            tree.MethodCall: self.method_call,
            tree.Index: self._index,
            tree.Slice: self._slice,
            tree.Field: self._field,
            tree.Lambda: self._lambda,
        }

    def expression(self, node: tree.Expression) -> None:
        """Resolve one expression."""
        self._expressions[type(node)](node)

    # --- Names -------------------------------------------------------------------------------------------

    def _name(self, node: tree.Name) -> None:
        symbol = self.lookup(node, called=False)
        if isinstance(symbol, ModuleSymbol):
            self.not_a_value(node, symbol)

    # --- Literals and displays ---------------------------------------------------------------------------

    def _literal(self, node: tree.Literal) -> None:
        self.raw.look(node, self.scope)

    def _text(self, node: tree.Text) -> None:
        self.raw.look_inside(node)
        for part in node.parts:
            if not isinstance(part, str):
                self.expression(part.value)

    def _list(self, node: tree.ListDisplay) -> None:
        for item in node.items:
            self.expression(item.value if isinstance(item, tree.Spread) else item)

    def _dict(self, node: tree.DictDisplay) -> None:
        first: dict[object, tree.Entry] = {}
        for entry in node.entries:
            if isinstance(entry, tree.Spread):
                self.expression(entry.value)
                continue
            if isinstance(entry.key, tree.Literal):
                self._twice(entry, entry.key, first)
            else:
                self.expression(entry.key)
            self.expression(entry.value)

    def _twice(self, entry: tree.Entry, key: tree.Literal, first: dict[object, tree.Entry]) -> None:
        if key.value in first:
            self.findings.error(
                "PL0214",
                key.span,
                f"the key `{key.value}` stands twice in this dict",
                "the second would replace the first: remove one",
                labels=(Label(first[key.value].key.span, "first here"),),
            )
        first.setdefault(key.value, entry)

    # --- Comprehensions ----------------------------------------------------------------------------------

    def _list_comprehension(self, node: tree.ListComprehension) -> None:
        with self.inner():
            depth = self._clauses(node.clauses)
            self.expression(node.element)
            self.frame.loop_depth -= depth

    def _dict_comprehension(self, node: tree.DictComprehension) -> None:
        with self.inner():
            depth = self._clauses(node.clauses)
            self.expression(node.key)
            self.expression(node.value)
            self.frame.loop_depth -= depth

    def _clauses(self, clauses: tuple[tree.ForClause | tree.IfClause, ...]) -> int:
        """Resolve `for … if …`; the loops stay open, and their number is returned."""
        depth = 0
        for clause in clauses:
            if isinstance(clause, tree.IfClause):
                self.expression(clause.test)
                continue
            self.expression(clause.iterable)
            self.frame.loop_depth += 1
            depth += 1
            self.scope = BlockScope(self.frame, self.scope)
            for target in clause.targets:
                self.variable(target, target.id, "comprehension")
        return depth

    # --- Operators ---------------------------------------------------------------------------------------

    def _unary(self, node: tree.Unary) -> None:
        self.expression(node.operand)

    def _binary(self, node: tree.Binary) -> None:
        self.expression(node.left)
        self.expression(node.right)

    def _conditional(self, node: tree.Conditional) -> None:
        self.expression(node.test)
        self.expression(node.value)
        self.expression(node.otherwise)

    def _index(self, node: tree.Index) -> None:
        self.expression(node.value)
        self.expression(node.index)

    def _slice(self, node: tree.Slice) -> None:
        self.expression(node.value)
        for end in (node.start, node.stop):
            if end is not None:
                self.expression(end)

    def _field(self, node: tree.Field) -> None:
        module = self.module_of(node.value)
        if module is not None:
            symbol = self.names.member(module, node.name, node.name_span)
            if symbol is not None:
                self.module.symbols[node] = symbol
            return
        if isinstance(node.value, tree.Name):
            self.warn_hidden(node.value, node.name)
        self.expression(node.value)

    # --- Functions ---------------------------------------------------------------------------------------

    def _lambda(self, node: tree.Lambda) -> None:
        self.function(node, top_level=False)

    def function(self, node: tree.FunctionDef | tree.Lambda, *, top_level: bool) -> None:
        """Resolve parameters and body of a function in a frame of its own."""
        self.structure.parameters(node.params)
        with self.running(node, top_level=top_level):
            for param in node.params:
                if param.type is not None:
                    self.types.read(param.type)
                if param.default is not None:
                    self.expression(param.default)
                if param.name not in self.scope.names:
                    made = self.variable(param, param.name, "parameter")
                    if isinstance(param.type, tree.TypeFunction):
                        self.captures.function_holders.add(made)
            if node.result is not None:
                self.types.read(node.result)
            if isinstance(node.body, tree.Block):
                self.block(node.body)
            else:
                self.expression(node.body)
