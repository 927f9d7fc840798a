"""Dataflow through changes of places: methods like `push`, and assignments to elements and fields."""

from __future__ import annotations

from . import tree
from .checked import Variable
from .dataflow_expressions import ExpressionFlow, key_of
from .dataflow_graph import NOTHING, Origins
from .dataflow_values import NOWHERE, Key, Value, join


class PlaceFlow(ExpressionFlow):
    """Changes of variables, elements and fields."""

    def change_place(self, node: tree.MethodCall, name: str) -> Value:
        """`xs.push(v)` and the like."""
        self.acted += 1
        arguments = [self.evaluate(argument.value) for argument in node.arguments]
        deep = NOTHING.union(*(value.deep() for value in arguments))
        old = self.evaluate(node.receiver)
        if name == "push":
            self.change(node.receiver, join(*arguments), added=True)
            return NOWHERE
        if name == "extend":
            value = join(*arguments)
            self.change(node.receiver, join(*value.parts.values()), added=True, after=value.whole)
            return NOWHERE
        if name == "insert":
            self.change(
                node.receiver, join(*arguments[1:]), added=True, after=arguments[0].deep() if arguments else deep
            )
            return NOWHERE
        self.change(node.receiver, NOWHERE, added=True, after=deep)
        return old.part(None).after(deep) if name == "pop" else NOWHERE

    def change(self, place: tree.Expression, value: Value, *, added: bool, after: Origins = NOTHING) -> None:
        """Give the part at `place` a value, or put one into it; `after`: what decides about where it goes."""
        keys: list[Key] = []
        while isinstance(place, (tree.Index, tree.Field)):
            if isinstance(place, tree.Index):
                after |= self.evaluate(place.index).deep()
                keys.insert(0, key_of(place.index))
            else:
                keys.insert(0, place.name)
            place = place.value
        variable = self.symbol(place)
        if isinstance(variable, Variable):
            old = self.look_up(variable)
            self.bind(variable, old.changed(tuple(keys), value, added=added).after(after))
