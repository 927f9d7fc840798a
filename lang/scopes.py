"""Scopes while names are resolved: blocks with the names they declare, frames in which variables live."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from . import tree
from .checked import LocalFunction, ModuleFunction, Scope, Symbol, Variable
from .source import Span

Capturable: TypeAlias = Variable | LocalFunction


@dataclass(eq=False, slots=True)
class Frame:
    """One running function, test or file: what variables live in while it runs.

    captures: what it takes from the frames around it, in order of first use.
    loop_depth: how many loops and comprehensions enclose the place where the resolver is.
    holder: the name that keeps the function, if one does.
    passing: whether a standard function uses the function up at once, so that later changes outside cannot matter.
    top_level: whether it can run at any time after the file has begun (a `fn`, `task` or `test` of the file),
        so that of the file's variables it may only read those that never change.
    """

    node: Scope
    parent: Frame | None
    top_level: bool = False
    loop_depth: int = 0
    holder: Capturable | None = None
    passing: bool = False
    captures: dict[Capturable, None] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class BlockScope:
    """The names of one block. `statements` are those of the block, to say that a name is declared further down."""

    frame: Frame
    parent: BlockScope | None
    statements: tuple[tree.Statement, ...] = ()
    names: dict[str, Symbol] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)

    def chain(self) -> Iterator[BlockScope]:
        """The scope and those around it, inside out."""
        scope: BlockScope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def find(self, name: str) -> tuple[Symbol, BlockScope] | None:
        """What `name` means here and which scope says so."""
        for scope in self.chain():
            symbol = scope.names.get(name)
            if symbol is not None:
                return symbol, scope
        return None

    def find_function(self, name: str) -> tuple[LocalFunction | ModuleFunction, BlockScope] | None:
        """The nearest `fn` or `task` called `name`; variables are passed over."""
        for scope in self.chain():
            symbol = scope.names.get(name)
            if isinstance(symbol, (LocalFunction, ModuleFunction)):
                return symbol, scope
        return None


@dataclass(frozen=True, slots=True)
class Capture:
    """A function, running in `frame`, took the value of `symbol` when it was made; it uses it at `span`."""

    symbol: Variable
    span: Span
    frame: Frame


@dataclass(frozen=True, slots=True)
class OuterRead:
    """A function, running in `frame`, reads a variable of the file; whether it may shows at the end of the file."""

    symbol: Variable
    node: tree.Node
    frame: Frame
    home: Frame


def frames_between(inner: Frame, outer: Frame) -> Iterator[Frame]:
    """The frames from `inner` up to and without `outer`."""
    frame: Frame | None = inner
    while frame is not None and frame is not outer:
        yield frame
        frame = frame.parent
