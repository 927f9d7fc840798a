"""How many tokens a text that is being written needs to its end, and which: what makes a token limit keepable.

A text of a grammar is followed byte by byte by all its readings: a reading is what is still to be written, as a stack
of nodes (a top-down parser that follows all alternatives at once, as in Tomita's). Each knows the least number of
tokens that brings it to its end. A token that would leave fewer than that is not written.
"""

from __future__ import annotations

from collections.abc import Sequence as Sequenced
from typing import Protocol, TypeAlias

from .grammars import Chars, Choice, Grammar, Node, Repeat, Rule, Sequence, Text, parts

_ENDLESS = 1 << 30
_MOST_KNOWN = 200_000
"""Steps that are remembered."""


class Vocabulary(Protocol):
    """What must be known of a model's tokens."""

    def split(self, text: bytes) -> Sequenced[int]:
        """Tokens that give `text`, which may begin or end within a character."""
        ...


class Reading:
    """What is still to be written: the rest of `node`, of which `at` says how much is done, then `then`.

    at: bytes of a text, rounds of a repetition, first bytes of a character. least, roomy: tokens to the end, as few as
    can be, or with some room for what the model would like to say. depth: rules around it.
    """

    __slots__ = ("at", "depth", "least", "node", "roomy", "then")

    def __init__(self, node: Node, at: int | bytes, then: Reading | None, depth: int) -> None:
        """Costs are filled in by `Unfinished`."""
        self.node = node
        self.at = at
        self.then = then
        self.depth = depth
        self.least = 0
        self.roomy = 0


Readings: TypeAlias = tuple[Reading | None, ...]
"""All readings of a text, each about to read a character; None stands for the end."""


class Unfinished:
    """Follows texts of one grammar. Knows for all that may be left of one what it costs in tokens of a vocabulary."""

    def __init__(self, grammar: Grammar, vocabulary: Vocabulary) -> None:
        """Work out the costs of all nodes."""
        self._grammar = grammar
        self._vocabulary = vocabulary
        self._bytes: dict[Text, bytes] = {}
        self._costs: dict[bytes, int] = {}
        self._readings: dict[tuple[Node, int | bytes, Reading | None, int], Reading] = {}
        self._steps: dict[tuple[Readings, int], Readings] = {}
        self._rules = dict.fromkeys(grammar.rules, _ENDLESS)
        self._levels = dict.fromkeys(grammar.rules, _ENDLESS)
        self._measure_rules()
        self.start = self._expand(self._reading(grammar.start, 0, None, 0))

    # ── costs ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def least(self, readings: Readings) -> int:
        """The fewest tokens to the end."""
        return min(0 if each is None else each.least for each in readings)

    def roomy(self, readings: Readings) -> int:
        """Tokens to the end, with room for what the model would like to say."""
        return min(0 if each is None else each.roomy for each in readings)

    def _measure_rules(self) -> None:
        """The least cost and the least depth of each rule, by going round until nothing gets less."""
        changed = True
        while changed:
            changed = False
            for name, node in self._grammar.rules.items():
                found = self._least(node), 1 + self._depth(node)
                if found < (self._rules[name], self._levels[name]):
                    self._rules[name] = min(found[0], self._rules[name])
                    self._levels[name] = min(found[1], self._levels[name])
                    changed = True

    def _least(self, node: Node, at: int | bytes = 0) -> int:
        match node:
            case Text():
                return self._cost(self._left(node, at))
            case Chars():
                return self._cost(_sample(node, at))
            case Sequence(parts=inner):
                return min(_ENDLESS, sum(self._least(part) for part in inner))
            case Choice(options=options):
                return min(self._least(option) for option in options)
            case Repeat(of=of, least=least):
                rounds = max(0, least - int(at))
                return min(_ENDLESS, rounds * self._least(of)) if rounds else 0
            case Rule(name=name):
                return self._rules[name]

    def _roomy(self, node: Node, at: int | bytes = 0) -> int:
        match node:
            case Sequence(parts=inner):
                return min(_ENDLESS, sum(self._roomy(part) for part in inner))
            case Choice(options=options) if not any(_recursive(option) for option in options):
                return max(self._roomy(option) for option in options)
            case Repeat(of=of, least=least, room=room):
                must, may = max(0, least - int(at)), max(0, room - max(least, int(at)))
                must_cost = must * self._roomy(of) if must else 0
                return min(_ENDLESS, must_cost + (may * self._least(of) if may else 0))
            case _:
                return self._least(node, at)

    def _depth(self, node: Node) -> int:
        match node:
            case Rule(name=name):
                return self._levels[name]
            case Choice(options=options):
                return min(self._depth(option) for option in options)
            case Repeat(least=0):
                return 0
            case _:
                return max((self._depth(part) for part in parts(node)), default=0)

    def _cost(self, text: bytes) -> int:
        if text not in self._costs:
            self._costs[text] = len(self._vocabulary.split(text))
        return self._costs[text]

    def _left(self, node: Text, at: int | bytes) -> bytes:
        if node not in self._bytes:
            self._bytes[node] = node.text.encode()
        return self._bytes[node][int(at) :]

    # ── reading on ───────────────────────────────────────────────────────────────────────────────────────────────────

    def after(self, readings: Readings, piece: bytes) -> Readings:
        """The readings after `piece`, none if it does not belong there."""
        for byte in piece:
            key = readings, byte
            known = self._steps.get(key)
            if known is None:
                if len(self._steps) >= _MOST_KNOWN:
                    self._steps.clear()
                    self._readings.clear()
                known = self._steps[key] = self._step(readings, byte)
            readings = known
        return readings

    def _step(self, readings: Readings, byte: int) -> Readings:
        found: dict[Reading | None, None] = {}
        for reading in readings:
            if reading is not None:
                found |= dict.fromkeys(self._read(reading, byte))
        return tuple(found)

    def _read(self, reading: Reading, byte: int) -> Readings:
        """`reading` after one more byte; it is about to read a text or a character."""
        node, at = reading.node, reading.at
        if isinstance(node, Text):
            left = self._left(node, at)
            if left[0] != byte:
                return ()
            if len(left) > 1:
                return (self._reading(node, int(at) + 1, reading.then, reading.depth),)
            return self._expand(reading.then)
        assert isinstance(node, Chars)  # noqa: S101 - readings that are expanded begin with one of the two
        begun = (at if isinstance(at, bytes) else b"") + bytes([byte])
        if not _may_begin(node, begun):
            return ()
        if len(begun) < _width(begun[0]):
            return (self._reading(node, begun, reading.then, reading.depth),)
        return self._expand(reading.then)

    def _reading(self, node: Node, at: int | bytes, then: Reading | None, depth: int) -> Reading:
        """The reading of this kind: there is one of each, so that equal ones are the same."""
        key = node, at, then, depth
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = Reading(node, at, then, depth)
            reading.least = self._least(node, at) + (then.least if then else 0)
            reading.roomy = self._roomy(node, at) + (then.roomy if then else 0)
        return reading

    def _expand(self, reading: Reading | None) -> Readings:
        """The readings that `reading` stands for, each about to read a character."""
        found: dict[Reading | None, None] = {}
        seen: set[Reading] = set()
        open_: list[Reading | None] = [reading]
        while open_:
            each = open_.pop()
            if each is None or isinstance(each.node, Chars) or (isinstance(each.node, Text) and each.node.text):
                found[each] = None
            elif each not in seen:
                seen.add(each)
                open_ += self._inside(each)
        return tuple(found)

    def _inside(self, reading: Reading) -> list[Reading | None]:
        node, then, depth = reading.node, reading.then, reading.depth
        match node:
            case Sequence(parts=inner):
                for part in reversed(inner):
                    then = self._reading(part, 0, then, depth)
                return [then]
            case Choice(options=options):
                return [self._reading(option, 0, then, depth) for option in reversed(options)]
            case Repeat():
                return self._rounds(node, int(reading.at), reading)
            case Rule(name=name):
                if depth + self._levels[name] > max(self._grammar.depth, self._levels[name]):
                    return []
                return [self._reading(self._grammar.rules[name], 0, then, depth + 1)]
            case _:
                return [then]

    def _rounds(self, node: Repeat, done: int, reading: Reading) -> list[Reading | None]:
        found: list[Reading | None] = []
        if done >= node.least:
            found.append(reading.then)
        if node.most is None or done < node.most:
            counted = done + 1 if node.most is not None else min(done + 1, max(node.least, node.room))
            again = self._reading(node, counted, reading.then, reading.depth)
            found.append(self._reading(node.of, 0, again, reading.depth))
        return found

    # ── the way to the end ───────────────────────────────────────────────────────────────────────────────────────────

    def way(self, readings: Readings) -> list[int]:
        """The tokens that bring the text to its end soonest."""
        reading = min(readings, key=lambda each: 0 if each is None else each.least)
        found: list[int] = []
        while reading is not None:
            found += self._way(reading.node, reading.at)
            reading = reading.then
        return found

    def _way(self, node: Node, at: int | bytes) -> Sequenced[int]:
        match node:
            case Text():
                return self._vocabulary.split(self._left(node, at))
            case Chars():
                return self._vocabulary.split(_sample(node, at))
            case Choice(options=options):
                return self._way(min(options, key=self._least), 0)
            case Repeat(of=of, least=least):
                return [token for _ in range(least - int(at)) for token in self._way(of, 0)]
            case Rule(name=name):
                return self._way(self._grammar.rules[name], 0)
            case Sequence(parts=inner):
                return [token for part in inner for token in self._way(part, 0)]


