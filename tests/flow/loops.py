"""Loops and `try` of generated programs, and the ways out of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .branches import Branches
from .shapes import (
    BINS,
    BOOL,
    GRID,
    INT,
    LABEL,
    LABELS,
    LISTS,
    ROW,
    STR,
    TALLY,
    Shape,
    Variable,
)

_MOST_TURNS = 20
_LONG = 300
"""Turns of the loops in programs that have long ones."""
_ERROR = Shape("error")


class Loops(Branches):
    """Writes loops and `try`."""

    @contextmanager
    def turning(self, times: int) -> Iterator[None]:
        """Inside a loop of about so many turns."""
        self.loops += 1
        self.turns *= times
        yield
        self.turns //= times
        self.loops -= 1

    def for_loop(self) -> None:
        """`for`, over a list that is often pending or changed inside."""
        if self.turns > _MOST_TURNS:
            return self.change_list()
        head, names = self.for_head()
        times = 3
        if self.long and self.turns == 1:
            index = Variable(self.fresh("i"), INT)
            head, names, times = f"for {index.name} in range({_LONG}) {{", (index,), _LONG
        with self.turning(times), self.block(head, *names):
            self.inner(4)
            if self.chance(3):
                self.leave()
        return None

    def for_head(self) -> tuple[str, tuple[Variable, ...]]:
        """`for … in … {` and what it declares."""
        form, shape = self.number(0, 9), self.pick(LISTS)
        if form == 0:
            names = Variable(self.fresh("i"), INT), Variable(self.fresh("x"), shape.inner)
            return f"for {names[0].name}, {names[1].name} in enumerate({self.short(shape, 1)}) {{", names
        if form == 1:
            names = Variable(self.fresh("x"), shape.inner), Variable(self.fresh("y"), INT)
            pairs = f"zip({self.short(shape, 1)}, {self.expression(ROW, 1)})"
            return f"for {names[0].name}, {names[1].name} in {pairs} {{", names
        if form == 5 and self.daring():
            names = Variable(self.fresh("x"), INT), Variable(self.fresh("y"), INT)
            return f"for {names[0].name}, {names[1].name} in {self.short(GRID, 1)} {{", names
        if form == 2:
            names = Variable(self.fresh("k"), STR), Variable(self.fresh("x"), INT)
            return f"for {names[0].name}, {names[1].name} in items({self.expression(TALLY, 1)}) {{", names
        if form == 3:
            key = Variable(self.fresh("k"), STR)
            return f"for {key.name} in {self.expression(self.pick((TALLY, BINS)), 1)} {{", (key,)
        if form == 4:
            char = Variable(self.fresh("c"), STR)
            return f"for {char.name} in {self.expression(STR, 1)}[:3] {{", (char,)
        item = Variable(self.fresh("x"), shape.inner)
        if form < 8:
            return f"for {item.name} in {self.short(shape, 1)} {{", (item,)
        item = Variable(self.fresh("i"), INT)
        return f"for {item.name} in range({self.number(2, 4)}) {{", (item,)

    def while_loop(self) -> None:
        """`while` with a counter, and mostly a condition that hangs on a model's answer."""
        if self.turns > _MOST_TURNS:
            return self.assign()
        count = Variable(self.fresh("n"), INT, fixed=True)
        self.line(f"let {count.name} = 0")
        self.scopes[-1].append(count)
        way, most = self.number(0, 3), self.number(2, 4)
        test = f"{count.name} < {most}" + (f" and {self.about(count, BOOL, 1)}" if way < 2 else "")
        forever = way == 2
        with self.turning(3), self.block(f"while {'true' if forever else test} {{"):
            self.line(f"{count.name} += 1")
            if forever:
                self.line(f"if {count.name} > {most} or {self.about(count, BOOL, 1)} {{ break }}")
            self.inner(4)
            if self.chance(3):
                self.leave()
        return None

    def attempt(self) -> None:
        """`try`, with something that may fail in its midst."""
        with self.block("try {"):
            self.guards += 1
            self.inner(2)
            if not self.chance(8):
                self.danger()
            self.inner(3)
            self.guards -= 1
        if self.chance(6):
            with self.block("} catch {"):
                self.inner(2)
            return
        error = Variable(self.fresh("e"), _ERROR)
        with self.block(f"}} catch {error.name} {{", error):
            self.handle(error.name)

    def danger(self) -> None:
        """A statement that may well fail."""
        shape = self.pick((INT, INT, ROW, STR, BOOL))
        target = self.variable(shape, changing=True)
        value = self.risk(shape, 1)
        if self.chance(4):
            with self.block(f"if {self.condition()} {{"):
                self.line(self.fail())
        elif self.chance(5):
            self.check()
        elif self.chance(6):
            asked = f"guess({self.text(1)})"
            self.line(f"let {self.declare(INT, asked).name}: int = {asked}")
        elif target is not None and self.chance(2):
            self.line(f"{target.name} = {value}")
        else:
            self.line(f"let {self.declare(shape, value).name} = {value}")

    def handle(self, error: str) -> None:
        """A handler: says what happened, goes on, gives up, or fails in its turn."""
        field = f"{error}.{self.pick(('kind', 'message', 'kind', 'message', 'where'))}"
        way = self.number(0, 7)
        target = self.variable(STR, changing=True)
        if way < 3:
            self.line(f"{self.pick(('print', 'warn'))}({field})")
        elif way == 3 and target is not None:
            self.line(f"{target.name} = {field}")
        elif way == 4:
            self.line(f'let {self.declare(INT).name} = score("{{{error}.message}}")')
        if self.chance(2) or way > 4:
            self.inner(2)
        if self.chance(3):
            self.line(self.way_out(error))

    def way_out(self, error: str | None = None) -> str:
        """`break`, `continue`, `return` or `fail`."""
        ways = ["fail"] if error or self.guards or (self.courage and self.chance(3)) else []
        if self.loops:
            ways += ["break", "continue"] * 2
        if self.result is not None:
            ways += ["return"] * 2
        if not ways:
            return f"print({self.expression(INT, 1)})"
        way = self.pick(ways)
        if way == "return":
            assert self.result is not None
            return f"return {self.expression(self.result, 1)}"
        if way == "fail":
            return f"fail {error}" if error and self.chance(2) else self.fail()
        return way

    def leave(self) -> None:
        """A way out under a condition, which mostly hangs on a model's answer."""
        if self.chance(4):
            with self.block(f"match {self.expression(LABEL)} {{"):
                with self.block(f'case "{self.pick(LABELS)}" {{'):
                    self.line(self.way_out())
                with self.block("case _ {"):
                    self.inner(1)
            return
        with self.block(f"if {self.condition()} {{"):
            if self.chance(3):
                self.inner(1)
            self.line(self.way_out())
