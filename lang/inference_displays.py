"""Types of lists and dicts written out or built in a loop, and of the names that take them apart."""

from __future__ import annotations

from collections.abc import Iterable

from . import tree
from .checked import Variable
from .flow import Flow
from .inference_operators import OperatorInference
from .joining import UNKNOWN_DICT, bounded, items_type, join, widen
from .narrowing import assume
from .parts import items_of
from .types import (
    ANY,
    INT,
    NEVER,
    STR,
    DictType,
    FunctionType,
    ListType,
    LiteralType,
    RecordField,
    RecordType,
    Scalar,
    TupleType,
    Type,
)
from .typing import base, described, has_none, members

MOST_EXACT = 8
"""A list display with more elements than this has one element type, whatever they are."""


class DisplayInference(OperatorInference):
    """Displays, comprehensions, unpacking."""

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
            message = f"`...` in a list needs a list, but this is {described(of)}"
            self.findings.error("PL0312", node.span, message, "write it without `...`")
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
            if base(of) == INT:
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
            elif isinstance(member, (TupleType, Scalar, LiteralType, DictType, RecordType, FunctionType)):
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

    def _pairs_hint(self, node: tree.Expression) -> str:
        """What gives pairs of what a loop over `node` gives one by one."""
        of = base(self.module.types.get(node, ANY))
        if isinstance(of, ListType):
            return f"write `enumerate({self.text(node)})` for positions"
        if isinstance(of, (DictType, RecordType)):
            return f"write `items({self.text(node)})` for keys and values"
        return "only a list can"

    def _report_unpacking(self, of: Type, count: int, node: tree.Expression) -> None:
        if isinstance(of, TupleType):
            message = f"this list has {len(of.items)} elements, but there are {count} names"
            hint = f"give {len(of.items)} names; `_` is for those that are not needed"
        elif isinstance(of, (DictType, RecordType)):
            message, hint = "a dict cannot be taken apart into names", f"write `items({self.text(node)})` for its pairs"
        else:
            message = f"{described(of)} cannot be taken apart into {count} names"
            hint = self._pairs_hint(node) if count == 2 else "only a list can"
        self.findings.error("PL0313", node.span, message, hint)


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
