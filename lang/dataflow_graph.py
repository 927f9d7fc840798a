"""What the dataflow analysis finds: what a plan does, in the tree of its loops and conditions, and what waits for what.

Nothing here is a promise about time: it says which orders the one rule (§6) leaves open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from . import tree
from .checked import Variable
from .source import Source, Span


class Kind(Enum):
    """What an operation is."""

    MODEL = "model"
    OBSERVATION = "observation"
    CHANGE = "change"
    CALL = "call"
    """A call of a function of the plan that does some of the others."""
    TEST = "test"
    """The moment at which a condition over a pending value is known."""


class Reason(Enum):
    """Why one operation waits for another."""

    VALUE = "value"
    TEST = "test"
    """Whether it is done at all depends on it."""
    FILE = "file"
    """It reads what the other writes."""
    MAYBE_FILE = "maybe file"
    """It reads what the other may have written: which file that is, only the run knows."""
    GUARD = "guard"
    """It sends data to another machine, and the plan may fail before."""


@dataclass(eq=False, slots=True, repr=False)
class Operation:
    """A call that takes time or has an order, or a pending test.

    span: the call, or the whole test. region: the innermost region around it.
    waits: what it waits for, and why. Of a change, what stands before it does not count: see `in_order`.
    in_order: it comes after everything before it has succeeded, as every change does.
    changes: it is a change, or a call of a function that makes some.
    """

    kind: Kind
    name: str
    span: Span
    region: Region
    number: int = 0
    """Its place in the order of a run."""
    waits: dict[Origin, Wait] = field(default_factory=dict["Origin", "Wait"])
    in_order: bool = False
    changes: bool = False
    called: Section | None = None
    """The function that a call enters, where that is known."""
    column: int = 0
    """How many operations lie before it on the longest path to it, in the same turn of every loop around it."""

    @property
    def takes_time(self) -> bool:
        """Whether it runs outside the interpreter: no test, no mere change."""
        return self.kind in (Kind.MODEL, Kind.OBSERVATION, Kind.CALL)


class Past(NamedTuple):
    """An operation of an earlier turn of `loop`."""

    operation: Operation
    loop: Region


class Free(NamedTuple):
    """What a function is given from outside: a parameter, a captured variable, a constant of its file.

    deep: with all that it holds.
    """

    variable: Variable
    deep: bool


Origin: TypeAlias = Operation | Past | Free
"""Where a pending value comes from."""
Origins: TypeAlias = frozenset[Origin]
NOTHING: Origins = frozenset()


class Wait(NamedTuple):
    """Why an operation waits for another; `via` are the variables that carry the value."""

    reason: Reason
    via: tuple[str, ...] = ()


class Shape(Enum):
    """What kind of region something is."""

    SECTION = "section"
    STEP = "step"
    LOOP = "loop"
    BRANCH = "branch"
    """The block of an `if`, `else` or `case`."""
    TRY = "try"
    CATCH = "catch"


@dataclass(eq=False, slots=True, repr=False)
class Region:
    """A part of a plan that is done as a whole: a loop, a branch, the block of a `try`, what belongs to a `step`.

    head: what its first line says, without the block. test: what decides whether, or how often, it is done.
    turns: of a loop, how its turns lie to each other.
    """

    shape: Shape
    node: tree.Node
    head: Span
    parent: Region | None
    items: list[Operation | Region] = field(default_factory=list["Operation | Region"])
    test: Operation | None = None
    turns: Turns | None = None
    carried: dict[Past, tuple[str, ...]] = field(default_factory=dict["Past", tuple[str, ...]])
    """Of a loop: the variables that bring what an operation gave in an earlier turn into the next."""
    number: int = 0
    leaves: str = ""
    """`break`, `continue` or `return`, where this block may end in one that others wait for."""

    def operations(self) -> Iterator[Operation]:
        """All in it, in program order."""
        stack: list[Operation | Region] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, Operation):
                yield item
            else:
                stack.extend(reversed(item.items))

    def regions(self) -> Iterator[Region]:
        """It and the regions in it, parents first."""
        yield self
        for item in self.items:
            if isinstance(item, Region):
                yield from item.regions()

    def around(self) -> Iterator[Region]:
        """The regions around it, itself first."""
        region: Region | None = self
        while region is not None:
            yield region
            region = region.parent


@dataclass(frozen=True, slots=True)
class Turns:
    """How the turns of a loop lie to each other.

    chain: what waits, directly or not, for itself of the turn before; empty where all turns can run at once.
    carries: the variables that take it from turn to turn. control: whether a `break`, `return` or the test of the
    loop does. unsure: the analysis gave up, since loops nest too deep.
    """

    chain: tuple[Operation, ...] = ()
    carries: tuple[str, ...] = ()
    control: bool = False
    files: bool = False
    """Whether a file does that is written in one turn and read in the next."""
    in_order: bool = False
    """Whether the order of changes whose answers are used (`ask`) does."""
    unsure: bool = False


class Link(NamedTuple):
    """One operation on the longest chain; `loops` are those in which it is done turn after turn."""

    operation: Operation
    loops: tuple[Region, ...]


@dataclass(eq=False, slots=True, repr=False)
class Section:
    """The top level of a file, a task, or a function that one of them calls.

    chain: the longest row of operations that wait for each other. recursive: whether it calls itself.
    """

    kind: str
    """`top level`, `task` or `fn`."""
    name: str
    node: tree.Node
    source: Source
    root: Region
    chain: tuple[Link, ...] = ()
    length: float = 0.0
    """How long the chain is, in model calls; each loop that repeats one counts as many."""
    recursive: bool = False

    @property
    def operations(self) -> list[Operation]:
        """All of it, in program order."""
        return list(self.root.operations())


@dataclass(frozen=True, slots=True)
class Dataflow:
    """The analysis of a file: its top level and tasks first, then the functions that they reach."""

    source: Source
    sections: tuple[Section, ...]
