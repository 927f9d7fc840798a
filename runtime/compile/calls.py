"""Calls: of functions known by name, of function values, and of methods that change a place."""

from __future__ import annotations

import ast

from planlang.lang import tree
from planlang.lang.checked import (
    ChangingMethod,
    LibraryFunction,
    LocalFunction,
    ModuleFunction,
    ModuleSymbol,
    Variable,
)
from planlang.lang.signatures import Signature
from planlang.lang.types import ANY, FunctionType

from . import nodes as py
from .expressions import (
    compiles,
    expression,
    fitted,
    library_function,
    module_function,
    owned,
)
from .frame import Frame, Unit
from .kinds import Kind
from .places import change_in_place
from .results import called


@compiles(tree.Call)
def _call(frame: Frame, node: tree.Call) -> ast.expr:
    symbol = frame.module.symbols.get(node.function)
    return call_symbol(frame, symbol, node.arguments, node.function)


@compiles(tree.MethodCall)
def _method_call(frame: Frame, node: tree.MethodCall) -> ast.expr:
    symbol = frame.module.symbols.get(node)
    if isinstance(symbol, ChangingMethod):
        return change_in_place(frame, node)
    of_module = isinstance(frame.module.symbols.get(node.receiver), ModuleSymbol)
    receiver = () if of_module else (tree.Argument(node.receiver.span, None, node.receiver),)
    return call_symbol(frame, symbol, (*receiver, *node.arguments), None)


def call_symbol(
    frame: Frame,
    symbol: object,
    arguments: tuple[tree.Argument, ...],
    function: tree.Expression | None,
) -> ast.expr:
    """A call of what `symbol` says, or else of the value of `function`."""
    match symbol:
        case LibraryFunction(signature=signature):
            return _library_call(frame, symbol, signature, arguments)
        case ModuleFunction():
            return _module_call(frame, symbol, arguments)
        case LocalFunction():
            return _value_call(frame, py.load(frame.name(symbol)), arguments)
        case _:
            assert function is not None
            target = expression(frame, function)
            if frame.kind(function) is not Kind.FUNCTION:
                target = frame.at(_callable(frame, function, target), function)
            return _value_call(frame, target, arguments)


def _callable(frame: Frame, function: tree.Expression, target: ast.expr) -> ast.expr:
    """`target`, refused in plain words unless it is a function."""
    if isinstance(target, ast.Name) and isinstance(frame.module.symbols.get(function), Variable):
        kind = py.call("type", py.load(target.id))
        return py.choose(py.compare(kind, ast.In(), py.load("FUNCTION_TYPES")), target, py.call("call_value", target))
    return py.call("callable_value", target)


def _value_call(frame: Frame, target: ast.expr, arguments: tuple[tree.Argument, ...]) -> ast.expr:
    args = [owned(frame, a.value) for a in arguments if a.name is None]
    named = [ast.keyword(f"v·{a.name}", owned(frame, a.value)) for a in arguments if a.name is not None]
    return ast.Call(target, args, named)


def _module_call(frame: Frame, symbol: ModuleFunction, arguments: tuple[tree.Argument, ...]) -> ast.expr:
    params = symbol.node.params
    by_name = {p.name: p for p in params}
    args: list[ast.expr] = []
    named: list[ast.keyword] = []
    for number, argument in enumerate(arguments):
        parameter = by_name[argument.name] if argument.name is not None else params[number]
        value = _passed(frame, symbol, parameter, argument)
        if argument.name is None:
            args.append(value)
        else:
            named.append(ast.keyword(f"v·{argument.name}", value))
    return ast.Call(py.load(module_function(frame, symbol)), args, named)


def _passed(frame: Frame, symbol: ModuleFunction, parameter: tree.Parameter, argument: tree.Argument) -> ast.expr:
    """One argument for a known function: marked unless only looked at there, checked unless its type is known."""
    borrowed = symbol.module is frame.module and frame.unit.ownership.borrows(parameter)
    value = expression(frame, argument.value) if borrowed else owned(frame, argument.value)
    if parameter.type is None:
        return value
    wanted = symbol.module.declared.get(parameter.type, ANY)
    return fitted(frame, value, frame.type(argument.value), wanted, parameter.name, argument)


def tuple_call(frame: Frame, node: tree.Expression, count: int) -> ast.expr | None:
    """A call that gives its `count` results as a Python tuple, if `node` calls a function that can."""
    function = called(frame.module, node)
    if function is None or frame.unit.several_results.get(function) != count:
        return None
    frame.unit.tuple_forms[function] = None
    made = expression(frame, node)
    assert isinstance(made, ast.Call)
    return frame.at(ast.Call(py.load(tuple_form(frame.unit, function)), made.args, made.keywords), node)


def tuple_form(unit: Unit, function: tree.FunctionDef) -> str:
    """The Python name of a function's form with a tuple of results."""
    return f"m{unit.names.function(function)[1:]}"


# --- Library functions -----------------------------------------------------------------------------------


