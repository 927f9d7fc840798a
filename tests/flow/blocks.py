"""Which statements a generated program has, and how many of each."""

from __future__ import annotations

from collections.abc import Callable

from .functions import Functions

FOCUSES = ("", "values", "world", "control", "errors", "functions")
"""What a program may have more of than others."""


class Blocks(Functions):
    """Chooses among all statements."""

    def statement(self) -> None:
        """Any statement."""
        self.fuel -= 1
        small: tuple[Callable[[], None], ...] = (
            self.let, self.let, self.let, self.assign, self.assign, self.assign, self.change_list, self.change_list,
            self.change_list, self.change_list, self.change_tally, self.change_tally, self.change_part,
            self.change_part, self.show, self.show, self.save, self.look, self.ask_aside, self.let_function,
            self.unpack, self.begin_step,
        )  # fmt: skip
        large: tuple[Callable[[], None], ...] = (
            self.branch, self.branch, self.branch, self.for_loop, self.for_loop, self.for_loop, self.while_loop,
            self.while_loop, self.attempt, self.attempt, self.attempt, self.match, self.match, self.leave, self.leave,
            self.leave, self.local_function,
        )  # fmt: skip
        if self.focus and self.chance(3):
            self.pick(self.favourites())()
        elif self.fuel > 1 and self.depth < 6 and self.number(0, 9) < 5:
            self.pick(large)()
        elif self.daring() and self.chance(3):
            self.check()
        else:
            self.pick(small)()

    def favourites(self) -> tuple[Callable[[], None], ...]:
        """What the program in hand has more of than others."""
        simple: dict[str, tuple[Callable[[], None], ...]] = {
            "values": (self.change_list, self.change_tally, self.change_part, self.assign, self.unpack),
            "world": (self.show, self.save, self.save, self.look),
        }
        nested: dict[str, tuple[Callable[[], None], ...]] = {
            "control": (self.for_loop, self.while_loop, self.leave, self.leave, self.match),
            "errors": (self.attempt, self.attempt, self.leave, self.check, self.ask_aside),
            "functions": (self.local_function, self.ask_aside, self.let_function, self.called, self.called),
        }
        if self.focus in simple:
            return simple[self.focus]
        return nested[self.focus] if self.fuel > 1 and self.depth < 6 else (self.let,)
