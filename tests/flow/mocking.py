"""Mocks in the tests of generated programs: of models, standard functions, and functions of the program."""

from __future__ import annotations

from .blocks import Blocks
from .shapes import BOOL, INT, LABEL, ROW, STR, Shape

_MODELS = {"score": INT, "risky": INT, "color": LABEL, "holds": BOOL, "reply": STR}
_STANDARD = {"len": INT, "sum": INT, "abs": INT, "any": BOOL, "all": BOOL, "upper": STR, "read": STR, "count": INT}
_HELPERS = {"helpers.grade": INT, "helpers.warm": LABEL}
_ANSWERS: dict[Shape, tuple[str, ...]] = {
    INT: ("3", "far_score({})", "far_score({}) + 1", "(maybe({}) ?? 2)", "record({}).score"),
    STR: ('"told"', "join(wording({}))", "record({}).label", 'type_of(guess("ab"))'),
    BOOL: ("true", "record({}).ok", "far_score({}) < 5", "maybe({}) == none"),
    LABEL: ('"red"', "record({}).label"),
    ROW: ("[1, 2]", "numbers({})", "[far_score({}), 1]"),
}
"""What mocks answer, given a text. None of it is mocked itself, so that no mock calls itself."""


class Mocking(Blocks):
    """Writes tests."""

    testing = False
    """Whether the statement in hand stands in a test."""

    def statement(self) -> None:
        """Any statement; in a test now and then a mock, more rarely in a block of it."""
        if self.testing and self.result is None and self.chance(16 if self.depth == 1 else 60):
            self.fuel -= 1
            self.mock()
        else:
            super().statement()

    def mock(self) -> None:
        """`mock f = …`: something answers for a function from here on."""
        if self.chance(6):
            body = self.pick(('warn("shown", x)', 'append("out/log.txt", "{x}")', "far_score(str(x))"))
            self.line(f"mock print = fn(x) {{ {body} }}")
            return
        results = dict(self.pick((_MODELS, _MODELS, _STANDARD, _HELPERS if self.imports else _MODELS)))
        results |= {f.name: f.result for f in self.functions if f.result in _ANSWERS}
        name = self.pick(list(results))
        self.line(f"mock {name} = {self.answers(results[name])}")

    def answers(self, shape: Shape) -> str:
        """What answers: a list, a function, or a function under another name."""
        if self.chance(3):
            answers = [self.answer(shape, '"ab"') for _ in range(self.number(1, 9))]
            return f"[{', '.join(answers)}]"
        if self.chance(10):
            other = self.answer(shape, '"c"')
            return {INT: "far_score", ROW: "numbers"}.get(shape, f"fn() => {other}")
        made = self.answer(shape, '"{x}"')
        if self.chance(4):
            return f'fn(x, model="{self.pick("ab")}") => {made}'
        first = self.pick(("", "", 'warn("asked", x); ', 'if far_score("{x}") > 7 { fail "mocked" }; '))
        return f"fn(x) {{ {first}return {made} }}" if first else f"fn(x) => {made}"

    def answer(self, shape: Shape, text: str) -> str:
        """One answer, perhaps what a variable holds."""
        known = self.visible(shape)
        if known and self.chance(5):
            return self.pick(known).name
        return self.pick(_ANSWERS[shape]).format(text)
