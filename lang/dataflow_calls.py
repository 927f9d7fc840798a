"""Dataflow through calls: of models, observations and changes, of functions of the plan, and of callbacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from . import tree
from .checked import (
    ChangingMethod,
    FunctionNode,
    LibraryFunction,
    LocalFunction,
    Module,
    ModuleFunction,
    ModuleSymbol,
    Variable,
)
from .dataflow_core import Frame, Summary, Use, World, free_only
from .dataflow_expressions import ExpressionFlow, key_of
from .dataflow_graph import NOTHING, Free, Kind, Operation, Origin, Origins, Past, Reason, Region, Section, Shape
from .dataflow_values import NOWHERE, Key, Value, join, mapped, replaced, sequence
from .signatures import Effect, Signature
from .source import Span
from .types import FunctionType
from .typing import members

SAMPLING = frozenset({"random", "random_int", "shuffle", "sample"})
"""Observations that take no time: functions of the run's seed and of their place."""
UNSEEN = frozenset({"print", "warn", "ask", "now", "env"})
"""Standard functions that no other one sees or is seen by."""
WEB = frozenset({"http_get", "http_post"})
ONE_BY_ONE = frozenset({"any", "all", "find_first"})
"""Standard functions that stop at the first answer that settles theirs, so that they ask one after the other."""


class Given(NamedTuple):
    """One argument of a call: the parameter it is for, its expression and its abstract value."""

    name: str
    node: tree.Expression
    value: Value


