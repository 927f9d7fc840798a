"""The actions of the grammar that build statements and declarations."""

from __future__ import annotations

from bisect import bisect_right

from . import tree
from .build_basics import Basics
from .source import Source, Span
from .tokens import Token


class StatementActions(Basics):
    """One method for each action of the statement rules."""

    def __init__(self, source: Source, comments: list[Span], *, repl: bool = False) -> None:
        """Build nodes over `source`; with `repl`, any expression may stand as a statement."""
        super().__init__(source)
        self.repl = repl
        self.comments = comments
        self._comment_starts = [span.start for span in comments]

    def program(self, _span: Span, statements: list[tree.Statement]) -> tree.Program:
        """A whole file."""
        comments = tuple(tree.Comment(span, self.text[span.start : span.end]) for span in self.comments)
        return tree.Program(Span(0, len(self.text)), tuple(statements), comments)

    def block(self, span: Span, _open: Token, statements: list[tree.Statement], _close: Token) -> tree.Block:
        """`{ … }`."""
        return tree.Block(span, tuple(statements))

    # --- Variables ------------------------------------------------------------------------------------------

    def target(self, span: Span, name: Token) -> tree.Target:
        """A name that is declared."""
        return tree.Target(span, self.name_of(name))

    def let(
        self, span: Span, _let: Token, targets: list[tree.Target], _equals: Token, value: tree.Expression
    ) -> tree.Let:
        """`let a, b = e`."""
        return tree.Let(span, tuple(targets), None, value)

    def typed_let(
        self,
        span: Span,
        _let: Token,
        target: tree.Target,
        _colon: Token,
        of: tree.TypeNode,
        _equals: Token,
        value: tree.Expression,
    ) -> tree.Let:
        """`let a: T = e`."""
        return tree.Let(span, (target,), of, value)

    def assign(self, span: Span, place: tree.Expression, operator: Token, value: tree.Expression) -> tree.Assign:
        """`place = e`, `place += e`."""
        if not _is_place(place):
            hint = "Left of `=` stands a variable, or fields and elements of one: x, x.f, x[0].f."
            if isinstance(place, tree.Binary | tree.Call | tree.MethodCall | tree.Literal):
                hint += " To compare two values, write `==`."
            self.report("PL0110", "This is nothing that a value can be assigned to.", place.span, hint)
        return tree.Assign(span, place, operator.kind[:-1], value)

    def expression_statement(self, span: Span, value: tree.Expression) -> tree.ExpressionStatement:
        """A call that stands as a statement."""
        if not self.repl and not isinstance(value, tree.Call | tree.MethodCall):
            self.report("PL0109", "This value is not used.", span, self._unused_hint(value))
        return tree.ExpressionStatement(span, value)

    def _unused_hint(self, value: tree.Expression) -> str:
        if isinstance(value, tree.Unary) and value.op == "-":
            return "To go on with the line before, end that line with the operator."
        if isinstance(value, tree.Binary) and value.op == "==" and _is_place(value.left):
            return "To assign a value, write one `=`."
        if isinstance(value, tree.Binary) and value.op == "//" and isinstance(value.left, tree.Call | tree.MethodCall):
            return "A comment begins with `#`; `//` divides and rounds down."
        if isinstance(value, tree.Name) and value.id == "pass":
            return "Leave it away: a block may be empty."
        if isinstance(value, tree.Name):
            return f"To call it, write {value.id}(); to give it as the result, write `return {value.id}`."
        if isinstance(value, tree.Literal | tree.Text) and isinstance(getattr(value, "value", ""), str):
            return "A comment begins with `#`; to show a text, write print(…)."
        return "Only a call can stand alone. Assign it (`let x = …`), return it, or print it."

    # --- Control flow ---------------------------------------------------------------------------------------

    def if_(self, span: Span, _if: Token, test: tree.Expression, body: tree.Block) -> tree.If:
        """`if test { }`."""
        return tree.If(span, test, body, None)

    def if_else(
        self, span: Span, _if: Token, test: tree.Expression, body: tree.Block, _else: Token, otherwise: tree.Block
    ) -> tree.If:
        """`if test { } else { }`."""
        return tree.If(span, test, body, otherwise)

    def if_else_if(
        self, span: Span, _if: Token, test: tree.Expression, body: tree.Block, _else: Token, otherwise: tree.If
    ) -> tree.If:
        """`if test { } else if …`."""
        return tree.If(span, test, body, tree.Block(otherwise.span, (otherwise,)))

    def while_(self, span: Span, _while: Token, test: tree.Expression, body: tree.Block) -> tree.While:
        """`while test { }`."""
        return tree.While(span, test, body)

    def for_(
        self,
        span: Span,
        _for: Token,
        targets: list[tree.Target],
        _in: Token,
        iterable: tree.Expression,
        body: tree.Block,
    ) -> tree.For:
        """`for targets in iterable { }`."""
        return tree.For(span, tuple(targets), iterable, body)

    def break_(self, span: Span, _break: Token) -> tree.Break:
        """`break`."""
        return tree.Break(span)

    def continue_(self, span: Span, _continue: Token) -> tree.Continue:
        """`continue`."""
        return tree.Continue(span)

    def return_nothing(self, span: Span, _return: Token) -> tree.Return:
        """`return`."""
        return tree.Return(span, None)

    def return_(self, span: Span, _return: Token, value: tree.Expression) -> tree.Return:
        """`return e`."""
        return tree.Return(span, value)

    def match_(
        self, span: Span, _match: Token, subject: tree.Expression, _open: Token, cases: list[tree.Case], _close: Token
    ) -> tree.Match:
        """`match e { case … }`."""
        return tree.Match(span, subject, tuple(cases))

    def case(self, span: Span, _case: Token, pattern: tree.Pattern, body: tree.Block) -> tree.Case:
        """`case pattern { }`."""
        return tree.Case(span, pattern, None, body)

    def guarded_case(
        self, span: Span, _case: Token, pattern: tree.Pattern, _if: Token, guard: tree.Expression, body: tree.Block
    ) -> tree.Case:
        """`case pattern if guard { }`."""
        return tree.Case(span, pattern, guard, body)

    def fail(self, span: Span, _fail: Token, value: tree.Expression) -> tree.Fail:
        """`fail e`."""
        return tree.Fail(span, value)

    def try_(self, span: Span, _try: Token, body: tree.Block, _catch: Token, handler: tree.Block) -> tree.Try:
        """`try { } catch { }`."""
        return tree.Try(span, body, None, handler)

    def try_named(
        self, span: Span, _try: Token, body: tree.Block, _catch: Token, name: tree.Target, handler: tree.Block
    ) -> tree.Try:
        """`try { } catch e { }`."""
        return tree.Try(span, body, name, handler)

    def assert_(self, span: Span, _assert: Token, test: tree.Expression) -> tree.Assert:
        """`assert c`."""
        return tree.Assert(span, test, None)

    def assert_message(
        self, span: Span, _assert: Token, test: tree.Expression, _comma: Token, message: tree.Expression
    ) -> tree.Assert:
        """`assert c, message`."""
        return tree.Assert(span, test, message)

    def step(self, span: Span, _step: Token, title: tree.Expression) -> tree.Step:
        """`step "title"`."""
        return tree.Step(span, title)

    # --- Declarations ---------------------------------------------------------------------------------------

    def resource(self, span: Span, name: Token, _equals: Token, value: tree.Expression) -> tree.Resource:
        """`gpu = 0.5`."""
        return tree.Resource(span, self.name_of(name), value)

    def needs(self, span: Span, _needs: Token, resources: list[tree.Resource]) -> tree.Needs:
        """`needs …`."""
        return tree.Needs(span, tuple(resources), optional=False)

    def prefers(self, span: Span, _prefers: Token, resources: list[tree.Resource]) -> tree.Needs:
        """`prefers …`."""
        return tree.Needs(span, tuple(resources), optional=True)

    def parameter(
        self,
        span: Span,
        name: Token,
        of: tree.TypeNode | None,
        default: tree.Expression | None,
        description: str | None,
    ) -> tree.Parameter:
        """`name: T = default "description"`."""
        return tree.Parameter(span, self.name_of(name), of, default, description)

    def function(  # noqa: PLR0913, PLR0917 - the grammar has this many symbols
        self,
        span: Span,
        fn: Token,
        name: Token,
        params: list[tree.Parameter],
        result: tree.TypeNode | None,
        body: tree.Block | tree.Expression,
    ) -> tree.FunctionDef:
        """`fn name(params) -> T { … }`."""
        name_span = Span(name.start, name.end)
        is_task = fn.kind == "task"
        doc = self.documentation(span.start)
        return tree.FunctionDef(span, self.name_of(name), name_span, tuple(params), result, body, is_task, doc)

    task = function

    def type_definition(self, span: Span, _type: Token, name: Token, _equals: Token, of: tree.TypeNode) -> tree.TypeDef:
        """`type Name = T`."""
        name_span = Span(name.start, name.end)
        return tree.TypeDef(span, self.name_of(name), name_span, of, self.documentation(span.start))

    def documentation(self, start: int) -> str:
        """The `##` lines directly above `start`, without their marks."""
        lines: list[str] = []
        index = bisect_right(self._comment_starts, start) - 1
        while index >= 0:
            span = self.comments[index]
            between = self.text[span.end : start]
            written = self.text[span.start : span.end]
            line_start = self.text.rfind("\n", 0, span.start) + 1
            alone = not self.text[line_start : span.start].strip()
            if not alone or not written.startswith("##") or between.strip() or between.count("\n") != 1:
                break
            lines.append(written.lstrip("#").removeprefix(" ").rstrip())
            start, index = line_start, index - 1
            start = span.start
        return "\n".join(reversed(lines))

    def import_module(self, span: Span, _import: Token, name: Token) -> tree.Import:
        """`import texts`."""
        return tree.Import(span, self.name_of(name), is_file=False, alias=None)

    def import_module_as(self, span: Span, _import: Token, name: Token, _as: Token, alias: Token) -> tree.Import:
        """`import rag as r`."""
        return tree.Import(span, self.name_of(name), is_file=False, alias=self.name_of(alias))

    def import_file(self, span: Span, _import: Token, path: Token) -> tree.Import:
        """`import "./helpers.plan"`."""
        return tree.Import(span, self.text_of(path), is_file=True, alias=None)

    def import_file_as(self, span: Span, _import: Token, path: Token, _as: Token, alias: Token) -> tree.Import:
        """`import "./helpers.plan" as helpers`."""
        return tree.Import(span, self.text_of(path), is_file=True, alias=self.name_of(alias))

    def test(self, span: Span, _test: Token, title: Token, body: tree.Block) -> tree.Test:
        """`test "title" { }`."""
        return tree.Test(span, self.text_of(title), body)

    def mock(self, span: Span, _mock: Token, name: Token, _equals: Token, value: tree.Expression) -> tree.Mock:
        """`mock name = e`."""
        return tree.Mock(span, self.name_of(name), value)

    def mock_member(
        self, span: Span, _mock: Token, module: Token, _dot: Token, name: Token, _equals: Token, value: tree.Expression
    ) -> tree.Mock:
        """`mock nlp.sentiment = e`."""
        return tree.Mock(span, self.name_of(name), value, self.name_of(module))


def _is_place(expression: tree.Expression) -> bool:
    """Whether `expression` is a variable, or a chain of fields and indexes of one."""
    while isinstance(expression, tree.Index | tree.Field):
        expression = expression.value
    return isinstance(expression, tree.Name)