def _library_call(
    frame: Frame, symbol: LibraryFunction, signature: Signature, arguments: tuple[tree.Argument, ...]
) -> ast.expr:
    if signature.plugin is None and signature.name not in frame.unit.mocked:
        inlined = _inlined(frame, signature.name, arguments)
        if inlined is not None:
            return inlined
    target = py.load(library_function(frame, symbol))
    positional, named, late = in_order(frame, signature, arguments)
    if frame.default_model is not None and "model" not in named and signature.takes_model:
        named["model"] = py.constant(frame.default_model)
    made = ast.Call(target, positional, [ast.keyword(k, v) for k, v in named.items()])
    return py.subscript(py.tuple_([*late, made]), py.constant(-1)) if late else made


def in_order(
    frame: Frame, signature: Signature, arguments: tuple[tree.Argument, ...]
) -> tuple[list[ast.expr], dict[str, ast.expr], list[ast.expr]]:
    """Arguments as the function takes them: by position in its own order, keyword-only ones by name.

    Where that is not the order in which they are written, they are evaluated first, in the third result.
    """
    plain = [p for p in signature.params if not p.keyword_only and not p.variadic]
    variadic = any(p.variadic for p in signature.params)
    only_by_name = {p.name for p in signature.params if p.keyword_only}
    values = [expression(frame, a.value) for a in arguments]
    by_name = {a.name: v for a, v in zip(arguments, values, strict=True) if a.name is not None}
    positional = [v for a, v in zip(arguments, values, strict=True) if a.name is None]
    keywords = {name: v for name, v in by_name.items() if variadic or name in only_by_name}
    rest = {name: v for name, v in by_name.items() if name not in keywords}
    late: list[ast.expr] = []
    if rest:
        order = [p.name for p in plain]
        last = max(order.index(name) for name in rest)
        wanted = order[len(positional) : last + 1]
        if list(rest) != [name for name in wanted if name in rest] or (
            keywords and list(by_name) != [*rest, *keywords]
        ):
            late = _evaluate_first(frame, rest, keywords, list(by_name))
        positional += [rest[n] if n in rest else _default(signature, n) for n in wanted]
    return positional, keywords, late


def _evaluate_first(
    frame: Frame, rest: dict[str, ast.expr], keywords: dict[str, ast.expr], order: list[str]
) -> list[ast.expr]:
    """Move named arguments into temporaries, in the order in which they are written."""
    late: list[ast.expr] = []
    for name in order:
        group = rest if name in rest else keywords
        temp = frame.temp()
        late.append(py.walrus(temp, group[name]))
        group[name] = py.load(temp)
    return late


_WORDS = {"none": None, "true": True, "false": False}


def _default(signature: Signature, name: str) -> ast.expr:
    """The default of a parameter that stands between given ones."""
    text = next(p.default for p in signature.params if p.name == name)
    if text is None or text == "absent":
        return py.load("absent")
    return py.constant(_WORDS[text] if text in _WORDS else ast.literal_eval(text))


_REAL = frozenset(("sqrt", "sin", "cos"))
"""Functions of real numbers that are Python's own, but for the words of their errors."""


_TEXT = {"lower": (1,), "upper": (1,), "strip": (1, 2), "starts_with": (2,), "ends_with": (2,)}
"""Functions of text that are Python's own, with the numbers of arguments that they take."""


def _inlined(frame: Frame, name: str, arguments: tuple[tree.Argument, ...]) -> ast.expr | None:
    """A standard function as Python's own where the static types make that safe; None if it must be called."""
    if any(a.name is not None for a in arguments):
        return None
    kinds = [frame.kind(a.value) for a in arguments]
    values = [a.value for a in arguments]
    if name in _TEXT and set(kinds) == {Kind.STR} and len(kinds) in _TEXT[name]:
        return py.call(f"P·{name}", *[expression(frame, v) for v in values])
    if name in _REAL and kinds in ([Kind.NUMBER], [Kind.INT]):
        return py.call(f"P·{name}", expression(frame, values[0]))
    if name == "len" and kinds in ([Kind.LIST], [Kind.STR], [Kind.DICT]):
        return py.call("len", expression(frame, values[0]))
    if name == "str" and kinds == [Kind.INT]:
        part = tree.Interpolation(values[0].span, values[0], "")
        return expression(frame, tree.Text(values[0].span, (part,)))
    if name == "str" and kinds == [Kind.STR]:
        return expression(frame, values[0])
    if name == "float" and kinds == [Kind.NUMBER] and frame.numbers.is_real(values[0]):
        return expression(frame, values[0])
    if name == "range" and len(kinds) in (1, 2) and all(k is Kind.INT for k in kinds):
        return py.call("range", *[expression(frame, v) for v in values])
    return None


def function_type(frame: Frame, node: tree.FunctionDef | tree.Lambda) -> FunctionType | None:
    """The static type of a function."""
    found = frame.module.types.get(node)
    return found if isinstance(found, FunctionType) else None
