"""The actions of the grammar that build expressions."""

from __future__ import annotations

from . import texts, tree
from .build_basics import Basics
from .source import Span
from .tokens import Token

_CONSTANTS = {"true": True, "false": False, "none": None}


class ExpressionActions(Basics):
    """One method for each action of the expression rules."""

    # --- Operands -------------------------------------------------------------------------------------------

    def name(self, span: Span, token: Token) -> tree.Name:
        """A name used as a value."""
        return tree.Name(span, self.name_of(token))

    def number(self, span: Span, token: Token) -> tree.Literal:
        """A number."""
        return tree.Literal(span, self.number_of(token), self.text[token.start : token.end])

    def literal_text(self, span: Span, token: Token) -> tree.Literal:
        """A text without interpolation."""
        return tree.Literal(span, self.text_of(token), self.text[token.start : token.end])

    def true(self, span: Span, _token: Token) -> tree.Literal:
        """`true`."""
        return tree.Literal(span, True, "true")

    def false(self, span: Span, _token: Token) -> tree.Literal:
        """`false`."""
        return tree.Literal(span, False, "false")

    def none(self, span: Span, _token: Token) -> tree.Literal:
        """`none`."""
        return tree.Literal(span, None, "none")

    def interpolated_text(
        self, span: Span, opener: Token, parts: list[Token | tree.Interpolation], _closer: Token
    ) -> tree.Text:
        """A text with interpolations."""
        return tree.Text(span, self.parts_of(opener, parts), self.text[opener.start : opener.end])

    def interpolation(self, span: Span, _open: Token, value: tree.Expression, _close: Token) -> tree.Interpolation:
        """`{value}` in a text."""
        return tree.Interpolation(span, value, "")

    def formatted_interpolation(
        self, span: Span, _open: Token, value: tree.Expression, mark: Token, _close: Token
    ) -> tree.Interpolation:
        """`{value:spec}` in a text."""
        spec = self.text[mark.start + 1 : mark.end]
        if isinstance(value, tree.Literal) and isinstance(value.value, str) and spec[:1] in {"", " "}:
            hint = "A brace in a text is written \\{ and \\}. (After `:` in a text stands a format, as in {x:.2f}.)"
            self.report("PL0113", "What stands in these braces is no value.", span, hint)
        else:
            texts.check_format(spec, mark.start + 1, self.reporter("PL0113"))
        return tree.Interpolation(span, value, spec)

    # --- Operators ------------------------------------------------------------------------------------------

    def unary(self, span: Span, operator: Token, operand: tree.Expression) -> tree.Unary:
        """`-x`, `not x`."""
        return tree.Unary(span, operator.kind, operand)

    def binary(self, span: Span, left: tree.Expression, operator: Token, right: tree.Expression) -> tree.Binary:
        """Any operator with two operands."""
        return tree.Binary(span, operator.kind, left, right)

    def not_in(self, span: Span, left: tree.Expression, _not: Token, _in: Token, right: tree.Expression) -> tree.Binary:
        """`left not in right`."""
        return tree.Binary(span, "not in", left, right)

    def conditional(
        self,
        span: Span,
        _if: Token,
        test: tree.Expression,
        _then: Token,
        value: tree.Expression,
        _else: Token,
        otherwise: tree.Expression,
    ) -> tree.Conditional:
        """`if test then value else otherwise`."""
        return tree.Conditional(span, test, value, otherwise)

    def lambda_(
        self,
        span: Span,
        _fn: Token,
        params: list[tree.Parameter],
        result: tree.TypeNode | None,
        body: tree.Expression | tree.Block,
    ) -> tree.Lambda:
        """A function as an expression."""
        return tree.Lambda(span, tuple(params), result, body)

    # --- Calls, fields and indexes --------------------------------------------------------------------------

    def call_without_arguments(
        self, span: Span, function: tree.Expression, opener: Token, _close: Token
    ) -> tree.Call | tree.MethodCall:
        """`function()`."""
        return self.call(span, function, opener, [])

    def call(
        self, span: Span, function: tree.Expression, _open: Token, arguments: list[tree.Argument], *_rest: Token
    ) -> tree.Call | tree.MethodCall:
        """`function(arguments)`; `x.f(…)` is a method call, `(x.f)(…)` is none."""
        if isinstance(function, tree.Field) and function.span.start == span.start:
            return tree.MethodCall(span, function.value, function.name, function.name_span, tuple(arguments))
        return tree.Call(span, function, tuple(arguments))

    def argument(self, span: Span, value: tree.Expression) -> tree.Argument:
        """An argument by position."""
        return tree.Argument(span, None, value)

    def named_argument(self, span: Span, name: Token, _equals: Token, value: tree.Expression) -> tree.Argument:
        """`name=value`."""
        return tree.Argument(span, self.name_of(name), value)

    def field(self, span: Span, value: tree.Expression, _dot: Token, name: Token) -> tree.Field:
        """`value.name`."""
        return tree.Field(span, value, self.name_of(name), Span(name.start, name.end))

    def index(
        self, span: Span, value: tree.Expression, _open: Token, index: tree.Expression, _close: Token
    ) -> tree.Index:
        """`value[index]`."""
        return tree.Index(span, value, index)

    def slice_(
        self,
        span: Span,
        value: tree.Expression,
        _open: Token,
        start: tree.Expression | None,
        _colon: Token,
        stop: tree.Expression | None,
        _close: Token,
    ) -> tree.Slice:
        """`value[start:stop]`."""
        return tree.Slice(span, value, start, stop)

    # --- Lists and dicts ------------------------------------------------------------------------------------

    def empty_list(self, span: Span, _open: Token, _close: Token) -> tree.ListDisplay:
        """`[]`."""
        return tree.ListDisplay(span, ())

    def list_display(
        self, span: Span, _open: Token, items: list[tree.Expression | tree.Spread], *_rest: Token
    ) -> tree.ListDisplay:
        """`[a, b]`."""
        return tree.ListDisplay(span, tuple(items))

    def spread(self, span: Span, _dots: Token, value: tree.Expression) -> tree.Spread:
        """`...value`."""
        return tree.Spread(span, value)

    def list_comprehension(
        self,
        span: Span,
        _open: Token,
        element: tree.Expression,
        clauses: list[tree.ForClause | tree.IfClause],
        _close: Token,
    ) -> tree.ListComprehension:
        """`[element for …]`."""
        return tree.ListComprehension(span, element, tuple(clauses))

    def empty_dict(self, span: Span, _open: Token, _close: Token) -> tree.DictDisplay:
        """`{}`."""
        return tree.DictDisplay(span, ())

    def dict_display(
        self, span: Span, _open: Token, entries: list[tree.Entry | tree.Spread], *_rest: Token
    ) -> tree.DictDisplay:
        """`{a: 1, …}`."""
        return tree.DictDisplay(span, tuple(entries))

    def key(self, span: Span, expression: tree.Expression) -> tuple[Span, tree.Expression]:
        """A key with its whole span, which shows whether it stands in parentheses."""
        return span, expression

    def pair(
        self, _span: Span, key: tuple[Span, tree.Expression], _colon: Token, value: tree.Expression
    ) -> tuple[Span, tree.Expression, tree.Expression]:
        """`key: value`, before it is known whether in a dict or in a comprehension."""
        return (*key, value)

    def entry(self, span: Span, pair: tuple[Span, tree.Expression, tree.Expression]) -> tree.Entry:
        """`key: value` in a dict: a bare name is a text."""
        key_span, key, value = pair
        if key.span.start != key_span.start or isinstance(key, tree.Literal | tree.Text):
            return tree.Entry(span, key, value)
        if isinstance(key, tree.Name):
            return tree.Entry(span, tree.Literal(key.span, key.id, key.id), value)
        shown = self.text[key_span.start : key_span.end]
        hint = f"Write ({shown}): …" if len(shown) < 40 and "\n" not in shown else ""
        self.report("PL0116", "A key that is computed stands in parentheses.", key_span, hint)
        return tree.Entry(span, key, value)

    def dict_comprehension(
        self,
        span: Span,
        _open: Token,
        pair: tuple[Span, tree.Expression, tree.Expression],
        clauses: list[tree.ForClause | tree.IfClause],
        _close: Token,
    ) -> tree.DictComprehension:
        """`{key: value for …}`: here a bare name is an expression (and `true`, `none` are themselves)."""
        _, key, value = pair
        if isinstance(key, tree.Name) and key.id in _CONSTANTS:
            key = tree.Literal(key.span, _CONSTANTS[key.id], key.id)
        return tree.DictComprehension(span, key, value, tuple(clauses))

    def for_clause(
        self, span: Span, _for: Token, targets: list[tree.Target], _in: Token, iterable: tree.Expression
    ) -> tree.ForClause:
        """`for targets in iterable`."""
        return tree.ForClause(span, tuple(targets), iterable)

    def if_clause(self, span: Span, _if: Token, test: tree.Expression) -> tree.IfClause:
        """`if test`."""
        return tree.IfClause(span, test)
