"""What is known before a run about where values come from: how long they, and what they hold, may be pending."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from .checked import FunctionNode, LibraryFunction, Variable
from .dataflow_graph import NOTHING, Free, Operation, Origin, Origins, Past, Region

Key: TypeAlias = str | int | None
"""A field, a position, or None for any other part."""

LEVELS = 4
"""How deep parts are told apart."""
PARTS = 40
"""How many parts of one value are told apart."""


@dataclass(frozen=True, slots=True)
class Value:
    """An abstract value.

    whole: what must be done before the value itself is known (of a list: how long it is; not what its elements are).
    parts: the same for what it holds. functions: which functions it may be.
    """

    whole: Origins = NOTHING
    parts: Mapping[Key, Value] = field(default_factory=dict["Key", "Value"])
    functions: frozenset[FunctionNode | LibraryFunction] = frozenset()

    def deep(self) -> Origins:
        """What must be done before the value with all that it holds is known."""
        if not self.parts:
            return self.whole
        return self.whole.union(*(part.deep() for part in self.parts.values()))

    def part(self, key: Key) -> Value:
        """What it holds at `key`; with None, anywhere. To know a part, the value itself must be known."""
        if key is None:
            found = join(*self.parts.values())
        else:
            found = join(*(self.parts[k] for k in {key, None} if k in self.parts))
        return found.after(self.whole)

    def after(self, origins: Origins) -> Value:
        """The same, known only when `origins` are done too."""
        if not origins or origins <= self.whole:
            return self
        return Value(self.whole | origins, self.parts, self.functions)

    def changed(self, keys: tuple[Key, ...], value: Value, *, added: bool) -> Value:
        """The value after the part at `keys` became `value`; with `added`, after `value` was put into that part."""
        if not keys:
            return join(self, Value(parts={None: value})) if added else value
        key, rest = keys[0], keys[1:]
        held = join(*(self.parts[k] for k in {key, None} if k in self.parts))
        inner = held.changed(rest, value, added=added)
        parts = dict(self.parts)
        parts[key] = inner if key is not None else join(parts.get(None, NOWHERE), inner)
        return bounded(Value(self.whole, parts, self.functions))


NOWHERE = Value()
"""A value that is known from the start."""


def join(*values: Value) -> Value:
    """A value that may be any of these."""
    if not values:
        return NOWHERE
    first = values[0]
    for value in values[1:]:
        first = _join_two(first, value)
    return first


def _join_two(a: Value, b: Value) -> Value:
    if a is b or b is NOWHERE:
        return a
    if a is NOWHERE:
        return b
    parts = {key: _join_two(a.parts.get(key, NOWHERE), b.parts.get(key, NOWHERE)) for key in {**a.parts, **b.parts}}
    return bounded(Value(a.whole | b.whole, parts, a.functions | b.functions))


def bounded(value: Value, levels: int = LEVELS) -> Value:
    """`value` with no more detail than is kept, so that analysis ends."""
    if not value.parts:
        return value
    if levels == 0:
        return Value(value.deep(), {}, value.functions)
    if len(value.parts) > PARTS:
        return Value(value.whole, {None: bounded(join_all(value.parts.values()), levels - 1)}, value.functions)
    parts = {key: bounded(part, levels - 1) for key, part in value.parts.items()}
    return Value(value.whole, parts, value.functions)


def join_all(values: Iterable[Value]) -> Value:
    """`join` without looking at the number of parts."""
    found = NOWHERE
    for value in values:
        found = Value(found.whole | value.deep(), {}, found.functions | value.functions)
    return found


def sequence(items: Iterable[Value]) -> Value:
    """A list of these, by position."""
    return bounded(Value(parts=dict(enumerate(items))))


def mapped(value: Value, change: Mapping[Origin, Origins]) -> Value:
    """`value` with origins put in place of others."""
    whole = replaced(value.whole, change)
    parts = {key: mapped(part, change) for key, part in value.parts.items()}
    return Value(whole, parts, value.functions)


def replaced(origins: Origins, change: Mapping[Origin, Origins]) -> Origins:
    """`origins` with some put in place of others."""
    if not any(origin in change for origin in origins):
        return origins
    found: set[Origin] = set()
    for origin in origins:
        found |= change.get(origin, {origin})
    return frozenset(found)


def aged(origins: Origins, inside: frozenset[Operation], loop: Region) -> Origins:
    """`origins` as the next turn of `loop` sees them; `inside` are the operations of the loop."""
    return frozenset(_past(origin, inside, loop) for origin in origins)


def _past(origin: Origin, inside: frozenset[Operation], loop: Region) -> Origin:
    if isinstance(origin, Past):
        return Past(origin.operation, loop) if _is_within(origin.loop, loop) else origin
    return Past(origin, loop) if isinstance(origin, Operation) and origin in inside else origin


def left(origins: Origins, loop: Region) -> Origins:
    """`origins` as what follows a loop sees them: an operation of any of its turns."""
    return frozenset(o.operation if isinstance(o, Past) and _is_within(o.loop, loop) else o for o in origins)


def _is_within(region: Region, outer: Region) -> bool:
    return any(around is outer for around in region.around())


def aged_value(value: Value, inside: frozenset[Operation], loop: Region) -> Value:
    """`aged` for all in a value."""
    parts = {key: aged_value(part, inside, loop) for key, part in value.parts.items()}
    return Value(aged(value.whole, inside, loop), parts, value.functions)


def left_value(value: Value, loop: Region) -> Value:
    """`left` for all in a value."""
    parts = {key: left_value(part, loop) for key, part in value.parts.items()}
    return Value(left(value.whole, loop), parts, value.functions)


def given(variable: Variable) -> Value:
    """What a function knows of a parameter or captured variable: nothing but that it may be pending."""
    return Value(frozenset({Free(variable, deep=False)}), {None: Value(frozenset({Free(variable, deep=True)}))})
