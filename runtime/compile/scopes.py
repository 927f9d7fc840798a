"""Walking a file scope by scope, and what a node changes: shared by the analyses of ownership."""

from __future__ import annotations

from collections.abc import Iterator

from planlang.lang import tree
from planlang.lang.checked import ChangingMethod, Module, Scope
from planlang.lang.types import LiteralType, OpaqueType, Scalar, Type, UnionType


def is_scalar(of: Type) -> bool:
    """Whether values of this type can never be containers."""
    if isinstance(of, UnionType):
        return all(is_scalar(member) for member in of.members)
    return isinstance(of, (Scalar, LiteralType, OpaqueType))


def root_name(place: tree.Expression) -> tree.Name | None:
    """The variable at the bottom of `a.b[c]…`, None if something else stands there."""
    while isinstance(place, (tree.Index, tree.Field)):
        place = place.value
    return place if isinstance(place, tree.Name) else None


def changed_place(module: Module, node: tree.Node) -> tree.Expression | None:
    """The place that `node` itself changes in the middle (`x[i] = v`, `x.push(v)`), if it does."""
    if isinstance(node, tree.Assign) and not isinstance(node.place, tree.Name):
        return node.place
    if isinstance(node, tree.MethodCall) and isinstance(module.symbols.get(node), ChangingMethod):
        return node.receiver
    return None


def scopes(program: tree.Program) -> Iterator[Scope]:
    """Everything in a file that has a frame of its own, outer ones first."""
    for node in tree.walk(program):
        if isinstance(node, (tree.Program, tree.FunctionDef, tree.Lambda, tree.Test)):
            yield node


def own_nodes(scope: tree.Node) -> Iterator[tree.Node]:
    """The nodes of a scope without the insides of functions and tests in it (their own nodes do come)."""
    stack = list(tree.children(scope))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, (tree.FunctionDef, tree.Lambda, tree.Test)):
            stack.extend(tree.children(node))


def blocks(scope: Scope) -> Iterator[tuple[tree.Statement, ...]]:
    """Every block of statements of a scope, outer ones first."""
    if isinstance(scope, tree.Program):
        yield scope.statements
    elif isinstance(scope.body, tree.Block):
        yield scope.body.statements
    pending = [n for n in own_nodes(scope) if isinstance(n, tree.Block)]
    for block in sorted(pending, key=lambda b: b.span):
        yield block.statements
