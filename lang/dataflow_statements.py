"""Dataflow through statements: which of them are held back by a condition that is not decided yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from . import tree
from .checked import Module, Variable
from .dataflow_calls import CallFlow
from .dataflow_core import Env, join_envs
from .dataflow_expressions import element_of, known_deep
from .dataflow_graph import NOTHING, Kind, Operation, Origins, Shape
from .dataflow_values import NOWHERE, Value, join
from .source import Span


class StatementFlow(CallFlow):
    """Statements and blocks."""

    def __init__(self, module: Module, *, unknown_works: bool) -> None:
        """See `DataflowCore`."""
        super().__init__(module, unknown_works=unknown_works)
        self._statements: dict[type, Callable[[Any], None]] = {
            tree.Let: self._let,
            tree.Assign: self._assign,
            tree.ExpressionStatement: lambda node: self._ignore(self.evaluate(node.value)),
            tree.If: self._if,
            tree.While: self._while,
            tree.For: self._for,
            tree.Break: lambda _: self._leave_loop("break"),
            tree.Continue: lambda _: self._leave_loop("continue"),
            tree.Return: self._return,
            tree.Match: self._match,
            tree.Fail: self._fail,
            tree.Try: self._try,
            tree.Assert: self._assert,
            tree.Step: lambda node: self._hold(self.evaluate(node.title)),
            tree.FunctionDef: lambda node: self._ignore(Value(self.capture(node))),
        }

    # --- Blocks ------------------------------------------------------------------------------------------

    def body(self, body: tree.Block | tree.Expression) -> Value:
        """What the body of a function gives."""
        if not isinstance(body, tree.Block):
            return self.evaluate(body)
        self.block(body.statements)
        return self.frame.result.after(self.frame.returned)

    def block(self, statements: tuple[tree.Statement, ...]) -> None:
        """Go through statements in order. What follows a `step` belongs to it."""
        frame = self.frame
        control, region = frame.control, frame.region
        for statement in statements:
            if frame.dead:
                break
            if isinstance(statement, tree.Step):
                frame.region = self.region(statement, Shape.STEP, statement.span, region)
            handler = self._statements.get(type(statement))
            if handler is not None:
                handler(statement)
            frame.control = control | frame.stops
        frame.control, frame.region = control, region

    def _hold(self, value: Value) -> None:
        """Nothing goes on before `value` is known."""
        self.frame.stops |= value.deep()

    def _ignore(self, value: Value) -> None:
        """A value that nobody uses."""

    def _branch(self, node: tree.Node, head: Span, block: tree.Block, env: Env, test: Origins) -> Env | None:
        """Go through a block that is done if `test` says so. Gives what holds at its end, None if that is not met."""
        frame = self.frame
        frame.env, frame.dead = dict(env), False
        region = self.region(node, Shape.BRANCH, head)
        region.test = _only(test)
        with self.inside(region), self.under(test):
            self.block(block.statements)
        return None if frame.dead else frame.env

    def _meet(self, ends: list[Env | None]) -> None:
        """Go on after branches."""
        alive = [env for env in ends if env is not None]
        self.frame.dead = not alive
        if alive:
            self.frame.env = join_envs(alive)

    # --- Variables ---------------------------------------------------------------------------------------

    def _let(self, node: tree.Let) -> None:
        value = self.evaluate(node.value)
        self.bind_targets(node.targets, value)
        variable = self.symbol(node.targets[0])
        if (
            isinstance(variable, Variable)
            and isinstance(node.value, tree.Literal)
            and isinstance(node.value.value, str)
        ):
            self.texts[variable] = node.value.value
        if variable in self.settled:
            self._hold(value)

    def _assign(self, node: tree.Assign) -> None:
        value = self.evaluate(node.value)
        if node.op:
            value = known_deep(self.evaluate(node.place), value)
        if isinstance(node.place, tree.Name):
            self.bind(self.symbol(node.place), value)
        else:
            self.change(node.place, value, added=False)

    # --- Conditions --------------------------------------------------------------------------------------

    def _if(self, node: tree.If) -> None:
        control = self.frame.control
        ends: list[Env | None] = []
        last, tested = node, NOTHING
        for link in _chain(node):
            test = self.evaluate(link.test).deep()
            decided = self.decide(link, test, link.test.span, (link.test,))
            env = self.frame.env
            ends.append(self._branch(link, Span(link.span.start, link.body.span.start), link.body, env, decided))
            self.frame.env = env
            self.frame.control |= decided
            last, tested = link, decided
        otherwise = last.otherwise
        if otherwise is not None:
            head = Span(last.body.span.end, otherwise.span.start)
            ends.append(self._branch(otherwise, head, otherwise, self.frame.env, tested))
        else:
            ends.append(self.frame.env)
        self.frame.control = control
        self._meet(ends)

    def _match(self, node: tree.Match) -> None:
        control = self.frame.control
        subject = self.evaluate(node.subject)
        needed = NOTHING.union(*(needs(case.pattern, subject) for case in node.cases))
        decided = self.decide(node, needed, node.subject.span, (node.subject,))
        ends: list[Env | None] = []
        env = self.frame.env
        for case in node.cases:
            self.frame.env = dict(env)
            self._bind_pattern(case.pattern, subject.after(decided))
            test = decided
            if case.guard is not None:
                with self.under(decided):
                    guard = self.evaluate(case.guard).deep()
                    test |= self.decide(case, guard, case.guard.span, (case.guard,))
            head = Span(case.span.start, case.body.span.start)
            ends.append(self._branch(case, head, case.body, self.frame.env, test))
            self.frame.control |= test
        self.frame.control = control
        self._meet(ends)

    def _bind_pattern(self, pattern: tree.Pattern, value: Value) -> None:
        match pattern:
            case tree.PatternName():
                self.bind(self.symbol(pattern), value)
            case tree.PatternList(items=items):
                for at, item in enumerate(items):
                    self._bind_pattern(item, value.part(at))
            case tree.PatternDict(entries=entries):
                for entry in entries:
                    self._bind_pattern(entry.pattern, value.part(entry.key))
            case tree.PatternOr(alternatives=alternatives):
                for alternative in alternatives:
                    self._bind_pattern(alternative, value)
            case _:
                pass

    # --- Loops -------------------------------------------------------------------------------------------

    def _for(self, node: tree.For) -> None:
        over = self.evaluate(node.iterable)
        decided = self.decide(node, over.whole, node.iterable.span, (node.iterable,))
        element = element_of(Value(decided, over.parts), self.module.type_of(node.iterable))

        def turn() -> None:
            with self.under(decided):
                self.bind_targets(node.targets, element)
                self.block(node.body.statements)

        region = self.turns(node, Span(node.span.start, node.body.span.start), turn)
        region.test = _only(decided)

    def _while(self, node: tree.While) -> None:
        region = self.region(node, Shape.LOOP, Span(node.span.start, node.body.span.start))

        def turn() -> None:
            test = self.evaluate(node.test).deep()
            decided = self.decide(node, test, node.test.span, (node.test,))
            region.test = _only(decided)
            with self.under(decided):
                self.block(node.body.statements)

        self.turns(node, region.head, turn)

    def _leave_loop(self, word: str) -> None:
        frame = self.frame
        if frame.loop is not None:
            (frame.loop.breaks if word == "break" else frame.loop.nexts).append(frame.env)
            if word == "break":
                frame.loop.left_by |= frame.control
        frame.stops |= frame.control
        self._leaves(word)

    def _leaves(self, word: str) -> None:
        self.frame.dead = True
        if self.frame.control:
            self.frame.region.leaves = word

    def _return(self, node: tree.Return) -> None:
        frame = self.frame
        value = self.evaluate(node.value) if node.value is not None else NOWHERE
        frame.result = join(frame.result, value)
        frame.returned |= frame.control
        frame.stops |= frame.control
        self._leaves("return")

    # --- Failures ----------------------------------------------------------------------------------------

    def _fail(self, node: tree.Fail) -> None:
        self.guards |= self.evaluate(node.value).deep() | self.frame.control
        self.frame.dead = True

    def _assert(self, node: tree.Assert) -> None:
        test = self.evaluate(node.test).deep()
        self.guards |= self.decide(node, test, node.test.span, (node.test,)) | self.frame.control
        if node.message is not None:
            with self.under(test):
                self.evaluate(node.message)

    def _try(self, node: tree.Try) -> None:
        frame = self.frame
        before, stops = frame.env, frame.stops
        frame.env = dict(before)
        region = self.region(node, Shape.TRY, Span(node.span.start, node.body.span.start))
        with self.inside(region):
            self.block(node.body.statements)
        tried = None if frame.dead else frame.env
        inside = frozenset(operation for operation in region.operations() if operation.kind is not Kind.TEST)
        head = Span(node.body.span.end, node.handler.span.start)
        settled = self.decide(node, inside, head)
        failed = self._caught(node, head, settled, join_envs((before, frame.env)))
        self._meet([tried, failed])
        for variable, value in frame.env.items():
            if before.get(variable) is not value:
                frame.env[variable] = value.after(settled)
        if frame.stops != stops:
            frame.stops |= settled

    def _caught(self, node: tree.Try, head: Span, settled: Origins, env: Env) -> Env | None:
        """Go through the handler, which is done if something in the block fails."""
        frame = self.frame
        frame.env, frame.dead = dict(env), False
        region = self.region(node.handler, Shape.CATCH, head)
        region.test = _only(settled)
        with self.inside(region), self.under(settled):
            if node.name is not None:
                self.bind(self.symbol(node.name), Value(settled))
            self.block(node.handler.statements)
        return None if frame.dead else frame.env


def needs(pattern: tree.Pattern, subject: Value) -> Origins:
    """What must be known of `subject` before `pattern` is decided."""
    match pattern:
        case tree.PatternLiteral():
            return subject.deep()
        case tree.PatternList(items=items):
            return subject.whole.union(*(needs(item, subject.part(at)) for at, item in enumerate(items)))
        case tree.PatternDict(entries=entries):
            return subject.whole.union(*(needs(entry.pattern, subject.part(entry.key)) for entry in entries))
        case tree.PatternOr(alternatives=alternatives):
            return NOTHING.union(*(needs(alternative, subject) for alternative in alternatives))
        case _:
            return NOTHING


def _chain(node: tree.If) -> Iterator[tree.If]:
    """An `if` with its `else if`s."""
    link: tree.If | None = node
    while link is not None:
        yield link
        otherwise = link.otherwise
        following = otherwise.statements[0] if otherwise is not None and len(otherwise.statements) == 1 else None
        is_link = isinstance(following, tree.If) and otherwise is not None and otherwise.span == following.span
        link = following if isinstance(following, tree.If) and is_link else None


def _only(origins: Origins) -> Operation | None:
    """The decision among `origins` that falls last."""
    found = (origin for origin in origins if isinstance(origin, Operation))
    return max(found, key=lambda operation: operation.number, default=None)
