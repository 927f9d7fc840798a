"""What all parts of the generator share: its choices, and the variables in sight."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from .choices import Choices
from .shapes import (
    Shape,
    Signature,
    Variable,
)

T = TypeVar("T")


class Picking:
    """Makes choices."""

    def __init__(self, choices: Choices) -> None:
        self.number = choices.number
        self.scopes: list[list[Variable]] = [[]]
        self.functions: list[Signature] = []
        self.local: list[Signature] = []
        self.guards = 0
        """How many `try` blocks of the function stand around."""
        self.courage = self.number(0, 4)
        """How often expressions that may fail are used outside `try`: 0 is never."""
        self.chancy = self.number(0, 7) == 7
        """Whether `random` and sampled calls are used: the direct form counts them otherwise than the flow form."""
        self.long = self.number(0, 39) == 39
        """Whether there is a loop of hundreds of turns."""
        self.imports = self.number(0, 3) == 3
        """Whether the functions of another file are used."""
        self._count = 0

    def pick(self, among: Sequence[T]) -> T:
        """One of several."""
        return among[self.number(0, len(among) - 1)]

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.number(1, one_in) == one_in

    def daring(self) -> bool:
        """Whether something that may fail is done here."""
        return self.chance(2) if self.guards else self.courage > 0 and self.chance(18 // self.courage)

    def fresh(self, prefix: str) -> str:
        """A name that is new in the program."""
        self._count += 1
        return f"{prefix}{self._count}"

    def visible(self, shape: Shape, *, changing: bool = False) -> list[Variable]:
        """The variables of `shape` in sight, innermost first."""
        found: dict[str, Variable] = {}
        for scope in reversed(self.scopes):
            for variable in reversed(scope):
                found.setdefault(variable.name, variable)
        return [v for v in found.values() if v.shape == shape and not (changing and v.fixed)]

    def variable(self, shape: Shape, *, changing: bool = False) -> Variable | None:
        """A variable in sight."""
        among = self.visible(shape, changing=changing)
        return self.pick(among) if among else None

    @contextmanager
    def inside_function(self, *params: Variable) -> Iterator[None]:
        """Where what is captured cannot be changed."""
        before = self.scopes, self.guards
        self.scopes = [[Variable(v.name, v.shape, fixed=True) for v in scope] for scope in self.scopes]
        self.scopes.append(list(params))
        self.guards = min(self.guards, 1)
        yield
        self.scopes, self.guards = before

    def callable(self) -> list[Signature]:
        """The functions of the program in sight."""
        return [*self.functions, *self.local]

    def expression(self, shape: Shape, depth: int = 2) -> str:
        """An expression of `shape` with about `depth` levels."""
        raise NotImplementedError
