"""Functions: every `fn`, `task` and lambda becomes a Python function at the top level of the generated module.

A function that captures variables is made by a factory that takes their values: capture by value (§2), and no deep
nesting of generated code. A function of the file that is used as a value gets a second form, which checks and marks
what unknown callers pass.
"""

from __future__ import annotations

import ast

from planlang.lang import tree
from planlang.lang.checked import FunctionNode, LocalFunction, Variable
from planlang.lang.types import ANY

from . import nodes as py
from .expressions import compiles, fitted, owned
from .frame import Frame, Unit
from .scopes import is_scalar
from .statements import block, result
from .statements import compiles as compiles_statement


@compiles_statement(tree.FunctionDef)
def _function(frame: Frame, node: tree.FunctionDef) -> list[ast.stmt]:
    symbol = frame.module.symbols.get(node)
    if not isinstance(symbol, LocalFunction):
        return []  # one of the file's own, compiled by `functions`
    value = function_value(frame, node)
    if isinstance(value, ast.Name):
        return []  # it captures nothing, and everybody finds it under its name
    return [py.assign(frame.name(symbol), value)]


@compiles(tree.Lambda)
def _lambda(frame: Frame, node: tree.Lambda) -> ast.expr:
    return function_value(frame, node)


def function_value(frame: Frame, node: FunctionNode) -> ast.expr:
    """Code that makes the function `node` here, with the present values of what it captures."""
    unit = frame.unit
    if unit.flow is not None and unit.in_flow(node, unit.module):
        return unit.flow(frame, node)
    captures = captured_by(unit, node)
    name = unit.names.function(node)
    if node not in unit.defined:
        unit.defined.add(node)
        definition: ast.stmt = _definition(unit, node, open_to_all=True)
        if captures:
            params = [capture_name(unit, c) for c in captures]
            definition = py.function(f"k{name}", params, [definition, py.returns(py.load(name))])
        unit.functions.append(py.locate(definition, unit.module.source, node.span))
    return py.call(f"k{name}", *(captured(frame, c) for c in captures)) if captures else py.load(name)


def captured_by(unit: Unit, node: FunctionNode) -> list[Variable | LocalFunction]:
    """What a function captures, itself left out."""
    return [c for c in unit.module.captures.get(node, ()) if not _is_itself(c, node)]


def _is_itself(capture: Variable | LocalFunction, node: FunctionNode) -> bool:
    return isinstance(capture, LocalFunction) and capture.node is node


def capture_name(unit: Unit, capture: Variable | LocalFunction) -> str:
    """The Python name of what a function captures, inside it."""
    if isinstance(capture, LocalFunction):
        return unit.names.function(capture.node)
    return unit.names.variable(capture)


def captured(frame: Frame, capture: Variable | LocalFunction) -> ast.expr:
    """Code for the present value of what a function captures, which it holds from now on."""
    value = py.load(capture_name(frame.unit, capture))
    return value if isinstance(capture, LocalFunction) else py.call("share", value)


def module_functions(unit: Unit) -> None:
    """Compile the functions and tasks at the top level of the file."""
    for statement in unit.module.program.statements:
        if isinstance(statement, tree.FunctionDef) and not unit.in_flow(statement, unit.module):
            unit.functions.append(_definition(unit, statement, open_to_all=False))


def tuple_forms(unit: Unit) -> None:
    """Compile the forms with a tuple of results that somebody calls; each may call others."""
    done = 0
    while done < len(unit.tuple_forms):
        for node in list(unit.tuple_forms)[done:]:
            made = _definition(unit, node, open_to_all=False, as_tuple=True)
            made.name = f"m{made.name[1:]}"
            unit.functions.append(made)
            done += 1


def value_forms(unit: Unit) -> list[ast.stmt]:
    """The second forms: `wf·name` for each function of the file that somebody may use as a value."""
    statements = unit.module.program.statements
    functions = [s for s in statements if isinstance(s, tree.FunctionDef)]
    return [_value_form(unit, s) for s in functions if not unit.in_flow(s, unit.module)]


