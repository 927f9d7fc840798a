"""Expressions in flow form: code for a value that may be pending.

`value` writes whatever must happen first and gives code for the value. What only computes becomes direct code, run at
once where everything that it looks at is known, else lifted as a whole. What does more (calls, changes) is written out
first, in the order of evaluation, into temporaries.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import cast

from planlang.lang import tree
from planlang.lang.checked import ChangingMethod, LibraryFunction, LocalFunction, ModuleFunction, Variable
from planlang.lang.types import Type
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.expressions import condition, expression, owned
from planlang.runtime.compile.frame import Frame
from planlang.runtime.compile.functions import function_value
from planlang.runtime.flow.pending import DEEP, REACH, SHALLOW
from planlang.runtime.flow.regions import CONTEXT, NORMAL

from . import comprehensions
from .operands import Operands, is_structural
from .region import region
from .writer import Writer

Make = Callable[[Frame, tree.Expression], ast.expr]


def value(w: Writer, node: tree.Expression, need: int = DEEP) -> ast.expr:
    """Code for the value of `node`, to be kept; with SHALLOW, of a container that is only gone over."""
    frame = w.frame
    if w.facts.stirs(node):
        hoist(w, node)
    if node in frame.given:
        return _given(w, node)
    match node:
        case tree.Literal():
            return expression(frame, node)
        case tree.Name():
            return owned(frame, node)
        case tree.Lambda():
            return function(w, node)
        case tree.ListDisplay() | tree.DictDisplay():
            return _display(w, node)
        case tree.Index() | tree.Field():
            return computed(w, node, need=SHALLOW if need == SHALLOW else REACH)
        case tree.ListComprehension() | tree.DictComprehension():
            return _comprehension(w, node)
        case _ if is_structural(w, node):
            return computed(w, node, make=_noted, need=SHALLOW)
        case _:
            return computed(w, node)


def _display(w: Writer, node: tree.ListDisplay | tree.DictDisplay) -> ast.expr:
    """A list or dict whose elements need not be known, unless others must be known to tell what they are."""
    frame = w.frame
    if isinstance(node, tree.ListDisplay):
        items = [item for item in node.items if not isinstance(item, tree.Spread)]
        if len(items) == len(node.items):
            return frame.at(py.call("flow_list", py.tuple_([value(w, item) for item in items])), node)
    elif all(_has_plain_key(entry) for entry in node.entries):
        pairs = [entry for entry in node.entries if isinstance(entry, tree.Entry)]
        values = [value(w, entry.value) for entry in pairs]
        keys: list[ast.expr | None] = [expression(frame, entry.key) for entry in pairs]
        return frame.at(py.call("flow_dict", ast.Dict(keys, values)), node)
    return computed(w, node)


def _given(w: Writer, node: tree.Expression) -> ast.expr:
    code = w.frame.given[node]
    return py.load(code.id) if isinstance(code, ast.Name) else code


def _has_plain_key(entry: tree.Entry | tree.Spread) -> bool:
    return isinstance(entry, tree.Entry) and isinstance(entry.key, tree.Literal)


def _noted(frame: Frame, node: tree.Expression) -> ast.expr:
    """Direct code that moves elements: what it builds notes those that are not known."""
    return frame.at(py.call("note_within", owned(frame, node)), node)


def computed(w: Writer, node: tree.Expression, make: Make = owned, need: int = DEEP) -> ast.expr:
    """Direct code for `node`, run at once or lifted."""
    frame = w.frame
    operands = Operands(w).add(node, need)
    test = operands.test
    if test is None:
        return w.direct(lambda: make(frame, node))
    body: list[ast.stmt] = w.direct(lambda: [py.returns(make(frame, node))])
    name = w.lifted(operands.roots, body, node, fails=w.facts.may_fail([node]))
    temp = frame.temp()
    fast = w.direct(lambda: make(frame, node) if make is not _noted else owned(frame, node))
    slow = py.call("lift", py.load(CONTEXT), w.site(node), py.load(name), operands.arguments(), operands.constant)
    w.emit(node, py.if_(test, [py.assign(temp, slow)], [py.assign(temp, fast)]))
    return py.load(temp)


def _comprehension(w: Writer, node: tree.ListComprehension | tree.DictComprehension) -> ast.expr:
    """A comprehension that only computes: element by element where something in it is not known."""
    operands = Operands(w).add_reads(node)
    test = operands.test
    if test is None:
        return w.direct(lambda: owned(w.frame, node))
    temp = w.frame.temp()
    fast = w.direct(lambda: owned(w.frame, node))
    with w.branch() as slow:
        w.emit(node, py.assign(temp, comprehensions.written(w, node)))
    w.emit(node, py.if_(test, slow, [py.assign(temp, fast)]))
    return py.load(temp)


def function(w: Writer, node: tree.Lambda | tree.FunctionDef) -> ast.expr:
    """A function as a value: of flow code at once, of direct code once all that it captures is known."""
    from .functions import closure

    if w.facts.is_flow(node):
        return closure(w.facts, w.frame, node)
    operands = Operands(w).add(node)
    test = operands.test
    made = function_value(w.frame, node)
    if test is None:
        return made
    temp = w.frame.temp()
    again = ast.Call(made.func, list(made.args), []) if isinstance(made, ast.Call) else made
    name = w.lifted(operands.roots, [py.returns(again)], node)
    slow = py.call("lift", py.load(CONTEXT), w.site(node), py.load(name), operands.arguments(), operands.constant)
    w.emit(node, py.if_(test, [py.assign(temp, slow)], [py.assign(temp, made)]))
    return py.load(temp)


def fit(  # noqa: PLR0913, PLR0917 - a value, its two types, and how to speak of it
    w: Writer, made: ast.expr, given: Type, wanted: Type, what: str, place: tree.Node
) -> ast.expr:
    """`made`, checked to be a `wanted` as soon as it is known, unless its static type says so already."""
    if w.frame.fits(given, wanted):
        return made
    temp = w.temp(made, place)
    shown = py.load(w.unit.type_name(wanted))
    late = py.call("fit", py.load(CONTEXT), w.site(place), py.load(temp), shown, py.constant(what))
    now = py.call("validate", py.load(temp), py.load(w.unit.type_name(wanted)), py.constant(what))
    w.emit(place, py.assign(temp, py.choose(py.call("unready", py.load(temp)), late, now)))
    return py.load(temp)


# ── what does more than compute ──────────────────────────────────────────────────────────────────────────────────────


def hoist(w: Writer, node: tree.Expression) -> None:
    """Write out all calls and changes in `node`, in order; their values are in `frame.given` then."""
    from . import calls, changes

    frame = w.frame
    if node in frame.given or not w.facts.stirs(node):
        return
    symbol = frame.module.symbols.get(node)
    if isinstance(node, tree.MethodCall) and isinstance(symbol, ChangingMethod):
        frame.given[node] = changes.method(w, node)
        return
    if w.facts.effect(node) > 0:
        assert isinstance(node, (tree.Call, tree.MethodCall))
        frame.given[node] = py.load(w.temp(calls.action(w, node), node))
        return
    match node:
        case tree.Binary(op="and" | "or" | "??") if w.facts.stirs(node.right):
            frame.given[node] = py.load(_lazy(w, node))
        case tree.Conditional() if w.facts.stirs(node.value) or w.facts.stirs(node.otherwise):
            frame.given[node] = py.load(_choice(w, node))
        case tree.ListComprehension() | tree.DictComprehension():
            frame.given[node] = py.load(w.temp(comprehensions.written(w, node), node))
        case _:
            in_order(w, _parts(w, node))


def in_order(w: Writer, nodes: list[tree.Expression]) -> None:
    """Write out what does more than compute in `nodes`; what stands before it is evaluated before it."""
    last = max((i for i, node in enumerate(nodes) if w.facts.stirs(node)), default=-1)
    for node in nodes[: max(last, 0)]:
        if not isinstance(node, tree.Literal) and not _is_fixed_name(w, node):
            made = value(w, node)
            if node not in w.frame.given:
                w.frame.given[node] = py.load(w.temp(made, node))
    if last >= 0:
        hoist(w, nodes[last])


def _is_known(w: Writer, function: tree.Node) -> bool:
    """Whether what is called is a function that direct code calls by its name."""
    return isinstance(w.frame.module.symbols.get(function), (LocalFunction, ModuleFunction, LibraryFunction))


def _is_fixed_name(w: Writer, node: tree.Expression) -> bool:
    """Whether a name means the same whatever happens: a function, a constant of an imported file, a module."""
    return isinstance(node, tree.Name) and not isinstance(w.frame.module.symbols.get(node), (Variable, LocalFunction))


def _parts(w: Writer, node: tree.Expression) -> list[tree.Expression]:
    """The expressions directly in `node`, in the order in which they are evaluated."""
    found: list[tree.Expression] = []
    for child in tree.children(node):
        if isinstance(node, tree.Call) and child is node.function and _is_known(w, child):
            continue
        match child:
            case tree.Interpolation(value=inner) | tree.Spread(value=inner) | tree.Argument(value=inner):
                found.append(inner)
            case tree.Entry(key=key, value=inner):
                found += [key, inner]
            case _:
                found.append(cast(tree.Expression, child))
    return found


def _lazy(w: Writer, node: tree.Binary) -> str:
    """`and`, `or` and `??` with something on their right that does more than compute."""
    frame = w.frame
    if node.op != "??":
        hoist(w, node.left)
    else:
        in_order(w, _chain(w, node.left))
    out = w.temp(py.constant(None), node)
    reads = [n for n in dict.fromkeys([*w.reads(node.left), *w.reads(node.right)]) if n != out]
    changed = w.writes(node.right)

    def write() -> None:
        if node.op == "??":
            probe = tree.Name(node.right.span, "")
            frame.given[probe] = py.load("missing")
            whole = tree.Binary(node.span, "??", node.left, probe)
            found = w.temp(w.direct(lambda: owned(frame, whole)), node)
            test = py.same(py.load(found), py.load("missing"))
            otherwise: ast.expr = py.load(found)
        else:
            test = w.direct(lambda: condition(frame, node.left))
            test = test if node.op == "and" else py.not_(test)
            otherwise = py.constant(node.op == "or")
        with w.branch() as right:
            if node.op == "??":
                made = value(w, node.right)
            else:
                hoist(w, node.right)
                made = computed(w, node.right, make=condition)
            w.emit(node, py.assign(out, made))
        with w.branch() as left:
            w.emit(node, py.assign(out, otherwise))
        w.emit(node, py.if_(test, right, left))
        w.emit(node, py.returns(w.result(NORMAL)))

    region(w, node, [node.left], [out, *changed], reads, write)
    return out


def _chain(w: Writer, node: tree.Expression) -> list[tree.Expression]:
    """What `a.b[c]` is made of: its bottom, and its index expressions. The steps may lead nowhere."""
    indexes: list[tree.Expression] = []
    while isinstance(node, (tree.Index, tree.Field)) and w.frame.module.symbols.get(node) is None:
        if isinstance(node, tree.Index):
            indexes.append(node.index)
        node = node.value
    return [node, *reversed(indexes)]


def _choice(w: Writer, node: tree.Conditional) -> str:
    """`if c then a else b` where a or b does more than compute."""
    hoist(w, node.test)
    out = w.temp(py.constant(None), node)
    reads = [n for n in w.reads(node.test, node.value, node.otherwise) if n != out]
    changed = w.writes(node.value, node.otherwise)

    def write() -> None:
        test = w.direct(lambda: condition(w.frame, node.test))
        with w.branch() as then:
            w.emit(node, py.assign(out, value(w, node.value)))
        with w.branch() as otherwise:
            w.emit(node, py.assign(out, value(w, node.otherwise)))
        w.emit(node, py.if_(test, then, otherwise))
        w.emit(node, py.returns(w.result(NORMAL)))

    region(w, node, [node.test], [out, *changed], reads, write)
    return out
