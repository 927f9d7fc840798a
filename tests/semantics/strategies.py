"""Whole programs as text, well typed, and made to find two names for one container wherever there can be two.

`programs()` gives texts in which every annotation stands between marks; `annotated` and `plain` turn them into the
program with and without its annotations, line for line the same.
"""

from __future__ import annotations

import re

from hypothesis import strategies as st

from .blocks import Blocks
from .shapes import SHAPES, Signature, Variable

_ANNOTATION = re.compile("\x01([^\x02]*)\x02")


def annotated(program: str) -> str:
    """The program with its annotations."""
    return _ANNOTATION.sub(r"\1", program)


def plain(program: str) -> str:
    """The program without annotations."""
    return _ANNOTATION.sub("", program)


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program."""
    return _Writer(draw).program()


class _Writer(Blocks):
    """Writes one program."""

    def program(self) -> str:
        """Functions of the file, then statements at the top level or in a function of their own."""
        if self.chance(3):
            self.constant()
        for _ in range(self.number(0, 2)):
            self.file_function()
        if self.chance(2):
            with self.function("fn whole() {", [], None):
                self.body()
                self.show()
            self.line("whole()")
        else:
            self.body()
            self.show()
        return "\n".join(self.lines) + "\n"

    def constant(self) -> None:
        """A `let` that functions of the file read."""
        shape = self.pick(SHAPES)
        name = self.fresh("table")
        self.line(f"let {name} = {self.literal(shape)}")
        self.scopes[0].append(Variable(name, shape, fixed=True))

    def body(self) -> None:
        """Some containers, and statements that mix them up."""
        for _ in range(self.number(1, 3)):
            self.let()
        while self.fuel > 0:
            if self.depth < 3 and self.chance(2):
                self.attempt()  # or the first index out of range would end most programs
            else:
                self.statement()

    def show(self) -> None:
        """Print every variable in sight."""
        seen = [v.name for scope in self.scopes for v in scope]
        self.line(f"print({', '.join(dict.fromkeys(seen))})" if seen else 'print("nothing")')

    def file_function(self) -> None:
        """A function of the file, which changes, keeps, returns or passes on its parameters."""
        name, fuel = self.fresh("f"), self.fuel
        params = [Variable(self.fresh("a"), self.pick(SHAPES)) for _ in range(self.number(1, 2))]
        result = self.pick((params[0].shape, params[-1].shape, self.pick(SHAPES)))
        written = ", ".join(f"{p.name}{self.annotation(p.shape)}" for p in params)
        answer = f"\x01 -> {result}\x02" if self.chance(2) else ""
        with self.function(f"fn {name}({written}){answer} {{", params, result):
            self.fuel = self.number(0, 5)
            while self.fuel > 0:
                self.statement()
            same = [p for p in params if p.shape == result]
            value = self.pick(same).name if same and self.chance(2) else self.expression(result, 1)
            self.line(f"return {value}")
        self.fuel = fuel
        self.functions.append(Signature(name, tuple(p.shape for p in params), result))
