"""Statements as documents, with the comments and empty lines between them."""

from __future__ import annotations

from collections.abc import Sequence

from . import texts, tree
from .format_expressions import DISJUNCTION, ExpressionFormatter
from .layout import HARD, LINE, Doc, Nest, group, join

_COMPOUND = (tree.If, tree.While, tree.For, tree.Match, tree.Try, tree.FunctionDef, tree.Test)


class StatementFormatter(ExpressionFormatter):
    """Statements and whole files."""

    def program(self, node: tree.Program) -> Doc:
        """A whole file."""
        body = self._lines(node.statements, node.span, most_empty=2)
        return [*body, HARD] if body else ""

    # --- Blocks ---------------------------------------------------------------------------------------------

    def block(self, node: tree.Block) -> Doc:
        """`{ … }`; on one line if it was, and holds one simple statement that fits."""
        if self.inline:
            statements = join(["; "], [self.statement(s) for s in node.statements])
            return ["{ ", *statements, " }"] if statements else "{ }"
        commented = self.comments.any_in(node.span.start, node.span.end)
        if not node.statements and not commented:
            return "{ }"
        inner = tree.Span(node.span.start + 1, node.span.end)
        body = self._lines(node.statements, inner, most_empty=1)
        one_line = len(node.statements) == 1 and not isinstance(node.statements[0], _COMPOUND) and not commented
        if one_line and node.span.end > node.span.start and not self.comments.breaks(*node.span):
            return group("{", Nest([LINE, *body]), LINE, "}")
        return ["{", Nest([HARD, *body]), HARD, "}"]

    def _lines(self, nodes: Sequence[tree.Statement | tree.Case], span: tree.Span, *, most_empty: int) -> list[Doc]:
        """Statements or cases in lines of their own, with comments and up to `most_empty` empty lines between."""
        body: list[Doc] = []
        end = span.start
        before: tree.Node | None = None
        for index, node in enumerate(nodes):
            until = nodes[index + 1].span.start if index + 1 < len(nodes) else span.end
            leading = self.comments.between(end, node.span.start)
            documentation = self.comments.documentation(leading, node.span.start)
            doc = self.case(node) if isinstance(node, tree.Case) else self.statement(node)
            hoisted = self._hoisted(node)
            for place, part in enumerate([*leading, node]):
                least = 0 if before is None else self._wanted(before, part, most_empty)
                body += self._break(body, end, part.span.start, most_empty, least)
                body += hoisted if place == len(leading) - documentation else []
                body.append(self.comments.own_line(part) if isinstance(part, tree.Comment) else doc)
                end, before = part.span.end, part
            trailing = self.comments.trailing(node.span.end, until)
            body += ["  " + comment.text.rstrip() for comment in trailing]
            end = trailing[-1].span.end if trailing else end
        for comment in self.comments.between(end, span.end):
            body += [*self._break(body, end, comment.span.start, most_empty), self.comments.own_line(comment)]
            end = comment.span.end
        return body

    def _hoisted(self, node: tree.Node) -> list[Doc]:
        """Comments inside `node` for which its layout has no place: they go above it, and above its documentation."""
        comments = self.comments.between(node.span.start, node.span.end)
        return [part for comment in comments for part in (self.comments.own_line(comment, moved=True), HARD)]

    def _break(self, body: list[Doc], end: int, start: int, most: int, least: int = 0) -> list[Doc]:
        """The line ends between two things: as many empty lines as there were, within bounds."""
        if not body:
            return []
        return [HARD] * (1 + max(least, min(most, self.comments.gap(end, start))))

    @staticmethod
    def _wanted(before: tree.Node, node: tree.Node, most_empty: int) -> int:
        """At the top level an empty line stands around functions and tests."""
        declares = isinstance(node, tree.FunctionDef | tree.Test) and not isinstance(before, tree.Comment)
        return int(most_empty > 1 and (declares or isinstance(before, tree.FunctionDef | tree.Test)))

    # --- Statements -----------------------------------------------------------------------------------------

    def statement(self, node: tree.Statement) -> Doc:
        """One statement."""
        match node:
            case tree.If():
                return self._if(node)
            case tree.While():
                return ["while ", self.expression(node.test), " ", self.block(node.body)]
            case tree.For():
                head = f"for {', '.join(target.id for target in node.targets)} in "
                return [head, self.expression(node.iterable), " ", self.block(node.body)]
            case tree.Match():
                return self._match(node)
            case tree.Try():
                name = f"{node.name.id} " if node.name else ""
                return ["try ", self.block(node.body), f" catch {name}", self.block(node.handler)]
            case tree.FunctionDef() | tree.TypeDef() | tree.Import() | tree.Test() | tree.Mock():
                return self._declaration(node)
            case _:
                return self._simple(node)

    def _simple(self, node: tree.Statement) -> Doc:  # noqa: C901 - one case for each kind of statement
        match node:
            case tree.Let():
                of: Doc = [": ", self.type(node.type)] if node.type is not None else ""
                names = ", ".join(target.id for target in node.targets)
                return [f"let {names}", of, " = ", self.expression(node.value)]
            case tree.Assign():
                return [self.expression(node.place), f" {node.op}= ", self.expression(node.value)]
            case tree.ExpressionStatement():
                return self.expression(node.value)
            case tree.Break():
                return "break"
            case tree.Continue():
                return "continue"
            case tree.Return():
                return "return" if node.value is None else ["return ", self.expression(node.value)]
            case tree.Fail():
                return ["fail ", self.expression(node.value)]
            case tree.Assert():
                message: Doc = [",", LINE, self.expression(node.message)] if node.message is not None else ""
                return group("assert ", self.expression(node.test), Nest(message))
            case tree.Step():
                return ["step ", self.expression(node.title)]
            case tree.Needs():
                resources: list[Doc] = [[f"{r.name} = ", self.expression(r.value)] for r in node.resources]
                return ["prefers " if node.optional else "needs ", *join([", "], resources)]
            case _:
                raise AssertionError(f"{type(node).__name__} has a form of its own")

    def _if(self, node: tree.If) -> Doc:
        """A whole chain of `else if`: if one of its blocks breaks, all do."""
        parts: list[Doc] = []
        current: tree.If | None = node
        while current is not None:
            parts += ["if ", self.expression(current.test), " ", self.block(current.body)]
            otherwise = current.otherwise
            current = None
            if otherwise is not None:
                only = otherwise.statements[0] if len(otherwise.statements) == 1 else None
                parts.append(" else ")
                if isinstance(only, tree.If) and only.span.start == otherwise.span.start:
                    current = only
                else:
                    parts.append(self.block(otherwise))
        return parts

    def _match(self, node: tree.Match) -> Doc:
        subject = self.expression(node.subject, DISJUNCTION)
        if self.inline:
            return ["match ", subject, " { ", *join([" "], [self.case(case) for case in node.cases]), " }"]
        start = min(node.subject.span.end, node.cases[0].span.start)
        body = self._lines(node.cases, tree.Span(start, node.span.end), most_empty=1)
        return ["match ", subject, " {", Nest([HARD, *body]), HARD, "}"]

    def case(self, node: tree.Case) -> Doc:
        """`case pattern if guard { }`."""
        guard: Doc = [" if ", self.expression(node.guard)] if node.guard is not None else ""
        return [f"case {self.pattern(node.pattern)}", guard, " ", self.block(node.body)]

    # --- Declarations ---------------------------------------------------------------------------------------

    def _declaration(self, node: tree.FunctionDef | tree.TypeDef | tree.Import | tree.Test | tree.Mock) -> Doc:
        match node:
            case tree.FunctionDef():
                params = self.parameters(node.params, self._parameter_span(node))
                head = f"{'task' if node.is_task else 'fn'} {node.name}"
                return [head, params, self.result(node.result), self.function_body(node.body)]
            case tree.TypeDef():
                return [f"type {node.name} = ", self.type(node.type)]
            case tree.Import():
                target = texts.quote(node.target) if node.is_file else node.target
                return f"import {target}" + (f" as {node.alias}" if node.alias else "")
            case tree.Test():
                return [f"test {texts.quote(node.title)} ", self.block(node.body)]
            case tree.Mock():
                module = f"{node.module}." if node.module else ""
                return [f"mock {module}{node.name} = ", self.expression(node.value)]

    @staticmethod
    def _parameter_span(node: tree.FunctionDef) -> tree.Span:
        """From the name to the last parameter or the start of what follows them: where parameters have comments."""
        following = node.result if node.result is not None else node.body
        return tree.Span(node.name_span.end, max(node.name_span.end, following.span.start))
