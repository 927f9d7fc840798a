"""The small parts of expressions: literals, calls of models and functions, paths, and what may fail."""

from __future__ import annotations

from .picking import Picking
from .shapes import (
    ANY,
    BINS,
    BOOL,
    FUNCTION,
    GRID,
    INT,
    LABEL,
    LABELS,
    LISTS,
    RECORD,
    RECORDS,
    ROW,
    STR,
    TAGS,
    TALLY,
    TEXTUAL,
    WORDS,
    Shape,
    Signature,
)

_WORD = ("a", "b", "c", "d")
MODELS: dict[Shape, tuple[str, ...]] = {
    INT: ("score", "score", "score", "far_score"),
    STR: ("reply",),
    BOOL: ("holds",),
    LABEL: ("color",),
    RECORD: ("record",),
    ROW: ("numbers",),
    WORDS: ("wording",),
    ANY: ("guess",),
}
"""Which models answer with a shape."""


class Parts(Picking):
    """Writes small parts."""

    def twice(self, shape: Shape, depth: int, between: str) -> str:
        """Two expressions of the same shape."""
        return f"{self.expression(shape, depth)}{between}{self.expression(shape, depth)}"

    def leaf(self, shape: Shape, depth: int = 0) -> str:
        """A literal or a model call about something short."""
        model = MODELS.get(shape)
        if model is None or self.chance(4):
            return self.literal(shape)
        return f"{self.pick(model)}({self.text(min(depth, 0))})"

    def text(self, depth: int) -> str:
        """What a model is asked about."""
        if depth < 0 or (depth == 0 and self.chance(3)):
            return f'"{self.pick(_WORD)}"'
        known = [v for shape in TEXTUAL for v in self.visible(shape)]
        if known and not self.chance(4):
            return f'"{self.pick(("", "", self.pick(_WORD)))}{{{self.pick(known).name}}}"'
        return self.expression(STR, depth - 1) if self.chance(2) else f'"{{{self.expression(INT, depth - 1)}}}"'

    def literal(self, shape: Shape) -> str:
        """A literal; its parts may be calls."""
        if shape == INT:
            return str(self.number(0, 4))
        if shape == STR:
            return f'"{self.pick(_WORD)}"'
        if shape == BOOL:
            return self.pick(("true", "false"))
        if shape == LABEL:
            return f'"{self.pick(LABELS)}"'
        if shape == RECORD:
            return f"{{label: {self.leaf(LABEL)}, score: {self.leaf(INT)}, ok: {self.leaf(BOOL)}}}"
        if shape == FUNCTION:
            return self.function_value(0)
        if shape == ANY:
            return f"from_json('{self.pick(('null', '1', '2.5', '[1, 2]'))}')"
        if shape.kind == "list":
            return f"[{', '.join(self.leaf(shape.inner) for _ in range(self.number(1, 3)))}]"
        return f"{{{', '.join(f'{label}: {self.leaf(shape.inner)}' for label in LABELS)}}}"

    def path(self, shape: Shape, depth: int) -> str:
        """A path that may lead nowhere, for `??`."""
        holders = {INT: (ROW, TALLY), STR: (WORDS,), LABEL: (TAGS,), RECORD: (RECORDS,), ROW: (GRID, BINS)}[shape]
        holder = self.variable(self.pick(holders)) or self.variable(holders[0])
        if holder is None:
            return self.expression(shape, depth)
        if holder.shape.kind == "list":
            return f"{holder.name}[{self.expression(INT, depth)}]"
        return f"{holder.name}[{self.expression(LABEL, depth)}]"

    def record_path(self, depth: int) -> str:
        """A record, found somewhere."""
        known = self.variable(RECORD)
        return known.name if known and not self.chance(3) else f"record({self.text(depth)})"

    def slice_of(self, shape: Shape, depth: int) -> str:
        """`xs[a:b]`."""
        start = self.pick(("", "0", "1", "-1", self.expression(INT, depth)))
        stop = self.pick(("", "1", "2", "-1", self.expression(INT, depth)))
        return f"{self.expression(shape, 0)}[{start}:{stop}]"

    def popped(self, shape: Shape) -> str:
        """An element taken out of a list in the midst of an expression; "" where there is no such list."""
        holders = [v for kind in LISTS if kind.inner == shape for v in self.visible(kind, changing=True)]
        if not holders or not (self.guards or self.courage):
            return ""
        return f"{self.pick(holders).name}.{self.pick(('pop()', 'pop(0)', 'remove(-1)'))}"

    def existing_path(self, depth: int) -> str:
        """The path of a file that is there, in a text that may be pending."""
        label = self.pick(LABELS) if self.chance(2) else f"{{{self.expression(LABEL, depth)}}}"
        return f'"{self.pick(("in", "out", "out"))}/{label}.txt"'

    def call(self, signature: Signature, depth: int) -> str:
        """A call of a function of the program."""
        given = [self.expression(s, depth) for s in signature.params]
        if signature.bounded:
            given[0] = self.pick(("1", "2", f"({given[0]} % 3)"))
        elif self.daring() and self.chance(3):
            given[self.number(0, len(given) - 1)] = f"guess({self.text(0)})"
        if signature.names and self.chance(5):
            given[-1] = f"{signature.names[-1]}={given[-1]}"
        return f"{signature.name}({', '.join(given)})"

    def risk(self, shape: Shape, depth: int) -> str:
        """An expression that may fail; "" where there is none of this shape."""
        text = self.text(depth)
        if shape == INT:
            numerator, row = self.expression(INT, depth), self.visible(ROW)
            options = [
                f"risky({text})", f"risky({text})", f"risky({text})", f"(guess({text}) + 1)", f"guess({text}).score",
                f"({numerator} {self.pick(('//', '%'))} {self.expression(INT, depth)})", f"int(reply({text}))",
                f"first({self.expression(ROW, depth)})",
            ]  # fmt: skip
            if self.imports:
                options += [f"helpers.strict({text})"] * 2
            if row:
                options += [f"{self.pick(row).name}[{self.expression(INT, depth)}]"] * 2
            return self.pick(options)
        if shape == STR:
            return self.pick((f"guess({text}).upper()", f'read("out/{{{text}}}.txt")', f'(guess({text}) + "x")'))
        if shape == BOOL:
            return self.pick((f"(guess({text}) > 2)", f"(risky({text}) > 4)", f"(not guess({text}))"))
        if shape == ROW:
            return self.pick(
                (f"[risky({text}), 1]", f"[x + 1 for x in guess({text})]", f"values({{a: risky({text})}})")
            )
        return ""

    def function_value(self, depth: int) -> str:
        """A function from int to int."""
        raise NotImplementedError
