"""Where in a run something happens: the chain of (site, turn) from the entry point, which is also a call's identity."""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias, cast

from planlang.runtime.errors import Frame

from .pending import Pending, known

TURN, CALL, HIDDEN = 0, 1, 2
"""Kinds of link: a turn of a loop, a call of a plan function, a turn that no report shows (of a comprehension)."""


def site_of(file: int, start: int, end: int) -> int:
    """The number of a place in a program: it says by itself where it is."""
    return (file << 48) | (start << 24) | end


def place_of(site: int) -> tuple[int, int, int]:
    """(file, start, end) of a site."""
    return site >> 48, (site >> 24) & 0xFFFFFF, site & 0xFFFFFF


class LateStep:
    """A step that a block may have begun, which was not known when the block was left; else it is that of `before`."""

    __slots__ = ("before", "title")

    def __init__(self, title: Pending, before: Step) -> None:
        """`title` is a text, or none where no step was begun."""
        self.title = title
        self.before = before

    def now(self) -> str:
        """The title, as far as it is known."""
        step: Step = self
        while isinstance(step, LateStep):
            title = known(step.title)
            step = title if isinstance(title, str) else step.before
        return step


Step: TypeAlias = "str | LateStep"
"""The title of a step; "" where none was begun."""


def with_steps(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """`frames` of an error that is told now, with the steps that were not known when it came to light."""
    late = ((frame, cast("Step", frame.step)) for frame in frames)
    return tuple(frame._replace(step=step.now()) if isinstance(step, LateStep) else frame for frame, step in late)


class Context:
    """One link of the chain: `site` is where, `turn` which time; `name` is the function that a call has entered."""

    __slots__ = ("digest", "kind", "level", "name", "parent", "site", "step", "turn")

    def __init__(self, parent: Context | None, site: int, turn: int = 0, kind: int = TURN, name: str = "") -> None:
        """A turn has the step of what is around it, a call begins without one."""
        self.parent = parent
        self.site = site
        self.turn = turn
        self.kind = kind
        self.name = name
        self.digest: bytes | None = None
        """The key, once somebody has asked for it."""
        if parent is None:
            self.level = 0
            self.step: Step = ""
        elif kind == CALL:
            self.level = parent.level + 1
            self.step = ""
        else:
            self.level = parent.level
            self.step = parent.step

    def stepped(self, title: Step) -> Context:
        """The same place, in the step called `title`."""
        made = Context(self.parent, self.site, self.turn, self.kind, self.name)
        made.step = title
        made.level = self.level
        made.digest = self.digest
        return made

    @property
    def key(self) -> bytes:
        """16 bytes that stand for the whole chain, whatever the timing."""
        if self.digest is None:
            chain: list[Context] = []
            link: Context | None = self
            while link is not None and link.digest is None:
                chain.append(link)
                link = link.parent
            above = link.digest if link is not None and link.digest is not None else b""
            for below in reversed(chain):
                above = below.digest = _digest(above, below.site, below.turn)
            return above
        return self.digest


def identity(context: Context, site: int, seed: int = 0) -> int:
    """The identity of what happens at `site` in `context`, as a number; with `seed`, of a run that has it."""
    return int.from_bytes(_digest(context.key, site, seed & 0xFFFFFFFFFFFFFFFF), "big")


def identity_bytes(context: Context, site: int) -> bytes:
    """The identity of what happens at `site` in `context`, as the journal knows it."""
    return _digest(context.key, site, 0)


def step_now(context: Context) -> str:
    """The title of the step that `context` is in, as far as it is known."""
    step = context.step
    return step.now() if isinstance(step, LateStep) else step


def _digest(above: bytes, site: int, turn: int) -> bytes:
    return blake2b(above + site.to_bytes(16, "big") + turn.to_bytes(8, "big"), digest_size=16).digest()
