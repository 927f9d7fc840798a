"""Python syntax-tree nodes, made short. Places are filled in afterwards, all at once, by `locate`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, TypeVar

from planlang.lang.source import Source, Span

_LOAD = ast.Load()
_STORE = ast.Store()
_DEL = ast.Del()
N = TypeVar("N", bound=ast.AST)


def load(name: str) -> ast.expr:
    """Read the variable `name`."""
    return ast.Name(name, _LOAD)


def store(name: str) -> ast.Name:
    """The variable `name` as a target."""
    return ast.Name(name, _STORE)


def bare_list(value: ast.expr) -> ast.expr:
    """A list that is only gone over, once, as what it is made of: nobody else ever sees it."""
    match value:
        case ast.Call(func=ast.Name(id="new_list" | "bounded_list"), args=[inner]):
            return inner
        case _:
            return value


def constant(value: Any) -> ast.expr:
    """A scalar."""
    return ast.Constant(value)


def call(function: str | ast.expr, *args: ast.expr, **keywords: ast.expr) -> ast.expr:
    """Call a helper by name, or any expression."""
    target = load(function) if isinstance(function, str) else function
    return ast.Call(target, list(args), [ast.keyword(k, v) for k, v in keywords.items()])


def tuple_(items: Sequence[ast.expr]) -> ast.expr:
    """A Python tuple."""
    return ast.Tuple(list(items), _LOAD)


def subscript(value: ast.expr, place: ast.expr) -> ast.expr:
    """`value[place]`."""
    return ast.Subscript(value, place, _LOAD)


def set_subscript(value: ast.expr, place: ast.expr, new: ast.expr) -> ast.stmt:
    """`value[place] = new`."""
    return ast.Assign([ast.Subscript(value, place, _STORE)], new)


def assign(name: str, value: ast.expr) -> ast.stmt:
    """`name = value`."""
    return ast.Assign([store(name)], value)


def walrus(name: str, value: ast.expr) -> ast.expr:
    """`(name := value)`."""
    return ast.NamedExpr(store(name), value)


def if_(test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt] | None = None) -> ast.stmt:
    """An `if` statement; an empty body becomes `pass`."""
    return ast.If(test, body or [ast.Pass()], orelse or [])


def choose(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    """`then if test else otherwise`."""
    return ast.IfExp(test, then, otherwise)


def compare(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.expr:
    """`left op right`."""
    return ast.Compare(left, [op], [right])


def same(left: ast.expr, right: ast.expr) -> ast.expr:
    """`left is right`."""
    return ast.Compare(left, [ast.Is()], [right])


def not_same(left: ast.expr, right: ast.expr) -> ast.expr:
    """`left is not right`."""
    return ast.Compare(left, [ast.IsNot()], [right])


def type_is(value: ast.expr, kind: str) -> ast.expr:
    """`type(value) is kind`."""
    return same(call("type", value), load(kind))


def both(*tests: ast.expr) -> ast.expr:
    """All of `tests`, in order."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), list(tests))


def either(*tests: ast.expr) -> ast.expr:
    """Any of `tests`, in order."""
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.Or(), list(tests))


def not_(test: ast.expr) -> ast.expr:
    """`not test`."""
    return ast.UnaryOp(ast.Not(), test)


def shared(value: ast.expr) -> ast.expr:
    """`value.shared`: the ownership bit, the one attribute that generated code ever reads."""
    return ast.Attribute(value, "shared", _LOAD)


def returns(value: ast.expr | None) -> ast.stmt:
    """`return value`."""
    return ast.Return(value)


def do(value: ast.expr) -> ast.stmt:
    """An expression for its effect."""
    return ast.Expr(value)


def function(
    name: str, params: list[str], body: list[ast.stmt], *, required: int | None = None, missing: str = "missing"
) -> ast.FunctionDef:
    """`def name(params): body`; parameters from number `required` on default to the marker `missing`."""
    optional = 0 if required is None else len(params) - required
    arguments = ast.arguments(
        posonlyargs=[],
        args=[ast.arg(p) for p in params],
        vararg=None,
        kwonlyargs=[],
        kw_defaults=[],
        kwarg=None,
        defaults=[load(missing) for _ in range(optional)],
    )
    return ast.FunctionDef(name, arguments, body or [ast.Pass()], [])


def locate(root: N, source: Source, span: Span) -> N:
    """Give `root` and every node below it that has no place yet the place of `span`."""
    line, column = source.position(span.start)
    end_line, end_column = source.position(max(span.end, span.start))
    place = (line, column - 1, end_line, end_column - 1)
    stack: list[ast.AST] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.expr, ast.stmt, ast.arg, ast.keyword, ast.ExceptHandler)):
            if getattr(node, "end_lineno", None) is not None:
                continue
            node.lineno, node.col_offset, node.end_lineno, node.end_col_offset = place
        stack.extend(ast.iter_child_nodes(node))
    return root
