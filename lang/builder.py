"""Builds the tree while the text is parsed: one method for each action named in `plan.lark`."""

# ruff: noqa: SIM905 - lists of words read best as words
from __future__ import annotations

from dataclasses import dataclass

from . import tree
from .build_expressions import ExpressionActions
from .build_statements import StatementActions
from .build_types import PatternActions, TypeActions
from .source import Span
from .tokens import Token


@dataclass(frozen=True, slots=True)
class SignatureParameterNode:
    """One parameter of a signature text."""

    parameter: tree.Parameter
    variadic: bool = False
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class SignatureNode:
    """`fn name[A, B](params) -> T`, as the standard functions are written down."""

    name: str
    variables: tuple[str, ...]
    params: tuple[SignatureParameterNode, ...]
    result: tree.TypeNode | None
    doc: str


FLAT = frozenset(
    (
        "append append_after argument bracketed case empty entry expression_statement first first_of first_two "
        "guarded_case if_ if_else if_else_if key name name_text named_argument no_items nothing number pair plain_text "
        "program resource second signature target"
    ).split()
)
"""Actions that add no level of nesting of their own. (`else if` chains are flat to their reader.)"""


class Builder(StatementActions, ExpressionActions, TypeActions, PatternActions):
    """All actions of the grammar."""

    def signature(
        self,
        span: Span,
        _fn: Token,
        name: Token,
        variables: list[tree.Target],
        _open: Token,
        params: list[SignatureParameterNode | tree.Parameter | None],
        _close: Token,
        result: tree.TypeNode | None,
    ) -> SignatureNode:
        """`fn name[A](…) -> T`: what follows a variadic parameter or `*` is given by name only."""
        keyword_only = False
        parameters: list[SignatureParameterNode] = []
        for param in params:
            if isinstance(param, tree.Parameter):
                parameters.append(SignatureParameterNode(param, keyword_only=keyword_only))
                continue
            keyword_only = True
            if param is not None:
                parameters.append(param)
        names = tuple(variable.id for variable in variables)
        return SignatureNode(self.name_of(name), names, tuple(parameters), result, self.documentation(span.start))

    def variadic_parameter(
        self, span: Span, name: Token, _dots: Token, of: tree.TypeNode | None, description: str | None
    ) -> SignatureParameterNode:
        """`values...: T`."""
        return SignatureParameterNode(tree.Parameter(span, self.name_of(name), of, None, description), variadic=True)

    def keyword_only_mark(self, _span: Span, _star: Token) -> None:
        """A `*` alone."""
