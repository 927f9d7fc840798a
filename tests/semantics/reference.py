"""A plan, run the slow and obvious way: walk the tree, and copy containers in full wherever a value goes anywhere.

It knows nothing of ownership, moves, aliases or static types, so it shares no idea, and no mistake, with the compiler.
Only what the generated programs use is there. A plan that fails gives the kind of its error and the line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from planlang.lang import tree
from planlang.lang.parser import parse
from planlang.lang.source import Source

from .reference_functions import STANDARD, copied, shown

CHANGING = frozenset(("push", "pop", "insert", "extend", "remove", "clear"))
BUDGET = 60_000


class PlanFailureError(Exception):
    """The plan failed. `line` is 0 until it is known."""

    def __init__(self, kind: str, message: str = "", line: int = 0, data: dict[str, Any] | None = None) -> None:
        super().__init__(kind)
        self.kind, self.message, self.line, self.data = kind, message, line, data or {}


class TooLongError(Exception):
    """The plan does more, or grows larger, than a test should."""


class _BreakError(Exception):
    pass


class _ContinueError(Exception):
    pass


class _ReturnError(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


@dataclass(slots=True)
class Outcome:
    """What can be seen of a run: what it printed, and the kind and line of its error."""

    printed: list[str]
    error: tuple[str, int] | None = None


@dataclass(eq=False, slots=True)
class Scope:
    """The variables of a block, each in a cell, and the block around it."""

    outer: Scope | None = None
    cells: dict[str, Any] = field(default_factory=dict)

    def find(self, name: str) -> Scope | None:
        """The nearest scope that holds `name`."""
        scope: Scope | None = self
        while scope is not None and name not in scope.cells:
            scope = scope.outer
        return scope

    def snapshot(self) -> Scope:
        """A copy of everything in sight: what a function captures."""
        seen: dict[str, Any] = {}
        scope: Scope | None = self
        while scope is not None:
            for name, value in scope.cells.items():
                seen.setdefault(name, copied(value))
            scope = scope.outer
        return Scope(None, seen)


class Function:
    """A function of the plan with the values that it captured."""

    def __init__(self, interpreter: Interpreter, node: tree.FunctionDef | tree.Lambda, scope: Scope) -> None:
        self.interpreter, self.node, self.scope = interpreter, node, scope

    def __call__(self, *values: Any, **named: Any) -> Any:
        """Call it with copies of the values."""
        return self.interpreter.call(self, values, named)


_ERRORS: tuple[tuple[type[Exception], str], ...] = (
    (ZeroDivisionError, "arithmetic"),
    (OverflowError, "arithmetic"),
    (IndexError, "index"),
    (KeyError, "key"),
    (TypeError, "type"),
    (ValueError, "value"),
)


class Interpreter:
    """Runs one plan."""

    def __init__(self, text: str) -> None:
        self.source = Source(text, "program.plan")
        self.program, findings = parse(self.source)
        assert not findings, findings[0].message
        self.printed: list[str] = []
        self.steps = 0
        self.top = Scope()
        self.functions = {s.name: s for s in self.program.statements if isinstance(s, tree.FunctionDef)}

    def run(self) -> Outcome:
        """Run the top level."""
        try:
            self.statements(self.program.statements, self.top)
        except PlanFailureError as failure:
            return Outcome(self.printed, (failure.kind, failure.line))
        return Outcome(self.printed)

    def step(self, count: int = 1) -> None:
        """Do not run for ever."""
        self.steps += count
        if self.steps > BUDGET:
            raise TooLongError

    @contextmanager
    def at(self, node: tree.Node) -> Iterator[None]:
        """Python's own errors inside become errors of the plan at `node`."""
        try:
            yield
        except PlanFailureError as failure:
            failure.line = failure.line or self.line(node)
            raise
        except tuple(kind for kind, _ in _ERRORS) as error:
            kind = next(name for known, name in _ERRORS if isinstance(error, known))
            raise PlanFailureError(kind, "", self.line(node)) from None

    def line(self, node: tree.Node) -> int:
        """The line on which `node` begins."""
        return self.source.position(node.span.start)[0]

    # --- statements --------------------------------------------------------------------------------------

    def block(self, block: tree.Block, outer: Scope, **bound: Any) -> None:
        """Run a block in a scope of its own."""
        self.statements(block.statements, Scope(outer, dict(bound)))

    def statements(self, statements: tuple[tree.Statement, ...], scope: Scope) -> None:
        """Run statements one after the other."""
        for statement in statements:
            self.step()
            with self.at(statement):
                self.statement(statement, scope)

    def statement(self, node: tree.Statement, scope: Scope) -> None:  # noqa: C901, PLR0912 - a table of statements
        """Run one statement."""
        match node:
            case tree.Let(targets=targets, value=value):
                scope.cells.update(self.bind(targets, self.value(value, scope)))
            case tree.Assign():
                self.assign(node, scope)
            case tree.ExpressionStatement(value=value):
                self.value(value, scope)
            case tree.If(test=test, body=body, otherwise=otherwise):
                if self.truth(test, scope):
                    self.block(body, scope)
                elif otherwise is not None:
                    self.block(otherwise, scope)
            case tree.While(test=test, body=body):
                self.loop((() for _ in iter(lambda: self.truth(test, scope), False)), (), body, scope)
            case tree.For(targets=targets, iterable=iterable, body=body):
                self.loop(list(self.value(iterable, scope)), targets, body, scope)
            case tree.Break():
                raise _BreakError
            case tree.Continue():
                raise _ContinueError
            case tree.Return(value=value):
                raise _ReturnError(self.value(value, scope) if value is not None else None)
            case tree.Match():
                self.match(node, scope)
            case tree.Fail(value=value):
                raise self.failure(self.value(value, scope))
            case tree.Try(body=body, name=name, handler=handler):
                try:
                    self.block(body, scope)
                except PlanFailureError as failure:
                    bound = {name.id: self.caught(failure)} if name is not None else {}
                    self.block(handler, scope, **bound)
            case tree.Assert(test=test):
                if not self.truth(test, scope):
                    raise PlanFailureError("assert")
            case tree.FunctionDef(name=name):
                if scope is not self.top:
                    scope.cells[name] = Function(self, node, scope.snapshot())
            case _:
                raise NotImplementedError(type(node).__name__)

    def bind(self, targets: tuple[tree.Target, ...], value: Any) -> dict[str, Any]:
        """The variables that `targets` become."""
        if len(targets) == 1:
            return {targets[0].id: copied(value)}
        if not isinstance(value, list):
            raise TypeError
        if len(value) != len(targets):
            raise ValueError
        return {target.id: copied(part) for target, part in zip(targets, value, strict=True)}

    def loop(self, turns: Any, targets: tuple[tree.Target, ...], body: tree.Block, scope: Scope) -> None:
        """Run `body` for each of `turns`."""
        for turn in turns:
            self.step()
            try:
                self.block(body, scope, **(self.bind(targets, turn) if targets else {}))
            except _ContinueError:
                continue
            except _BreakError:
                break

    def match(self, node: tree.Match, scope: Scope) -> None:
        """Run the first case that fits."""
        subject = self.value(node.subject, scope)
        for case in node.cases:
            bound = _matches(case.pattern, subject)
            if bound is None:
                continue
            inner = Scope(scope, {name: copied(value) for name, value in bound.items()})
            if case.guard is None or self.truth(case.guard, inner):
                self.statements(case.body.statements, inner)
                return
        raise ValueError

    def failure(self, value: Any) -> PlanFailureError:
        """What `fail value` raises."""
        if isinstance(value, str):
            return PlanFailureError("fail", value)
        data = {k: v for k, v in value.items() if k not in ("kind", "message", "where")}
        first = int(value["where"]) if "where" in value else 0
        return PlanFailureError(value.get("kind", "fail"), value["message"], first, data)

    def caught(self, failure: PlanFailureError) -> dict[str, Any]:
        """What `catch e` binds."""
        known = {"kind": failure.kind, "message": failure.message, "where": str(failure.line)}
        return {**known, **copied(failure.data)}

    # --- places ------------------------------------------------------------------------------------------

    def keys(self, place: tree.Expression, scope: Scope) -> tuple[str, list[Any]]:
        """The variable at the bottom of a place, and the keys from there."""
        if isinstance(place, tree.Name):
            return place.id, []
        assert isinstance(place, (tree.Index, tree.Field))
        root, keys = self.keys(place.value, scope)
        return root, [*keys, place.name if isinstance(place, tree.Field) else self.value(place.index, scope)]

    def holder(self, root: str, keys: list[Any], scope: Scope) -> Any:
        """The very container at a place."""
        owner = scope.find(root)
        assert owner is not None
        value = owner.cells[root]
        for key in keys:
            value = _part(value, key)
        return value

    def assign(self, node: tree.Assign, scope: Scope) -> None:
        """`place = e` and `place += e`: the value first, unless the old one is needed."""
        if not node.op:
            value = self.value(node.value, scope)
            root, keys = self.keys(node.place, scope)
        else:
            root, keys = self.keys(node.place, scope)
            old = copied(self.holder(root, keys, scope))
            value = self.operate(node.op, old, self.value(node.value, scope))
        if keys:
            holder = self.holder(root, keys[:-1], scope)
            if isinstance(holder, list) and type(keys[-1]) is not int:
                raise TypeError
            holder[keys[-1]] = copied(value)
        else:
            owner = scope.find(root)
            assert owner is not None
            owner.cells[root] = copied(value)

    def change(self, node: tree.MethodCall, scope: Scope) -> Any:
        """`place.push(v)` and its kin."""
        root, keys = self.keys(node.receiver, scope)
        values = [self.value(a.value, scope) for a in node.arguments]
        holder = self.holder(root, keys, scope)
        if node.method == "remove" and isinstance(holder, dict):
            return holder.pop(values[0])
        if not isinstance(holder, list) and node.method != "clear":
            raise TypeError
        call: Callable[..., Any] = getattr(holder, {"push": "append", "remove": "pop"}.get(node.method, node.method))
        return call(*values)

    # --- expressions -------------------------------------------------------------------------------------

    def value(self, node: tree.Expression, scope: Scope) -> Any:
        """The value of an expression, which nobody else holds."""
        self.step()
        with self.at(node):
            made = self.expression(node, scope)
        if isinstance(made, (list, dict, str)):
            self.step(len(made) // 8)
        return made

    def truth(self, node: tree.Expression, scope: Scope) -> bool:
        """The value of a condition."""
        value = self.value(node, scope)
        if not isinstance(value, bool):
            with self.at(node):
                raise TypeError
        return value

    def expression(self, node: tree.Expression, scope: Scope) -> Any:  # noqa: C901, PLR0912 - a table of expressions
        """The value of an expression."""
        match node:
            case tree.Literal(value=value):
                return value
            case tree.Text(parts=parts):
                return "".join(p if isinstance(p, str) else shown(self.value(p.value, scope)) for p in parts)
            case tree.Name(id=name):
                return self.name(name, scope)
            case tree.ListDisplay(items=items):
                return [v for item in items for v in self.item(item, scope)]
            case tree.DictDisplay(entries=entries):
                made: dict[Any, Any] = {}
                for entry in entries:
                    if isinstance(entry, tree.Spread):
                        made.update(self.value(entry.value, scope))
                    else:
                        key = self.value(entry.key, scope)
                        made[key] = self.value(entry.value, scope)
                return made
            case tree.ListComprehension(element=element, clauses=clauses):
                return [self.value(element, inner) for inner in self.turns(clauses, scope)]
            case tree.DictComprehension(key=key_node, value=value_node, clauses=clauses):
                turns = self.turns(clauses, scope)
                return {self.value(key_node, inner): self.value(value_node, inner) for inner in turns}
            case tree.Unary(op="not", operand=operand):
                return not self.truth(operand, scope)
            case tree.Unary(operand=operand):
                return -self.value(operand, scope)
            case tree.Binary():
                return self.binary(node, scope)
            case tree.Conditional(test=test, value=value, otherwise=otherwise):
                return self.value(value if self.truth(test, scope) else otherwise, scope)
            case tree.Call(function=function, arguments=arguments):
                target = (
                    self.name(function.id, scope) if isinstance(function, tree.Name) else self.value(function, scope)
                )
                return self.apply(node, target, [], arguments, scope)
            case tree.MethodCall(method=method) if method in CHANGING:
                return self.change(node, scope)
            case tree.MethodCall(receiver=receiver, method=method, arguments=arguments):
                first = [self.value(receiver, scope)]
                return self.apply(node, self.function(method, scope), first, arguments, scope)
            case tree.Index(value=value, index=index):
                return _part(self.value(value, scope), self.value(index, scope))
            case tree.Field(value=value, name=name):
                return _part(self.value(value, scope), name)
            case tree.Slice(value=value, start=start, stop=stop):
                whole = self.value(value, scope)
                ends = [self.value(e, scope) if e is not None else None for e in (start, stop)]
                return whole[ends[0] : ends[1]]
            case tree.Lambda():
                return Function(self, node, scope.snapshot())
            case _:
                raise NotImplementedError(type(node).__name__)

    def name(self, name: str, scope: Scope) -> Any:
        """The value of a variable, or else the function called `name`."""
        owner = scope.find(name) or (self.top if name in self.top.cells else None)
        return copied(owner.cells[name]) if owner is not None else self.function(name, scope)

    def function(self, name: str, scope: Scope) -> Callable[..., Any]:
        """The function called `name`."""
        owner = scope.find(name)
        if owner is not None and isinstance(owner.cells[name], Function):
            return owner.cells[name]
        if name in self.functions:
            return Function(self, self.functions[name], Scope())
        return STANDARD[name] if name != "print" else self.print

    def print(self, *values: Any) -> None:
        """`print(…)`."""
        self.printed.append(" ".join(map(shown, values)))

    def item(self, item: tree.Expression | tree.Spread, scope: Scope) -> list[Any]:
        """What an item of a list display adds to it."""
        if not isinstance(item, tree.Spread):
            return [self.value(item, scope)]
        values = self.value(item.value, scope)
        if not isinstance(values, list):
            raise TypeError
        return values

    def turns(self, clauses: tuple[tree.ForClause | tree.IfClause, ...], scope: Scope) -> Iterator[Scope]:
        """The scopes in which the element of a comprehension is evaluated."""
        if not clauses:
            yield scope
            return
        first, rest = clauses[0], clauses[1:]
        if isinstance(first, tree.IfClause):
            if self.truth(first.test, scope):
                yield from self.turns(rest, scope)
            return
        for turn in list(self.value(first.iterable, scope)):
            self.step()
            yield from self.turns(rest, Scope(scope, self.bind(first.targets, turn)))

    def binary(self, node: tree.Binary, scope: Scope) -> Any:
        """`a op b`."""
        if node.op in ("and", "or"):
            left = self.truth(node.left, scope)
            return self.truth(node.right, scope) if left is (node.op == "and") else left
        if node.op == "??":
            left = self.path(node.left, scope)
            return self.value(node.right, scope) if left is None else left
        left = self.value(node.left, scope)
        return self.operate(node.op, left, self.value(node.right, scope))

    def path(self, node: tree.Expression, scope: Scope) -> Any:
        """The value of a chain of fields and indexes, none where a part is missing."""
        if not isinstance(node, (tree.Index, tree.Field)):
            return self.value(node, scope)
        holder = self.path(node.value, scope)
        key = node.name if isinstance(node, tree.Field) else self.value(node.index, scope)
        try:
            return _part(holder, key) if holder is not None else None
        except (IndexError, KeyError):
            return None

    def operate(self, op: str, a: Any, b: Any) -> Any:
        """`a op b` on values."""
        if op == "+" and type(a) is not type(b):
            raise TypeError
        if op == "*" and isinstance(b, int) and isinstance(a, (list, str)):
            self.step(len(a) * max(b, 0))
            return [copied(item) for item in a * b] if isinstance(a, list) else a * b
        result = _OPERATORS[op](a, b)
        if isinstance(result, int) and result.bit_length() > 2000:
            raise TooLongError
        return result

    # --- calls -------------------------------------------------------------------------------------------

    def apply(
        self, node: tree.Node, target: Any, first: list[Any], arguments: tuple[tree.Argument, ...], scope: Scope
    ) -> Any:
        """Call `target`."""
        values = first + [self.value(a.value, scope) for a in arguments if a.name is None]
        named = {a.name: self.value(a.value, scope) for a in arguments if a.name is not None}
        if not callable(target):
            raise TypeError
        with self.at(node):
            return copied(target(*values, **named))

    def call(self, function: Function, values: tuple[Any, ...], named: dict[str, Any]) -> Any:
        """Run a function of the plan."""
        self.step()
        node = function.node
        scope = Scope(function.scope)
        if isinstance(node, tree.FunctionDef):
            function.scope.cells.setdefault(node.name, function)
        for number, parameter in enumerate(node.params):
            if number < len(values):
                scope.cells[parameter.name] = copied(values[number])
            elif parameter.name in named:
                scope.cells[parameter.name] = copied(named[parameter.name])
            elif parameter.default is not None:
                scope.cells[parameter.name] = self.value(parameter.default, scope)
            else:
                raise TypeError
        if not isinstance(node.body, tree.Block):
            return self.value(node.body, scope)
        try:
            self.block(node.body, scope)
        except _ReturnError as result:
            return result.value
        return None


def _part(holder: Any, key: Any) -> Any:
    """`holder[key]`."""
    if isinstance(holder, dict):
        return holder[key]
    if isinstance(holder, (list, str)) and type(key) is int:
        return holder[key]
    raise TypeError


def _matches(pattern: tree.Pattern, value: Any) -> dict[str, Any] | None:
    """What `pattern` binds; None where it does not fit."""
    match pattern:
        case tree.PatternAny():
            return {}
        case tree.PatternName(id=name):
            return {name: value}
        case tree.PatternLiteral(value=wanted):
            return {} if type(value) is type(wanted) and value == wanted else None
        case tree.PatternList(items=items):
            if not isinstance(value, list) or len(value) != len(items):
                return None
            return _all_match(zip(items, value, strict=True))
        case tree.PatternDict(entries=entries):
            if not isinstance(value, dict) or any(e.key not in value for e in entries):
                return None
            return _all_match((e.pattern, value[e.key]) for e in entries)
        case tree.PatternOr(alternatives=alternatives):
            found = (_matches(a, value) for a in alternatives)
            return next((bound for bound in found if bound is not None), None)


def _all_match(pairs: Any) -> dict[str, Any] | None:
    bound: dict[str, Any] = {}
    for pattern, value in pairs:
        part = _matches(pattern, value)
        if part is None:
            return None
        bound.update(part)
    return bound


def _contains(a: Any, b: Any) -> bool:
    if isinstance(b, str) and not isinstance(a, str):
        raise TypeError
    return a in b


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": _contains,
    "not in": lambda a, b: not _contains(a, b),
}
