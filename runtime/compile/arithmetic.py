"""`+ - * / // % **`: Python's own operators on numbers, with one check of the result of a whole tree of them."""

from __future__ import annotations

import ast
from typing import TypeGuard

from planlang.lang import tree

from . import nodes as py
from .expressions import expression, is_flat
from .frame import Frame
from .kinds import Kind, is_numeric

_HELPERS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "//": "floordiv", "%": "mod", "**": "power"}
_BARE: dict[str, type[ast.operator]] = {
    "+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "//": ast.FloorDiv, "%": ast.Mod, "**": ast.Pow,
}  # fmt: skip


_LARGE = 1e300
"""Floats between this and its negative are finite for sure."""
_SMALL = 2**30 - 1
"""Ints between this and its negative have one digit inside CPython, which compares such ints fastest."""


class _Arithmetic:
    """One tree of `+ - * /` on numbers, compiled bare, with what must be checked about its result.

    Where the result looks wrong, the whole is done again, operator by operator, by functions that say what is wrong.
    """

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.finite = False
        """The result may be infinite or no number."""
        self.capped = False
        """The result may be an int beyond the limit."""

    def look(self, node: tree.Expression) -> None:
        """Find out what must be checked about `node`."""
        if self._is_inside(node):
            for operand, hides in self._operands(node):
                if not hides:
                    self.look(operand)
            self._note(node)
        elif self._is_sign(node):
            self.look(node.operand)

    def compile(self, node: tree.Expression) -> tuple[ast.expr, ast.expr]:
        """Code for `node`, and code that does it again from operands that are in variables by then."""
        if self._is_inside(node):
            (left, left_again), (right, right_again) = [
                self._leaf(operand) if hides else self.compile(operand) for operand, hides in self._operands(node)
            ]
            again = py.call(_HELPERS[node.op], left_again, right_again)
            return self.frame.at(ast.BinOp(left, _BARE[node.op](), right), node), self.frame.at(again, node)
        if self._is_sign(node):
            value, again = self.compile(node.operand)
            return self.frame.at(ast.UnaryOp(ast.USub(), value), node), ast.UnaryOp(ast.USub(), again)
        return self._leaf(node)

    def _is_inside(self, node: tree.Expression) -> TypeGuard[tree.Binary]:
        if not isinstance(node, tree.Binary) or node in self.frame.given:
            return False
        return node.op in _BARE and self.is_bare(node)

    def _is_sign(self, node: tree.Expression) -> TypeGuard[tree.Unary]:
        if not isinstance(node, tree.Unary) or node in self.frame.given:
            return False
        return node.op == "-" and is_numeric(self.frame.kind(node.operand))

    def _operands(self, node: tree.Binary) -> tuple[tuple[tree.Expression, bool], tuple[tree.Expression, bool]]:
        """Both operands, and whether the operator hides what is wrong with them, as `1 / x` does with an infinite x.

        Such an operand is checked on its own.
        """
        divides = node.op in ("/", "//", "%")
        return (node.left, node.op == "**" or (divides and self._may_grow(node.left))), (node.right, divides)

    def _may_grow(self, node: tree.Expression) -> bool:
        """Whether `node` may be an int beyond the limit."""
        inner = _Arithmetic(self.frame)
        inner.look(node)
        return inner.capped

    def _leaf(self, node: tree.Expression) -> tuple[ast.expr, ast.expr]:
        value = expression(self.frame, node)
        if isinstance(value, ast.Constant):
            return value, py.constant(value.value)
        if not (self.finite or self.capped):
            return value, value  # nothing is ever done again
        if isinstance(value, ast.Name):
            return value, py.load(value.id)
        temp = self.frame.temp()
        return self.frame.at(py.walrus(temp, value), node), py.load(temp)

    def is_bare(self, node: tree.Binary) -> bool:
        if not (is_numeric(self.frame.kind(node.left)) and is_numeric(self.frame.kind(node.right))):
            return False
        if node.op == "**":
            power = node.right
            return isinstance(power, tree.Literal) and type(power.value) is int and 0 <= power.value <= 4
        return True

    def _note(self, node: tree.Binary) -> None:
        """What `node` itself can do to its result."""
        numbers, op = self.frame.numbers, node.op
        ints = all(self.frame.kind(n) in (Kind.INT, Kind.BOOL) for n in (node.left, node.right))
        small_left, small_right = numbers.is_small(node.left), numbers.is_small(node.right)
        if op == "/":
            divisor = node.right
            safe = (
                isinstance(divisor, tree.Literal)
                and isinstance(divisor.value, (int, float))
                and abs(divisor.value) >= 1
            )
            self.finite |= not safe
        elif op in ("//", "%"):
            self.finite |= not ints
            if op == "%" and ints and small_right:
                self.capped = False  # the remainder is small, and nothing keeps what it was taken of
        elif op in ("+", "-"):
            if ints:
                self.capped |= not (small_left or small_right)
            else:
                self.finite |= not (_is_moderate(node.left) or _is_moderate(node.right))
        elif ints:
            self.capped |= not (small_left and small_right)
        else:
            real = op == "*" and (numbers.is_real(node.left) or numbers.is_real(node.right))
            real = real or (op == "**" and numbers.is_real(node.left))
            self.finite = True
            self.capped |= not real


