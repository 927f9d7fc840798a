"""`if` and `match` of generated programs."""

from __future__ import annotations

from .shapes import (
    ANY,
    BOOL,
    INT,
    LABEL,
    LABELS,
    RECORD,
    ROW,
    Shape,
    Variable,
)
from .statements import Statements


class Branches(Statements):
    """Writes statements that choose."""

    def inner(self, most: int = 3) -> None:
        """Some statements of a block."""
        for _ in range(self.number(1, most)):
            self.statement()

    def statement(self) -> None:
        """Any statement."""
        raise NotImplementedError

    def branch(self) -> None:
        """`if`, with `else if` and `else`."""
        with self.block(f"if {self.condition()} {{"):
            self.inner()
        if self.chance(4):
            with self.block(f"}} else if {self.condition()} {{"):
                self.inner(2)
        if self.chance(2):
            with self.block("} else {"):
                self.inner()

    def condition(self) -> str:
        """A bool that mostly hangs on a model's answer."""
        return f"holds({self.text(1)})" if self.chance(3) else self.expression(BOOL)

    def match(self) -> None:
        """`match`."""
        ways = (self.match_label, self.match_label, self.match_int, self.match_list, self.match_record, self.match_any)
        self.pick(ways)()

    def match_label(self) -> None:
        """By label; now and then without a case for all."""
        with self.block(f"match {self.expression(LABEL)} {{"):
            first, second = self.pick((("red", "green"), ("blue", "red"), ("green", "blue")))
            either = f' | "{second}"' if self.chance(3) else ""
            guard = f" if {self.condition()}" if self.chance(4) else ""
            with self.block(f'case "{first}"{either}{guard} {{'):
                self.inner()
            if not either and self.chance(2):
                with self.block(f'case "{second}" {{'):
                    self.inner(2)
            self.rest(LABEL)

    def match_int(self) -> None:
        """By number."""
        with self.block(f"match {self.expression(INT)} {{"):
            with self.block(f"case {self.number(0, 4)} | {self.number(5, 9)} {{"):
                self.inner()
            name = Variable(self.fresh("p"), INT)
            with self.block(f"case {name.name} if {name.name} > {self.leaf(INT)} {{", name):
                self.inner()
            self.rest(INT)

    def match_list(self) -> None:
        """By length."""
        known = self.variable(ROW)
        subject = known.name if known and self.chance(2) else f"numbers({self.text(1)})"
        with self.block(f"match {subject} {{"):
            for count in (1, 2):
                names = [Variable(self.fresh("p"), INT) for _ in range(count)]
                guard = f" if {self.condition()}" if self.chance(4) else ""
                with self.block(f"case [{', '.join(n.name for n in names)}]{guard} {{", *names):
                    self.inner(2)
            self.rest(ROW)

    def match_record(self) -> None:
        """By field."""
        with self.block(f"match {self.expression(RECORD)} {{"):
            found = Variable(self.fresh("p"), INT)
            guard = f" if {found.name} > {self.number(1, 8)}" if self.chance(2) else ""
            with self.block(f'case {{label: "{self.pick(LABELS)}", score: {found.name}}}{guard} {{', found):
                self.inner()
            with self.block(f"case {{ok: {self.pick(('true', 'false'))}}} {{"):
                self.inner(2)
            self.rest(RECORD)

    def match_any(self) -> None:
        """By what it is."""
        cases = (("none", ()), ("[a, b]", "ab"), ('"text" | 2.5', ()), ("{score: s}", "s"), ("1 | 2 | 3", ()))
        with self.block(f"match {self.expression(ANY)} {{"):
            for _ in range(self.number(1, 2)):
                pattern, names = self.pick(cases)
                bound = [Variable(name, ANY) for name in names]
                guard = f" if {self.condition()}" if self.chance(4) else ""
                with self.block(f"case {pattern}{guard} {{", *bound):
                    self.inner(2)
            self.rest(ANY)

    def rest(self, shape: Shape) -> None:
        """The case for everything else."""
        if self.chance(2):
            with self.block("case _ {"):
                self.inner(2)
        else:
            whole = Variable(self.fresh("p"), shape)
            with self.block(f"case {whole.name} {{", whole):
                self.inner(2)
