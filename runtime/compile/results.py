"""Functions with several results: `return [value, after]` that is taken apart at once by `let value, after = f(x)`.

Such a function gets a second form, `m·f`, whose results are a Python tuple: no list is built that nobody keeps.
"""

from __future__ import annotations

from collections.abc import Iterator

from planlang.lang import tree
from planlang.lang.checked import Module, ModuleFunction
from planlang.lang.types import TupleType
from planlang.lang.typing import certain, expand


def functions_with_results(module: Module, mocked: frozenset[str]) -> dict[tree.FunctionDef, int]:
    """The file's functions whose every `return` gives that many results, and nothing that needs a check."""
    counts: dict[tree.FunctionDef, int] = {}
    for node in module.program.statements:
        if isinstance(node, tree.FunctionDef) and node.name not in mocked and isinstance(node.body, tree.Block):
            declared = expand(module.declared[node.result]) if node.result in module.declared else None
            if isinstance(declared, TupleType) and len(declared.items) > 1:
                counts[node] = len(declared.items)
    while True:
        kept = {f: n for f, n in counts.items() if all(_gives(module, f, r, n, counts) for r in _returns(f))}
        if len(kept) == len(counts):
            return kept
        counts = kept


def called(module: Module, value: tree.Expression) -> tree.FunctionDef | None:
    """The function of this file that `value` calls by name."""
    symbol = module.symbols.get(value.function) if isinstance(value, tree.Call) else None
    return symbol.node if isinstance(symbol, ModuleFunction) and symbol.module is module else None


def _gives(
    module: Module, function: tree.FunctionDef, node: tree.Return, count: int, counts: dict[tree.FunctionDef, int]
) -> bool:
    value = node.value
    if value is None or function.result is None:
        return False
    if not certain(module.type_of(value), module.declared[function.result]):
        return False
    if isinstance(value, tree.ListDisplay):
        return len(value.items) == count and not any(isinstance(i, tree.Spread) for i in value.items)
    target = called(module, value)
    return target is not None and counts.get(target) == count


def _returns(function: tree.FunctionDef) -> Iterator[tree.Return]:
    """The `return`s of the function itself."""
    stack: list[tree.Node] = [function.body]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Return):
            yield node
        elif not isinstance(node, (tree.FunctionDef, tree.Lambda)):
            stack.extend(tree.children(node))
