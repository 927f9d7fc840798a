"""Statements in flow form: blocks, declarations, and what leaves a block. See `blocks.py` for those with blocks."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

from planlang.lang import tree
from planlang.lang.checked import ChangingMethod, LocalFunction, Variable
from planlang.lang.types import ANY
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.expressions import expression, is_key
from planlang.runtime.compile.frame import Frame
from planlang.runtime.compile.statements import compiled as direct_statement
from planlang.runtime.compile.statements import mocked_function
from planlang.runtime.flow.regions import BROKEN, CONTEXT, CONTINUED, LEFT, NORMAL

from . import changes, values
from .facts import RETURN
from .operands import Operands
from .writer import RETURNED, STEP, Body, Writer

S = TypeVar("S", bound=tree.Node)
Write = Callable[[Writer, S], None]
WriteBlocks = Callable[[Writer, S, frozenset[str], str], None]
"""Writes a statement with blocks. It is given how this may be left other than by its end, and the variable for
the code that says how it was."""
_TABLE: dict[type[tree.Node], Write[Any]] = {}
_COMPOUND: dict[type[tree.Node], WriteBlocks[Any]] = {}
"""Filled by `blocks.py`."""


def writes(kind: type[S]) -> Callable[[Write[S]], Write[S]]:
    """Register the function that writes statements of `kind`."""

    def register(function: Write[S]) -> Write[S]:
        _TABLE[kind] = function
        return function

    return register


def compound(kind: type[S]) -> Callable[[WriteBlocks[S]], WriteBlocks[S]]:
    """Register the function that writes statements of `kind`, which have blocks."""

    def register(function: WriteBlocks[S]) -> WriteBlocks[S]:
        _COMPOUND[kind] = function
        return function

    return register


def block(w: Writer, statements: tuple[tree.Statement, ...]) -> bool:
    """Write a block; whether its end is never reached, since it was left before or what follows went elsewhere."""
    for number, node in enumerate(statements):
        if isinstance(node, (tree.Return, tree.Break, tree.Continue, tree.Fail)):
            _TABLE[type(node)](w, node)
            return True
        if type(node) in _COMPOUND and (ways := w.facts.leaves(node)):
            _leaving(w, node, ways, statements[number + 1 :])
            return True
        statement(w, node)
    return False


def statement(w: Writer, node: tree.Statement) -> None:
    """Write a statement that is not left other than by its end."""
    if type(node) not in _COMPOUND:
        _TABLE[type(node)](w, node)
    elif w.facts.acts(node) or w.steps(node):
        _with_blocks(w, node)
        if w.steps(node):
            w.note_step(node)
    else:
        _computing(w, node)


def _with_blocks(w: Writer, node: tree.Statement) -> None:
    """A statement with blocks that is not left other than by its end."""
    _COMPOUND[type(node)](w, node, frozenset(), "")


def _computing(w: Writer, node: tree.Statement) -> None:
    """A statement with blocks that only computes: direct code where everything is known, else part by part."""
    operands = Operands(w).add_reads(node)
    written = w.writes(node)
    tests: list[ast.expr] = []
    above = [levels[-1][0] for name in written if (levels := w.levels(name))]
    if above:
        tests.append(py.not_(py.call("is_clear", py.constant(max(above)))))
    if (test := operands.test) is not None:
        tests.append(test)
    fast = w.direct(lambda: direct_statement(w.frame, node))
    if not tests:
        w.lines += fast
        return
    with w.branch() as slow:
        _with_blocks(w, node)
    with w.branch() as noted:
        for name in written:
            w.note_write(name, node)
    # Where it fails half-way, the `try` around it must know of what was written until then.
    quick: list[ast.stmt] = [ast.Try(fast, [], [], noted)] if noted else fast
    w.emit(node, py.if_(py.either(*tests), slow, quick))


# ── declarations and expressions ─────────────────────────────────────────────────────────────────────────────────────


@writes(tree.Let)
def _let(w: Writer, node: tree.Let) -> None:
    frame = w.frame
    wanted = frame.module.declared.get(node.type, ANY) if node.type is not None else ANY
    static = frame.type(node.value)
    if node in w.facts.keys:
        values.hoist(w, node.value)
        made = values.computed(w, node.value, make=_key)
    else:
        made = values.value(w, node.value)
    if len(node.targets) == 1:
        variable = declared(w, node.targets[0])
        made = values.fit(w, made, static, wanted, variable.name, node.value)
        w.emit(node, py.assign(frame.name(variable), made))
        return
    made = values.fit(w, made, static, wanted, "this value", node.value)
    take_apart(w, node, node.targets, made)


def _key(frame: Frame, node: tree.Expression) -> ast.expr:
    """Direct code for a key of a dict."""
    made = expression(frame, node)
    return made if is_key(frame, node) else frame.at(py.call("key", made), node)


def take_apart(w: Writer, place: tree.Node, targets: tuple[tree.Target, ...], made: ast.expr) -> None:
    """Put the parts of the list that `made` gives into the variables `targets`."""
    parts = py.call("parts", py.load(CONTEXT), w.site(place), made, py.constant(len(targets)))
    w.store([w.frame.name(declared(w, target)) for target in targets], parts, place)


def declared(w: Writer, target: tree.Node) -> Variable:
    """The variable that `target` declares."""
    variable = w.frame.variable(target)
    assert variable is not None
    return variable


@writes(tree.Assign)
def _assign(w: Writer, node: tree.Assign) -> None:
    changes.assignment(w, node)


@writes(tree.ExpressionStatement)
def _expression_statement(w: Writer, node: tree.ExpressionStatement) -> None:
    inner = node.value
    if isinstance(inner, tree.MethodCall) and isinstance(w.frame.module.symbols.get(inner), ChangingMethod):
        changes.method(w, inner)
        return
    if w.facts.stirs(inner):
        values.hoist(w, inner)
        if inner in w.frame.given:
            return
    w.emit(node, py.do(values.computed(w, inner)))


@writes(tree.FunctionDef)
def _function(w: Writer, node: tree.FunctionDef) -> None:
    symbol = w.frame.module.symbols.get(node)
    if isinstance(symbol, LocalFunction):
        made = values.function(w, node)
        name = w.frame.name(symbol)
        if not (isinstance(made, ast.Name) and made.id == name):
            w.emit(node, py.assign(name, made))


@writes(tree.Step)
def _step(w: Writer, node: tree.Step) -> None:
    made = values.value(w, node.title)
    text = py.call("text", py.call("force", made))
    w.emit(node, py.assign("step", text))
    w.emit(node, py.assign(STEP, py.load("step")))
    w.note_write(STEP, node)
    w.emit(node, py.assign(CONTEXT, py.call("stepped", py.load(CONTEXT), py.load("step"))))
    w.emit(node, py.do(py.call("begin_step", py.load("step"))))


def _nothing(_w: Writer, _node: tree.Node) -> None:
    """Declarations do nothing when they are reached."""


@writes(tree.Mock)
def _mock(w: Writer, node: tree.Mock) -> None:
    which = mocked_function(w.frame, node)
    made = values.value(w, node.value)
    w.emit(node, py.do(py.call("mock_here", py.load(CONTEXT), w.site(node), *which, made)))


for _kind in (tree.Needs, tree.TypeDef, tree.Import, tree.Test):
    writes(_kind)(_nothing)


@writes(tree.Assert)
def _assert(w: Writer, node: tree.Assert) -> None:
    message = node.message
    if message is not None and w.facts.stirs(message) and node not in w.facts.doubtful:
        # The message is made only where the assertion fails.
        w.facts.doubtful.add(node)
        values.hoist(w, node.test)
        nothing, again = tree.Block(node.span, ()), tree.Block(node.span, (node,))
        _with_blocks(w, tree.If(node.span, node.test, nothing, again))
        w.facts.doubtful.discard(node)
        return
    values.hoist(w, node.test)
    if message is not None:
        values.hoist(w, message)
    operands = Operands(w).add(node.test)
    if node.message is not None:
        operands.add(node.message)
    _fallible(w, node, operands)


def _fallible(w: Writer, node: tree.Statement, operands: Operands) -> None:
    """A statement that only may fail, run at once or lifted."""
    test = operands.test
    fast = w.direct(lambda: direct_statement(w.frame, node))
    if test is None:
        w.lines += fast
        return
    name = w.lifted(operands.roots, w.direct(lambda: direct_statement(w.frame, node)), node, fails=True)
    slow = py.call("lift", py.load(CONTEXT), w.site(node), py.load(name), operands.arguments(), operands.constant)
    w.emit(node, py.if_(test, [py.do(slow)], fast))


# ── leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def result(w: Writer, node: tree.Expression) -> ast.expr:
    """Code for what the function gives back, checked against its declared type."""
    made = values.value(w, node)
    if w.frame.result is None:
        return made
    return values.fit(w, made, w.frame.type(node), w.frame.result, "the result", node)


@writes(tree.Return)
def _return(w: Writer, node: tree.Return) -> None:
    made = result(w, node.value) if node.value is not None else py.constant(None)
    if w.body.kind == "function":
        w.emit(node, py.returns(made))
        return
    w.emit(node, py.assign(RETURNED, made))
    w.note_write(RETURNED, node)
    w.emit(node, py.returns(w.result(LEFT)))


@writes(tree.Break)
def _break(w: Writer, node: tree.Break) -> None:
    w.emit(node, py.returns(w.result(BROKEN)))


@writes(tree.Continue)
def _continue(w: Writer, node: tree.Continue) -> None:
    w.emit(node, py.returns(w.result(CONTINUED)))


@writes(tree.Fail)
def _fail(w: Writer, node: tree.Fail) -> None:
    values.hoist(w, node.value)
    _fallible(w, node, Operands(w).add(node.value))
    w.emit(node, py.do(py.call("stop")))


def _leaving(w: Writer, node: tree.Statement, ways: frozenset[str], rest: tuple[tree.Statement, ...]) -> None:
    """A statement that may be left by break, continue or return: what follows it hangs on how it was."""
    code = w.frame.temp()
    w.emit(node, py.assign(code, py.constant(NORMAL)))
    _COMPOUND[type(node)](w, node, ways, code)
    body = w.body
    following = w.reads(*rest) if rest else []
    written = {*w.writes(node, *rest)}
    if RETURN in ways or RETURN in w.facts.leaves(tree.Block(node.span, rest)):
        written.add(RETURNED)
    # What neither this statement nor the rest writes is known already, whatever becomes of them.
    inner = Body(body.kind, [out for out in body.outs if out in written], body.coded)
    kept = [RETURNED, *inner.outs] if RETURN in ways else inner.outs
    names: list[str] = list(dict.fromkeys([*kept, *following, *([STEP] if w.steps(node, *rest) else [])]))
    with w.function([code, *names], inner, node, rest) as name:
        left = _propagated(inner, code)
        w.emit(node, py.if_(py.load(code), [py.returns(left)]))
        if w.steps(node):
            w.note_step(node)
        if not block(w, rest):
            w.end(node)
    arguments = py.tuple_([py.load(n) for n in (code, *names)])
    longer = w.growing(*rest)
    grows = tuple((i + inner.coded, 1 + names.index(out)) for i, out in enumerate(inner.outs) if out in longer)
    after = py.call(
        "after", py.load(CONTEXT), w.site(node), py.load(name), arguments,
        py.constant(1 + len(dict.fromkeys(kept))), py.constant(inner.count), py.constant(grows),
    )  # fmt: skip
    if body.kind == "function" or inner.outs == body.outs:
        w.emit(node, py.returns(after))
        return
    w.store([*([code] if body.coded else []), *inner.outs], after, node)
    w.emit(node, py.returns(w.passed_on(code)))


def _propagated(body: Body, code: str) -> ast.expr:
    """What a body gives that is left as a statement in it was."""
    if body.kind == "function":
        return py.load(RETURNED)
    outs = [py.load(n) for n in body.outs]
    if not body.coded:
        return py.tuple_(outs)
    how: ast.expr = py.load(code)
    if body.kind == "turn":
        is_continue = py.compare(py.load(code), ast.Eq(), py.constant(CONTINUED))
        how = py.choose(is_continue, py.constant(NORMAL), how)
    return py.tuple_([how, *outs])
