"""Statements: from the checked tree to Python statements."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

from planlang.lang import tree
from planlang.lang.checked import ChangingMethod, LibraryFunction, ModuleFunction, Variable
from planlang.lang.generics import variables_in
from planlang.lang.types import ANY, FunctionType, ListType, TupleType, Type
from planlang.lang.typing import expand

from . import nodes as py
from .calls import tuple_call
from .expressions import (
    condition,
    expression,
    fitted,
    loop_binding,
    loop_marks,
    needs_mark,
    owned,
)
from .frame import Frame
from .kinds import Kind, kind_of
from .outline import BREAK, CONTINUE, jump, leave_with, nested
from .patterns import pattern_test
from .places import assign, change

S = TypeVar("S", bound=tree.Node)
Compile = Callable[[Frame, S], list[ast.stmt]]
_TABLE: dict[type[tree.Node], Compile[Any]] = {}
_FOREVER = 2**62
_COUNTED = (tree.Call, tree.MethodCall, tree.Fail, tree.Assert, tree.For, tree.While, tree.Try)
"""A `while` loop with one of these in it counts its turns; beside them a counter costs nothing that shows."""


def compiles(kind: type[S]) -> Callable[[Compile[S]], Compile[S]]:
    """Register the function that compiles statements of `kind`."""

    def register(function: Compile[S]) -> Compile[S]:
        _TABLE[kind] = function
        return function

    return register


def block(frame: Frame, statements: tuple[tree.Statement, ...]) -> list[ast.stmt]:
    """Code for a block."""
    made: list[ast.stmt] = []
    frame.fresh = set()
    for statement in statements:
        made += compiled(frame, statement)
        _note_fresh(frame, statement)
    return made


def compiled(frame: Frame, statement: tree.Statement) -> list[ast.stmt]:
    """Code for one statement."""
    return frame.statements_at(_TABLE[type(statement)](frame, statement), statement)


def _note_fresh(frame: Frame, statement: tree.Statement) -> None:
    """Keep in mind the variables whose containers were made just now, so that nobody else can hold them yet."""
    if not isinstance(statement, tree.Let):
        frame.fresh = set()
        return
    mentioned = {frame.variable(n) for n in tree.walk(statement.value) if isinstance(n, tree.Name)}
    frame.fresh -= mentioned
    if len(statement.targets) == 1 and isinstance(statement.value, (tree.ListDisplay, tree.DictDisplay)):
        frame.fresh.add(_declared(frame, statement.targets[0]))


@compiles(tree.Let)
def _let(frame: Frame, node: tree.Let) -> list[ast.stmt]:
    wanted = frame.module.declared.get(node.type, ANY) if node.type is not None else ANY
    value_type = frame.type(node.value)
    if len(node.targets) == 1:
        target = node.targets[0]
        variable = _declared(frame, target)
        # An alias only looks at a part of somebody's container: ownership has ruled out that this shows.
        alias = variable in frame.unit.ownership.aliases and isinstance(node.value, (tree.Index, tree.Field))
        value = expression(frame, node.value) if alias else owned(frame, node.value)
        value = fitted(frame, value, value_type, wanted, variable.name, node.value)
        return [py.assign(frame.name(variable), value)]
    if node.type is None and (call := tuple_call(frame, node.value, len(node.targets))) is not None:
        names: list[ast.expr] = [py.store(frame.name(_declared(frame, target))) for target in node.targets]
        return [ast.Assign([ast.Tuple(names, ast.Store())], call)]
    whole = frame.temp()
    value = fitted(frame, expression(frame, node.value), value_type, wanted, "this value", node.value)
    static = expand(value_type)
    if not (isinstance(static, TupleType) and len(static.items) == len(node.targets)):
        value = py.call("unpack", value, py.constant(len(node.targets)))
    made: list[ast.stmt] = [py.assign(whole, value)]
    fresh = isinstance(node.value, (tree.Call, tree.MethodCall))
    for number, target in enumerate(node.targets):
        part = py.subscript(py.load(whole), py.constant(number))
        if needs_mark(frame, target):
            marked = py.call("share", part)
            # A list that a call gave and nobody else holds ends here: what it held gets no second owner.
            ours = py.both(py.type_is(py.load(whole), "PlanList"), py.not_(py.shared(py.load(whole))))
            again = py.subscript(py.load(whole), py.constant(number))
            part = py.choose(ours, again, marked) if fresh else marked
        made.append(py.assign(frame.name(_declared(frame, target)), part))
    return made


def _declared(frame: Frame, target: tree.Node) -> Variable:
    variable = frame.variable(target)
    assert variable is not None
    return variable


@compiles(tree.Assign)
def _assign(frame: Frame, node: tree.Assign) -> list[ast.stmt]:
    return assign(frame, node)


@compiles(tree.ExpressionStatement)
def _expression_statement(frame: Frame, node: tree.ExpressionStatement) -> list[ast.stmt]:
    value = node.value
    if isinstance(value, tree.MethodCall) and isinstance(frame.module.symbols.get(value), ChangingMethod):
        made, result = change(frame, value)
        return [*made, py.do(result)]
    return [py.do(expression(frame, value))]


# --- Branches --------------------------------------------------------------------------------------------


@compiles(tree.If)
def _if(frame: Frame, node: tree.If) -> list[ast.stmt]:
    chain = [node]
    while (last := chain[-1].otherwise) is not None and len(last.statements) == 1:
        following = last.statements[0]
        if not isinstance(following, tree.If):
            break
        chain.append(following)
    otherwise = chain[-1].otherwise
    made = block(frame, otherwise.statements) if otherwise is not None else []
    for link in reversed(chain):
        test = condition(frame, link.test)
        made = frame.statements_at([py.if_(test, block(frame, link.body.statements), made)], link)
    return made


@compiles(tree.Match)
def _match(frame: Frame, node: tree.Match) -> list[ast.stmt]:
    subject = frame.temp()
    made = frame.statements_at([py.do(py.call("no_case", py.load(subject)))], node.subject)
    for case in reversed(node.cases):
        test = pattern_test(frame, case.pattern, subject)
        if case.guard is not None:
            guard = condition(frame, case.guard)
            test = guard if test is None else py.both(test, guard)
        body = block(frame, case.body.statements)
        whole = [py.if_(test, body, made)] if test is not None else body or [ast.Pass()]
        made = frame.statements_at(whole, case)
    return [py.assign(subject, expression(frame, node.subject)), *made]


# --- Loops -----------------------------------------------------------------------------------------------


def _settle(frame: Frame, loop: tree.For | tree.While) -> tuple[list[ast.stmt], set[Variable]]:
    """Settle before the loop who owns the containers that change in it."""
    made: list[ast.stmt] = []
    settled: set[Variable] = set()
    for variable in frame.unit.ownership.settled_in(loop, frame.scope):
        kinds = {
            kind_of(frame.type(name))
            for name in tree.walk(loop)
            if isinstance(name, tree.Name) and frame.variable(name) is variable
        }
        if variable in frame.settled or frame.is_global(variable) or kinds not in ({Kind.LIST}, {Kind.DICT}):
            continue
        name = frame.name(variable)
        if variable not in frame.fresh:
            made.append(py.assign(name, py.call("own", py.load(name))))
        settled.add(variable)
    return made, settled


@compiles(tree.For)
def _for(frame: Frame, node: tree.For) -> list[ast.stmt]:
    return nested(frame, node, lambda: _for_here(frame, node))


def _for_here(frame: Frame, node: tree.For) -> list[ast.stmt]:
    before, settled = _settle(frame, node)
    target, iterable = loop_binding(frame, node.targets, node.iterable)
    turns = frame.temp()
    frame.turns.append(turns)
    body: list[ast.stmt] = []
    match iterable:
        case ast.Call(func=ast.Name(id="unpack_all"), args=[whole, count]):
            # Taken apart in the turn itself, so that an error tells which one it is.
            part = frame.temp()
            body = frame.statements_at([ast.Assign([target], py.call("unpack", py.load(part), count))], node.iterable)
            target, iterable = py.store(part), whole
        case _:
            pass
    before.append(py.assign(turns, py.call("iter", iterable)))
    body += [py.do(mark) for mark in loop_marks(frame, node.targets)]
    if frame.unit.metered:
        body.append(py.do(py.call("next_step")))
    body = frame.statements_at(body, node)
    frame.settled |= settled
    body += _loop_body(frame, node.body)
    frame.settled -= settled
    return [*before, ast.For(target, py.load(turns), body or [ast.Pass()], []), py.assign(turns, py.constant(None))]


def _loop_body(frame: Frame, body: tree.Block) -> list[ast.stmt]:
    frame.loops += 1
    made = block(frame, body.statements)
    frame.loops -= 1
    return made


@compiles(tree.While)
def _while(frame: Frame, node: tree.While) -> list[ast.stmt]:
    return nested(frame, node, lambda: _while_here(frame, node))


def _while_here(frame: Frame, node: tree.While) -> list[ast.stmt]:
    before, settled = _settle(frame, node)
    frame.settled |= settled
    body: list[ast.stmt] = []
    endless = isinstance(node.test, tree.Literal) and node.test.value is True
    tight = is_tight(frame, node)
    if not endless and not tight:
        body.append(py.if_(py.not_(condition(frame, node.test)), [ast.Break()]))
    if frame.unit.metered:
        body.append(py.do(py.call("next_step")))
    body = frame.statements_at(body, node)
    body += _loop_body(frame, node.body)
    frame.settled -= settled
    if tight:
        test = py.constant(True) if endless else condition(frame, node.test)
        return [*before, ast.While(test, body or [ast.Pass()], [])]
    # A counting iterator costs little and lets an error say in which turn it happened.
    turns = frame.temp()
    frame.turns.append(turns)
    before.append(py.assign(turns, py.call("repeat", py.constant(None), py.constant(_FOREVER))))
    loop = ast.For(py.store(frame.temp()), py.load(turns), body or [ast.Pass()], [])
    return [*before, loop, py.assign(turns, py.constant(None))]


def is_tight(frame: Frame, node: tree.While) -> bool:
    """Whether a loop does so little in a turn that counting its turns would show: no error tells them then."""
    counted = any(isinstance(n, _COUNTED) for n in (*tree.walk(node.test), *tree.walk(node.body)))
    return not frame.unit.metered and not counted


@compiles(tree.Break)
def _break(frame: Frame, _node: tree.Break) -> list[ast.stmt]:
    return [jump(frame, BREAK, ast.Break())]


@compiles(tree.Continue)
def _continue(frame: Frame, _node: tree.Continue) -> list[ast.stmt]:
    return [jump(frame, CONTINUE, ast.Continue())]


# --- Leaving ---------------------------------------------------------------------------------------------


@compiles(tree.Return)
def _return(frame: Frame, node: tree.Return) -> list[ast.stmt]:
    return [leave_with(frame, result(frame, node.value) if node.value is not None else py.constant(None))]


def result(frame: Frame, node: tree.Expression) -> ast.expr:
    """Code for what the function gives back, checked against its declared type."""
    if frame.as_tuple:
        if isinstance(node, tree.ListDisplay):
            return py.tuple_([owned(frame, item) for item in node.items if not isinstance(item, tree.Spread)])
        assert isinstance(frame.scope, tree.FunctionDef)
        call = tuple_call(frame, node, frame.unit.several_results.get(frame.scope, 0))
        assert call is not None
        return call
    value = owned(frame, node)
    if frame.result is None:
        return value
    return fitted(frame, value, frame.type(node), frame.result, "the result", node)


@compiles(tree.Fail)
def _fail(frame: Frame, node: tree.Fail) -> list[ast.stmt]:
    return [ast.Raise(frame.at(py.call("failure", expression(frame, node.value)), node), None)]


@compiles(tree.Assert)
def _assert(frame: Frame, node: tree.Assert) -> list[ast.stmt]:
    message = expression(frame, node.message) if node.message is not None else py.constant(None)
    made, operands = _sides(frame, node.test)
    raised = ast.Raise(frame.at(py.call("assertion", message, *operands), node.test), None)
    test = py.not_(condition(frame, node.test))
    frame.given.clear()
    return [*made, py.if_(test, frame.statements_at([raised], node.test))]


def _sides(frame: Frame, test: tree.Expression) -> tuple[list[ast.stmt], list[ast.expr]]:
    """Both sides of a comparison in variables, so that a failed `assert` can show them, and the code that does so."""
    if not (isinstance(test, tree.Binary) and test.op in ("==", "!=", "<", "<=", ">", ">=", "in", "not in")):
        return [], []
    made: list[ast.stmt] = []
    shown: list[ast.expr] = [py.constant(test.op)]
    for side in (test.left, test.right):
        value = expression(frame, side)
        if not isinstance(value, ast.Constant):
            temp = frame.temp()
            made += frame.statements_at([py.assign(temp, value)], side)
            value = py.load(temp)
        frame.given[side] = frame.at(value, side)
        shown.append(_again(value))
    return made, shown


def _again(value: ast.expr) -> ast.expr:
    """A second copy of the code for a constant or variable."""
    return py.load(value.id) if isinstance(value, ast.Name) else value


@compiles(tree.Try)
def _try(frame: Frame, node: tree.Try) -> list[ast.stmt]:
    return nested(frame, node, lambda: _try_here(frame, node))


def _try_here(frame: Frame, node: tree.Try) -> list[ast.stmt]:
    caught = frame.temp()
    loops = len(frame.turns)
    body = block(frame, node.body.statements)
    inside: list[ast.stmt] = []
    error = py.call("caught", py.load(caught))
    if node.name is not None:
        inside.append(py.assign(frame.name(_declared(frame, node.name)), error))
    else:
        inside.append(py.do(error))
    # The loops that the failure has left are over: no error of the handler happens in a turn of theirs.
    inside += [py.assign(turns, py.constant(None)) for turns in frame.turns[loops:]]
    inside = frame.statements_at(inside, node.handler)
    frame.blocks += 1  # CPython counts a handler as two blocks
    inside += block(frame, node.handler.statements)
    frame.blocks -= 1
    handler = ast.ExceptHandler(py.load("Exception"), caught, inside)
    return [ast.Try(body or [ast.Pass()], [handler], [], [])]


# --- The rest --------------------------------------------------------------------------------------------


@compiles(tree.Step)
def _step(frame: Frame, node: tree.Step) -> list[ast.stmt]:
    title = expression(frame, node.title)
    if frame.kind(node.title) is not Kind.STR:
        title = py.call("text", title)
    return [py.assign("step", title), py.do(py.call("begin_step", py.load("step")))]


@compiles(tree.Mock)
def _mock(frame: Frame, node: tree.Mock) -> list[ast.stmt]:
    return [py.do(py.call("mock", *mocked_function(frame, node), owned(frame, node.value)))]


def mocked_function(frame: Frame, node: tree.Mock) -> list[ast.expr]:
    """Which function a mock stands for, as `Instance.mock` wants it: where it stands, its name, what it gives."""
    symbol = frame.module.symbols.get(node)
    wanted: Type = ANY
    if isinstance(symbol, LibraryFunction):
        where, name = ("", symbol.signature.plugin), symbol.signature.name
        wanted = symbol.signature.result
        if variables_in(wanted):
            return [py.constant(where), py.constant(name), py.load(frame.unit.result_name(symbol.signature))]
    else:
        assert isinstance(symbol, ModuleFunction)
        where, name = (frame.unit.module_keys[symbol.module], None), symbol.node.name
        if symbol.node.result is not None:
            wanted = symbol.module.declared.get(symbol.node.result, ANY)
    sure = frame.fits(_answer(frame.type(node.value)), wanted)
    return [py.constant(where), py.constant(name), py.constant(None) if sure else py.load(frame.unit.type_name(wanted))]


def _answer(mock: Type) -> Type:
    """What a mock answers, as far as its static type says."""
    if isinstance(mock, FunctionType):
        return mock.result
    return mock.element if isinstance(mock, ListType) else ANY


def _nothing(_frame: Frame, _node: tree.Node) -> list[ast.stmt]:
    """Declarations do nothing when they are reached."""
    return []


for _kind in (tree.Needs, tree.TypeDef, tree.Import, tree.Test):
    compiles(_kind)(_nothing)
