"""Changes of variables in flow form: `x = e`, `x[i] = e`, `x += e`, `x.push(e)`.

What is put into a container need not be known. The container, and the keys on the way to it, must be: where they are
not, the whole change is lifted, takes the variable over, and gives it back. In a `try` a change of a container of
outside waits until all before it in the block has succeeded, since it could not be taken back.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from copy import deepcopy

from planlang.lang import tree
from planlang.lang.types import Type
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.kinds import Kind
from planlang.runtime.compile.places import Place, argument_types, assign, change, declared_type, path_of
from planlang.runtime.flow.pending import REACH, SHALLOW
from planlang.runtime.flow.regions import CONTEXT

from .operands import Operands
from .values import computed, fit, hoist, in_order, value
from .writer import Writer


def assignment(w: Writer, node: tree.Assign) -> None:
    """`place = e` and `place op= e`."""
    frame = w.frame
    if isinstance(node.place, tree.Name):
        _assign_name(w, node, node.place)
        return
    if node.op and w.facts.changes_variables(node.value):
        assignment(w, _from_old_value(w, node))
        return
    root, steps = path_of(node.place)
    operands = Operands(w)
    if node.op:
        _keys(w, node.place, [node.value])
        if w.facts.stirs(node.value):  # the old value comes first: where there is none, nothing is called
            w.emit(node.place, py.do(computed(w, node.place, need=REACH)))
        hoist(w, node.value)
        operands.add(root, SHALLOW).add(node.place).add(node.value)
        stored = None
    else:
        stored = _stored(w, node.value, operands, Place(frame, node.place, containers=False).declared())
        _keys(w, node.place, [])
        operands.add(root, SHALLOW).add(node.place, REACH)
        _add_containers(operands, node.place)
    note = _note(w, root, steps[:-1], stored)
    _write(w, node, root, operands, lambda: assign(frame, node), note, in_place=True)


def _from_old_value(w: Writer, node: tree.Assign) -> tree.Assign:
    """`place op= e` where e changes variables: the old value is read before."""
    module = w.frame.module
    _keys(w, node.place, [node.value])
    old = tree.Name(node.place.span, "")
    module.types[old] = module.type_of(node.place)
    w.frame.given[old] = py.load(w.temp(computed(w, node.place), node.place))
    whole = tree.Binary(node.span, node.op, old, node.value)
    module.types[whole] = module.type_of(whole)
    return tree.Assign(node.span, node.place, "", whole)


def method(w: Writer, node: tree.MethodCall) -> ast.expr:
    """`place.push(e)` and its kin; gives code for what it gives."""
    frame = w.frame
    arguments = [a.value for a in node.arguments]
    _keys(w, node.receiver, arguments)
    root, steps = path_of(node.receiver)
    operands = Operands(w).add(root, SHALLOW).add(node.receiver, SHALLOW)
    stored: tree.Expression | None = None
    wanted = argument_types(node, Place(frame, node.receiver, containers=True).declared())
    for number, argument in enumerate(arguments):
        keeps = node.method in ("push", "extend") or (node.method == "insert" and number == 1)
        if keeps:
            stored = _stored(w, argument, operands, wanted[number])
            if node.method == "extend":
                operands.add(argument, SHALLOW)
        else:
            hoist(w, argument)
            operands.add(argument)
    out = frame.temp()

    def make() -> list[ast.stmt]:
        made, result = change(frame, node)
        return [*made, py.assign(out, result)]

    note = _note(w, root, steps, stored)
    _write(w, node, root, operands, make, note, in_place=True, result=out)
    return py.load(out)


def _assign_name(w: Writer, node: tree.Assign, target: tree.Name) -> None:
    frame = w.frame
    variable = frame.variable(target)
    assert variable is not None
    name = frame.name(variable)
    if not node.op:
        made = value(w, node.value)
        made = fit(w, made, frame.type(node.value), declared_type(frame, variable), variable.name, node.value)
        w.emit(node, py.assign(name, made))
        w.note_write(name, node)
        return
    if w.facts.stirs(node.value):
        in_order(w, [target, node.value])
    operands = Operands(w).add(target).add(node.value)
    grows = node.op == "+" and frame.kind(target) not in (Kind.INT, Kind.NUMBER, Kind.STR)
    _write(w, node, target, operands, lambda: assign(frame, node), [], in_place=grows)


def _stored(w: Writer, node: tree.Expression, operands: Operands, wanted: Type) -> tree.Expression:
    """Put what is to be stored into a temporary. It must be known if it has to be checked to be a `wanted`."""
    if not isinstance(node, tree.Literal):
        made = value(w, node)
        w.frame.given[node] = py.load(w.temp(made, node))
        if not w.frame.fits(w.frame.type(node), wanted):
            operands.add(node)
    return node


def _keys(w: Writer, place: tree.Expression, later: list[tree.Expression]) -> None:
    """Put the index expressions of a place into temporaries unless they are plain."""
    _, steps = path_of(place)
    indexes = [step.index for step in steps if isinstance(step, tree.Index)]
    stirring = any(w.facts.changes_variables(node) for node in later)
    for index in indexes:
        plain = isinstance(index, tree.Literal) or (isinstance(index, tree.Name) and not stirring)
        if not plain and index not in w.frame.given:
            made = value(w, index)
            w.frame.given[index] = py.load(w.temp(made, index))


def _add_containers(operands: Operands, place: tree.Expression) -> None:
    """The container that `place` is a part of must be known."""
    if isinstance(place, (tree.Index, tree.Field)):
        operands.add(place.value, SHALLOW)
        if isinstance(place, tree.Index):
            operands.add(place.index)


def _note(
    w: Writer, root: tree.Expression, steps: list[tree.Index | tree.Field], stored: tree.Expression | None
) -> list[ast.stmt]:
    """Code that notes in the containers that what was put in is not known."""
    if stored is None or isinstance(stored, tree.Literal):
        return []
    code = w.frame.given.get(stored)
    if not isinstance(code, ast.Name):
        return []
    keys: list[ast.expr] = []
    for step in steps:
        if isinstance(step, tree.Field):
            keys.append(py.constant(step.name))
        else:
            key = w.frame.given.get(step.index)
            if key is not None:
                keys.append(py.load(key.id) if isinstance(key, ast.Name) else key)
            elif isinstance(step.index, tree.Literal):
                keys.append(py.constant(step.index.value))
            else:
                variable = w.frame.variable(step.index)
                keys.append(py.load(w.frame.name(variable)) if variable is not None else py.constant(None))
    variable = w.frame.variable(root)
    assert variable is not None
    noted = py.call("note_along", py.load(w.frame.name(variable)), py.tuple_(keys), py.load(code.id))
    return [py.if_(py.call("unready", py.load(code.id)), [py.do(noted)])]


def _write(  # noqa: PLR0913, PLR0917 - a change: where, of what, needing what, how
    w: Writer,
    node: tree.Node,
    root: tree.Expression,
    operands: Operands,
    make: Callable[[], list[ast.stmt]],
    note: list[ast.stmt],
    *,
    in_place: bool,
    result: str = "",
) -> None:
    """The change, run at once or lifted."""
    variable = w.frame.variable(root)
    assert variable is not None
    name = w.frame.name(variable)
    arguments = list(dict.fromkeys([name, *operands.roots, *w.reads(node)]))
    renumber = {operands.roots.index(n): arguments.index(n) for n in operands.roots}
    parts = tuple(
        (renumber[number], tuple((True, renumber[k]) if is_arg else (False, k) for is_arg, k in keys), need)
        for number, keys, need in operands.parts
    )
    tests: list[ast.expr] = []
    levels = w.levels(name)
    if levels and in_place:
        tests.append(py.not_(py.call("is_clear", py.constant(levels[-1][0]))))
    known = operands.test
    if known is not None:
        tests.append(known)
    outs = [name, *([result] if result else [])]
    body = w.direct(make)
    body = [*w.frame.statements_at(body, node), *note, py.returns(py.tuple_([py.load(n) for n in outs]))]
    function = w.lifted(arguments, body, node, fails=w.facts.may_fail([node]))
    late = py.call(
        "lift_in_order", py.load(CONTEXT), w.site(node), py.load(function),
        py.tuple_([py.load(n) for n in arguments]), py.constant(parts), py.constant(1), py.constant(len(outs)),
        py.constant(levels[-1][0] if levels and in_place else -1), py.constant(name in w.growing(node)),
    )  # fmt: skip
    with w.branch() as slow:
        w.store(outs, late, node)
    fast = w.direct(make)
    w.emit(node, py.if_(py.either(*tests), slow, [*w.frame.statements_at(fast, node), *_copies(note)]))
    w.note_write(name, node)


def _copies(statements: list[ast.stmt]) -> list[ast.stmt]:
    """The same code again, since a tree may hold a node only once."""
    return [deepcopy(statement) for statement in statements]
