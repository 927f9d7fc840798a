"""Statements with blocks in flow form: branches, loops and `try`. What they test may not be known yet."""

from __future__ import annotations

import ast
from collections.abc import Callable

from planlang.lang import tree
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.expressions import condition, expression, needs_mark
from planlang.runtime.compile.kinds import Kind
from planlang.runtime.compile.patterns import pattern_test
from planlang.runtime.compile.statements import is_tight
from planlang.runtime.flow.pending import SHALLOW
from planlang.runtime.flow.regions import CONTEXT, MAY_BREAK, MAY_RETURN, NEVER_LEFT

from . import values
from .facts import BREAK, RETURN
from .region import region
from .statements import block, compound, declared, take_apart
from .writer import RETURNED, STEP, Body, Try, Writer

# ── branches ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _outs(w: Writer, ways: frozenset[str], *roots: tree.Node) -> list[str]:
    """The variables that a statement gives which may be left in these `ways`."""
    return [*([RETURNED] if RETURN in ways else []), *w.writes(*roots)]


@compound(tree.If)
def _branch(w: Writer, node: tree.If, ways: frozenset[str], code: str) -> None:
    values.hoist(w, node.test)
    outs = _outs(w, ways, node)

    def write() -> None:
        test = w.direct(lambda: condition(w.frame, node.test))
        then = _arm(w, node.body)
        otherwise = _arm(w, node.otherwise) if node.otherwise is not None else _empty_arm(w, node)
        w.emit(node, py.if_(test, then, otherwise))

    region(
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


@compound(tree.Match)
def _cases(w: Writer, node: tree.Match, ways: frozenset[str], code: str) -> None:
    values.hoist(w, node.subject)
    if node.subject not in w.frame.given and not isinstance(node.subject, (tree.Name, tree.Literal)):
        w.frame.given[node.subject] = py.load(w.temp(values.value(w, node.subject), node.subject))
    _cases_from(w, node, 0, ways, code)


def _cases_from(w: Writer, node: tree.Match, first: int, ways: frozenset[str], code: str) -> None:
    """The cases from number `first` on. One whose guard calls is a region, in which those after it are tried."""
    outs = _outs(w, ways, node)
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

    region(
        w, node, [node.subject, *waits], outs, w.reads(node), write,
        coded=bool(ways), result=code, growing=w.growing(node),
    )  # fmt: skip


def _rest(w: Writer, node: tree.Match, first: int, ways: frozenset[str]) -> None:
    """Write the cases from number `first` on, and give what they give."""
    code = w.frame.temp()
    _cases_from(w, node, first, ways, code)
    w.emit(node, py.returns(w.passed_on(code)))


def _case(  # noqa: PLR0913, PLR0917 - one case, what it is tried on, and what comes after it
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

    region(w, case, [guard], outs, reads, write, coded=coded, result=code, within=node)
    w.emit(case, py.returns(w.passed_on(code)))


# ── loops ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@compound(tree.For)
def _for_loop(w: Writer, node: tree.For, _ways: frozenset[str], code: str) -> None:
    over = values.value(w, node.iterable, SHALLOW)
    frame = w.frame
    if frame.kind(node.iterable) not in (Kind.LIST, Kind.DICT, Kind.STR):
        over = frame.at(py.call("gone_over", py.load(CONTEXT), w.site(node.iterable), over), node.iterable)
        over = py.load(w.temp(over, node.iterable))
    target = node.targets[0]
    item = frame.name(declared(w, target)) if len(node.targets) == 1 else frame.temp()

    def begin() -> None:
        if len(node.targets) > 1:
            take_apart(w, node.iterable, node.targets, py.load(item))
            return
        w.emit(node, py.if_(py.type_is(py.load(item), "Pending"), [py.assign(item, py.call("known", py.load(item)))]))
        if needs_mark(frame, target):
            w.emit(node, py.do(py.call("share", py.load(item))))

    _loop(w, node, node.body, (item, over), begin, code)


@compound(tree.While)
def _while_loop(w: Writer, node: tree.While, _ways: frozenset[str], code: str) -> None:
    body = node.body
    if is_tight(w.frame, node):
        w.facts.hidden.add(node)
    if not (isinstance(node.test, tree.Literal) and node.test.value is True):
        span = node.test.span
        leave = tree.If(span, node.test, tree.Block(span, ()), tree.Block(span, (tree.Break(span),)))
        body = tree.Block(body.span, (leave, *body.statements))
    _loop(w, node, body, (w.frame.temp(), py.constant(None)), lambda: None, code)


def _loop(  # noqa: PLR0913, PLR0917 - a loop: over what, doing what, left how
    w: Writer,
    node: tree.For | tree.While,
    body: tree.Block,
    over: tuple[str, ast.expr],
    begin: Callable[[], None],
    code: str,
) -> None:
    """A loop over `over`: the variable of its element, and what it goes over. `begin` writes how a turn begins."""
    inner = w.facts.leaves(body)
    leaves = MAY_RETURN if RETURN in inner else MAY_BREAK if BREAK in inner else NEVER_LEFT
    roots = [*(node.targets if isinstance(node, tree.For) else ()), body]
    state = _outs(w, inner & {RETURN}, *roots)
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
    w.store([*([code] if leaves == MAY_RETURN else []), *state], made, node)


# ── try ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@compound(tree.Try)
def _attempt(w: Writer, node: tree.Try, ways: frozenset[str], code: str) -> None:
    outs = _outs(w, ways, node.body, node.handler)
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
    caught = w.frame.name(declared(w, node.name)) if node.name is not None else w.frame.temp()
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
    w.store([*([code] if coded else []), *outs], made, node)
