"""Statements in flow form."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, TypeVar

from planlang.lang import tree
from planlang.lang.checked import ChangingMethod, LocalFunction, Variable
from planlang.lang.types import ANY
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.expressions import condition, expression, is_key, needs_mark
from planlang.runtime.compile.frame import Frame
from planlang.runtime.compile.kinds import Kind
from planlang.runtime.compile.patterns import pattern_test
from planlang.runtime.compile.statements import compiled as direct_statement
from planlang.runtime.flow.pending import SHALLOW
from planlang.runtime.flow.regions import BROKEN, CONTEXT, CONTINUED, LEFT, MAY_BREAK, MAY_RETURN, NEVER_LEFT, NORMAL

from . import changes, values
from .facts import BREAK, RETURN
from .operands import Operands
from .writer import RETURNED, STEP, Body, Try, Writer

S = TypeVar("S", bound=tree.Node)
Write = Callable[[Writer, S], None]
_TABLE: dict[type[tree.Node], Write[Any]] = {}
_COMPOUND = (tree.If, tree.Match, tree.For, tree.While, tree.Try)


def writes(kind: type[S]) -> Callable[[Write[S]], Write[S]]:
    """Register the function that writes statements of `kind`."""

    def register(function: Write[S]) -> Write[S]:
        _TABLE[kind] = function
        return function

    return register


def block(w: Writer, statements: tuple[tree.Statement, ...]) -> bool:
    """Write a block; whether its end is never reached, since it was left before or what follows went elsewhere."""
    for number, node in enumerate(statements):
        if isinstance(node, (tree.Return, tree.Break, tree.Continue, tree.Fail)):
            _TABLE[type(node)](w, node)
            return True
        if isinstance(node, _COMPOUND) and (ways := w.facts.leaves(node)):
            _leaving(w, node, ways, statements[number + 1 :])
            return True
        statement(w, node)
    return False


def statement(w: Writer, node: tree.Statement) -> None:
    """Write a statement that is not left other than by its end."""
    if isinstance(node, _COMPOUND) and not (w.facts.acts(node) or w.steps(node)):
        _computing(w, node)
        return
    _TABLE[type(node)](w, node)
    if isinstance(node, _COMPOUND) and w.steps(node):
        w.note_step(node)


def _computing(w: Writer, node: tree.Statement) -> None:
    """A statement with blocks that only computes: direct code where everything is known, else part by part."""
    operands = Operands(w).add_reads(node)
    written = w.writes(node)
    tests: list[ast.expr] = []
    above = [levels[-1][0] for name in written if (levels := w.levels(name))]
    if above:
        tests.append(py.not_(py.call("clear_within", py.constant(max(above)))))
    if (test := operands.test) is not None:
        tests.append(test)
    fast = w.direct(lambda: direct_statement(w.frame, node))
    if not tests:
        w.lines += fast
        return
    with w.branch() as slow:
        _TABLE[type(node)](w, node)
    with w.branch() as quick:
        w.lines += fast
        for name in written:
            w.note_write(name, node)
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
        variable = _declared(w, node.targets[0])
        made = values.fit(w, made, static, wanted, variable.name, node.value)
        w.emit(node, py.assign(frame.name(variable), made))
        return
    made = values.fit(w, made, static, wanted, "this value", node.value)
    _take_apart(w, node, node.targets, made)


def _key(frame: Frame, node: tree.Expression) -> ast.expr:
    """Direct code for a key of a dict."""
    made = expression(frame, node)
    return made if is_key(frame, node) else frame.at(py.call("key", made), node)


def _take_apart(w: Writer, place: tree.Node, targets: tuple[tree.Target, ...], made: ast.expr) -> None:
    names: list[ast.expr] = [py.store(w.frame.name(_declared(w, target))) for target in targets]
    parts = py.call("parts", py.load(CONTEXT), w.site(place), made, py.constant(len(targets)))
    w.emit(place, ast.Assign([ast.Tuple(names, ast.Store())], parts))


def _declared(w: Writer, target: tree.Node) -> Variable:
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
        _branch(w, tree.If(node.span, node.test, nothing, again), frozenset(), "")
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
    _LEAVING[type(node)](w, node, ways, code)
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
        left = _propagated(w, inner, code)
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
    targets = ([code] if body.coded else []) + inner.outs
    if targets:
        stored: list[ast.expr] = [py.store(n) for n in targets]
        w.emit(node, ast.Assign([ast.Tuple(stored, ast.Store())], after))
    else:
        w.emit(node, py.do(after))
    given = [py.load(n) for n in body.outs]
    w.emit(node, py.returns(py.tuple_([py.load(code), *given] if body.coded else given)))


def _propagated(w: Writer, body: Body, code: str) -> ast.expr:
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


# ── branches ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _given_outs(w: Writer, ways: frozenset[str], *roots: tree.Node) -> list[str]:
    return [*([RETURNED] if RETURN in ways else []), *w.writes(*roots)]


@writes(tree.If)
def _if(w: Writer, node: tree.If) -> None:
    _branch(w, node, frozenset(), "")


def _branch(w: Writer, node: tree.If, ways: frozenset[str], code: str) -> None:
    values.hoist(w, node.test)
    outs = _given_outs(w, ways, node)

    def write() -> None:
        test = w.direct(lambda: condition(w.frame, node.test))
        then = _arm(w, node.body)
        otherwise = _arm(w, node.otherwise) if node.otherwise is not None else _empty_arm(w, node)
        w.emit(node, py.if_(test, then, otherwise))

    values.region(
        w, node, [node.test], outs, w.reads(node), write,
        coded=bool(ways), result=code, growing=w.growing(node),
    )  # fmt: skip


def _arm(w: Writer, node: tree.Block) -> list[ast.stmt]:
    with w.branch() as lines:
        if not block(w, node.statements):
            w.end(node)
    return lines


def _empty_arm(w: Writer, node: tree.Node) -> list[ast.stmt]:
    with w.branch() as lines:
        w.end(node)
    return lines


@writes(tree.Match)
def _match(w: Writer, node: tree.Match) -> None:
    _cases(w, node, frozenset(), "")


def _cases(w: Writer, node: tree.Match, ways: frozenset[str], code: str) -> None:
    values.hoist(w, node.subject)
    if node.subject not in w.frame.given and not isinstance(node.subject, (tree.Name, tree.Literal)):
        w.frame.given[node.subject] = py.load(w.temp(values.value(w, node.subject), node.subject))
    _cases_from(w, node, 0, ways, code)


def _cases_from(w: Writer, node: tree.Match, first: int, ways: frozenset[str], code: str) -> None:
    """The cases from number `first` on. A guard that calls is a region of its own, and what follows it is tried in it."""
    outs = _given_outs(w, ways, node)
    calling = (i for i, case in enumerate(node.cases) if i >= first and case.guard and w.facts.stirs(case.guard))
    last = next(calling, None)
    tried = node.cases[first : last + 1 if last is not None else None]
    guards = [case.guard for case in tried if case.guard is not None and not w.facts.stirs(case.guard)]
    bound = {
        w.facts.module.symbols.get(n) for c in tried for n in tree.walk(c.pattern) if isinstance(n, tree.PatternName)
    }
    waits = [g for g in guards if not bound.intersection(w.facts.reads([g]))]

    def write() -> None:
        subject = w.temp(w.direct(lambda: expression(w.frame, node.subject)), node)
        with w.branch() as lines:
            if last is None:
                w.emit(node.subject, py.do(py.call("no_case", py.load(subject))))
            else:
                _rest(w, node, last + 1, ways)
        for case in reversed(tried):
            with w.branch() as chosen:
                _case(w, node, case, subject, lines, lambda: _rest(w, node, (last or 0) + 1, ways))
            lines = chosen
        w.lines += lines

    values.region(
        w, node, [node.subject, *waits], outs, w.reads(node), write,
        coded=bool(ways), result=code, growing=w.growing(node),
    )  # fmt: skip


def _rest(w: Writer, node: tree.Match, first: int, ways: frozenset[str]) -> None:
    """Write the cases from number `first` on, and give what they give."""
    code = w.frame.temp()
    _cases_from(w, node, first, ways, code)
    outs = [py.load(name) for name in w.body.outs]
    w.emit(node, py.returns(py.tuple_([py.load(code), *outs] if w.body.coded else outs)))


def _case(
    w: Writer, node: tree.Match, case: tree.Case, subject: str, otherwise: list[ast.stmt], rest: Callable[[], None]
) -> None:
    """One case. A guard that calls, or whose operands the pattern binds, may not be known when it is come to."""
    test = w.direct(lambda: pattern_test(w.frame, case.pattern, subject))
    guard = case.guard
    if guard is not None and w.facts.stirs(guard):
        with w.branch() as guarded:
            _guarded(w, node, case, guard, rest)
        w.emit(case, py.if_(test if test is not None else py.constant(True), guarded, otherwise))
        return
    if guard is not None:
        made = w.direct(lambda: condition(w.frame, guard))
        test = py.both(test, made) if test is not None else made
    body = _arm(w, case.body)
    if test is None:
        w.lines += body
    else:
        w.emit(case, py.if_(test, body, otherwise))


def _guarded(w: Writer, node: tree.Match, case: tree.Case, guard: tree.Expression, rest: Callable[[], None]) -> None:
    """The body of a case behind a guard that calls; `rest` writes the cases after it."""
    values.hoist(w, guard)
    outs = list(w.body.outs)
    coded = w.body.coded
    code = w.frame.temp()
    reads = list(dict.fromkeys([*w.reads(node), *w.reads(case.body, guard)]))

    def write() -> None:
        test = w.direct(lambda: condition(w.frame, guard))
        then = _arm(w, case.body)
        with w.branch() as otherwise:
            rest()
        w.emit(case, py.if_(test, then, otherwise))

    values.region(w, case, [guard], outs, reads, write, coded=coded, result=code)
    given = [py.load(name) for name in outs]
    w.emit(case, py.returns(py.tuple_([py.load(code), *given] if coded else given)))


# ── loops ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@writes(tree.For)
def _for(w: Writer, node: tree.For) -> None:
    _for_loop(w, node, frozenset(), "")


def _for_loop(w: Writer, node: tree.For, ways: frozenset[str], code: str) -> None:
    over = values.value(w, node.iterable, SHALLOW)
    frame = w.frame
    if frame.kind(node.iterable) not in (Kind.LIST, Kind.DICT, Kind.STR):
        over = frame.at(py.call("gone_over", py.load(CONTEXT), w.site(node.iterable), over), node.iterable)
        over = py.load(w.temp(over, node.iterable))
    item = frame.name(_declared(w, node.targets[0])) if len(node.targets) == 1 else frame.temp()

    def begin() -> None:
        if len(node.targets) > 1:
            _take_apart(w, node.iterable, node.targets, py.load(item))
            return
        w.emit(node, py.if_(py.type_is(py.load(item), "Pending"), [py.assign(item, py.call("known", py.load(item)))]))
        if needs_mark(frame, node.targets[0]):
            w.emit(node, py.do(py.call("share", py.load(item))))

    _loop(w, node, node.body, (item, over), begin, ways, code)


@writes(tree.While)
def _while(w: Writer, node: tree.While) -> None:
    _while_loop(w, node, frozenset(), "")


def _while_loop(w: Writer, node: tree.While, ways: frozenset[str], code: str) -> None:
    body = node.body
    if not (isinstance(node.test, tree.Literal) and node.test.value is True):
        span = node.test.span
        leave = tree.If(span, node.test, tree.Block(span, ()), tree.Block(span, (tree.Break(span),)))
        body = tree.Block(body.span, (leave, *body.statements))
    _loop(w, node, body, (w.frame.temp(), py.constant(None)), lambda: None, ways, code)


def _loop(  # noqa: PLR0913, PLR0917 - a loop: over what, doing what, left how
    w: Writer,
    node: tree.For | tree.While,
    body: tree.Block,
    over: tuple[str, ast.expr],
    begin: Callable[[], None],
    ways: frozenset[str],
    code: str,
) -> None:
    inner = w.facts.leaves(body)
    leaves = MAY_RETURN if RETURN in inner else MAY_BREAK if BREAK in inner else NEVER_LEFT
    roots = [*(node.targets if isinstance(node, tree.For) else ()), body]
    state = _given_outs(w, inner & {RETURN}, *roots)
    reads = [name for name in w.reads(*roots) if name not in state]
    item, goes_over = over
    reads = [name for name in reads if name != item]
    kind = Body("turn", state, leaves != NEVER_LEFT)
    with w.function([item, *state, *reads], kind, node, [body]) as name:
        if STEP in state:
            w.note_step(node)
        begin()
        if not block(w, body.statements):
            w.end(node)
    longer = w.growing(*roots)
    made = py.call(
        "loop", py.load(CONTEXT), w.site(node), goes_over, py.load(name),
        py.tuple_([py.load(n) for n in state]), py.tuple_([py.load(n) for n in reads]), py.constant(leaves),
        py.constant(node in w.facts.hidden), py.constant(tuple(i for i, out in enumerate(state) if out in longer)),
    )  # fmt: skip
    outs = [*([code] if leaves == MAY_RETURN else []), *state]
    if outs:
        names: list[ast.expr] = [py.store(n) for n in outs]
        w.emit(node, ast.Assign([ast.Tuple(names, ast.Store())], made))
    else:
        w.emit(node, py.do(made))


# ── try ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@writes(tree.Try)
def _try(w: Writer, node: tree.Try) -> None:
    _attempt(w, node, frozenset(), "")


def _attempt(w: Writer, node: tree.Try, ways: frozenset[str], code: str) -> None:
    outs = _given_outs(w, ways, node.body, node.handler)
    targets = [node.name] if node.name is not None else []
    reads = [n for n in w.reads(*targets, node.body, node.handler) if n not in outs]
    coded = bool(ways)
    outer = [(above, number, there) for number, name in enumerate(outs) for above, there in w.levels(name)]
    params = [*outs, *reads]
    with w.function(params, Body("region", outs, coded), node, [node.body]) as body:
        w.tries.append(Try(outs))
        if not block(w, node.body.statements):
            w.end(node.body)
        w.tries.pop()
    caught = w.frame.name(_declared(w, node.name)) if node.name is not None else w.frame.temp()
    params = [caught, *params]
    with w.function(params, Body("region", outs, coded), node, [node.handler]) as handler:
        if STEP in outs:
            w.note_step(node.handler)
        if not block(w, node.handler.statements):
            w.end(node.handler)
    made = py.call(
        "attempt", py.load(CONTEXT), w.site(node), py.load(body), py.load(handler),
        py.tuple_([py.load(n) for n in outs]), py.tuple_([py.load(n) for n in reads]), py.constant(coded),
        py.constant(tuple(outer)),
    )  # fmt: skip
    given = [*([code] if coded else []), *outs]
    if given:
        names: list[ast.expr] = [py.store(n) for n in given]
        w.emit(node, ast.Assign([ast.Tuple(names, ast.Store())], made))
    else:
        w.emit(node, py.do(made))


_LEAVING: dict[type[tree.Node], Callable[[Writer, Any, frozenset[str], str], None]] = {
    tree.If: _branch,
    tree.Match: _cases,
    tree.For: _for_loop,
    tree.While: _while_loop,
    tree.Try: _attempt,
}
