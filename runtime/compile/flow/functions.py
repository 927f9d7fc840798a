"""Functions in flow form: `g·name(context, …)`, and for unknown callers `wg·name`, which checks what they pass."""

from __future__ import annotations

import ast

from planlang.lang import tree
from planlang.lang.checked import FunctionNode
from planlang.lang.types import ANY
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.frame import Frame, Unit
from planlang.runtime.compile.functions import (
    capture_name,
    captured,
    captured_by,
    entry_work,
    preferred_model,
    required,
)
from planlang.runtime.compile.statements import compiled as direct_statement
from planlang.runtime.compile.statements import result as direct_result
from planlang.runtime.flow.regions import CONTEXT

from . import blocks, statements, values  # noqa: F401  # pyright: ignore[reportUnusedImport] - it registers
from .facts import RETURN, Facts
from .writer import RETURNED, STEP, Body, Try, Writer


def module_functions(unit: Unit, facts: Facts) -> None:
    """Compile those functions and tasks of the file that do more than compute."""
    for node in unit.module.program.statements:
        if isinstance(node, tree.FunctionDef) and facts.is_flow(node):
            unit.functions.append(_definition(unit, facts, node, open_to_all=False))
            unit.functions.append(_value_form(unit, facts, node))


def closure(facts: Facts, frame: Frame, node: FunctionNode) -> ast.expr:
    """Code that makes the flow function `node` here, with the present values of what it captures.

    In its body it finds itself under its own name.
    """
    unit = frame.unit
    captures = captured_by(unit, node)
    name = unit.names.function(node)
    if node not in unit.defined:
        unit.defined.add(node)
        definition = _definition(unit, facts, node, open_to_all=True)
        made: list[ast.stmt] = [definition, py.assign(name, py.load(definition.name))]
        if captures:
            params = [capture_name(unit, c) for c in captures]
            made = [py.function(f"k{name}", params, [*made, py.returns(py.load(name))])]
        unit.functions += [py.locate(statement, unit.module.source, node.span) for statement in made]
    return py.call(f"k{name}", *(captured(frame, c) for c in captures)) if captures else py.load(name)


def main(unit: Unit, facts: Facts, constants: tuple[tree.Statement, ...]) -> list[ast.stmt]:
    """The body of the top level in flow form."""
    program = unit.module.program
    w = Writer(Frame(unit, program), facts, "")
    needed = facts.read_by_direct_functions()
    if w.steps(*constants):
        w.emit(program, py.assign(STEP, py.constant(None)))
    for statement in constants:
        statements.statement(w, statement)
        if isinstance(statement, tree.Let):
            for target in statement.targets:
                variable = w.frame.variable(target)
                if variable in needed:
                    name = w.frame.name(variable)
                    w.emit(statement, py.assign(name, py.call("force", py.load(name))))
    return w.lines


def session_input(unit: Unit, facts: Facts, inputs: tuple[tree.Statement, ...]) -> list[ast.stmt]:
    """The body of one input of a session in flow form: it gives the value of a last expression.

    Each statement runs to its end, so that the next finds all variables known, in the session's namespace.
    """
    program = unit.module.program
    w = Writer(Frame(unit, program), facts, "")
    if w.steps(*inputs):
        w.emit(program, py.assign(STEP, py.constant("")))
    for node in inputs:
        wanted = node.value if node is inputs[-1] and isinstance(node, tree.ExpressionStatement) else None
        if facts.acts(node) and not isinstance(node, tree.Step):
            _settled(w, facts, node, wanted)
        elif wanted is not None:
            value = wanted
            w.emit(node, py.returns(w.direct(lambda value=value: direct_result(w.frame, value))))
        elif w.steps(node):
            statements.statement(w, node)
        else:
            w.lines += w.direct(lambda node=node: direct_statement(w.frame, node))
    return w.lines


def _settled(w: Writer, facts: Facts, node: tree.Statement, wanted: tree.Expression | None) -> None:
    """A statement of a session that runs to its end; with `wanted` the input gives the value of that expression."""
    declared = [w.frame.variable(t) for t in node.targets] if isinstance(node, tree.Let) else []
    given = w.names(v for v in declared if v is not None)
    outs = [*([RETURNED] if wanted is not None else []), *given, *w.writes(node)]
    reads = [name for name in w.reads(node) if name not in outs]
    unset = [name for name in w.names(facts.unset or ()) if name in outs]
    w.frame.holds_session = True
    with w.function([*outs, *reads], Body("region", outs), node, [node]) as name:
        if isinstance(node, (tree.Assign, tree.ExpressionStatement)):
            w.emit(node, *(_forget(out) for out in unset))  # who reads it before it is set is told so
        w.tries.append(Try(outs))
        if wanted is not None:
            w.emit(node, py.assign(RETURNED, values.value(w, wanted)))
        else:
            statements.statement(w, node)
        w.tries.pop()
        w.end(node)
    w.frame.holds_session = False
    fresh = {RETURNED, *given, *unset}
    before = [py.load("missing" if out in fresh else out) for out in outs]
    made = py.call(
        "settled", py.load(CONTEXT), w.site(node), py.load(name), py.constant(tuple(outs)),
        py.tuple_(before), py.tuple_([py.load(n) for n in reads]),
    )  # fmt: skip
    w.store(outs, made, node)
    for out in unset:
        w.emit(node, py.if_(py.same(py.load(out), py.load("missing")), [_forget(out)]))
    if w.steps(node):
        w.note_step(node)
    if wanted is not None:
        w.emit(node, py.returns(py.load(RETURNED)))


