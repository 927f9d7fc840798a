"""Simple statements of generated programs: what declares, assigns, changes, shows, writes and fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from .choices import Choices
from .expressions import Expressions
from .shapes import (
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
    SHAPES,
    STR,
    TALLY,
    Shape,
    Variable,
)  # fmt: skip

_NAME = re.compile(r"\w+")


class Statements(Expressions):
    """Writes statements line by line."""

    def __init__(self, choices: Choices, focus: str = "") -> None:
        super().__init__(choices)
        self.focus = focus
        self.lines: list[str] = []
        self._starts = [0]
        """Where each open block begins."""
        self.depth = 0
        self.fuel = 0
        self.loops = 0
        """Loops around the statement, in its function."""
        self.turns = 1
        """How often the statement may run because of them."""
        self.result: Shape | None = None
        """What the function in hand gives back; None at the top level."""

    # --- lines and scopes --------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append("  " * self.depth + text)

    @contextmanager
    def block(self, head: str, *bound: Variable, end: str = "}") -> Iterator[None]:
        """A block with its own scope; a head that begins with `}` goes on the line of the block before."""
        if head.startswith("}"):
            self.lines.pop()
        self.line(head)
        self.depth += 1
        self.scopes.append(list(bound))
        self._starts.append(len(self.lines))
        known = len(self.local)
        yield
        self._starts.pop()
        del self.local[known:]
        self.scopes.pop()
        self.depth -= 1
        self.line(end)

    def declare(self, shape: Shape, value: str = "", *, fixed: bool = False, prefix: str = "v") -> Variable:
        """A new variable in the innermost scope, sometimes under the name of one further out.

        `value` is its initialiser, which does not see it.
        """
        name = self.hiding(value) if self.chance(12) else self.fresh(prefix)
        variable = Variable(name, shape, fixed)
        self.scopes[-1].append(variable)
        return variable

    def hiding(self, value: str) -> str:
        """The name of a variable further out that the block in hand has not used; a fresh one where there is none."""
        here = {v.name for v in self.scopes[-1]}
        used = set(_NAME.findall(value + "\n".join(self.lines[self._starts[-1] :])))
        outside = [v.name for scope in self.scopes[1:-1] for v in scope if v.name[0] == "v"]
        among = [name for name in outside if name not in here and name not in used]
        return self.pick(among) if among else self.fresh("v")

    def annotation(self, shape: Shape) -> str:
        """`: T` or nothing."""
        return f": {shape.text}" if shape.text and self.chance(4) else ""

    # --- variables ---------------------------------------------------------------------------------------

    def let(self) -> None:
        """`let v = e`."""
        shape = self.pick(SHAPES)
        value = self.expression(shape)
        annotation = self.annotation(shape)
        self.line(f"let {self.declare(shape, value).name}{annotation} = {value}")

    def let_function(self) -> None:
        """`let f = fn(x) => …`."""
        value = self.function_value(1)
        self.line(f"let {self.declare(FUNCTION, fixed=True, prefix='f').name} = {value}")

    def unpack(self) -> None:
        """`let a, b = pair`."""
        shape = self.pick((INT, INT, STR, LABEL))
        value = f"[{self.twice(shape, 1, ', ')}]"
        if shape == INT and self.daring():
            value = self.expression(ROW, 1)
        first, second = self.declare(shape, value), self.declare(shape, value)
        self.line(f"let {first.name}, {second.name} = {value}")

    def assign(self) -> None:
        """`v = e` or `v += e`."""
        shape = self.pick(SHAPES)
        target = self.variable(shape, changing=True)
        if target is None:
            self.let()
        elif shape == INT and self.chance(2):
            self.line(f"{target.name} {self.pick('+-')}= {self.expression(INT)}")
        elif shape == STR and self.chance(2):
            self.line(f"{target.name} += {self.leaf(STR)}")
        elif shape == ROW and self.chance(2):
            self.line(f"{target.name} += [{self.expression(INT, 1)}]")
        else:
            self.line(f"{target.name} = {self.expression(shape)}")

    # --- parts -------------------------------------------------------------------------------------------

    def change_list(self) -> None:
        """A changing method of a list."""
        shape = self.pick(LISTS)
        target = self.variable(shape, changing=True)
        if target is None:
            value = self.expression(shape)
            self.line(f"let {self.declare(shape, value).name} = {value}")
        elif self.chance(4) and (self.guards or self.courage):
            taking = self.pick(("pop()", "pop(0)", "remove(0)", f"pop({self.expression(INT, 1)})", "clear()"))
            self.line(f"{target.name}.{taking}")
        else:
            self.add_to(target.name, shape)

    def add_to(self, place: str, shape: Shape) -> None:
        """`push`, `insert` or `extend`."""
        way = self.number(0, 7)
        if way == 0:
            self.line(
                f"{place}.insert({self.pick(('0', '1', self.expression(INT, 1)))}, {self.expression(shape.inner)})"
            )
        elif way == 1:
            self.line(f"{place}.extend({self.expression(shape, 1)}[:2])")
        else:
            self.line(f"{place}.push({self.expression(shape.inner)})")

    def change_tally(self) -> None:
        """Assign to an entry of a dict, or count in it."""
        target = self.variable(TALLY, changing=True)
        if target is None:
            value = f"{{red: 0, green: {self.leaf(INT)}, blue: 0}}"
            self.line(f"let {self.declare(TALLY, value).name} = {value}")
            return
        key = self.pick((self.expression(LABEL), f"color({self.text(1)})", f'"{self.pick(LABELS)}"'))
        place = f"{target.name}[{key}]"
        way = self.number(0, 7)
        if way == 0 and (self.guards or self.courage):
            self.line(f"{target.name}.remove({key})")
        elif way < 3:
            self.line(f"{place} = {self.expression(INT)}")
        elif way < 5 and self.daring():
            self.line(f"{place} += {self.expression(INT, 1)}")
        else:
            self.line(f"{place} = ({place} ?? 0) + {self.expression(INT, 1)}")

    def change_part(self) -> None:
        """Change something inside a container."""
        shape = self.pick((GRID, BINS, RECORD, RECORDS, ROW))
        target = self.variable(shape, changing=True)
        if target is None:
            value = self.literal(shape)
            self.line(f"let {self.declare(shape, value).name} = {value}")
            return
        name = target.name
        index = self.pick(("0", "-1", self.expression(INT, 1))) if self.daring() else None
        if shape == RECORD:
            field = self.pick((("score", INT), ("ok", BOOL), ("label", LABEL)))
            op = self.pick(("=", "+=", "-=")) if field[1] == INT else "="
            self.line(f"{name}.{field[0]} {op} {self.expression(field[1])}")
        elif shape == BINS:
            key = self.expression(LABEL, 1)
            if index is None:
                self.line(f"{name}[{key}] = ({name}[{key}] ?? []) + [{self.expression(INT, 1)}]")
            else:
                self.add_to(f"{name}[{key}]", ROW)
        elif index is None:
            inside = f"{self.expression(INT, 1)} % len({name})"
            self.line(f"if len({name}) > 0 {{ {self.element_change(f'{name}[{inside}]', shape.inner)} }}")
        else:
            self.line(self.element_change(f"{name}[{index}]", shape.inner))

    def element_change(self, place: str, shape: Shape) -> str:
        """Change an element of a list."""
        if shape == ROW and self.chance(2):
            return f"{place}.push({self.expression(INT, 1)})"
        if shape == RECORD and self.chance(2):
            return f"{place}.score += {self.expression(INT, 1)}"
        if shape == INT and self.chance(2):
            return f"{place} += {self.expression(INT, 1)}"
        return f"{place} = {self.expression(shape, 1)}"

    # --- the world ---------------------------------------------------------------------------------------

    def show(self) -> None:
        """`print` or `warn`."""
        shapes = [s for s in SHAPES if self.visible(s)] or [INT]
        parts = [self.expression(self.pick(shapes), 1) for _ in range(self.number(1, 2))]
        name = self.pick(("print", "print", "print", "warn"))
        ends = self.pick(("", "", "", ', sep="|"', ', end=";"')) if name == "print" else ""
        self.line(f"{name}({', '.join(parts if name == 'print' else parts[:1])}{ends})")

    def save(self) -> None:
        """`write` or `append`."""
        known = self.existing_path(1).replace('"in/', '"out/')
        path = self.pick((known, f'"out/{self.pick("xyz")}.txt"', '"out/alias.txt"'))
        if self.daring():
            path = self.pick((f'"in/{self.pick(LABELS)}.txt"', f'"out/{{{self.expression(INT, 1)}}}.txt"'))
        self.line(f"{self.pick(('write', 'append'))}({path}, {self.expression(STR)})")

    def look(self) -> None:
        """Keep what a file or folder holds."""
        if self.daring():
            self.line(f'let {self.declare(STR).name} = read("out/{self.pick("xyz")}.txt")')
            return
        way = self.number(0, 3)
        if way == 0:
            self.line(f'let {self.declare(INT).name} = len(list_dir("out"))')
        elif way == 1:
            self.line(f"print(read({self.existing_path(1)}))")
        else:
            value = f"read({self.existing_path(1)}).strip()[:9]"
            self.line(f"let {self.declare(STR, value).name} = {value}")

    def ask_aside(self) -> None:
        """A call whose answer nobody uses."""
        known = [*self.functions, *self.local]
        if known and self.chance(2):
            self.line(self.call(self.pick(known), 1))
        else:
            name = "risky" if self.daring() else self.pick(("reply", "score", "record"))
            self.line(f"{name}({self.text(1)})")

    # --- failing -----------------------------------------------------------------------------------------

    def fail(self) -> str:
        """A `fail` statement."""
        errors = [v.name for scope in self.scopes for v in scope if v.shape.kind == "error"]
        if errors and self.chance(3):
            return f"fail {self.pick(errors)}"
        if self.chance(3):
            return f'fail {{kind: "own", message: "m{{{self.expression(INT, 1)}}}", data: {self.expression(ROW, 1)}}}'
        return f"fail {self.expression(STR, 1)}"

    def check(self) -> None:
        """`assert`."""
        if not self.guards and not self.daring():
            return self.show()
        self.line(f"assert {self.expression(BOOL)}{self.pick(('', ', ' + self.expression(STR, 1)))}")
        return None
