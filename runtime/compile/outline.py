"""Blocks nested deeper than CPython allows (twenty loops and `try`s) move into a Python function of their own.

The function shares the variables around it (`nonlocal`) and answers how it was left: None if it ran to its end, else
`(BREAK | CONTINUE | RETURN, value)`, upon which its caller does the same.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from planlang.lang import tree

from . import nodes as py
from .frame import Frame
from .scopes import changed_place, root_name

DEEPEST = 15
"""Nested loops and `try`s in one Python function; CPython's own limit is 20, and some need two."""
BREAK, CONTINUE, RETURN = 1, 2, 3


def nested(frame: Frame, node: tree.Statement, make: Callable[[], list[ast.stmt]]) -> list[ast.stmt]:
    """What `make` gives for the loop or `try` `node`, outlined if it stands too deep."""
    if frame.blocks < DEEPEST:
        frame.blocks += 1
        made = make()
        frame.blocks -= 1
        return made
    before = frame.blocks, frame.loops
    frame.blocks, frame.loops = 1, 0
    frame.outlined += 1
    body = make()
    frame.outlined -= 1
    frame.blocks, frame.loops = before
    name, left = f"o{frame.temp()}", frame.temp()
    return [
        py.function(name, [], [*_shared_names(frame, node), *body]),
        py.assign(left, py.call(name)),
        py.if_(py.not_same(py.load(left), py.constant(None)), _leave(frame, left)),
    ]


def jump(frame: Frame, code: int, statement: ast.stmt) -> ast.stmt:
    """`break` or `continue` where the loop may stand outside the outlined function."""
    if frame.outlined and not frame.loops:
        return py.returns(py.tuple_((py.constant(code), py.constant(None))))
    return statement


def leave_with(frame: Frame, value: ast.expr) -> ast.stmt:
    """`return value` of the plan's function."""
    return py.returns(py.tuple_((py.constant(RETURN), value)) if frame.outlined else value)


def _leave(frame: Frame, left: str) -> list[ast.stmt]:
    """Leave as the outlined block was left."""
    made: list[ast.stmt] = []
    if frame.loops:
        for code, statement in ((BREAK, ast.Break()), (CONTINUE, ast.Continue())):
            test = py.compare(py.subscript(py.load(left), py.constant(0)), ast.Eq(), py.constant(code))
            made.append(py.if_(test, [statement]))
    value = py.load(left) if frame.outlined else py.subscript(py.load(left), py.constant(1))
    return [*made, py.returns(value)]


def _shared_names(frame: Frame, node: tree.Statement) -> list[ast.stmt]:
    """Declarations of the variables that `node` assigns and somebody outside it declares."""
    declared = {frame.variable(n) for n in tree.walk(node) if isinstance(n, (tree.Target, tree.PatternName))}
    assigned: dict[str, bool] = {}
    for inner in tree.walk(node):
        place = inner.place if isinstance(inner, tree.Assign) else changed_place(frame.module, inner)
        name = root_name(place) if place is not None else None
        variable = frame.variable(name) if name is not None else None
        if variable is None or variable in declared:
            continue
        if frame.is_own(variable) or frame.is_global(variable):
            assigned[frame.name(variable)] = frame.is_global(variable)
    near = sorted(name for name, is_global in assigned.items() if not is_global)
    far = sorted(name for name, is_global in assigned.items() if is_global)
    made: list[ast.stmt] = [ast.Nonlocal(near)] if near else []
    return [*made, ast.Global(far)] if far else made
