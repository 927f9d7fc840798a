"""Comprehensions in flow form: the loop that they stand for, written out with a variable that no plan can name."""

from __future__ import annotations

import ast

from planlang.lang import tree
from planlang.lang.checked import ChangingMethod, Variable
from planlang.lang.types import ANY, DictType, ListType
from planlang.runtime.compile import nodes as py

from .writer import Writer


def written(w: Writer, node: tree.ListComprehension | tree.DictComprehension) -> ast.expr:
    """Write the loop; gives code for what it has built."""
    from .statements import statement

    module = w.frame.module
    span = node.span
    built = Variable("built", span, "let", w.frame.scope, assigned=True)
    is_list = isinstance(node, tree.ListComprehension)

    def name() -> tree.Name:
        made = tree.Name(span, "built")
        module.symbols[made] = built
        module.types[made] = ListType(ANY) if is_list else DictType(ANY, ANY)
        return made

    inner: tree.Statement
    body: tree.Block | None = None
    if isinstance(node, tree.ListComprehension):
        element = node.element
        push = tree.MethodCall(
            element.span, name(), "push", element.span, (tree.Argument(element.span, None, element),)
        )
        module.symbols[push] = ChangingMethod("push")
        inner = tree.ExpressionStatement(element.span, push)
    else:
        key = tree.Target(node.key.span, "key")
        again = tree.Name(node.key.span, "key")
        module.symbols[key] = module.symbols[again] = Variable("key", node.key.span, "let", w.frame.scope)
        module.types[key] = module.types[again] = module.type_of(node.key)
        first = tree.Let(node.key.span, (key,), None, node.key)
        w.facts.keys.add(first)
        place = tree.Index(node.key.span, name(), again)
        inner = tree.Assign(node.key.span, place, "", node.value)
        body = tree.Block(span, (first, inner))
    for number, clause in enumerate(reversed(node.clauses)):
        block = body if number == 0 and body is not None else tree.Block(span, (inner,))
        if isinstance(clause, tree.IfClause):
            inner = tree.If(clause.span, clause.test, block, None)
        else:
            inner = tree.For(clause.span, clause.targets, clause.iterable, block)
            w.facts.hidden.add(inner)
    python_name = w.frame.name(built)
    empty = py.call("new_list" if is_list else "new_dict")
    w.emit(node, py.assign(python_name, empty))
    statement(w, inner)
    return py.load(python_name)
