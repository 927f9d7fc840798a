"""The types that generated programs use, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """`int`, `str`, or a list or dict of `part`."""

    kind: str
    part: Shape | None = None

    def __str__(self) -> str:
        """As an annotation."""
        return self.kind if self.part is None else f"{self.kind}[{self.part}]"

    @property
    def inner(self) -> Shape:
        """What a list or dict holds."""
        assert self.part is not None
        return self.part

    @property
    def is_container(self) -> bool:
        """Whether it can be changed in place."""
        return self.part is not None


INT, STR = Shape("int"), Shape("str")


def lists(part: Shape) -> Shape:
    """`list[part]`."""
    return Shape("list", part)


def dicts(part: Shape) -> Shape:
    """`dict[part]`."""
    return Shape("dict", part)


ROW = lists(INT)
GRID = lists(ROW)
SHAPES = (ROW, GRID, dicts(ROW), lists(dicts(INT)), lists(GRID), dicts(dicts(ROW)), dicts(INT), lists(STR), dicts(GRID))


@dataclass(slots=True)
class Variable:
    """A variable of a generated program. A `fixed` one is only read: it is captured or belongs to a loop's head."""

    name: str
    shape: Shape
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A function of a generated program."""

    name: str
    params: tuple[Shape, ...]
    result: Shape


def paths(shape: Shape, wanted: Shape) -> list[tuple[Shape, ...]]:
    """The ways from a container down to its parts of shape `wanted`: the shapes of the containers passed."""
    found: list[tuple[Shape, ...]] = [()] if shape == wanted else []
    if shape.part is not None:
        found += [(shape, *rest) for rest in paths(shape.part, wanted)]
    return found


def parts_of(shape: Shape) -> list[Shape]:
    """`shape` and the shapes of everything inside it."""
    return [shape] if shape.part is None else [shape, *parts_of(shape.part)]