def _forget(name: str) -> ast.stmt:
    """A Python variable has no value any more."""
    return ast.Delete([ast.Name(name, ast.Del())])


def test(unit: Unit, facts: Facts, node: tree.Test) -> list[ast.stmt]:
    """The body of a test in flow form."""
    w = Writer(Frame(unit, node), facts, "")
    statements_ = node.body.statements
    if _mocks_on_condition(facts, statements_):
        w.emit(node, py.do(py.call("one_at_a_time")))
    if any(RETURN in facts.leaves(s) for s in statements_ if not isinstance(s, tree.Return)):
        w.emit(node, py.assign(RETURNED, py.constant(None)))
    if w.steps(*statements_):
        w.emit(node, py.assign(STEP, py.constant(None)))
    if not statements.block(w, statements_):
        w.end(node)
    return w.lines


def _mocks_on_condition(facts: Facts, statements_: tuple[tree.Statement, ...]) -> bool:
    """Whether a mock stands in a block, or behind what may leave the test: all later calls hang on that block."""
    left = False
    for node in statements_:
        if any(isinstance(n, tree.Mock) for n in tree.walk(node)) and (left or not isinstance(node, tree.Mock)):
            return True
        left = left or RETURN in facts.leaves(node)
    return False


def _definition(unit: Unit, facts: Facts, node: FunctionNode, *, open_to_all: bool) -> ast.FunctionDef:
    frame = Frame(unit, node)
    frame.result = unit.module.declared.get(node.result) if node.result is not None else None
    frame.default_model = preferred_model(node)
    w = Writer(frame, facts, getattr(node, "name", "fn"))
    params = [frame.name(v) for p in node.params if (v := frame.variable(p)) is not None]
    if unit.metered:
        w.emit(node, py.do(py.call("next_step")))
    if open_to_all:
        _entry(w, node.params)
    _defaults(w, node.params)
    if isinstance(node.body, tree.Block):
        if any(RETURN in facts.leaves(s) for s in node.body.statements if not isinstance(s, tree.Return)):
            w.emit(node, py.assign(RETURNED, py.constant(None)))
        if w.steps(*node.body.statements):
            w.emit(node, py.assign(STEP, py.constant(None)))
        w.body = Body("function")
        if not statements.block(w, node.body.statements):
            w.end(node)
    else:
        w.emit(node.body, py.returns(statements.result(w, node.body)))
    name = "g" + unit.names.function(node)[1:]
    count = required(node.params)
    made = py.function(name, [CONTEXT, *params], w.lines, required=count + 1)
    return py.locate(made, unit.module.source, node.span)


def _value_form(unit: Unit, facts: Facts, node: tree.FunctionDef) -> ast.stmt:
    """The form for unknown callers."""
    name = "g" + unit.names.function(node)[1:]
    if not any(entry_work(unit, p) for p in node.params):
        return py.locate(py.assign(f"w{name}", py.load(name)), unit.module.source, node.span)
    frame = Frame(unit, node)
    w = Writer(frame, facts, node.name)
    params = [frame.name(v) for p in node.params if (v := frame.variable(p)) is not None]
    _entry(w, node.params)
    w.emit(node, py.returns(py.call(name, py.load(CONTEXT), *(py.load(p) for p in params))))
    made = py.function(f"w{name}", [CONTEXT, *params], w.lines, required=required(node.params) + 1)
    return py.locate(made, unit.module.source, node.span)


def _entry(w: Writer, params: tuple[tree.Parameter, ...]) -> None:
    """Check and mark what an unknown caller passed."""
    frame = w.frame
    for parameter in params:
        variable = frame.variable(parameter)
        if variable is None or not entry_work(frame.unit, parameter):
            continue
        name = frame.name(variable)
        with w.branch() as lines:
            wanted = frame.module.declared.get(parameter.type, ANY) if parameter.type is not None else ANY
            made = values.fit(w, py.load(name), ANY, wanted, variable.name, parameter)
            w.emit(parameter, py.assign(name, py.call("share", made)))
        if parameter.default is not None:
            w.emit(parameter, py.if_(py.not_same(py.load(name), py.load("missing")), lines))
        else:
            w.lines += lines


def _defaults(w: Writer, params: tuple[tree.Parameter, ...]) -> None:
    """Evaluate the defaults of arguments that were left out."""
    frame = w.frame
    for parameter in params:
        variable = frame.variable(parameter)
        if parameter.default is None or variable is None:
            continue
        name = frame.name(variable)
        with w.branch() as lines:
            wanted = frame.module.declared.get(parameter.type, ANY) if parameter.type is not None else ANY
            made = values.value(w, parameter.default)
            made = values.fit(w, made, frame.type(parameter.default), wanted, variable.name, parameter.default)
            w.emit(parameter, py.assign(name, made))
        w.emit(parameter, py.if_(py.same(py.load(name), py.load("missing")), lines))
