"""Dataflow through functions of the library: models, observations, changes, and those that call what they are given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from . import tree
from .checked import FunctionNode, LibraryFunction, LocalFunction, Module, ModuleFunction, Variable
from .dataflow_core import Frame, Use, World
from .dataflow_graph import NOTHING, Kind, Operation, Origins, Reason
from .dataflow_places import PlaceFlow
from .dataflow_values import NOWHERE, Value, join, sequence
from .signatures import Effect, Signature
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


class LibraryFlow(PlaceFlow):
    """Calls of functions that are not written in the plan."""

    def __init__(self, module: Module, *, unknown_works: bool) -> None:
        """See `DataflowCore`."""
        super().__init__(module, unknown_works=unknown_works)
        self._accumulators: dict[tree.Expression, Variable] = {}

    def library_call(self, node: tree.Expression, signature: Signature, given: list[Given]) -> Value:
        """A call of a standard function or one of a plugin."""
        deep = NOTHING.union(*(argument.value.deep() for argument in given))
        if signature.effect == Effect.PURE or (signature.plugin is None and signature.name in SAMPLING):
            called = [argument for argument in given if _is_function(signature, argument)]
            if signature.callbacks and any(self._works(argument) for argument in called):
                return self._callbacks(node, signature, given)
            if signature.plugin is None and signature.name in _SHAPES and given:
                return _SHAPES[signature.name]([_moved(argument) for argument in given])
            return Value(deep.union(*(self._read_by(argument) for argument in called)))
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

    def _works(self, function: Given) -> bool:
        """Whether a callback may do more than compute."""
        known = function.value.functions
        if not known:
            return self.unknown_works
        return any(
            f.signature.effect > Effect.PURE if isinstance(f, LibraryFunction) else not self.computes(f) for f in known
        )

    def _read_by(self, function: Given) -> Origins:
        """What a callback that only computes looks at besides what it is given."""
        functions = (f for f in function.value.functions if not isinstance(f, LibraryFunction))
        return NOTHING.union(*(self.read_outside(f) for f in functions))

    def read_outside(self, function: FunctionNode) -> Origins:
        """What must be known before a function that only computes can be called: all that it captured or reads."""
        found = NOTHING.union(*(value.deep() for value in self.captured.get(function, {}).values()))
        constants = _constants(function, self.home(function))
        return found.union(*(self.look_up(variable).deep() for variable in constants))

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
            for f in sorted(function.value.functions, key=place_of)
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

    def plan_call(
        self, node: tree.Expression, function: FunctionNode, given: Sequence[tuple[str | None, tree.Expression, Value]]
    ) -> Value:
        """A call of a function of a plan."""
        raise NotImplementedError


def fitted(signature: Signature, given: Sequence[tuple[str | None, tree.Expression, Value]]) -> list[Given]:
    """The arguments of a call with the names of the parameters that they are for."""
    found: list[Given] = []
    for at, (name, node, value) in enumerate(given):
        if name is None:
            position = min(at, len(signature.params) - 1)
            name = signature.params[position].name if signature.params else ""  # noqa: PLW2901 - the name it has
        found.append(Given(name, node, value))
    return found


def place_of(function: FunctionNode | LibraryFunction) -> tuple[str, int]:
    """What brings several functions into an order that is always the same."""
    if isinstance(function, LibraryFunction):
        return function.signature.name, 0
    return "", function.span.start


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


def _moved(argument: Given) -> Value:
    """An argument whose elements are moved: what is written out in the call is computed whole first."""
    made = (tree.ListDisplay, tree.DictDisplay, tree.Binary, tree.Conditional)
    return Value(argument.value.deep()) if isinstance(argument.node, made) else argument.value


def _constants(function: FunctionNode, module: Module) -> Iterator[Variable]:
    """The constants of its file that a function reads, itself or through functions of the file that it calls."""
    seen: set[FunctionNode] = set()
    pending = [function]
    while pending:
        one = pending.pop()
        if one in seen:
            continue
        seen.add(one)
        for node in tree.walk(one):
            symbol = module.symbols.get(node)
            if isinstance(symbol, Variable) and symbol.constant and isinstance(node, tree.Name):
                yield symbol
            elif isinstance(symbol, (ModuleFunction, LocalFunction)):
                pending.append(symbol.node)


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
    "chunks": lambda values: Value(values[0].whole | values[-1].whole, {None: _of(values[0])}),
    "first": lambda values: join(values[0].part(None), *values[1:]).after(values[0].whole),
    "last": lambda values: join(values[0].part(None), *values[1:]).after(values[0].whole),
    "enumerate": lambda values: _pairs(values, NOWHERE, values[0].part(None)),
    "items": lambda values: _pairs(values, NOWHERE, values[0].part(None)),
    "zip": lambda values: _pairs(values, *(v.part(None) for v in (*values, NOWHERE)[:2])).after(values[-1].whole),
}
"""Standard functions that look at how long a list is, or move its elements, without looking at these."""
