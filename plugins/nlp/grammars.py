"""Grammars of what a model may write, as trees: of texts, characters, sequences, choices, repetitions and rules.

One tree serves two readers. llguidance says which tokens may come next (`constraints.py`), and `unfinished.py` how many
tokens are needed, from any point on, to bring the text to its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Code points from the first to the last of each pair, in order and apart."""

_LAST = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)
_PREFERRED = "a0A "
"""What stands for a class of characters where any will do."""


@dataclass(frozen=True, eq=False, slots=True)
class Text:
    """Exactly this text."""

    text: str


@dataclass(frozen=True, eq=False, slots=True)
class Chars:
    """One character of a class."""

    ranges: Ranges

    def sample(self) -> str:
        """A character of the class."""
        for preferred in _PREFERRED:
            if self.holds(ord(preferred)):
                return preferred
        visible = next((first for first, last in self.ranges if last > 0x20), self.ranges[0][0])
        return chr(max(visible, 0x21) if self.holds(max(visible, 0x21)) else visible)

    def holds(self, point: int) -> bool:
        """Whether the character with this code point is of the class."""
        at = bisect_right(self.ranges, (point, _LAST)) - 1
        return at >= 0 and point <= self.ranges[at][1]


@dataclass(frozen=True, eq=False, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Choice:
    """One of several."""

    options: tuple[Node, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Repeat:
    """The same again: at least `least` times, at most `most` (None: as often as there is room).

    room: how many the rest of the text should leave room for.
    """

    of: Node
    least: int
    most: int | None
    room: int = 0


@dataclass(frozen=True, eq=False, slots=True)
class Rule:
    """A rule of the grammar, by name: what makes a grammar recursive."""

    name: str


Node: TypeAlias = Text | Chars | Sequence | Choice | Repeat | Rule


@dataclass(frozen=True, eq=False, slots=True)
class Grammar:
    """A tree, and the rules that it names. Rules may nest up to `depth` deep."""

    start: Node
    rules: dict[str, Node] = field(default_factory=dict[str, "Node"])
    depth: int = 8


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes that `node` is directly made of; none for the name of a rule."""
    match node:
        case Sequence(parts=inner):
            return inner
        case Choice(options=options):
            return options
        case Repeat(of=of):
            return (of,)
        case _:
            return ()


def sequence(nodes: Iterable[Node]) -> Node:
    """`nodes` one after the other, texts that touch as one text: it takes fewer tokens than its parts."""
    flat: list[Node] = []
    open_ = list(nodes)[::-1]
    while open_:
        node = open_.pop()
        if isinstance(node, Sequence):
            open_ += node.parts[::-1]
        elif isinstance(node, Text) and flat and isinstance(last := flat[-1], Text):
            flat[-1] = Text(last.text + node.text)
        else:
            flat.append(node)
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def ranges(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """Pairs of code points as a class: in order, joined where they touch, without surrogates."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    low, high = _SURROGATES
    cut = [(a, b) for first, last in joined for a, b in ((first, min(last, low - 1)), (max(first, high + 1), last))]
    return tuple((a, b) for a, b in cut if a <= b)


def all_but(pairs: Iterable[tuple[int, int]]) -> Ranges:
    """Every character outside of `pairs`."""
    free: list[tuple[int, int]] = []
    start = 0
    for first, last in sorted(pairs):
        if first > start:
            free.append((start, first - 1))
        start = max(start, last + 1)
    return ranges([*free, (start, _LAST)] if start <= _LAST else free)