class CallFlow(ExpressionFlow):
    """Calls."""

    def __init__(self, module: Module, *, unknown_works: bool) -> None:
        """See `DataflowCore`."""
        super().__init__(module, unknown_works=unknown_works)
        self._accumulators: dict[tree.Expression, Variable] = {}

    def call(self, node: tree.Call) -> Value:
        """`f(a, b)`."""
        called = self.evaluate(node.function)
        return self._called(node, node.arguments, None, self.symbol(node.function), called)

    def method_call(self, node: tree.MethodCall) -> Value:
        """`x.f(a)`, a module's member, or a changing method."""
        symbol = self.symbol(node)
        if isinstance(symbol, ChangingMethod):
            return self._change_place(node, symbol.name)
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
                for function in sorted(called.functions, key=_place)
            ]
        if known:
            return join(*known).after(called.whole)
        if not self.unknown_works:
            return Value(deep)
        made = self.operation(node, Kind.CALL, "function value", node.span)
        made.changes = True
        self.wait_for_values(made, [value for _, value, _ in given], deep)
        return Value(frozenset({made}))

    # --- Functions of the library ------------------------------------------------------------------------

    def library_call(self, node: tree.Expression, signature: Signature, given: list[Given]) -> Value:
        """A call of a standard function or one of a plugin."""
        deep = NOTHING.union(*(argument.value.deep() for argument in given))
        if signature.effect == Effect.PURE or (signature.plugin is None and signature.name in SAMPLING):
            if signature.callbacks and any(_is_function(signature, argument) for argument in given):
                return self._callbacks(node, signature, given)
            if signature.plugin is None and signature.name in _SHAPES and given:
                return _SHAPES[signature.name]([argument.value for argument in given])
            return Value(deep)
        kind = {Effect.MODEL: Kind.MODEL, Effect.CHANGE: Kind.CHANGE}.get(signature.effect, Kind.OBSERVATION)
        made = self.operation(node, kind, signature.name, node.span)
        self.wait_for_values(made, [argument.node for argument in given], deep)
        made.changes = kind is Kind.CHANGE
        made.in_order = made.changes or (signature.plugin is None and signature.name == "now")
        if kind is Kind.MODEL and any(permission.kind == "net" for permission in signature.permissions):
            self.sends = True
            self.wait(made, self.guards, Reason.GUARD)
        if kind is not Kind.MODEL:
            self._uses(made, signature, given)
        return Value(frozenset({made}))

    def _uses(self, made: Operation, signature: Signature, given: list[Given]) -> None:
        """Note which part of the world a call looks at or changes."""
        standard = signature.plugin is None
        if standard and signature.name in UNSEEN:
            return
        path = given[0] if standard and given and signature.name not in WEB else None
        text, exact = self._beginning(path.node) if path else ("", False)
        pending = path.value.deep() - self.frame.control if path else NOTHING
        where = World.ANY if not standard else World.NET if signature.name in WEB else World.FILE
        use = Use(frozenset({made}), where, text, exact, signature.name.startswith("list_"), pending)
        if made.kind is Kind.OBSERVATION:
            self.observe(use, made)
            return
        use = use._replace(path=use.path | self.frame.control)
        if use not in self.writes:
            self.writes = (*self.writes, use)

    def _beginning(self, node: tree.Expression) -> tuple[str, bool]:
        """The beginning of a path as far as the text says it, and whether that is all of it."""
        if isinstance(node, tree.Literal) and isinstance(node.value, str):
            return node.value, True
        if isinstance(node, tree.Text) and isinstance(node.parts[0], str):
            return node.parts[0], False
        symbol = self.symbol(node)
        if isinstance(symbol, Variable) and not symbol.assigned:
            literal = self.texts.get(symbol)
            return (literal, True) if literal is not None else ("", False)
        return "", False

    def _callbacks(self, node: tree.Expression, signature: Signature, given: list[Given]) -> Value:
        """A standard function that calls what it is given: a loop over the elements of its first argument."""
        over = given[0].value
        functions = [argument for argument in given if _is_function(signature, argument)]
        so_far = self._accumulator(node, functions)
        self.frame.env[so_far] = (
            join(*(argument.value for argument in given[2:])) if signature.name == "reduce" else NOWHERE
        )

        def turn() -> None:
            element, before = over.part(None), self.look_up(so_far)
            arguments = [before, element] if signature.name == "reduce" else [element]
            with self.under(before.deep() if signature.name in ONE_BY_ONE else NOTHING):
                for function in functions:
                    self.bind(so_far, join(before, self._apply(node, function, arguments)))

        with self.under(over.whole):
            self.turns(node, node.span, turn)
        return _collected(signature.name, over, self.frame.env.pop(so_far), given)

    def _accumulator(self, node: tree.Expression, functions: list[Given]) -> Variable:
        """What stands for the answers so far of a standard function that calls what it is given."""
        found = self._accumulators.get(node)
        if found is None:
            first = next((f.node.params for f in functions if isinstance(f.node, tree.Lambda)), ())
            name = first[0].name if len(first) > 1 else "the result so far"
            found = self._accumulators[node] = Variable(name, node.span, "let", self.module.program)
        return found

    def _apply(self, node: tree.Expression, function: Given, arguments: list[Value]) -> Value:
        """What a callback gives for `arguments`."""
        if isinstance(function.node, tree.Lambda):
            return self._inline(function.node, arguments)
        given = [(None, function.node, value) for value in arguments]
        known = [
            self.library_call(node, f.signature, fitted(f.signature, given))
            if isinstance(f, LibraryFunction)
            else self.plan_call(function.node, f, given)
            for f in sorted(function.value.functions, key=_place)
        ]
        return join(*known) if known else Value(NOTHING.union(*(value.deep() for value in arguments)))

    def _inline(self, function: tree.Lambda, arguments: list[Value]) -> Value:
        """Go through a function that is written where it is called."""
        outer = self.frame
        self.frame = Frame(dict(outer.env), outer.region, control=outer.control, loops=outer.loops)
        for parameter, value in zip(function.params, arguments, strict=False):
            self.bind(self.symbol(parameter), value)
        result = self.body(function.body)
        self.frame = outer
        return result

    def body(self, body: tree.Block | tree.Expression) -> Value:
        """What the body of a function gives."""
        raise NotImplementedError

    # --- Functions of the plan ---------------------------------------------------------------------------

    def plan_call(
        self, node: tree.Expression, function: FunctionNode, given: Sequence[tuple[str | None, tree.Expression, Value]]
    ) -> Value:
        """A call of a function of a plan: one operation, if anything in it takes time or changes something."""
        summary = self.summary(function)
        inside = self._inside(function, given)
        deep = NOTHING.union(*(value.deep() for _, _, value in given))
        if not summary.section.root.items and not summary.section.recursive:
            return Value(deep | replaced(free_only(summary.result.deep()), inside))
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

    def _inside(
        self, function: FunctionNode, given: Sequence[tuple[str | None, tree.Expression, Value]]
    ) -> dict[Origin, Origins]:
        """What each thing that a function is given from outside stands for in one call of it."""
        values = dict(self.captured.get(function, {}))
        module = self.home(function)
        names = {parameter.name: parameter for parameter in function.params}
        for at, (name, _, value) in enumerate(given):
            parameter = names.get(name) if name is not None else (*function.params, None)[min(at, len(names))]
            variable = module.symbols.get(parameter) if parameter is not None else None
            if isinstance(variable, Variable):
                values[variable] = value
        found: dict[Origin, Origins] = {}
        summary = self.summary(function)
        for origin in summary.needs | free_only(summary.result.deep()):
            if isinstance(origin, Free):
                value = values.get(origin.variable)
                if value is None:
                    own = origin.variable.scope is function
                    value = NOWHERE if own else self.look_up(origin.variable)
                found[origin] = value.deep() if origin.deep else value.whole
        return found

    def home(self, function: FunctionNode) -> Module:
        """The file in which a function stands."""
        raise NotImplementedError

    def summary(self, function: FunctionNode) -> Summary:
        """What calling a function means; found out once for each."""
        known = self.summaries.get(function)
        if known is not None:
            if known.open:
                known.section.recursive = True
            return known
        module = self.home(function)
        name = function.name if isinstance(function, tree.FunctionDef) else "fn"
        root = Region(Shape.SECTION, function, _head(function), None)
        section = Section("fn", name, function, module.source, root)
        # For a call of itself, all that it is given is taken to be needed.
        free = frozenset(
            Free(v, deep=True) for v in map(module.symbols.get, function.params) if isinstance(v, Variable)
        )
        summary = self.summaries[function] = Summary(section, Value(free), free, open=True)
        outer = (self.module, self.section, self.frame, self.writes, self.reads, self.guards, self.sends)
        self.module, self.section, self.frame = module, section, Frame({}, root)
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

    # --- Changing methods --------------------------------------------------------------------------------

    def _change_place(self, node: tree.MethodCall, name: str) -> Value:
        arguments = [self.evaluate(argument.value) for argument in node.arguments]
        deep = NOTHING.union(*(value.deep() for value in arguments))
        old = self.evaluate(node.receiver)
        if name == "push":
            self.change(node.receiver, join(*arguments), added=True)
            return NOWHERE
        if name == "extend":
            value = join(*arguments)
            self.change(node.receiver, join(*value.parts.values()), added=True, after=value.whole)
            return NOWHERE
        if name == "insert":
            self.change(
                node.receiver, join(*arguments[1:]), added=True, after=arguments[0].deep() if arguments else deep
            )
            return NOWHERE
        self.change(node.receiver, NOWHERE, added=True, after=deep)
        return old.part(None).after(deep) if name == "pop" else NOWHERE

    def change(self, place: tree.Expression, value: Value, *, added: bool, after: Origins = NOTHING) -> None:
        """Give the part at `place` a value, or put one into it; `after`: what decides about where it goes."""
        keys: list[Key] = []
        while isinstance(place, (tree.Index, tree.Field)):
            if isinstance(place, tree.Index):
                after |= self.evaluate(place.index).deep()
                keys.insert(0, key_of(place.index))
            else:
                keys.insert(0, place.name)
            place = place.value
        variable = self.symbol(place)
        if isinstance(variable, Variable):
            old = self.look_up(variable)
            self.bind(variable, old.changed(tuple(keys), value, added=added).after(after))


