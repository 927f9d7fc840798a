"""The types that generated programs use, and how they are written."""

from __future__ import annotations

from dataclasses import dataclass

LABELS = ("red", "green", "blue")


@dataclass(frozen=True, slots=True)
class Shape:
    """A scalar, a record, or a list or dict of `part`. `text` is the annotation; "" where there is none."""

    kind: str
    part: Shape | None = None
    text: str = ""

    @property
    def inner(self) -> Shape:
        """What a list or dict holds."""
        assert self.part is not None
        return self.part


def lists(part: Shape) -> Shape:
    """`list[part]`."""
    return Shape("list", part, f"list[{part.text}]")


def dicts(part: Shape) -> Shape:
    """`dict[part]`."""
    return Shape("dict", part, f"dict[{part.text}]")


INT = Shape("int", text="int")
STR = Shape("str", text="str")
BOOL = Shape("bool", text="bool")
LABEL = Shape("label", text='"red" | "green" | "blue"')
RECORD = Shape("record", text='{label: "red" | "green" | "blue", score: int, ok: bool}')
ANY = Shape("any", text="any")
"""What is only known when it is there."""
FUNCTION = Shape("function", text="fn(int) -> int")
ROW = lists(INT)
WORDS = lists(STR)
TAGS = lists(LABEL)
GRID = lists(ROW)
RECORDS = lists(RECORD)
TALLY = dicts(INT)
BINS = dicts(ROW)

SHAPES = (
    INT, INT, INT, STR, BOOL, LABEL, RECORD, ROW, ROW, ROW, WORDS, TAGS, GRID, RECORDS, TALLY, TALLY, BINS, ANY,
)  # fmt: skip
"""What variables are, in the frequency that they are."""
LISTS = (ROW, ROW, ROW, WORDS, TAGS, GRID, RECORDS)
TEXTUAL = (INT, STR, BOOL, LABEL, ROW, WORDS, TAGS, ANY)
"""What is put into the texts that models are asked about."""


@dataclass(slots=True)
class Variable:
    """A variable of a generated program. A `fixed` one is only read: it is captured, or counts a loop's turns."""

    name: str
    shape: Shape
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A function of a generated program. `bounded` ones take first how deep they may still call themselves."""

    name: str
    params: tuple[Shape, ...]
    result: Shape
    bounded: bool = False
    names: tuple[str, ...] = ()
    """What the parameters are called, for arguments by name."""
