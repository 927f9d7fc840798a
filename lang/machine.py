"""Runs the parse tables over tokens.

Lark builds the tables, but its own driver is not used: most reductions of an expression grammar only pass a value on,
which is done here without a call; a syntax error must leave the stack readable, to say what was expected and to go on
after the statement that failed; and no run needs to import Lark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from . import tree
from .builder import FLAT, Builder
from .source import Span
from .tables import Tables
from .tokens import DEEPEST, TOO_DEEP, TOO_DEEP_HINT, Token

HIGHEST = 100_000
"""How high the stack may grow. A chain of `else if` does not nest, yet each link of it takes a few states."""


class Machine:
    """The stack of an LALR parser: states, and beside each the value that led to it."""

    def __init__(self, tables: Tables, builder: Builder, start: str) -> None:
        """Stand before the first token of a `start`."""
        self.tables = tables
        self.states = [tables.starts[start]]
        self.values: list[Any] = [None]
        self.starts = [0]
        self.ends = [0]
        self.depths = [0]
        self.builder = builder
        self._rules = [
            (left, length, getattr(builder, action) if action else None, int(action not in FLAT))
            for left, length, action in tables.rules
        ]
        self._too_deep = -1
        self.overgrown = False

    def feed(self, tokens: Sequence[Token], position: int) -> int:
        """Take tokens from `position` on; gives where it stopped: at the first that does not fit, or at the end.

        The last token must be `$END`. When all is accepted, the result is `values[-1]` and the position is that of
        `$END` with `accepted` true. Nothing more is taken where the stack has grown too high: then `overgrown` is true.
        """
        actions, gotos, rules = self.tables.actions, self.tables.gotos, self._rules
        states, values = self.states, self.values
        starts, ends, depths = self.starts, self.ends, self.depths
        size = len(tokens)
        while position < size:
            token = tokens[position]
            kind = token.kind
            while True:
                action = actions[states[-1]].get(kind, 0)
                if not action:
                    return position
                if action > 0:
                    states.append(action)
                    values.append(token)
                    starts.append(token.start)
                    ends.append(token.end)
                    depths.append(0)
                    if len(states) > HIGHEST:
                        self._give_up(token)
                        return position
                    break
                left, length, build, level = rules[-1 - action]
                if build is None:
                    states[-1] = gotos[states[-2]][left]
                    continue
                if length:
                    span = Span(starts[-length], ends[-1])
                    depth = max(depths[-length:]) + level
                    value = build(span, *values[-length:])
                    del states[-length:], values[-length:], starts[-length:], ends[-length:], depths[-length:]
                    if depth > DEEPEST:
                        value, depth = self._cut(value, span, depth)
                else:
                    span = Span(ends[-1], ends[-1])
                    value, depth = build(span), 0
                states.append(gotos[states[-1]][left])
                values.append(value)
                starts.append(span.start)
                ends.append(span.end)
                depths.append(depth)
            position += 1
        return position

    @property
    def accepted(self) -> bool:
        """Whether the text is complete: `$END` fits, and the start symbol has been found."""
        return self.tables.actions[self.states[-1]].get("$END", 0) is None

    def _cut(self, value: Any, span: Span, depth: int) -> tuple[Any, int]:
        """A shallow node instead of `value`, which nests too deeply; reported once for each place."""
        shallow = _shallow(value, span)
        if shallow is None:
            return value, depth
        if span.start >= self._too_deep:
            self._too_deep = span.end
            self.builder.report("PL0112", TOO_DEEP, span, TOO_DEEP_HINT)
        return shallow, 1

    def _give_up(self, token: Token) -> None:
        """What nests like this is not read to its end: it could be as long as the file."""
        self.overgrown = True
        self.builder.report("PL0112", TOO_DEEP, Span(token.start, token.end), TOO_DEEP_HINT)

    def expected(self) -> list[str]:
        """The kinds of token that fit here, after the reductions that they would bring about."""
        return [kind for kind in self.tables.actions[self.states[-1]] if self._fits(kind)]

    def _fits(self, kind: str) -> bool:
        states = list(self.states)
        while True:
            action = self.tables.actions[states[-1]].get(kind, 0)
            if action is None or action > 0:
                return True
            if action == 0:
                return False
            left, length, _ = self.tables.rules[-1 - action]
            if length:
                del states[-length:]
            states.append(self.tables.gotos[states[-1]][left])


def _shallow(value: Any, span: Span) -> tree.Node | None:
    """A node without children that can stand where `value` stands; None where there is none of its kind."""
    if isinstance(value, tree.Block):
        return tree.Block(span, ())
    if isinstance(value, get_args(tree.Expression)):
        return tree.Literal(span, None)
    if isinstance(value, get_args(tree.TypeNode)):
        return tree.TypeName(span, "any")
    if isinstance(value, get_args(tree.Pattern)):
        return tree.PatternAny(span)
    return None