def fitted(signature: Signature, given: Sequence[tuple[str | None, tree.Expression, Value]]) -> list[Given]:
    """The arguments of a call with the names of the parameters that they are for."""
    found: list[Given] = []
    for at, (name, node, value) in enumerate(given):
        if name is None:
            position = min(at, len(signature.params) - 1)
            name = signature.params[position].name if signature.params else ""  # noqa: PLW2901 - the name it has
        found.append(Given(name, node, value))
    return found


def _is_function(signature: Signature, argument: Given) -> bool:
    parameter = next((p for p in signature.params if p.name == argument.name), None)
    takes = parameter is not None and any(isinstance(m, FunctionType) for m in members(parameter.type))
    none = isinstance(argument.node, tree.Literal)
    return takes and not none


def _collected(name: str, over: Value, answer: Value, given: list[Given]) -> Value:
    """What a standard function makes of the answers of its callback."""
    rest = NOTHING.union(*(argument.value.deep() for argument in given[1:]))
    if name == "map":
        return Value(over.whole, {None: answer})
    if name == "filter":
        return Value(over.deep() | answer.deep())
    if name == "reduce":
        return join(answer, *(argument.value for argument in given[2:]))
    return Value(over.deep() | answer.deep() | rest)


def _seen_from_outside(result: Value, made: Operation) -> Value:
    """The result of a call: whatever comes from an operation in the function comes from the call."""
    whole = frozenset(origin if isinstance(origin, Free) else made for origin in result.whole)
    parts = {key: _seen_from_outside(part, made) for key, part in result.parts.items()}
    return replace(result, whole=whole, parts=parts)


def _of(value: Value) -> Value:
    """A list with the elements of `value` in other places."""
    return Value(value.whole, {None: join(*value.parts.values())})


def _pairs(values: list[Value], first: Value, second: Value) -> Value:
    return Value(values[0].whole, {None: sequence([first, second])})


_SHAPES: dict[str, Callable[[list[Value]], Value]] = {
    "len": lambda values: Value(values[0].whole),
    "keys": lambda values: Value(values[0].whole),
    "values": lambda values: _of(values[0]),
    "reversed": lambda values: _of(values[0]),
    "chunks": lambda values: Value(values[0].whole, {None: _of(values[0])}),
    "first": lambda values: values[0].part(None),
    "last": lambda values: values[0].part(None),
    "enumerate": lambda values: _pairs(values, NOWHERE, values[0].part(None)),
    "items": lambda values: _pairs(values, NOWHERE, values[0].part(None)),
    "zip": lambda values: _pairs(values, *(v.part(None) for v in (*values, NOWHERE)[:2])).after(values[-1].whole),
}
"""Standard functions that look at how long a list is, or move its elements, without looking at these."""


def _operation(origin: Origin) -> Operation | None:
    return None if isinstance(origin, Free) else origin.operation if isinstance(origin, Past) else origin


def _head(function: FunctionNode) -> Span:
    end = function.body.span.start if isinstance(function.body, tree.Block) else function.span.end
    return Span(function.span.start, end)


def _place(function: FunctionNode | LibraryFunction) -> tuple[str, int]:
    if isinstance(function, LibraryFunction):
        return function.signature.name, 0
    return "", function.span.start
