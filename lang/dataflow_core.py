"""The state of the dataflow analysis: the place in the plan, what is pending there, and the operations found so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import count
from os.path import normpath
from typing import NamedTuple, TypeAlias

from . import tree
from .checked import FunctionNode, LibraryFunction, Module, Variable
from .dataflow_graph import (
    NOTHING,
    Free,
    Kind,
    Operation,
    Origin,
    Origins,
    Past,
    Reason,
    Region,
    Section,
    Shape,
    Wait,
)
from .dataflow_values import NOWHERE, Value, given, join
from .effects import FUNCTION_NODES, own_nodes
from .signatures import Effect
from .source import Span

Env = dict[Variable, Value]
Passed: TypeAlias = "frozenset[tuple[Variable, frozenset[FunctionNode | LibraryFunction]]]"
"""Which functions the parameters of a call may be: what is called through them is known then."""
_TESTS: dict[type[tree.Node], str] = {
    tree.Try: "try",
    tree.For: "for",
    tree.While: "while",
    tree.Match: "match",
    tree.Case: "case",
    tree.Assert: "assert",
}


class World(Enum):
    """A part of the world."""

    FILE = "file"
    NET = "net"
    ANY = "any"
    """What a plugin looks at or changes."""


class Use(NamedTuple):
    """What an operation looks at or changes.

    beginning: of the path of a file, as far as the text of the plan tells; the whole path where `exact`. listing: it
    looks into a folder. path: what must be done before the path is known, and of a change, whether it is made.
    """

    operations: Origins
    where: World
    beginning: str
    exact: bool
    listing: bool
    path: Origins


@dataclass(slots=True)
class Loop:
    """A loop around the place at hand: what is known where it is left, and where its next turn begins."""

    breaks: list[Env] = field(default_factory=list["Env"])
    nexts: list[Env] = field(default_factory=list["Env"])
    left_by: Origins = NOTHING
    """What decides about its `break`s."""


@dataclass(slots=True)
class Frame:
    """The function at hand.

    control: what decides whether the statement at hand is done. stops: what decides whether the rest of this turn, or
    of the function, is; `returned`: only the part of it that is due to `return`. dead: nothing gets here.
    """

    env: Env
    region: Region
    control: Origins = NOTHING
    stops: Origins = NOTHING
    returned: Origins = NOTHING
    result: Value = NOWHERE
    loop: Loop | None = None
    loops: int = 0
    dead: bool = False


@dataclass(eq=False, slots=True)
class Summary:
    """What a call of a function means to its caller.

    needs: what of its surroundings its operations wait for. in_order: an answer of a change in it is used.
    sends: it sends data to other machines. may_fail: it may fail while what decides is pending.
    """

    section: Section
    result: Value = NOWHERE
    needs: Origins = NOTHING
    in_order: bool = False
    changes: bool = False
    sends: bool = False
    may_fail: bool = False
    open: bool = False
    """Still being found out: a call of it now is recursion."""
    reads: tuple[Use, ...] = ()
    writes: tuple[Use, ...] = ()


class DataflowCore:
    """What the parts of the analysis share."""

    def __init__(self, module: Module, *, unknown_works: bool) -> None:
        """`unknown_works`: a function value of which nothing is known may do more than compute."""
        self.module = module
        self.unknown_works = unknown_works
        self.section: Section
        self.frame: Frame
        self.sections: list[Section] = []
        self.captured: dict[FunctionNode, Env] = {}
        self.summaries: dict[FunctionNode, dict[Passed, Summary]] = {}
        self.writes: tuple[Use, ...] = ()
        self.reads: tuple[Use, ...] = ()
        self.guards: Origins = NOTHING
        """What earlier `fail`s and `assert`s hang on."""
        self.sends = False
        """Whether the function at hand sends data to other machines."""
        self.acted = 0
        """How often something was met that does more than compute."""
        self.settled: frozenset[Variable] = frozenset()
        """Constants of the file that functions read which only compute: they are waited for on the spot."""
        self.texts: dict[Variable, str] = {}
        """Variables that hold a text that is written out."""
        self._numbers = count()
        self._operations: dict[tuple[tree.Node, Kind, Region], Operation] = {}
        self._regions: dict[tuple[tree.Node, Shape, Region], Region] = {}

    # --- Regions and operations --------------------------------------------------------------------------

    def region(self, node: tree.Node, shape: Shape, head: Span, parent: Region | None = None) -> Region:
        """The region of `node` in the one at hand; the same one each time that the analysis comes by."""
        above = parent or self.frame.region
        key = (node, shape, above)
        found = self._regions.get(key)
        if found is None:
            found = self._regions[key] = Region(shape, node, head, above)
            above.items.append(found)
        found.number = next(self._numbers)
        return found

    def operation(self, node: tree.Node, kind: Kind, name: str, span: Span) -> Operation:
        """The operation that `node` is at this place, which waits for whatever decides whether it is done."""
        key = (node, kind, self.frame.region)
        found = self._operations.get(key)
        if found is None:
            found = Operation(kind, name, span, self.frame.region)
            self._operations[key] = found
            self.frame.region.items.append(found)
        found.number = next(self._numbers)
        self.acted += 1
        self.wait(found, self.frame.control, Reason.TEST)
        return found

    def wait(self, operation: Operation, origins: Iterable[Origin], reason: Reason, via: Iterable[str] = ()) -> None:
        """Note that `operation` waits for `origins`."""
        for origin in origins:
            if origin is operation:
                continue
            known = operation.waits.get(origin)
            if known is None or known.reason in (Reason.MAYBE_FILE, Reason.TEST):
                names = dict.fromkeys((*(known.via if known else ()), *via))
                operation.waits[origin] = Wait(reason, tuple(names))

    def wait_for_values(self, operation: Operation, given: Iterable[tree.Expression], origins: Origins) -> None:
        """Note that `operation` needs values that come from `origins`, and through which variables."""
        origins -= self.frame.control
        through: dict[Origin, dict[str, None]] = {origin: {} for origin in origins}
        for name in _names(given):
            variable = self.module.symbols.get(name)
            if isinstance(variable, Variable) and variable in self.frame.env:
                for origin in self.frame.env[variable].deep() & origins:
                    through[origin].setdefault(name.id)
        for origin, names in through.items():
            self.wait(operation, (origin,), Reason.VALUE, names)

    def decide(self, node: tree.Node, value: Origins, span: Span, given: Iterable[tree.Expression] = ()) -> Origins:
        """What the decision at `node` hangs on: nothing where all is known, else an operation of its own."""
        if not value:
            return NOTHING
        made = self.operation(node, Kind.TEST, _TESTS.get(type(node), "if"), span)
        if isinstance(node, tree.Try):
            self.wait(made, value, Reason.TEST)
        else:
            self.wait_for_values(made, given, value)
        return frozenset({made})

    # --- Variables ---------------------------------------------------------------------------------------

    def look_up(self, variable: Variable) -> Value:
        """What is known of a variable here."""
        found = self.frame.env.get(variable)
        return given(variable) if found is None else found

    def bind(self, variable: object, value: Value) -> None:
        """Give a variable a value. Whether it gets it hangs on whatever decides about this place."""
        if isinstance(variable, Variable):
            self.frame.env[variable] = value.after(self.frame.control)

    def computes(self, function: tree.Node) -> bool:
        """Whether a function does no more than compute: such a one is called once all that it looks at is known."""
        return self.home(function).effects.get(function, Effect.PURE) == Effect.PURE

    def home(self, function: tree.Node) -> Module:
        """The file in which a function stands."""
        raise NotImplementedError

    def symbol(self, node: tree.Node) -> object:
        """What a node of the file at hand refers to."""
        return self.module.symbols.get(node)

    # --- The world ---------------------------------------------------------------------------------------

    def observe(self, use: Use, operation: Operation) -> None:
        """Let what looks at the world wait for the earlier changes that may concern it."""
        self.reads = (*self.reads, use)
        for write in self.writes:
            if use.where is write.where or World.ANY in (use.where, write.where):
                # Until it is known which file is written, it may be any.
                self.wait(operation, write.path - self.frame.control, Reason.FILE)
            if may_meet(use, write):
                sure = (use.exact and write.exact) or write.where is not World.FILE
                self.wait(operation, write.operations, Reason.FILE if sure else Reason.MAYBE_FILE)


def may_meet(read: Use, write: Use) -> bool:
    """Whether what is looked at may be what is changed."""
    if World.ANY in (read.where, write.where):
        return True
    if read.where is not write.where:
        return False
    if read.where is World.NET:
        return True
    seen, changed = read.beginning, write.beginning
    if read.exact and write.exact:
        seen, changed = normpath(seen), normpath(changed)
        inside = seen == "." or changed.startswith(seen.rstrip("/") + "/")
        return inside if read.listing else seen == changed
    return seen.startswith(changed) or changed.startswith(seen) or (read.listing and seen == ".")


def join_envs(envs: Iterable[Mapping[Variable, Value]]) -> Env:
    """What holds where several paths meet."""
    found: Env = {}
    for env in envs:
        for variable, value in env.items():
            found[variable] = join(found[variable], value) if variable in found else value
    return found


def _names(given: Iterable[tree.Expression]) -> Iterable[tree.Name]:
    for expression in given:
        if isinstance(expression, tree.Name):
            yield expression
        elif not isinstance(expression, FUNCTION_NODES):
            yield from (n for n in own_nodes(expression) if isinstance(n, tree.Name))


def free_only(origins: Origins) -> Origins:
    """What of `origins` lies outside the function at hand."""
    return frozenset(origin for origin in origins if isinstance(origin, Free))


def operations_of(origins: Origins) -> frozenset[Operation]:
    """The operations among `origins`, of this turn or an earlier one."""
    return frozenset(o.operation if isinstance(o, Past) else o for o in origins if not isinstance(o, Free))
