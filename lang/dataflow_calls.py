"""Dataflow through calls: which function it is, and what one of the plan means to its callers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from . import tree
from .checked import (
    ChangingMethod,
    FunctionNode,
    LibraryFunction,
    LocalFunction,
    ModuleFunction,
    ModuleSymbol,
    Variable,
)
from .dataflow_core import Frame, Passed, Summary, free_only
from .dataflow_graph import NOTHING, Free, Kind, Operation, Origin, Origins, Past, Reason, Region, Section, Shape
from .dataflow_library import LibraryFlow, fitted, place_of
from .dataflow_values import NOWHERE, Value, join, mapped, replaced
from .dataflow_values import given as unknown
from .source import Span

_CHOICES = 8
"""How many choices of functions that it is given are told apart for one function; what else there is, is not."""


class CallFlow(LibraryFlow):
    """Calls."""

    def call(self, node: tree.Call) -> Value:
        """`f(a, b)`."""
        called = self.evaluate(node.function)
        return self._called(node, node.arguments, None, self.symbol(node.function), called)

    def method_call(self, node: tree.MethodCall) -> Value:
        """`x.f(a)`, a module's member, or a changing method."""
        symbol = self.symbol(node)
        if isinstance(symbol, ChangingMethod):
            return self.change_place(node, symbol.name)
        receiver = None if isinstance(self.symbol(node.receiver), ModuleSymbol) else node.receiver
        return self._called(node, node.arguments, receiver, symbol, NOWHERE)

    def _called(
        self,
        node: tree.Call | tree.MethodCall,
        arguments: tuple[tree.Argument, ...],
        receiver: tree.Expression | None,
        symbol: object,
        called: Value,
    ) -> Value:
        given: list[tuple[str | None, tree.Expression, Value]] = []
        if receiver is not None:
            given.append((None, receiver, self.evaluate(receiver)))
        given.extend((argument.name, argument.value, self.evaluate(argument.value)) for argument in arguments)
        if isinstance(symbol, LibraryFunction):
            return self.library_call(node, symbol.signature, fitted(symbol.signature, given))
        if isinstance(symbol, (ModuleFunction, LocalFunction)):
            return self.plan_call(node, symbol.node, given)
        return self._value_call(node, called, given)

    def _value_call(
        self,
        node: tree.Call | tree.MethodCall,
        called: Value,
        given: list[tuple[str | None, tree.Expression, Value]],
    ) -> Value:
        """A call of a function value: one of those that it may be, or one of which nothing is known."""
        deep = called.whole.union(*(value.deep() for _, _, value in given))
        with self.under(called.whole):
            known = [
                self.library_call(node, function.signature, fitted(function.signature, given))
                if isinstance(function, LibraryFunction)
                else self.plan_call(node, function, given)
                for function in sorted(called.functions, key=place_of)
            ]
        if known:
            return join(*known).after(called.whole)
        if not self.unknown_works:
            return Value(deep)
        made = self.operation(node, Kind.CALL, "function value", node.span)
        made.changes = True
        self.wait_for_values(made, [value for _, value, _ in given], deep)
        return Value(frozenset({made}))

    # --- Functions of the plan ---------------------------------------------------------------------------

    def plan_call(
        self, node: tree.Expression, function: FunctionNode, given: Sequence[tuple[str | None, tree.Expression, Value]]
    ) -> Value:
        """A call of a function of a plan: one operation, if anything in it takes time or changes something."""
        deep = NOTHING.union(*(value.deep() for _, _, value in given))
        if self.computes(function):
            return Value(deep | self.read_outside(function))
        values = self._arguments(function, given)
        summary = self.summary(function, _functions_in(values))
        inside = self._inside(function, summary, values)
        made = self.operation(node, Kind.CALL, summary.section.name, node.span)
        made.called = summary.section
        made.changes |= summary.changes
        made.in_order |= summary.in_order
        self.wait_for_values(made, [value for _, value, _ in given], replaced(summary.needs, inside))
        if summary.sends:
            self.sends = True
            self.wait(made, self.guards, Reason.GUARD)
        if summary.may_fail:
            self.guards |= {made}
        for use in summary.reads:
            self.observe(use._replace(operations=frozenset({made}), path=replaced(use.path, inside)), made)
        for use in summary.writes:
            seen = use._replace(operations=frozenset({made}), path=replaced(use.path, inside))
            self.writes = self.writes if seen in self.writes else (*self.writes, seen)
        if summary.open:  # a call of itself: nothing is known of its result but where it comes from
            return Value(deep | {made})
        return mapped(_seen_from_outside(summary.result, made), inside)

    def _arguments(
        self, function: FunctionNode, given: Sequence[tuple[str | None, tree.Expression, Value]]
    ) -> dict[Variable, Value]:
        """What each parameter gets in one call."""
        values: dict[Variable, Value] = {}
        module = self.home(function)
        names = {parameter.name: parameter for parameter in function.params}
        for at, (name, _, value) in enumerate(given):
            parameter = names.get(name) if name is not None else (*function.params, None)[min(at, len(names))]
            variable = module.symbols.get(parameter) if parameter is not None else None
            if isinstance(variable, Variable):
                values[variable] = value
        return values

    def _inside(
        self, function: FunctionNode, summary: Summary, arguments: dict[Variable, Value]
    ) -> dict[Origin, Origins]:
        """What each thing that a function is given from outside stands for in one call of it."""
        values = {**self.captured.get(function, {}), **arguments}
        found: dict[Origin, Origins] = {}
        for origin in summary.needs | free_only(summary.result.deep()):
            if isinstance(origin, Free):
                value = values.get(origin.variable)
                if value is None:
                    own = origin.variable.scope is function
                    value = NOWHERE if own else self.look_up(origin.variable)
                found[origin] = value.deep() if origin.deep else value.whole
        return found

    def summary(self, function: FunctionNode, passed: Passed = frozenset()) -> Summary:
        """What calling a function means; found out once for each, and for each choice of functions that it is given."""
        found = self.summaries.setdefault(function, {})
        if passed not in found and len(found) >= _CHOICES:
            passed = frozenset()
        known = found.get(passed)
        if known is not None:
            if known.open:
                known.section.recursive = True
            return known
        module = self.home(function)
        name = (function.name if isinstance(function, tree.FunctionDef) else "fn") + _told(passed)
        root = Region(Shape.SECTION, function, _head(function), None)
        section = Section("fn", name, function, module.source, root)
        # For a call of itself, all that it is given is taken to be needed.
        free = frozenset(
            Free(v, deep=True) for v in map(module.symbols.get, function.params) if isinstance(v, Variable)
        )
        summary = found[passed] = Summary(section, Value(free), free, open=True)
        outer = (self.module, self.section, self.frame, self.writes, self.reads, self.guards, self.sends)
        env = {variable: replace(unknown(variable), functions=functions) for variable, functions in passed}
        self.module, self.section, self.frame = module, section, Frame(env, root)
        self.writes, self.reads, self.guards, self.sends = (), (), NOTHING, False
        result = self._parameters_and_body(function)
        self._close(summary, result)
        self.module, self.section, self.frame, self.writes, self.reads, self.guards, self.sends = outer
        if root.items:
            self.sections.append(section)
        return summary

    def _parameters_and_body(self, function: FunctionNode) -> Value:
        for parameter in function.params:
            variable = self.symbol(parameter)
            if isinstance(variable, Variable) and parameter.default is not None:
                self.frame.env[variable] = join(self.look_up(variable), self.evaluate(parameter.default))
        return self.body(function.body)

    def _close(self, summary: Summary, result: Value) -> None:
        """Write down what callers of a function need to know."""
        operations = summary.section.operations
        summary.open = False
        summary.result = result
        waited = NOTHING.union(*(frozenset(operation.waits) for operation in operations))
        summary.needs = free_only(waited)
        summary.changes = any(operation.changes for operation in operations)
        used = waited | result.deep()
        summary.in_order = any(o.in_order and o in {_operation(u) for u in used} for o in operations)
        summary.sends = self.sends
        summary.may_fail = bool(self.guards)
        summary.reads, summary.writes = self.reads, self.writes