def _recursive(node: Node) -> bool:
    return isinstance(node, Rule) or any(_recursive(part) for part in parts(node))


# ── characters in bytes ──────────────────────────────────────────────────────────────────────────────────────────────


def _width(first: int) -> int:
    """Bytes of the character in UTF-8 that begins with this byte."""
    return 1 if first < 0x80 else 2 if first < 0xE0 else 3 if first < 0xF0 else 4


def _points(begun: bytes) -> tuple[int, int] | None:
    """The first and the last code point whose UTF-8 begins with these bytes."""
    first, width = begun[0], _width(begun[0])
    if 0x80 <= first < 0xC2 or first > 0xF4 or any(not 0x80 <= byte < 0xC0 for byte in begun[1:]):
        return None
    value = first if width == 1 else first & (0xFF >> (width + 1))
    for byte in begun[1:]:
        value = value << 6 | byte & 0x3F
    missing = 6 * (width - len(begun))
    low = max(value << missing, (0, 0, 0x80, 0x800, 0x10000)[width])
    return low, min((value + 1 << missing) - 1, 0x10FFFF)


def _may_begin(node: Chars, begun: bytes) -> bool:
    return _first_of(node, begun) is not None


def _first_of(node: Chars, begun: bytes) -> int | None:
    """The first code point of the class whose UTF-8 begins with these bytes."""
    span = _points(begun)
    if span is None:
        return None
    return next((max(low, span[0]) for low, high in node.ranges if high >= span[0] and low <= span[1]), None)


def _sample(node: Chars, at: int | bytes) -> bytes:
    """The bytes that finish a character of which `at` is written."""
    if not isinstance(at, bytes):
        return node.sample().encode()
    point = _first_of(node, at)
    return chr(point).encode()[len(at) :] if point is not None else b""
