"""What is known about variables at one point of a function: facts that follow the flow of control.

A `Flow` holds the facts that were written since the point where it was opened, and asks its parent for the others, so
that opening a branch costs nothing and joining branches costs what they wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from .checked import Variable
from .joining import join
from .types import Type
from .typing import unite

Path: TypeAlias = tuple[str | int, ...]
"""Fields and constant keys below a variable: `("customer", "name")`."""


class Fact(NamedTuple):
    """The type of a variable here.

    origin: the type at its last assignment; `type` may be narrower by what was tested since.
    paths: what was found out about parts of it.
    """

    type: Type
    origin: Type
    paths: Mapping[Path, Type] = {}


class Flow:
    """Facts at a point in the flow of control. `reachable` ends with `return`, `fail`, `break`, `continue`."""

    __slots__ = ("facts", "parent", "reachable")

    def __init__(self, parent: Flow | None = None) -> None:
        """A flow that begins with what `parent` knows."""
        self.parent = parent
        self.facts: dict[Variable, Fact] = {}
        self.reachable = True

    def get(self, variable: Variable) -> Fact | None:
        """What is known of `variable`."""
        flow: Flow | None = self
        while flow is not None:
            fact = flow.facts.get(variable)
            if fact is not None:
                return fact
            flow = flow.parent
        return None

    def since(self, ancestor: Flow) -> dict[Variable, Fact]:
        """All that was written between `ancestor` and here; a copy."""
        written: dict[Variable, Fact] = {}
        flow: Flow | None = self
        while flow is not None and flow is not ancestor:
            for variable, fact in flow.facts.items():
                written.setdefault(variable, fact)
            flow = flow.parent
        return written


def join_facts(facts: Iterable[Fact]) -> Fact:
    """What holds where several paths meet."""
    iterator = iter(facts)
    whole = next(iterator)
    for fact in iterator:
        whole = _join_two(whole, fact)
    return whole


def _join_two(a: Fact, b: Fact) -> Fact:
    if a is b:
        return a
    paths = {path: unite((a.paths[path], b.paths[path])) for path in a.paths if path in b.paths}
    if a.origin is b.origin or a.origin == b.origin:
        of = a.type if a.type is b.type else unite((a.type, b.type))
        return Fact(of, a.origin, paths)
    of = join(a.type, b.type)
    return Fact(of, of, paths)


def merge(base: Flow, branches: Sequence[Mapping[Variable, Fact]]) -> None:
    """Continue `base` with what its finished `branches` agree on; none means that nothing gets here."""
    if not branches:
        base.reachable = False
        return
    if len(branches) == 1:
        base.facts.update(branches[0])
        return
    changed: dict[Variable, None] = {}
    for branch in branches:
        for variable in branch:
            changed.setdefault(variable)
    for variable in changed:
        facts: list[Fact] = []
        for branch in branches:
            fact = branch.get(variable) or base.get(variable)
            if fact is None:
                break
            facts.append(fact)
        else:
            base.facts[variable] = join_facts(facts)
