"""Types of expressions: names, texts, displays, comprehensions, operators."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from . import tree
from .checked import Constant, LibraryFunction, LocalFunction, Module, ModuleFunction, TypeSymbol, Variable
from .findings import Findings
from .flow import Flow
from .inference_parts import Operand, PartInference
from .joining import UNKNOWN_DICT, bounded, items_type, join, widen
from .library import Library
from .narrowing import assume
from .operators import ARITHMETIC, ORDER
from .parts import items_of
from .types import (
    ANY,
    BOOL,
    NEVER,
    NONE,
    STR,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    RecordField,
    RecordType,
    TupleType,
    Type,
    union,
)
from .typing import base, described, has_none, members, without_none

MOST_EXACT = 8
"""A list display with more elements than this has one element type, whatever they are."""


class ExpressionInference(PartInference):
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
            tree.Call: self.call,
            tree.MethodCall: self.method_call,
            tree.Index: lambda node, _: self.index(node),
            tree.Slice: lambda node, _: self.slice(node),
            tree.Field: lambda node, _: self.field(node),
            tree.Lambda: self._lambda,
        }

    def infer(self, node: tree.Expression, expected: Type | None = None) -> Type:
        """The type of an expression, which is recorded; `expected` is what its context would like."""
        return self.record(node, self._handlers[type(node)](node, expected))

    def call(self, node: tree.Call, expected: Type | None) -> Type:
        """A call."""
        raise NotImplementedError

    def method_call(self, node: tree.MethodCall, expected: Type | None) -> Type:
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

    # --- Displays ----------------------------------------------------------------------------------------

    def _list(self, node: tree.ListDisplay, _expected: Type | None) -> Type:
        items: list[Type] = []
        exact = len(node.items) <= MOST_EXACT
        for item in node.items:
            if isinstance(item, tree.Spread):
                items.append(self._spread_items(item.value))
                exact = False
            else:
                items.append(widen_part(self.infer(item)))
        if exact:
            return bounded(items_type(tuple(items)))
        return bounded(ListType(join_all(items)))

    def _spread_items(self, node: tree.Expression) -> Type:
        of = self.infer(node)
        if has_none(of):
            self.may_be_none(node, of)
            return ANY
        found = [items_of(member) for member in members(of) if not isinstance(member, (DictType, RecordType))]
        if not any(item is not None for item in found) or base(of) == STR:
            self.findings.error(
                "PL0312", node.span, f"`...` in a list needs a list, but this is {described(of)}", "write it without `...`"
            )
        return join_all(item for item in found if item is not None)

    def _dict(self, node: tree.DictDisplay, _expected: Type | None) -> Type:
        if not node.entries:
            return DictType(NEVER, NEVER)
        fields: dict[str, RecordField] = {}
        key: Type = NEVER
        value: Type = NEVER
        exact = True
        for entry in node.entries:
            if isinstance(entry, tree.Spread):
                spread = self.spread(entry.value)
                if isinstance(spread, RecordType):
                    fields = _overridden(fields, spread)
                    key, value = ANY, ANY
                else:
                    exact = False
                    kinds = spread if isinstance(spread, DictType) else UNKNOWN_DICT
                    key, value = join(key, kinds.key), join(value, kinds.value)
                continue
            name = self.key(entry.key)
            given = widen_part(self.infer(entry.value))
            if isinstance(name, LiteralType) and isinstance(name.value, str):
                fields[name.value] = RecordField(name.value, given)
            else:
                exact = False
            key, value = join(key, base(name)), join(value, given)
        of: Type = RecordType(tuple(fields.values())) if exact else DictType(key, value)
        return bounded(of)

    def key(self, node: tree.Expression) -> Type:
        """The type of a key; reports what cannot be one."""
        of = self.infer(node)
        kinds = [base(m) for m in members(of)]
        if kinds and all(isinstance(k, (ListType, TupleType, DictType, RecordType, FunctionType)) for k in kinds):
            self.findings.error(
                "PL0312",
                node.span,
                f"{described(of)} cannot be a key",
                "keys are texts, numbers, bools or none; `to_json(x)` makes a text of anything",
            )
            return ANY
        return of

    def spread(self, node: tree.Expression) -> Type:
        """The type of `...value` in a dict."""
        of = self.infer(node)
        if has_none(of):
            self.may_be_none(node, of)
            return ANY
        kinds = [m for m in members(of) if not (base(m) == STR or isinstance(m, (ListType, TupleType, FunctionType)))]
        if not kinds:
            self.findings.error(
                "PL0312", node.span, f"`...` in a dict needs a dict, but this is {described(of)}", "write `key: value`"
            )
            return ANY
        return kinds[0] if len(kinds) == 1 else ANY

    # --- Comprehensions ----------------------------------------------------------------------------------

    def _list_comprehension(self, node: tree.ListComprehension, _expected: Type | None) -> Type:
        outer = self.flow
        self.flow = Flow(outer)
        self._clauses(node.clauses)
        element = widen(self.infer(node.element))
        self.flow = outer
        return bounded(ListType(element))

    def _dict_comprehension(self, node: tree.DictComprehension, _expected: Type | None) -> Type:
        outer = self.flow
        self.flow = Flow(outer)
        self._clauses(node.clauses)
        key = widen(self.key(node.key))
        value = widen(self.infer(node.value))
        self.flow = outer
        return bounded(DictType(key, value))

    def _clauses(self, clauses: tuple[tree.ForClause | tree.IfClause, ...]) -> None:
        for clause in clauses:
            if isinstance(clause, tree.IfClause):
                self.condition(clause.test)
                assume(self, clause.test, True)
            else:
                self.bind_targets(clause.targets, self.iterated(clause.iterable), clause.iterable)

    def iterated(self, node: tree.Expression) -> Type:
        """What going over `node` gives; reports what cannot be gone over."""
        of = self.infer(node)
        if has_none(of):
            self.may_be_none(node, of)
            return ANY
        found = [item for item in (items_of(member) for member in members(of)) if item is not None]
        if not found:
            hint = "`for` goes over lists, texts and dicts"
            if base(of) in (base(LiteralType(1)),):
                hint = f"write `range({self.text(node)})` to count"
            self.findings.error("PL0312", node.span, f"`for` cannot go over {described(of)}", hint)
            return ANY
        return join_all(found)

    def bind_targets(self, targets: tuple[tree.Target, ...], of: Type, node: tree.Expression) -> None:
        """Give the targets of a `let`, `for` or comprehension their types."""
        if len(targets) == 1:
            self.bind(targets[0], of)
            return
        parts = self.unpacked(of, len(targets), node)
        for target, part in zip(targets, parts, strict=True):
            self.bind(target, part)

    def bind(self, target: tree.Node, of: Type) -> None:
        """A declaration gives its variable a value of type `of`."""
        symbol = self.symbol(target)
        self.record(target, of)
        if isinstance(symbol, Variable):
            self.set(symbol, of)

    def unpacked(self, of: Type, count: int, node: tree.Expression) -> list[Type]:
        """The types of the parts of a list of exactly `count`; reports what is none."""
        columns: list[list[Type]] = [[] for _ in range(count)]
        wrong: Type | None = None
        for member in members(of):
            if isinstance(member, ListType):
                parts: Iterable[Type] = [ANY if member.element == NEVER else member.element] * count
            elif isinstance(member, TupleType) and len(member.items) == count:
                parts = member.items
            elif isinstance(member, TupleType):
                wrong = member
                continue
            elif base(member) in (STR, NONE) or isinstance(member, (LiteralType, DictType, RecordType, FunctionType)):
                wrong = member
                continue
            else:
                parts = [ANY] * count
            for column, part in zip(columns, parts, strict=True):
                column.append(part)
        if not columns[0] and wrong is not None:
            self._report_unpacking(wrong, count, node)
            return [ANY] * count
        return [join_all(column) if column else ANY for column in columns]

    def _report_unpacking(self, of: Type, count: int, node: tree.Expression) -> None:
        if isinstance(of, TupleType):
            message = f"this list has {len(of.items)} elements, but there are {count} names"
            hint = f"give {len(of.items)} names; `_` is for those that are not needed"
        elif isinstance(of, (DictType, RecordType)):
            message, hint = "a dict cannot be taken apart into names", f"write `items({self.text(node)})` for its pairs"
        else:
            message, hint = f"{described(of)} cannot be taken apart into {count} names", "only a list can"
        self.findings.error("PL0313", node.span, message, hint)

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

    def both_ways(
        self, node: tree.Conditional, look: Callable[[tree.Expression], Type]
    ) -> tuple[Type, Type]:
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


def join_all(parts: Iterable[Type]) -> Type:
    """What all of `parts` have in common; `never` for none."""
    whole: Type = NEVER
    for part in parts:
        whole = join(whole, part)
    return whole


def widen_part(of: Type) -> Type:
    """An element or field written in place: a literal counts as its type."""
    return widen(of)


def _overridden(fields: dict[str, RecordField], spread: RecordType) -> dict[str, RecordField]:
    """The fields of a dict display after `...spread`, which may hold any further key."""
    after = {name: RecordField(name, ANY) for name in fields}
    for field in spread.fields:
        if field.optional and field.name in after:
            continue
        after[field.name] = field
    return after

