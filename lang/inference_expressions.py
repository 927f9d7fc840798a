"""Types of expressions: names, texts, displays, comprehensions, operators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import tree
from .checked import Constant, LibraryFunction, LocalFunction, Module, ModuleFunction, TypeSymbol, Variable
from .findings import Findings
from .flow import Flow
from .inference_displays import DisplayInference, widen_part
from .inference_operators import Operand
from .joining import join
from .library import Library
from .narrowing import assume
from .operators import ARITHMETIC, ORDER
from .types import ANY, BOOL, NONE, STR, FunctionType, LiteralType, Type, union
from .typing import base, without_none


class ExpressionInference(DisplayInference):
    """Expressions other than calls and functions."""

    def __init__(
        self, module: Module, library: Library, findings: Findings, earlier: Mapping[Variable, Type] | None
    ) -> None:
        """See `InferenceCore`."""
        super().__init__(module, library, findings, earlier)
        self._handlers: dict[type, Callable[[Any, Type | None], Type]] = {
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
            tree.Call: lambda node, _: self.call(node),
            tree.MethodCall: lambda node, _: self.method_call(node),
            tree.Index: lambda node, _: self.index(node),
            tree.Slice: lambda node, _: self.slice(node),
            tree.Field: lambda node, _: self.field(node),
            tree.Lambda: self._lambda,
        }

    def infer(self, node: tree.Expression, expected: Type | None = None) -> Type:
        """The type of an expression, which is recorded; `expected` is what its context would like."""
        return self.record(node, self._handlers[type(node)](node, expected))

    def call(self, node: tree.Call) -> Type:
        """A call."""
        raise NotImplementedError

    def method_call(self, node: tree.MethodCall) -> Type:
        """A call in method position."""
        raise NotImplementedError

    # --- Names and literals ------------------------------------------------------------------------------

    def _literal(self, node: tree.Literal, _expected: Type | None) -> Type:
        return NONE if node.value is None else LiteralType(node.value)

    def _text(self, node: tree.Text, _expected: Type | None) -> Type:
        for part in node.parts:
            if not isinstance(part, str):
                self.infer(part.value)
        return STR

    def _name(self, node: tree.Name, _expected: Type | None) -> Type:
        symbol = self.symbol(node)
        if isinstance(symbol, Variable):
            return self.fact(symbol).type
        if isinstance(symbol, LocalFunction):
            return self.local_types.get(symbol, FunctionType(None, ANY))
        if isinstance(symbol, (Constant, ModuleFunction, LibraryFunction, TypeSymbol)):
            return self.member(symbol)
        return ANY

    def _lambda(self, node: tree.Lambda, expected: Type | None) -> Type:
        del expected  # What a declared function type says of its arguments is not validated: nothing to rely on.
        return self.infer_function(node)

    # --- Operators ---------------------------------------------------------------------------------------

    def _unary(self, node: tree.Unary, _expected: Type | None) -> Type:
        if node.op == "-":
            return self.negative(node)
        self.condition(node.operand)
        return BOOL

    def _binary(self, node: tree.Binary, expected: Type | None) -> Type:
        op = node.op
        if op in ("and", "or"):
            return self._logical(node)
        if op == "??":
            return self._default(node, expected)
        left = self.infer(node.left)
        right = self.infer(node.right)
        if op in ARITHMETIC:
            return self.arithmetic(node, op, Operand(left, node.left), Operand(right, node.right))
        if op in ORDER:
            self.ordered(node, left, right)
        elif op in ("in", "not in"):
            self.contained(node, left, right)
        else:
            self.equality(node, left, right)
        return BOOL

    def _logical(self, node: tree.Binary) -> Type:
        """`and`, `or`: the right side is looked at where the left one lets it be."""
        left = self.condition(node.left)
        outer = self.flow
        self.flow = Flow(outer)
        assume(self, node.left, node.op == "and")
        right = self.condition(node.right)
        self.flow = outer
        return BOOL if base(left) == BOOL and base(right) == BOOL else ANY

    def _default(self, node: tree.Binary, expected: Type | None) -> Type:
        left = self.chain(node.left)
        right = self.infer(node.right, expected)
        rest = without_none(left)
        if left == NONE:
            return right
        return join(rest, widen_part(right)) if right != NONE else join_default(rest)

    def _conditional(self, node: tree.Conditional, expected: Type | None) -> Type:
        value, otherwise = self.both_ways(node, lambda branch: self.infer(branch, expected))
        if isinstance(value, LiteralType) and isinstance(otherwise, LiteralType):
            return union(value, otherwise) if base(value) == base(otherwise) else join(value, otherwise)
        return join(value, otherwise)

    def both_ways(self, node: tree.Conditional, look: Callable[[tree.Expression], Type]) -> tuple[Type, Type]:
        """What `look` finds in the two branches of `if … then … else …`."""
        self.condition(node.test)
        outer = self.flow
        found: list[Type] = []
        flows: list[Flow] = []
        for branch, truth in ((node.value, True), (node.otherwise, False)):
            self.flow = Flow(outer)
            assume(self, node.test, truth)
            found.append(look(branch))
            flows.append(self.flow)
        self.flow = outer
        return found[0], found[1]


def join_default(of: Type) -> Type:
    """`x ?? none`: what was there, or none."""
    return union(of, NONE)
