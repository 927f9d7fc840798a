"""Dataflow around loops: what one turn leaves for the next, until nothing new is found."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from . import tree
from .dataflow_core import DataflowCore, Env, Loop, Use, join_envs
from .dataflow_graph import NOTHING, Operation, Origins, Past, Region, Shape, Turns
from .dataflow_values import aged, aged_value, left, left_value
from .source import Span

PASSES = 6
"""How often a loop is gone through at most. Values grow from pass to pass, mostly not beyond the second."""
DEEPEST = 7
"""Loops in loops beyond this are not looked into: each level doubles the work at least."""


class TurnFlow(DataflowCore):
    """Goes through loops, and through what a pending condition decides about."""

    @contextmanager
    def under(self, origins: Origins) -> Generator[None]:
        """What is done here hangs on `origins`."""
        before = self.frame.control
        self.frame.control = before | origins
        yield
        self.frame.control = before

    @contextmanager
    def inside(self, region: Region) -> Generator[None]:
        """What is done here belongs to `region`."""
        before = self.frame.region
        self.frame.region = region
        yield
        self.frame.region = before

    def turns(self, node: tree.Node, head: Span, turn: Callable[[], None]) -> Region:
        """Go through a loop whose every turn does what `turn` does."""
        region = self.region(node, Shape.LOOP, head)
        frame = self.frame
        outer_loop, outer_control, outer_stops = frame.loop, frame.control, frame.stops
        frame.loops += 1
        first, first_writes, first_guards = frame.env, self.writes, self.guards
        start, carried, returned, returned_before = first, NOTHING, NOTHING, frame.returned
        if frame.loops > DEEPEST:
            region.turns = Turns(unsure=True)
        for _ in range(1 if frame.loops > DEEPEST else PASSES):
            frame.env, frame.loop = dict(start), Loop()
            frame.control, frame.stops, frame.dead = outer_control | carried, outer_stops, False
            frame.returned = NOTHING
            with self.inside(region):
                turn()
            after = join_envs(frame.loop.nexts if frame.dead else [*frame.loop.nexts, frame.env])
            before = (start, carried, self.writes, self.guards)
            inside = frozenset(region.operations())
            start = join_envs((first, start, _aged_env(after, inside, region)))
            returned |= frame.returned
            carried |= aged(frame.loop.left_by | frame.returned, inside, region)
            self.writes = _merged(first_writes, _aged_uses(self.writes, inside, region))
            self.guards = first_guards | aged(self.guards, inside, region)
            if before == (start, carried, self.writes, self.guards):
                break
        region.carried = _carriers(first, start, region)
        exits = join_envs((start, *frame.loop.breaks)) if frame.loop else start
        frame.env = {variable: left_value(value, region) for variable, value in exits.items() if variable in first}
        self._leave(region)
        frame.loops -= 1
        frame.loop, frame.control, frame.dead = outer_loop, outer_control, False
        returned = left(returned, region)
        frame.stops, frame.returned = outer_stops | returned, returned_before | returned
        return region

    def _leave(self, loop: Region) -> None:
        """What follows a loop sees its operations, whichever turn they are of."""
        self.writes = tuple(
            use._replace(operations=left(use.operations, loop), path=left(use.path, loop)) for use in self.writes
        )
        self.guards = left(self.guards, loop)


def _carriers(first: Env, start: Env, loop: Region) -> dict[Past, tuple[str, ...]]:
    """The variables that bring something of an earlier turn of `loop` into the next."""
    found: dict[Past, dict[str, None]] = {}
    for variable in first:
        for origin in start[variable].deep():
            if isinstance(origin, Past) and origin.loop is loop:
                found.setdefault(origin, {}).setdefault(variable.name)
    return {past: tuple(names) for past, names in found.items()}


def _aged_env(env: Env, inside: frozenset[Operation], loop: Region) -> Env:
    return {variable: aged_value(value, inside, loop) for variable, value in env.items()}


def _aged_uses(uses: tuple[Use, ...], inside: frozenset[Operation], loop: Region) -> tuple[Use, ...]:
    return tuple(
        use._replace(operations=aged(use.operations, inside, loop), path=aged(use.path, inside, loop)) for use in uses
    )


def _merged(first: tuple[Use, ...], more: tuple[Use, ...]) -> tuple[Use, ...]:
    return tuple(dict.fromkeys((*first, *more)))
