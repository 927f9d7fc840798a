"""Whole programs as text: well typed, sure to end, and full of places where a value is not known yet."""

from __future__ import annotations

from hypothesis import strategies as st

from .blocks import FOCUSES
from .choices import Choices, Drawn, Seeded
from .mocking import Mocking
from .shapes import INT, ROW, SHAPES, Shape, Variable

ANYTHING = Shape("list", INT, "any")
_TEST = 8
"""The form of a program that is a test."""
_STATEMENTS = 7
"""The form of a program whose statements stand at the top level."""


@st.composite
def drawn_programs(draw: st.DrawFn) -> str:
    """Programs of which hypothesis makes every choice: it tries corners that chance does not, and repeats itself."""
    return write_program(Drawn(draw))


def programs(focus: str = "") -> st.SearchStrategy[str]:
    """Programs of which hypothesis draws the seed: as many different ones as examples, and ten times as fast.

    `focus` is one of `blocks.FOCUSES`. What fails is made small by `shrinking.py`.
    """
    return st.integers(0, 2**48).map(lambda seed: write_program(Seeded(seed), focus))


def mocked_programs(focus: str) -> st.SearchStrategy[str]:
    """Programs that are a test with mocks."""
    return st.integers(0, 2**48).map(lambda seed: _Writer(Seeded(seed), focus).program(_TEST))


def session_programs(focus: str) -> st.SearchStrategy[str]:
    """Programs that are statements at the top level, which a session can be given one by one."""
    return st.integers(0, 2**48).map(lambda seed: _Writer(Seeded(seed), focus).program(_STATEMENTS))


def seeded_program(seed: int) -> str:
    """The program of a seed."""
    return write_program(Seeded(seed), FOCUSES[seed % len(FOCUSES)])


def write_program(choices: Choices, focus: str = "") -> str:
    """A program that these choices make."""
    return _Writer(choices, focus).program()


class _Writer(Mocking):
    """Writes one program."""

    def program(self, form: int | None = None) -> str:
        """Constants and functions, then statements at the top level, in a task, or in a test."""
        form = self.number(0, _TEST) if form is None else form
        if self.imports:
            self.line('import "./helpers.plan" as helpers')
        for _ in range(self.number(0, 2) if form < _TEST else 0):
            self.constant()
        for _ in range(self.number(0, 2)):
            self.recursive_function() if self.chance(4) else self.file_function()
        if form < 4:
            self.task()
        elif form == _TEST:
            self.test()
        else:
            self.body()
            self.line(f"print({self.everything()})")
            if any(line.startswith("task ") for line in self.lines):
                self.line(f"task main() -> int {{ return {self.number(0, 4)} }}")
        return "\n".join(self.lines) + "\n"

    def constant(self) -> None:
        """A `let` that functions read."""
        shape = self.pick(SHAPES)
        value = self.expression(shape, 1)
        name = self.fresh("K")
        self.line(f"let {name}{self.annotation(shape)} = {value}")
        self.scopes[0].append(Variable(name, shape, fixed=True))

    def task(self) -> None:
        """A task that gives back all that it knows."""
        with self.function("task main() -> list[any] {", [], ANYTHING):
            self.body()
            self.line(f"return [{self.everything()}]")

    def test(self) -> None:
        """A test in which some functions are replaced."""
        with self.block('test "generated" {'):
            self.testing = True
            for _ in range(self.number(0, 3)):
                self.mock()
            self.body()
            self.line(f"print({self.everything()})")

    def body(self) -> None:
        """Some variables, and statements that mix them up."""
        self.fuel = self.number(3, self.pick((6, 12, 18)))
        for shape in (INT, ROW, self.pick(SHAPES)):
            value = self.expression(shape, 1)
            self.line(f"let {self.declare(shape, value).name} = {value}")
        while self.fuel > 0:
            self.statement()

    def everything(self) -> str:
        """Every variable in sight that can be shown."""
        seen = [v.name for scope in self.scopes for v in scope if v.shape.kind not in ("function", "error")]
        return ", ".join(dict.fromkeys(seen)) or "0"