def _value_form(unit: Unit, node: tree.FunctionDef) -> ast.stmt:
    name = unit.names.function(node)
    if not any(entry_work(unit, p) for p in node.params):
        return py.locate(py.assign(f"w{name}", py.load(name)), unit.module.source, node.span)
    frame = Frame(unit, node)
    params = [frame.name(v) for p in node.params if (v := frame.variable(p)) is not None]
    body = _entry(frame, node.params)
    body.append(py.returns(py.call(name, *(py.load(p) for p in params))))
    made = py.function(f"w{name}", params, body, required=required(node.params))
    return py.locate(made, unit.module.source, node.span)


def required(params: tuple[tree.Parameter, ...]) -> int:
    """How many arguments a call must give at least."""
    return next((i for i, p in enumerate(params) if p.default is not None), len(params))


def entry_work(unit: Unit, parameter: tree.Parameter) -> bool:
    """Whether an argument from an unknown caller needs a check or a mark."""
    variable = unit.ownership.variable(parameter)
    kept = not unit.ownership.borrows(parameter)
    scalar = variable is not None and is_scalar(unit.module.types.get(parameter, ANY))
    return parameter.type is not None or (kept and not scalar)


def _entry(frame: Frame, params: tuple[tree.Parameter, ...]) -> list[ast.stmt]:
    """Check and mark what an unknown caller passed."""
    made: list[ast.stmt] = []
    for parameter in params:
        variable = frame.variable(parameter)
        if variable is None or not entry_work(frame.unit, parameter):
            continue
        name = frame.name(variable)
        value: ast.expr = py.load(name)
        wanted = frame.module.declared.get(parameter.type, ANY) if parameter.type is not None else ANY
        value = fitted(frame, value, ANY, wanted, variable.name, parameter)
        if not is_scalar(frame.module.types.get(parameter, ANY)) and not frame.unit.ownership.borrows(parameter):
            value = py.call("share", value)
        checked = py.assign(name, value)
        if parameter.default is not None:
            checked = py.if_(py.not_same(py.load(name), py.load("missing")), [checked])
        made += frame.statements_at([checked], parameter)
    return made


def _defaults(frame: Frame, params: tuple[tree.Parameter, ...]) -> list[ast.stmt]:
    """Evaluate the defaults of arguments that were left out."""
    made: list[ast.stmt] = []
    for parameter in params:
        variable = frame.variable(parameter)
        if parameter.default is None or variable is None:
            continue
        name = frame.name(variable)
        wanted = frame.module.declared.get(parameter.type, ANY) if parameter.type is not None else ANY
        value = owned(frame, parameter.default)
        value = fitted(frame, value, frame.type(parameter.default), wanted, variable.name, parameter.default)
        fill = py.if_(py.same(py.load(name), py.load("missing")), [py.assign(name, value)])
        made += frame.statements_at([fill], parameter)
    return made


def _definition(unit: Unit, node: FunctionNode, *, open_to_all: bool, as_tuple: bool = False) -> ast.FunctionDef:
    """The Python function of `node`. With `open_to_all` unknown callers may call it, so that it checks and marks."""
    frame = Frame(unit, node)
    frame.as_tuple = as_tuple
    frame.result = unit.module.declared.get(node.result) if node.result is not None else None
    params = [frame.name(v) for p in node.params if (v := frame.variable(p)) is not None]
    body: list[ast.stmt] = []
    if unit.metered:
        body += frame.statements_at([py.do(py.call("next_step"))], node)
    if open_to_all:
        body += _entry(frame, node.params)
    body += _defaults(frame, node.params)
    frame.default_model = preferred_model(node)
    if isinstance(node.body, tree.Block):
        body += block(frame, node.body.statements)
    else:
        body += frame.statements_at([py.returns(result(frame, node.body))], node.body)
    made = py.function(unit.names.function(node), params, body, required=required(node.params))
    return py.locate(made, unit.module.source, node.span)


def preferred_model(node: FunctionNode) -> str | None:
    """The model that a task states for the calls in it."""
    if not isinstance(node.body, tree.Block):
        return None
    for statement in node.body.statements:
        if isinstance(statement, tree.Needs):
            for resource in statement.resources:
                if resource.name == "model" and isinstance(resource.value, tree.Literal):
                    return str(resource.value.value)
    return None
