"""Liveness: the last reads of variables, by one backward pass over each scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, cast

from planlang.lang import tree
from planlang.lang.checked import ChangingMethod, FunctionNode, Module, Scope, Variable

Loop: TypeAlias = tree.For | tree.While
Body: TypeAlias = Callable[[set[Variable]], set[Variable]]
"""What is live before a loop's body, given what is live after it."""


class Liveness:
    """One backward pass over a scope that finds the last reads of its variables."""

    def __init__(self, module: Module, scope: Scope, *, keep_globals: bool) -> None:
        """Prepare for `scope`. With `keep_globals` the variables of the top level live on after it."""
        self.module = module
        self.scope = scope
        self.keep_globals = keep_globals
        self.last_reads: set[tree.Name] = set()
        self.loops: list[tuple[set[Variable], set[Variable]]] = []
        self.handlers: list[set[Variable]] = []

    def run(self) -> None:
        """Fill `last_reads`."""
        if isinstance(self.scope, tree.Program):
            if not self.keep_globals:
                self.block(self.scope.statements, set())
            return
        body = self.scope.body
        if isinstance(body, tree.Block):
            self.block(body.statements, set())
        else:
            self.expression(body, set())

    def own(self, node: tree.Node) -> Variable | None:
        """The variable of this very scope that `node` refers to; None for constants and captured ones."""
        variable = self.module.symbols.get(node)
        return (
            variable
            if isinstance(variable, Variable) and variable.scope is self.scope and not variable.constant
            else None
        )

    def block(self, statements: tuple[tree.Statement, ...], live: set[Variable]) -> set[Variable]:
        """What is live before `statements`, given what is live after them."""
        for statement in reversed(statements):
            for handler in self.handlers:
                live |= handler
            live = self.statement(statement, live)
        return live

    def statement(self, node: tree.Statement, live: set[Variable]) -> set[Variable]:  # noqa: C901, PLR0912 - a table
        """What is live before `node`."""
        match node:
            case tree.Let(targets=targets, value=value):
                return self.expression(value, live - {self.own(t) for t in targets})
            case tree.Assign(place=tree.Name() as place, op=op, value=value):
                variable = self.own(place)
                live = live - {variable}
                live = self.expression(value, live)
                return live | {variable} if op and variable else live
            case tree.Assign(place=place, value=value):
                return self.expression(value, self.place(place, live))
            case tree.If():
                return self.if_chain(node, live)
            case tree.While(test=test, body=body):
                return self.loop(node, live, lambda inner: self.expression(test, self.block(body.statements, inner)))
            case tree.For(targets=targets, iterable=iterable, body=body):
                bound = {self.own(t) for t in targets}
                head = self.loop(node, live, lambda inner: self.block(body.statements, inner) - bound)
                return self.expression(iterable, head)
            case tree.Break():
                return set(self.loops[-1][0])
            case tree.Continue():
                return set(self.loops[-1][1])
            case tree.Return(value=value):
                return self.expression(value, set()) if value is not None else set()
            case tree.Fail(value=value):
                return self.expression(value, set())
            case tree.Match(subject=subject, cases=cases):
                after: set[Variable] = set(live)
                for case in reversed(cases):
                    inside = self.block(case.body.statements, set(live))
                    if case.guard is not None:
                        inside = self.expression(case.guard, inside | after)
                    after |= inside
                return self.expression(subject, after)
            case tree.Try(body=body, handler=handler):
                caught = self.block(handler.statements, set(live))
                self.handlers.append(caught)
                inside = self.block(body.statements, live | caught)
                self.handlers.pop()
                return inside | caught
            case tree.ExpressionStatement(value=value) | tree.Step(title=value) | tree.Mock(value=value):
                return self.expression(value, live)
            case tree.Assert(test=test, message=message):
                if message is not None:
                    live = live | self.expression(message, set(live))
                return self.expression(test, live)
            case tree.FunctionDef():
                return self.capture(node, live)
            case _:
                return live

    def if_chain(self, node: tree.If, live: set[Variable]) -> set[Variable]:
        """An `if` with all its `else if`s, without recursion along the chain."""
        chain = [node]
        while (last := chain[-1].otherwise) is not None and len(last.statements) == 1:
            following = last.statements[0]
            if not isinstance(following, tree.If):
                break
            chain.append(following)
        otherwise = chain[-1].otherwise
        after = self.block(otherwise.statements, set(live)) if otherwise is not None else set(live)
        for link in reversed(chain):
            after = self.expression(link.test, after | self.block(link.body.statements, set(live)))
        return after

    def loop(self, node: Loop, live: set[Variable], body: Body) -> set[Variable]:
        """A loop: whatever it reads and does not declare itself is live at its head."""
        declared = {self.own(n) for n in tree.walk(node) if isinstance(n, (tree.Target, tree.PatternName))}
        read = {self.own(n) for n in tree.walk(node) if isinstance(n, tree.Name)}
        for inner in tree.walk(node):
            if isinstance(inner, (tree.FunctionDef, tree.Lambda)):
                read.update(v for v in self.module.captures.get(inner, ()) if isinstance(v, Variable))
        head = live | {v for v in read - declared if v is not None}
        self.loops.append((set(live), head))
        result = body(set(head))
        self.loops.pop()
        return result | head

    def capture(self, node: FunctionNode, live: set[Variable]) -> set[Variable]:
        """Making a function reads what it captures."""
        return live | {
            v for v in self.module.captures.get(node, ()) if isinstance(v, Variable) and v.scope is self.scope
        }

    def place(self, node: tree.Expression, live: set[Variable]) -> set[Variable]:
        """A place that is changed: its root stays live, its indexes are read."""
        while isinstance(node, (tree.Index, tree.Field)):
            if isinstance(node, tree.Index):
                live = self.expression(node.index, live)
            node = node.value
        variable = self.own(node)
        return live | {variable} if variable is not None else self.expression(node, live)

    def expression(self, node: tree.Expression, live: set[Variable]) -> set[Variable]:  # noqa: C901 - a table
        """What is live before `node` is evaluated."""
        match node:
            case tree.Name():
                variable = self.own(node)
                if variable is not None and variable not in live and not any(variable in h for h in self.handlers):
                    self.last_reads.add(node)
                    live = live | {variable}
                return live
            case tree.Lambda():
                return self.capture(node, live)
            case tree.ListComprehension() | tree.DictComprehension():
                # Its parts run many times: what they read stays live all through.
                names = {self.own(n) for n in tree.walk(node) if isinstance(n, tree.Name)}
                for inner in tree.walk(node):
                    if isinstance(inner, tree.Lambda):
                        names.update(v for v in self.module.captures.get(inner, ()) if isinstance(v, Variable))
                return live | {v for v in names if v is not None and v.scope is self.scope}
            case tree.Conditional(test=test, value=value, otherwise=otherwise):
                then = self.expression(value, set(live))
                return self.expression(test, then | self.expression(otherwise, set(live)))
            case tree.Binary(op="and" | "or" | "??", left=left, right=right):
                return self.expression(left, live | self.expression(right, set(live)))
            case tree.MethodCall() if isinstance(self.module.symbols.get(node), ChangingMethod):
                live = self.place(node.receiver, live)
                for argument in reversed(node.arguments):
                    live = self.expression(argument.value, live)
                return live
            case _:
                for child in reversed(list(tree.children(node))):
                    live = self._child(child, live)
                return live

    def _child(self, child: tree.Node, live: set[Variable]) -> set[Variable]:
        if isinstance(child, (tree.Argument, tree.Spread, tree.Interpolation)):
            return self.expression(child.value, live)
        if isinstance(child, tree.Entry):
            return self.expression(child.key, self.expression(child.value, live))
        return self.expression(cast(tree.Expression, child), live)  # nothing else is left
