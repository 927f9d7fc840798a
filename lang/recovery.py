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
    """

    block: int
    start: int
    end: int


def failed_statement(tokens: Sequence[Token], position: int) -> Statement:
    """The innermost statement that the token at `position` belongs to."""
    open_blocks = [(-1, 0)]
    others = [0]
    first = 0
    for index in range(position):
        kind = tokens[index].kind
        if kind == "BLOCK_OPEN":
            open_blocks.append((index, first))
            others.append(0)
            first = index + 1
        elif kind == "BLOCK_CLOSE" and len(open_blocks) > 1:
            first = open_blocks.pop()[1]
            others.pop()
        elif kind in OPENERS:
            others[-1] += 1
        elif kind in _CLOSERS:
            others[-1] -= 1
        elif kind == "NEWLINE" and others[-1] <= 0:
            first = index + 1
    return Statement(open_blocks[-1][0], first, _end(tokens, position, max(0, others[-1])))


def _end(tokens: Sequence[Token], position: int, depth: int) -> int:
    """Where the statement around `position` ends; `depth` brackets of it are open there."""
    blocks: list[int] = []
    for index in range(position, len(tokens)):
        kind = tokens[index].kind
        if kind == "BLOCK_OPEN":
            blocks.append(depth)
            depth = 0
        elif kind == "BLOCK_CLOSE":
            if not blocks:
                return index
            depth = blocks.pop()
        elif kind in OPENERS:
            depth += 1
        elif kind in _CLOSERS:
            depth -= 1
        elif kind == "$END" or (kind == "NEWLINE" and not blocks and depth <= 0):
            return index
    return len(tokens) - 1


def inner_blocks(tokens: Sequence[Token], statement: Statement) -> list[tuple[int, int]]:
    """The outermost blocks inside a failed statement: positions of their first token and of their BLOCK_CLOSE."""
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for index in range(statement.start, statement.end):
        kind = tokens[index].kind
        if kind == "BLOCK_OPEN":
            opened.append(index + 1)
        elif kind == "BLOCK_CLOSE" and opened:
            start = opened.pop()
            if not opened:
                found.append((start, index))
    return found


def drop(machine: Machine, tokens: Sequence[Token], statement: Statement) -> int:
    """Take the failed statement off the stack of `machine`; gives the position from which to go on."""
    opener = tokens[statement.block] if statement.block >= 0 else None
    height = len(machine.values) - 1
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
