"""Going on after a syntax error: cut out the statement that failed, so that the next ones are read too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .machine import Machine
from .tokens import OPENERS, Token

_CLOSERS = frozenset(OPENERS.values())


@dataclass(frozen=True, slots=True)
class Statement:
    """A failed statement, as positions of tokens.

    block: the `BLOCK_OPEN` that it stands in, -1 at the top level.
    start: its first token. end: the token after it: a NEWLINE, the BLOCK_CLOSE of the block, or `$END`.
    clause: the first token of the `case` that failed; of any other statement, `start`.
    """

    block: int
    start: int
    end: int
    clause: int


@dataclass(slots=True)
class _Level:
    """One block that is open: its opener, the first token of its current statement, and that statement's brackets."""

    opener: int
    first: int
    holds_cases: bool = False
    brackets: int = 0


def failed_statement(tokens: Sequence[Token], position: int) -> Statement:
    """The innermost statement that the token at `position` belongs to; a `match` fails as a whole."""
    levels = [_Level(-1, 0)]
    for index in range(position):
        kind = tokens[index].kind
        level = levels[-1]
        if kind == "BLOCK_OPEN":
            holds_cases = tokens[level.first].kind == "match" and level.brackets == 0
            levels.append(_Level(index, index + 1, holds_cases))
        elif kind == "BLOCK_CLOSE" and len(levels) > 1:
            levels.pop()
            if levels[-1].holds_cases:
                levels[-1].first = index + 1
        elif kind in OPENERS:
            level.brackets += 1
        elif kind in _CLOSERS:
            level.brackets -= 1
        elif kind == "NEWLINE" and level.brackets <= 0:
            level.first = index + 1
    clause = levels[-1].first
    inner = 0
    while levels[-1].holds_cases:
        levels.pop()
        inner += 1
    level = levels[-1]
    brackets = max(0, level.brackets)
    end = _end(tokens, position, [brackets, *[0] * inner], over_semicolons=tokens[clause].kind == "for")
    if tokens[end].kind == "NEWLINE" and position == end and tokens[end + 1].kind == "{":
        end = _end(tokens, end + 1, [0], over_semicolons=False)
    return Statement(level.opener, level.first, end, clause)


def _end(tokens: Sequence[Token], position: int, brackets: list[int], *, over_semicolons: bool) -> int:
    """Where the statement around `position` ends. `brackets` are open there: of it, and of blocks inside it.

    A `for` that looks like C's goes on after its semicolons.
    """
    for index in range(position, len(tokens)):
        kind = tokens[index].kind
        if kind == "BLOCK_OPEN":
            brackets.append(0)
        elif kind == "BLOCK_CLOSE":
            brackets.pop()
            if not brackets:
                return index
        elif kind in OPENERS:
            brackets[-1] += 1
        elif kind in _CLOSERS:
            brackets[-1] -= 1
        elif kind == "$END":
            return index
        elif kind == "NEWLINE" and len(brackets) == 1 and brackets[0] <= 0:
            semicolon = tokens[index].start < tokens[index].end
            if not (semicolon and over_semicolons):
                return index
    return len(tokens) - 1


def inner_blocks(tokens: Sequence[Token], statement: Statement) -> list[tuple[int, int]]:
    """The outermost blocks of statements in a failed statement: positions of their first token and BLOCK_CLOSE."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    is_match = tokens[statement.start].kind == "match"
    for index in range(statement.start, statement.end):
        kind = tokens[index].kind
        if kind == "BLOCK_OPEN":
            holds_cases = tokens[index + 1].kind == "case" or (is_match and not opened)
            opened.append(-1 if holds_cases else index + 1)
        elif kind == "BLOCK_CLOSE" and opened:
            start = opened.pop()
            if start >= 0 and all(outer < 0 for outer in opened):
                found.append((start, index))
    return found


def drop(machine: Machine, tokens: Sequence[Token], statement: Statement) -> int:
    """Take the failed statement off the stack of `machine`; gives the position from which to go on."""
    opener = tokens[statement.block]
    height = len(machine.values) - 1 if statement.block >= 0 else 0
    while height > 0 and machine.values[height] is not opener:
        height -= 1
    keep = height + 1
    if keep < len(machine.values) and isinstance(machine.values[keep], list):
        keep += 1
    has_statements = keep > height + 1
    for stack in (machine.states, machine.values, machine.starts, machine.ends, machine.depths):
        del stack[keep:]
    at_newline = tokens[statement.end].kind == "NEWLINE"
    return statement.end + 1 if at_newline and not has_statements else statement.end
