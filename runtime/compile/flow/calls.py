"""Calls that do more than compute, in flow form."""

from __future__ import annotations

import ast

from planlang.lang import tree
from planlang.lang.checked import LibraryFunction, LocalFunction, ModuleFunction, ModuleSymbol
from planlang.lang.signatures import Effect
from planlang.lang.types import ANY
from planlang.runtime.compile import nodes as py
from planlang.runtime.compile.calls import in_order
from planlang.runtime.compile.expressions import library_function, module_function
from planlang.runtime.flow.regions import CONTEXT

from . import values
from .writer import Writer


def action(w: Writer, node: tree.Call | tree.MethodCall) -> ast.expr:
    """Code that makes the call `node`."""
    frame = w.frame
    if isinstance(node, tree.Call):
        symbol, arguments, function = frame.module.symbols.get(node.function), node.arguments, node.function
    else:
        symbol = frame.module.symbols.get(node)
        of_module = isinstance(frame.module.symbols.get(node.receiver), ModuleSymbol)
        receiver = () if of_module else (tree.Argument(node.receiver.span, None, node.receiver),)
        arguments, function = (*receiver, *node.arguments), None
    match symbol:
        case LibraryFunction():
            return _library(w, node, symbol, arguments)
        case ModuleFunction():
            return _module(w, node, symbol, arguments)
        case LocalFunction():
            values.in_order(w, [a.value for a in arguments])
            args, named = _passed(w, arguments)
            entered = py.call("enter", py.load(CONTEXT), w.site(node), py.constant(symbol.node.name))
            target = py.load(frame.name(symbol))
            return ast.Call(target, [entered, *args], [ast.keyword(f"v·{k}", v) for k, v in named])
        case _:
            assert function is not None
            values.in_order(w, [function, *(a.value for a in arguments)])
            args, named = _passed(w, arguments)
            options = ast.Dict([py.constant(f"v·{k}") for k, _ in named], [v for _, v in named])
            target = values.value(w, function)
            return py.call("call_flow", py.load(CONTEXT), w.site(node), target, py.tuple_(args), options)


def _passed(w: Writer, arguments: tuple[tree.Argument, ...]) -> tuple[list[ast.expr], list[tuple[str, ast.expr]]]:
    """The arguments by position, and those by name."""
    args = [values.value(w, a.value) for a in arguments if a.name is None]
    return args, [(a.name, values.value(w, a.value)) for a in arguments if a.name is not None]


def _module(w: Writer, node: tree.Node, symbol: ModuleFunction, arguments: tuple[tree.Argument, ...]) -> ast.expr:
    frame = w.frame
    params = symbol.node.params
    by_name = {p.name: p for p in params}
    args: list[ast.expr] = [py.call("enter", py.load(CONTEXT), w.site(node), py.constant(symbol.node.name))]
    named: list[ast.keyword] = []
    for number, argument in enumerate(arguments):
        parameter = by_name[argument.name] if argument.name is not None else params[number]
        made = values.value(w, argument.value)
        if parameter.type is not None:
            wanted = symbol.module.declared.get(parameter.type, ANY)
            made = values.fit(w, made, frame.type(argument.value), wanted, parameter.name, argument)
        if any(w.facts.stirs(later.value) for later in arguments[number + 1 :]) and not isinstance(made, ast.Constant):
            made = py.load(w.temp(made, argument))  # evaluated, and checked, before what follows
        if argument.name is None:
            args.append(made)
        else:
            named.append(ast.keyword(f"v·{argument.name}", made))
    return ast.Call(py.load(module_function(frame, symbol)), args, named)


def _library(w: Writer, node: tree.Node, symbol: LibraryFunction, arguments: tuple[tree.Argument, ...]) -> ast.expr:
    frame = w.frame
    signature = symbol.signature
    values.in_order(w, [a.value for a in arguments])
    for argument in arguments:
        made = values.value(w, argument.value)
        if argument.value not in frame.given and not isinstance(argument.value, tree.Literal):
            frame.given[argument.value] = made if isinstance(made, ast.Name) else py.load(w.temp(made, argument.value))
    positional, named, late = in_order(frame, signature, arguments)
    for first in late:
        w.emit(node, py.do(first))
    if frame.default_model is not None and "model" not in named and signature.takes_model:
        named["model"] = py.constant(frame.default_model)
    options = ast.Dict([py.constant(k) for k in named], list(named.values()))
    given = py.tuple_(positional)
    if signature.name in frame.unit.mocked:
        name = signature.name if signature.callbacks else ""
        target = py.load(library_function(frame, symbol))
        return py.call("mocked", py.load(CONTEXT), w.site(node), py.constant(name), target, given, options)
    if signature.effect is Effect.PURE:
        return py.call("callback", py.load(CONTEXT), w.site(node), py.constant(signature.name), given, options)
    target = py.load(library_function(frame, symbol))
    helper = "model" if signature.effect is Effect.MODEL else "outside"
    return py.call(helper, py.load(CONTEXT), w.site(node), target, given, options)
