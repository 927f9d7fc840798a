"""Operators: comparison, `in`, `??` and the sign; `arithmetic` has the others."""

from __future__ import annotations

import ast

from planlang.lang import tree
from planlang.lang.types import ListType
from planlang.lang.typing import expand

from . import nodes as py
from .arithmetic import arithmetic, passing
from .expressions import compiles, condition, expression, held, is_key, owned
from .frame import Frame
from .kinds import Kind, is_numeric, kind_of

_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq, "!=": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE,
}  # fmt: skip


@compiles(tree.Unary)
def _unary(frame: Frame, node: tree.Unary) -> ast.expr:
    if node.op == "not":
        return py.not_(condition(frame, node.operand))
    if is_numeric(frame.kind(node.operand)):
        return ast.UnaryOp(ast.USub(), expression(frame, node.operand))
    return py.call("neg", expression(frame, node.operand))


@compiles(tree.Binary)
def _binary(frame: Frame, node: tree.Binary) -> ast.expr:
    op = node.op
    if op in ("and", "or"):
        tests = condition(frame, node.left), condition(frame, node.right)
        return py.both(*tests) if op == "and" else py.either(*tests)
    if op == "??":
        return _default(frame, node)
    if op in ("in", "not in"):
        test = _contains(frame, node)
        return py.not_(test) if op == "not in" else test
    if op in _COMPARISONS:
        return _compare(frame, node)
    return arithmetic(frame, node)


def _compare(frame: Frame, node: tree.Binary) -> ast.expr:
    left, right = passing(frame, node.left), passing(frame, node.right)
    kinds = frame.kind(node.left), frame.kind(node.right)
    if node.op in ("==", "!=") and Kind.NONE in kinds:
        # Nothing but none equals none.
        return (py.same if node.op == "==" else py.not_same)(left, right)
    if node.op in ("==", "!=") or all(is_numeric(k) for k in kinds) or kinds == (Kind.STR, Kind.STR):
        return py.compare(left, _COMPARISONS[node.op](), right)
    return (
        py.call("ordered", py.constant(node.op), left, right)
        if _may_mislead(kinds)
        else py.compare(left, _COMPARISONS[node.op](), right)
    )


def _may_mislead(kinds: tuple[Kind, Kind]) -> bool:
    """Whether Python could order two such values in a way of its own; functions and ranges are what is left."""
    return Kind.LIST in kinds or Kind.FUNCTION in kinds


def _contains(frame: Frame, node: tree.Binary) -> ast.expr:
    left, right = expression(frame, node.left), expression(frame, node.right)
    holder, item = frame.kind(node.right), frame.kind(node.left)
    bare = (
        (holder is Kind.STR and item is Kind.STR)
        or (holder is Kind.DICT and is_key(frame, node.left))
        or (holder is Kind.LIST and (item in (Kind.INT, Kind.BOOL) or not _may_be_range(frame, node.right)))
    )  # fmt: skip
    if bare:
        return py.compare(left, ast.In(), right)
    return py.call("contains", left, right)


def _may_be_range(frame: Frame, node: tree.Expression) -> bool:
    """Whether the list may be a `range`, in which Python looks for anything but an int one element after the other."""
    static = expand(frame.type(node))
    return not isinstance(static, ListType) or kind_of(static.element) in (Kind.INT, Kind.NUMBER, Kind.UNKNOWN)


def _default(frame: Frame, node: tree.Binary) -> ast.expr:
    """`a ?? b`: b where a is none, or where a is a path and any part of it is missing."""
    temp = frame.temp()
    left = _path_or_none(frame, node.left)
    if isinstance(node.left, (tree.Index, tree.Field)):
        left = held(frame, node.left, left)
    value = py.walrus(temp, left)
    return py.choose(py.not_same(value, py.constant(None)), py.load(temp), owned(frame, node.right))


def _path_or_none(frame: Frame, node: tree.Expression) -> ast.expr:
    """Code for a chain of fields and indexes that is none where a part of it is missing."""
    steps: list[ast.expr] = []
    root = node
    while isinstance(root, (tree.Index, tree.Field)) and frame.module.symbols.get(root) is None:
        steps.append(py.constant(root.name) if isinstance(root, tree.Field) else expression(frame, root.index))
        root = root.value
    if not steps:
        return expression(frame, root)
    if len(steps) == 1 and frame.kind(root) is Kind.DICT and isinstance(node, (tree.Index, tree.Field)):
        key = node.index if isinstance(node, tree.Index) else None
        if key is None or is_key(frame, key):
            return frame.at(py.call("dict_get", expression(frame, root), steps[0]), node)
    return frame.at(py.call("path_or", expression(frame, root), py.tuple_(steps[::-1])), node)


@compiles(tree.Index)
def _index(frame: Frame, node: tree.Index) -> ast.expr:
    holder, place = frame.kind(node.value), frame.kind(node.index)
    value, index = expression(frame, node.value), passing(frame, node.index)
    if holder in (Kind.LIST, Kind.STR) and place is Kind.INT:
        return py.subscript(value, index)
    if holder is Kind.DICT and is_key(frame, node.index):
        return py.subscript(value, index)
    return py.call("index", value, index)
