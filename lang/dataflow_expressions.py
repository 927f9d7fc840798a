"""Dataflow through expressions: what must be done before their values are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import tree
from .checked import Constant, LibraryFunction, LocalFunction, Module, ModuleFunction, Variable
from .dataflow_graph import NOTHING, Origins
from .dataflow_turns import TurnFlow
from .dataflow_values import NOWHERE, Key, Value, bounded, join, sequence
from .types import STR, DictType, RecordType, Type
from .typing import base, expand


class ExpressionFlow(TurnFlow):
    """Abstract evaluation of expressions, in the order in which a run evaluates them."""

    def __init__(self, module: Module, *, unknown_works: bool) -> None:
        """See `DataflowCore`."""
        super().__init__(module, unknown_works=unknown_works)
        self._handlers: dict[type, Callable[[Any], Value]] = {
            tree.Literal: lambda _: NOWHERE,
            tree.Text: self._text,
            tree.Name: self.named,
            tree.ListDisplay: self._list,
            tree.DictDisplay: self._dict,
            tree.ListComprehension: self._list_comprehension,
            tree.DictComprehension: self._dict_comprehension,
            tree.Unary: lambda node: Value(self.evaluate(node.operand).deep()),
            tree.Binary: self._binary,
            tree.Conditional: self._conditional,
            tree.Call: self.call,
            tree.MethodCall: self.method_call,
            tree.Index: self._index,
            tree.Slice: self._slice,
            tree.Field: self._field,
            tree.Lambda: self._lambda,
        }

    def evaluate(self, node: tree.Expression) -> Value:
        """The abstract value of `node`; notes the operations in it."""
        return self._handlers[type(node)](node)

    def call(self, node: tree.Call) -> Value:
        """A call."""
        raise NotImplementedError

    def method_call(self, node: tree.MethodCall) -> Value:
        """A call in method position."""
        raise NotImplementedError

    def _text(self, node: tree.Text) -> Value:
        values = [self.evaluate(part.value) for part in node.parts if isinstance(part, tree.Interpolation)]
        return Value(NOTHING.union(*(value.deep() for value in values)))

    def named(self, node: tree.Node) -> Value:
        """The value of a name or of a member of a module."""
        match self.symbol(node):
            case Variable() as variable:
                return self.look_up(variable)
            case ModuleFunction(node=function) | LocalFunction(node=function):
                return Value(functions=frozenset({function}))
            case LibraryFunction() as function:
                return Value(functions=frozenset({function}))
            case _:
                return NOWHERE

    def _list(self, node: tree.ListDisplay) -> Value:
        values = [self.evaluate(item.value if isinstance(item, tree.Spread) else item) for item in node.items]
        if any(isinstance(item, tree.Spread) for item in node.items):
            return known_deep(*values)
        return sequence(values)

    def _dict(self, node: tree.DictDisplay) -> Value:
        parts: dict[Key, Value] = {}
        values: list[Value] = []
        for entry in node.entries:
            if isinstance(entry, tree.Entry):
                values.append(self.evaluate(entry.key))
                parts[key_of(entry.key)] = self.evaluate(entry.value)
                values.append(parts[key_of(entry.key)])
            else:
                values.append(self.evaluate(entry.value))
        plain = all(isinstance(entry, tree.Entry) and isinstance(entry.key, tree.Literal) for entry in node.entries)
        return bounded(Value(parts=parts)) if plain else known_deep(*values)

    def _binary(self, node: tree.Binary) -> Value:
        left, acted = self.evaluate(node.left), self.acted
        if node.op in ("and", "or", "??"):
            with self.under(left.deep() if node.op == "??" else left.whole):
                right = self.evaluate(node.right)
            if acted != self.acted:
                return join(left, right).after(left.whole)
            return known_deep(left, right)
        return known_deep(left, self.evaluate(node.right))

    def _conditional(self, node: tree.Conditional) -> Value:
        test, acted = self.evaluate(node.test), self.acted
        with self.under(test.deep()):
            value, otherwise = self.evaluate(node.value), self.evaluate(node.otherwise)
        if acted == self.acted:  # what only computes is done once all of it is known
            return known_deep(test, value, otherwise)
        return join(value, otherwise).after(test.deep())

    def _index(self, node: tree.Index) -> Value:
        value, index = self.evaluate(node.value), self.evaluate(node.index)
        if not isinstance(node.index, (tree.Literal, tree.Name)):
            return known_deep(value, index)
        return value.part(key_of(node.index)).after(index.deep())

    def _slice(self, node: tree.Slice) -> Value:
        ends = (node.value, node.start, node.stop)
        return known_deep(*(self.evaluate(part) for part in ends if part is not None))

    def _field(self, node: tree.Field) -> Value:
        if isinstance(self.symbol(node), (Constant, ModuleFunction, LibraryFunction)):
            return self.named(node)
        return self.evaluate(node.value).part(node.name)

    def _lambda(self, node: tree.Lambda) -> Value:
        return Value(self.capture(node), functions=frozenset({node}))

    def capture(self, node: tree.Lambda | tree.FunctionDef) -> Origins:
        """A function is made here: it keeps what it captures. If it only computes, all of that must be known first."""
        kept = self.captured.setdefault(node, {})
        for symbol in self.module.captures.get(node, ()):
            if isinstance(symbol, Variable):
                kept[symbol] = join(kept.get(symbol, NOWHERE), self.look_up(symbol))
        return known_deep(*kept.values()).whole if self.computes(node) else NOTHING

    # --- Comprehensions ----------------------------------------------------------------------------------

    def _list_comprehension(self, node: tree.ListComprehension) -> Value:
        made: list[Value] = []
        decided = self._clauses(node, 0, lambda: made.append(self.evaluate(node.element)))
        return Value(decided.whole, {None: join(*made)})

    def _dict_comprehension(self, node: tree.DictComprehension) -> Value:
        made: list[Value] = []

        def entry() -> None:
            key, value = self.evaluate(node.key), self.evaluate(node.value)
            made.append(Value(key.deep(), {None: value}))

        decided = self._clauses(node, 0, entry)
        return join(*made).after(decided.whole)

    def _clauses(
        self, node: tree.ListComprehension | tree.DictComprehension, at: int, then: Callable[[], None]
    ) -> Value:
        """Go on with clause number `at`. Gives a value whose `whole` says what decides how long the result is."""
        if at == len(node.clauses):
            then()
            return NOWHERE
        clause = node.clauses[at]
        if isinstance(clause, tree.IfClause):
            test = self.evaluate(clause.test).deep()
            with self.under(test):
                return self._clauses(node, at + 1, then).after(test)
        over = self.evaluate(clause.iterable)
        below = [NOWHERE]

        def turn() -> None:
            with self.under(over.whole):
                self.bind_targets(clause.targets, element_of(over, self.module.type_of(clause.iterable)))
                below.append(self._clauses(node, at + 1, then))

        self.turns(clause, node.span if at == 0 else clause.span, turn)
        return join(*below).after(over.whole)

    def bind_targets(self, targets: tuple[tree.Target, ...], value: Value) -> None:
        """Bind one name, or take a list apart into several."""
        if len(targets) == 1:
            self.bind(self.symbol(targets[0]), value)
            return
        for at, target in enumerate(targets):
            self.bind(self.symbol(target), value.part(at))


def key_of(node: tree.Expression) -> Key:
    """The key that an expression is, where the text of the plan says it."""
    if isinstance(node, tree.Literal) and isinstance(node.value, (str, int)) and not isinstance(node.value, bool):
        return node.value if isinstance(node.value, str) or node.value >= 0 else None
    return None


def element_of(value: Value, of: Type) -> Value:
    """What a loop over `value` gives: elements of a list, keys of a dict, characters of a text."""
    kind = expand(of)
    if isinstance(kind, (DictType, RecordType)) or base(kind) == STR:
        return Value(value.whole)
    return value.part(None)


def known_deep(*values: Value) -> Value:
    """What is computed once all of `values` are known with all that they hold."""
    return Value(NOTHING.union(*(value.deep() for value in values)))
