"""Containers that are read and then wait, while something evaluated after them may change them.

In `[...xs, xs.pop()]` and `xs + [xs.pop()]` the first `xs` is read before the change and used after it; a `for` uses
what it goes over until its last turn. Such a read is a second owner for as long as it waits, so it sets the bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

from planlang.lang import tree
from planlang.lang.checked import Module, Variable

Disturbs = Callable[[tree.Node, frozenset[Variable]], bool]
_PARTS = (tree.Argument, tree.Spread, tree.Interpolation)


def held_reads(module: Module, disturbs: Disturbs) -> set[tree.Expression]:
    """The reads of variables, and of parts of them, that must set the bit.

    `disturbs` says whether anything below a node changes or gives away one of some variables.
    """
    found: set[tree.Expression] = set()
    for node in tree.walk(module.program):
        for waiting, later in _waiting(node):
            for read, variable in _reads(module, waiting):
                settled = variable.constant and not variable.assigned
                if not settled and any(disturbs(part, frozenset({variable})) for part in later):
                    found.add(read)
    return found


def _waiting(node: tree.Node) -> Iterator[tuple[tree.Expression, tuple[tree.Node, ...]]]:
    """The expressions whose values `node` uses only after it has evaluated others, with these others."""
    match node:
        case tree.For(iterable=iterable, body=body):
            yield iterable, (body,)
        case tree.Match(subject=subject, cases=cases):
            yield subject, tuple(c.guard for c in cases if c.guard is not None)
        case tree.Assign(place=place, op=op, value=value) if op:
            yield place, (value,)
        case tree.ListComprehension(element=element, clauses=clauses):
            yield from _clauses(clauses, (element,))
        case tree.DictComprehension(key=key, value=value, clauses=clauses):
            yield from _clauses(clauses, (key, value))
        case tree.Conditional():
            return  # its parts go on to whatever uses the whole
        case tree.Binary(op="??"):
            return
        case tree.ListDisplay() | tree.DictDisplay() | tree.Call() | tree.MethodCall() | tree.Binary() | tree.Index():
            yield from _in_turn(list(_operands(node)))
        case tree.Slice():
            yield from _in_turn(list(_operands(node)))
        case _:
            return


def _clauses(
    clauses: tuple[tree.ForClause | tree.IfClause, ...], made: tuple[tree.Node, ...]
) -> Iterator[tuple[tree.Expression, tuple[tree.Node, ...]]]:
    for number, clause in enumerate(clauses):
        if isinstance(clause, tree.ForClause):
            yield clause.iterable, (*clauses[number + 1 :], *made)


def _in_turn(operands: list[tree.Expression]) -> Iterator[tuple[tree.Expression, tuple[tree.Node, ...]]]:
    for number, operand in enumerate(operands[:-1]):
        yield operand, tuple(operands[number + 1 :])


def _operands(node: tree.Node) -> Iterator[tree.Expression]:
    """The expressions directly below `node`, in the order in which they are evaluated."""
    for child in tree.children(node):
        if isinstance(node, tree.Call) and child is node.function:
            continue  # no container
        if isinstance(child, _PARTS):
            yield child.value
        elif isinstance(child, tree.Entry):
            yield child.key
            yield child.value
        else:
            yield cast(tree.Expression, child)  # the nodes asked about hold nothing else


def _reads(module: Module, value: tree.Expression) -> Iterable[tuple[tree.Expression, Variable]]:
    """The variables and parts of variables that the value of `value` may be."""
    stack = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, tree.Conditional):
            stack += [node.value, node.otherwise]
        elif isinstance(node, tree.Binary) and node.op == "??":
            stack += [node.left, node.right]
        else:
            root = node
            while isinstance(root, (tree.Index, tree.Field)):
                root = root.value
            variable = module.symbols.get(root) if isinstance(root, tree.Name) else None
            if isinstance(variable, Variable):
                yield node, variable