def _is_moderate(node: tree.Expression) -> bool:
    """Whether `node` is a number so small that adding it to no finite float gives an infinite one."""
    return isinstance(node, tree.Literal) and isinstance(node.value, (int, float)) and abs(node.value) < 1e290


def passing(frame: Frame, node: tree.Expression) -> ast.expr:
    """Code for `node` where its value is only compared, or an index: an int there need not be held to the limit."""
    ints = frame.kind(node) in (Kind.INT, Kind.BOOL)
    if node not in frame.given and isinstance(node, tree.Binary) and node.op in _HELPERS and ints:
        return frame.at(arithmetic(frame, node, kept=False), node)
    return expression(frame, node)


def arithmetic(frame: Frame, node: tree.Binary, *, kept: bool = True) -> ast.expr:
    """`+ - * / // % **`: bare on numbers with one check of the result, else through the operator's function.

    An int that is not `kept` anywhere cannot grow further, and is not checked.
    """
    kinds = frame.kind(node.left), frame.kind(node.right)
    if all(is_numeric(k) for k in kinds):
        work = _Arithmetic(frame)
        if work.is_bare(node):
            work.look(node)
            work.capped &= kept
            return _checked(frame, work, *work.compile(node))
    elif node.op == "+" and is_flat(frame, node.left) and is_flat(frame, node.right):
        return py.call("join_flat", *(py.bare_list(expression(frame, side)) for side in (node.left, node.right)))
    elif node.op == "+" and kinds == (Kind.STR, Kind.STR):
        joined = ast.BinOp(expression(frame, node.left), ast.Add(), expression(frame, node.right))
        literal = isinstance(node.left, tree.Literal) or isinstance(node.right, tree.Literal)
        return joined if literal else py.call("bounded", joined)
    return py.call(_HELPERS[node.op], expression(frame, node.left), expression(frame, node.right))


def _checked(frame: Frame, work: _Arithmetic, value: ast.expr, again: ast.expr) -> ast.expr:
    if not (work.finite or work.capped):
        return value
    temp = frame.temp()
    bound = frame.at(py.walrus(temp, value), frame.scope)
    # Two comparisons joined by `and` cost CPython least: each is fused with its jump. No comparison holds for NaN.
    if work.finite:
        # Ints beyond the float bound are done again too, by functions that know the real limit.
        return py.choose(_between(temp, bound, _LARGE), py.load(temp), again)
    chain = ast.Compare(py.load("INT_MIN"), [ast.Lt(), ast.Lt()], [py.load(temp), py.load("INT_MAX")])
    return py.choose(_between(temp, bound, _SMALL), py.load(temp), py.choose(chain, py.load(temp), again))


def _between(temp: str, bound: ast.expr, limit: float) -> ast.expr:
    """Whether what `bound` assigns to `temp` lies between `-limit` and `limit`."""
    below = py.compare(bound, ast.Lt(), py.constant(limit))
    return py.both(below, py.compare(py.load(temp), ast.Gt(), py.constant(-limit)))
