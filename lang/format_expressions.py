"""Expressions as documents, with no more parentheses than they need."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from . import texts, tree
from .format_texts import TextFormatter
from .format_types import key
from .layout import LINE, SOFT, Doc, Nest, flat, group, join, must_break

LOOSEST, DISJUNCTION, NEGATION, COMPARISON, SUM, COALESCING, NEGATIVE, POWER, POSTFIX = 0, 2, 4, 5, 6, 8, 9, 10, 11
LEVELS = {
    "or": 2, "and": 3, "==": 5, "!=": 5, "<": 5, "<=": 5, ">": 5, ">=": 5, "in": 5, "not in": 5, "+": 6, "-": 6,
    "*": 7, "/": 7, "//": 7, "%": 7, "??": 8, "**": 10,
}  # fmt: skip
"""How tightly operators bind (§2 of the reference)."""

HUGGED_WIDTH = 60
"""A last argument with lines of its own goes on in the line of its call if what precedes it is no wider."""
_BRACKETED = (tree.ListDisplay, tree.DictDisplay, tree.ListComprehension, tree.DictComprehension)
"""What can break inside brackets of its own."""
CHAIN = 3
"""From so many calls on, a chain of methods breaks before each dot."""


class ExpressionFormatter(TextFormatter):
    """Expressions. `expression(node, level)` puts parentheses around what binds looser than `level`."""

    @abstractmethod
    def block(self, node: tree.Block) -> Doc:
        """`{ … }`."""

    def expression(self, node: tree.Expression, level: int = LOOSEST) -> Doc:
        """An expression, in parentheses if it binds looser than `level`."""
        doc = self._bare_expression(node)
        return group("(", Nest([SOFT, doc]), SOFT, ")") if _level(node) < level else doc

    def _bare_expression(self, node: tree.Expression) -> Doc:
        match node:
            case tree.Literal():
                return self.literal(node)
            case tree.Text():
                return self.text(node)
            case tree.Name():
                return node.id
            case tree.Unary():
                return self._unary(node)
            case tree.Binary():
                return self._binary(node)
            case tree.Conditional():
                then = [LINE, "then ", self.expression(node.value), LINE, "else ", self.expression(node.otherwise)]
                return group("if ", self.expression(node.test), Nest(then))
            case tree.Lambda():
                following = node.body if node.result is None else node.result
                span = tree.Span(node.span.start, max(node.span.start, following.span.start))
                head = ["fn", self.parameters(node.params, span), self.result(node.result)]
                return [*head, self.function_body(node.body)]
            case tree.Call() | tree.MethodCall() | tree.Index() | tree.Slice() | tree.Field():
                return self._postfix(node)
            case _:
                return self._display(node)

    # --- Operators ------------------------------------------------------------------------------------------

    def _unary(self, node: tree.Unary) -> Doc:
        if node.op == "not":
            return ["not ", self.expression(node.operand, NEGATION)]
        return ["-", self.expression(node.operand, NEGATIVE)]

    def _binary(self, node: tree.Binary) -> Doc:
        """A chain of operators of one level breaks after each of them."""
        level = LEVELS[node.op]
        if level in {COMPARISON, COALESCING, POWER}:
            return self._single_binary(node, level)
        parts: list[Doc] = []
        current: tree.Expression = node
        while isinstance(current, tree.Binary) and LEVELS[current.op] == level:
            parts = [[f" {current.op}", LINE, self.expression(current.right, level + 1)], *parts]
            current = current.left
        return group(self.expression(current, level), Nest(parts))

    def _single_binary(self, node: tree.Binary, level: int) -> Doc:
        left, right = {
            COMPARISON: (SUM, SUM),
            COALESCING: (NEGATIVE, COALESCING),
            POWER: (POSTFIX, NEGATIVE),
        }[level]
        if isinstance(node.right, _BRACKETED):
            return [self.expression(node.left, left), f" {node.op} ", self.expression(node.right)]
        parts = [f" {node.op}", LINE, self.expression(node.right, right)]
        return group(self.expression(node.left, left), Nest(list[Doc](parts)))

    # --- Calls, fields and indexes --------------------------------------------------------------------------

    def _postfix(self, node: tree.Expression) -> Doc:
        """A chain of calls, fields and indexes, from its innermost value on."""
        links: list[Doc] = []
        calls = 0
        current = node
        while True:
            match current:
                case tree.MethodCall():
                    opened = current.method_span.end
                    arguments = self._arguments(current.arguments, tree.Span(opened, current.span.end))
                    links.append([f".{current.method}", arguments])
                    calls += 1
                    current = current.receiver
                case tree.Field():
                    links.append(f".{current.name}")
                    current = current.value
                case tree.Index():
                    links.append(["[", self.expression(current.index), "]"])
                    current = current.value
                case tree.Slice():
                    start = self.expression(current.start) if current.start else ""
                    stop = self.expression(current.stop) if current.stop else ""
                    links.append(["[", start, ":", stop, "]"])
                    current = current.value
                case tree.Call():
                    if isinstance(current.function, tree.Field):
                        arguments = self._arguments(current.arguments, _after(current.function, current))
                        inner: Doc = ["(", self.expression(current.function), ")", arguments]
                        return self._chain(inner, links, calls)
                    links.append(self._arguments(current.arguments, _after(current.function, current)))
                    current = current.function
                case _:
                    return self._chain(self.expression(current, POSTFIX), links, calls)

    def _chain(self, first: Doc, links: list[Doc], calls: int) -> Doc:
        links.reverse()
        if calls < CHAIN:
            return [first, *links]
        body: list[Doc] = []
        for link in links:
            body += [SOFT, link] if isinstance(link, list) and str(link[0]).startswith(".") else [link]
        return group(first, Nest(body))

    def _arguments(self, arguments: Sequence[tree.Argument], span: tree.Span) -> Doc:
        docs = [self._argument(argument) for argument in arguments]
        if docs and self._can_hug(arguments, docs, span):
            return ["(", *join([", "], docs), ")"]
        return self.sequence("(", arguments, docs, ")", span)

    def _argument(self, node: tree.Argument) -> Doc:
        value = self.expression(node.value)
        return value if node.name is None else [f"{node.name}=", value]

    def _can_hug(self, arguments: Sequence[tree.Argument], docs: list[Doc], span: tree.Span) -> bool:
        """Whether the last argument may open its brackets in the line of the call: `map(xs, fn(x) {`."""
        value = arguments[-1].value
        multi_line = isinstance(value, tree.Lambda) and isinstance(value.body, tree.Block)
        alone = len(docs) == 1 and isinstance(value, _BRACKETED)
        if not (multi_line or alone or must_break(docs[-1])) or any(must_break(doc) for doc in docs[:-1]):
            return False
        starts = [argument.span.start for argument in arguments]
        ends = [span.start, *[argument.span.end for argument in arguments]]
        gaps = zip(ends, [*starts, span.end], strict=True)
        if not self.inline and any(self.comments.any_in(start, end) for start, end in gaps):
            return False
        return sum(len(flat(doc)) + 2 for doc in docs[:-1]) <= HUGGED_WIDTH

    # --- Functions ------------------------------------------------------------------------------------------

    def parameters(self, params: Sequence[tree.Parameter], span: tree.Span) -> Doc:
        """`(a: int, b = 2)`."""
        return self.sequence("(", params, [self._parameter(param) for param in params], ")", span)

    def _parameter(self, node: tree.Parameter) -> Doc:
        of: Doc = [": ", self.type(node.type)] if node.type is not None else ""
        default: Doc = [" = ", self.expression(node.default)] if node.default is not None else ""
        description = f" {texts.quote(node.description)}" if node.description is not None else ""
        return [node.name, of, default, description]

    def result(self, node: tree.TypeNode | None) -> Doc:
        """` -> T`."""
        return "" if node is None else [" -> ", self.type(node)]

    def function_body(self, body: tree.Block | tree.Expression) -> Doc:
        """` { … }` or ` => e`."""
        if isinstance(body, tree.Block):
            return [" ", self.block(body)]
        doc = self.expression(body)
        return [" => ", doc] if isinstance(body, _BRACKETED) or must_break(doc) else group(" =>", Nest([LINE, doc]))

    # --- Lists and dicts ------------------------------------------------------------------------------------

    def _display(self, node: tree.Expression) -> Doc:
        match node:
            case tree.ListDisplay():
                docs = [self._item(item) for item in node.items]
                return self.sequence("[", node.items, docs, "]", node.span, keep=True)
            case tree.DictDisplay():
                docs = [self._entry(entry) for entry in node.entries]
                return self.sequence("{", node.entries, docs, "}", node.span, keep=True)
            case tree.ListComprehension():
                return self._comprehension("[", self.expression(node.element), node.clauses, "]")
            case tree.DictComprehension():
                pair = [self.expression(node.key), ": ", self.expression(node.value)]
                return self._comprehension("{", pair, node.clauses, "}")
            case _:
                raise AssertionError(f"{type(node).__name__} has a form of its own")

    def _item(self, node: tree.Expression | tree.Spread) -> Doc:
        if isinstance(node, tree.Spread):
            return ["...", self.expression(node.value)]
        return self.expression(node)

    def _entry(self, node: tree.Entry | tree.Spread) -> Doc:
        if isinstance(node, tree.Spread):
            return ["...", self.expression(node.value)]
        return [self._key(node.key), ": ", self.expression(node.value)]

    def _key(self, node: tree.Expression) -> Doc:
        if isinstance(node, tree.Literal) and isinstance(node.value, str):
            return key(node.value)
        if isinstance(node, tree.Text):
            return self.expression(node)
        return ["(", self.expression(node), ")"]

    def _comprehension(
        self, opener: str, element: Doc, clauses: Sequence[tree.ForClause | tree.IfClause], closer: str
    ) -> Doc:
        body: list[Doc] = [SOFT, element]
        for clause in clauses:
            if isinstance(clause, tree.ForClause):
                names = ", ".join(target.id for target in clause.targets)
                body += [LINE, f"for {names} in ", self.expression(clause.iterable)]
            else:
                body += [LINE, "if ", self.expression(clause.test)]
        return group(opener, Nest(body), SOFT, closer)


def _level(node: tree.Expression) -> int:
    match node:
        case tree.Conditional() | tree.Lambda():
            return LOOSEST
        case tree.Binary():
            return LEVELS[node.op]
        case tree.Unary():
            return NEGATION if node.op == "not" else NEGATIVE
        case _:
            return POSTFIX


def _after(function: tree.Expression, call: tree.Call) -> tree.Span:
    """The span of the arguments of a call."""
    return tree.Span(min(function.span.end, call.span.end), call.span.end)
