"""Reads whose value goes to a second place: stored, passed, returned."""

from __future__ import annotations

from collections.abc import Iterator

from planlang.lang import tree
from planlang.lang.checked import ChangingMethod, LibraryFunction, LocalFunction, Module, ModuleFunction

from .scopes import is_scalar, own_nodes


def owning_reads(module: Module, root: tree.Node) -> Iterator[tuple[tree.Name, tree.Parameter | None]]:
    """The names below `root` whose value goes to a second place.

    With each comes the parameter it is passed for, where the function is known, else None. Insides of functions
    are left out; what they capture is not a name of this scope.
    """
    for node in own_nodes(root):
        for value, target in _owning_parts(module, node):
            for name in value_names(value):
                yield name, target
    if isinstance(root, (tree.FunctionDef, tree.Lambda)) and not isinstance(root.body, tree.Block):
        for name in value_names(root.body):
            yield name, None


def _owning_parts(  # noqa: C901, PLR0912 - one case for each kind of node
    module: Module, node: tree.Node
) -> Iterator[tuple[tree.Expression, tree.Parameter | None]]:
    match node:
        case tree.Let(value=value, targets=targets):
            if len(targets) == 1:
                yield value, None
        case tree.Assign(value=value, op=""):
            yield value, None
        case tree.Return(value=value):
            if value is not None:
                yield value, None
        case tree.Fail(value=value) | tree.Mock(value=value):
            yield value, None
        case tree.ListDisplay(items=items):
            for item in items:
                if not isinstance(item, tree.Spread):
                    yield item, None
        case tree.DictDisplay(entries=entries):
            for entry in entries:
                if isinstance(entry, tree.Entry):
                    yield entry.value, None
        case tree.ListComprehension(element=element):
            yield element, None
        case tree.DictComprehension(value=value):
            yield value, None
        case tree.Call():
            yield from _call_parts(module.symbols.get(node.function), node.arguments)
        case tree.MethodCall():
            symbol = module.symbols.get(node)
            if isinstance(symbol, ChangingMethod):
                for argument in node.arguments:
                    yield argument.value, None
            else:
                receiver = module.symbols.get(node.receiver) if isinstance(node.receiver, tree.Name) else None
                first = (
                    ()
                    if type(receiver).__name__ == "ModuleSymbol"
                    else (tree.Argument(node.span, None, node.receiver),)
                )
                yield from _call_parts(symbol, (*first, *node.arguments))
        case _:
            return


def _call_parts(
    symbol: object, arguments: tuple[tree.Argument, ...]
) -> Iterator[tuple[tree.Expression, tree.Parameter | None]]:
    if isinstance(symbol, LibraryFunction):
        return  # library functions mark what they keep
    params = symbol.node.params if isinstance(symbol, (ModuleFunction, LocalFunction)) else ()
    known = isinstance(symbol, ModuleFunction)
    by_name = {p.name: p for p in params}
    for number, argument in enumerate(arguments):
        if not known:
            yield argument.value, None
        elif argument.name is not None:
            yield argument.value, by_name.get(argument.name)
        else:
            yield argument.value, params[number] if number < len(params) else None


_GIVEN_BACK = frozenset(("default", "start"))
_GIVING_BACK = frozenset(("max", "min", "validate"))


def kept_by_library(symbol: object, arguments: tuple[tree.Argument, ...]) -> Iterator[tree.Name]:
    """The names given to a library function that may be its very result, as in `first(xs, default=ys)`.

    Such a function marks what it gives back, when it does. Functions of plugins may give back anything.
    """
    if not isinstance(symbol, LibraryFunction) or is_scalar(symbol.signature.result):
        return
    signature = symbol.signature
    any_of_them = signature.plugin is not None or signature.name in _GIVING_BACK
    for number, argument in enumerate(arguments):
        by_place = signature.params[number].name if number < len(signature.params) else ""
        if any_of_them or (argument.name or by_place) in _GIVEN_BACK:
            yield from value_names(argument.value)


def value_names(value: tree.Expression) -> Iterator[tree.Name]:
    """The names whose very value `value` may be."""
    stack: list[tree.Expression] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Name):
            yield node
        elif isinstance(node, tree.Conditional):
            stack += [node.value, node.otherwise]
        elif isinstance(node, tree.Binary) and node.op == "??":
            stack += [node.left, node.right]
