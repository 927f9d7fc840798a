"""Lays documents out within a line width (Wadler, "A prettier printer", 2003), without recursion.

A document is a text, a list of documents, or one of the classes below. A group is printed on one line if it fits;
if not, its lines break. Groups inside it decide for themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A line break if its group breaks, else `flat`. A `hard` one always breaks, and its groups with it."""

    flat: str = " "
    hard: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Nest:
    """Lines in `body` are indented by one step more."""

    body: Doc


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """On one line if it fits; `broken` never does."""

    body: Doc
    broken: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class IfBroken:
    """A text that stands only where its group is broken, such as a trailing comma."""

    text: str


Doc: TypeAlias = str | list["Doc"] | Line | Nest | Group | IfBroken

LINE = Line(" ")
SOFT = Line("")
HARD = Line(hard=True)
STEP = 2
WIDTH = 120


def group(*parts: Doc, broken: bool = False) -> Group:
    """A group, broken if a part of it must break."""
    body: list[Doc] = list(parts)
    return Group(body, broken or must_break(body))


def join(separator: list[Doc], docs: list[Doc]) -> list[Doc]:
    """`docs` with `separator` between them."""
    result: list[Doc] = []
    for doc in docs:
        if result:
            result.extend(separator)
        result.append(doc)
    return result


def must_break(doc: Doc) -> bool:
    """Whether a hard line stands in `doc`. Groups know this of themselves."""
    stack = [doc]
    while stack:
        current = stack.pop()
        if isinstance(current, list):
            stack.extend(current)
        elif isinstance(current, Nest):
            stack.append(current.body)
        elif (isinstance(current, Line) and current.hard) or (isinstance(current, Group) and current.broken):
            return True
    return False


def flat(doc: Doc) -> str:
    """`doc` on one line."""
    out: list[str] = []
    stack = [doc]
    while stack:
        current = stack.pop()
        if isinstance(current, str):
            out.append(current)
        elif isinstance(current, list):
            stack.extend(reversed(current))
        elif isinstance(current, Line):
            out.append(current.flat)
        elif isinstance(current, Nest | Group):
            stack.append(current.body)
    return "".join(out)


_Item: TypeAlias = tuple[int, bool, Doc]
"""Indentation, whether lines break, and what is to be printed."""


def render(doc: Doc, width: int = WIDTH) -> str:
    """`doc` as text with lines of at most `width` columns where that is possible."""
    out: list[str] = []
    column = 0
    pending = 0
    stack: list[_Item] = [(0, True, doc)]
    while stack:
        indent, breaks, current = stack.pop()
        if isinstance(current, str):
            if current and pending:
                out.append(" " * pending)
                column, pending = pending, 0
            out.append(current)
            column += len(current)
        elif isinstance(current, list):
            stack.extend((indent, breaks, part) for part in reversed(current))
        elif isinstance(current, Nest):
            stack.append((indent + STEP, breaks, current.body))
        elif isinstance(current, Group):
            room = width - max(column, pending)
            broken = current.broken or not _fits(room, (indent, False, current.body), stack)
            stack.append((indent, broken, current.body))
        elif isinstance(current, IfBroken):
            stack.append((indent, breaks, current.text if breaks else ""))
        elif breaks or current.hard:
            out.append("\n")
            column, pending = 0, indent
        else:
            stack.append((indent, breaks, current.flat))
    return "".join(out)


def _fits(room: int, first: _Item, rest: list[_Item]) -> bool:  # noqa: C901 - one branch for each kind of document
    """Whether `first` on one line, and what follows it up to the next possible line break, fits into `room`."""
    stack = [first]
    following = len(rest)
    while room >= 0:
        if not stack:
            if not following:
                return True
            following -= 1
            stack.append(rest[following])
        indent, breaks, current = stack.pop()
        if isinstance(current, str):
            room -= len(current)
        elif isinstance(current, list):
            stack.extend((indent, breaks, part) for part in reversed(current))
        elif isinstance(current, Nest):
            stack.append((indent, breaks, current.body))
        elif isinstance(current, Group):
            stack.append((indent, breaks and current.broken, current.body))
        elif isinstance(current, Line):
            if breaks or current.hard:
                return True
            room -= len(current.flat)
        elif breaks:
            room -= len(current.text)
    return False