def _functions_in(values: dict[Variable, Value]) -> Passed:
    """The functions that the arguments of a call may be."""
    return frozenset((variable, value.functions) for variable, value in values.items() if value.functions)


def _told(passed: Passed) -> str:
    """How a title says which functions a function is given."""
    names = [_name(function) for _, functions in passed for function in functions]
    known = sorted({name for name in names if name})
    return f" with {', '.join(known)}" if known else ""


def _name(function: FunctionNode | LibraryFunction) -> str:
    if isinstance(function, LibraryFunction):
        return function.signature.name
    return function.name if isinstance(function, tree.FunctionDef) else ""


def _seen_from_outside(result: Value, made: Operation) -> Value:
    """The result of a call: whatever comes from an operation in the function comes from the call."""
    whole = frozenset(origin if isinstance(origin, Free) else made for origin in result.whole)
    parts = {key: _seen_from_outside(part, made) for key, part in result.parts.items()}
    return replace(result, whole=whole, parts=parts)


def _operation(origin: Origin) -> Operation | None:
    return None if isinstance(origin, Free) else origin.operation if isinstance(origin, Past) else origin


def _head(function: FunctionNode) -> Span:
    end = function.body.span.start if isinstance(function.body, tree.Block) else function.span.end
    return Span(function.span.start, end)
