"""Expressions of generated programs, each of a wanted shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st

from .shapes import GRID, INT, ROW, STR, Shape, Signature, Variable, dicts, lists, paths

T = TypeVar("T")


class Expressions:
    """Chooses, by what hypothesis draws, among the expressions that fit."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.scopes: list[list[Variable]] = [[]]
        self.functions: list[Signature] = []
        self.local: list[Signature] = []
        self.count = 0

    # --- choices -----------------------------------------------------------------------------------------

    def number(self, low: int, high: int) -> int:
        """An int between the two, both included."""
        return self.draw(st.integers(low, high))

    def pick(self, among: Sequence[T]) -> T:
        """One of several."""
        return among[self.number(0, len(among) - 1)]

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.number(1, one_in) == one_in

    def fresh(self, prefix: str) -> str:
        """A name that is new in the program."""
        self.count += 1
        return f"{prefix}{self.count}"

    def visible(self) -> list[Variable]:
        """The variables in sight, innermost first; those that are hidden by others are left out."""
        found: dict[str, Variable] = {}
        for scope in reversed(self.scopes):
            for variable in reversed(scope):
                found.setdefault(variable.name, variable)
        return list(found.values())

    def variable(self, fits: Callable[[Variable], bool]) -> Variable | None:
        """A variable in sight."""
        among = [v for v in self.visible() if fits(v)]
        return self.pick(among) if among else None

    def callable(self) -> list[Signature]:
        """The functions in sight."""
        return [*self.functions, *self.local]

    # --- expressions -------------------------------------------------------------------------------------

    def expression(self, shape: Shape, depth: int) -> str:
        """An expression of `shape` with about `depth` levels."""
        options: list[Callable[[], str]] = [lambda: self.literal(shape)]
        reachable = [v for v in self.visible() if paths(v.shape, shape)]
        if reachable:
            options = [lambda: self.path_from(self.pick(reachable), shape)] * (4 if depth else 8)
            options.append(lambda: self.literal(shape))
        if depth > 0:
            options += self.compound(shape, depth - 1)
        return self.pick(options)()

    def compound(self, shape: Shape, depth: int) -> list[Callable[[], str]]:
        """Ways to make a `shape` out of other values."""

        def of(wanted: Shape) -> str:
            return self.expression(wanted, depth)

        made: list[Callable[[], str]] = [
            lambda: f"(if {self.condition()} then {of(shape)} else {of(shape)})",
            lambda: f"({self.missing(shape)} ?? {of(shape)})",
            lambda: f"first({of(lists(shape))}, default={of(shape)})",
            lambda: f'get({of(dicts(shape))}, "{self.pick("abc")}", {of(shape)})',
        ]
        fitting = [s for s in self.callable() if s.result == shape]
        if fitting:
            made += [lambda: self.call(self.pick(fitting), depth)] * 3
        popped = self.popped(shape)
        if popped:
            made += [lambda: popped] * 2
        if shape.kind == "list":
            made += self.list_options(shape, of)
        elif shape.kind == "dict":
            made += self.dict_options(shape, of)
        elif shape == INT:
            made += [
                lambda: f"({of(INT)} {self.pick(('+', '-', '*'))} {of(INT)})",
                lambda: f"({of(INT)} {self.pick(('//', '%'))} {of(INT)})",
                lambda: f"len({of(self.pick((ROW, GRID)))})",
                lambda: f"sum({of(ROW)})",
            ]
        else:
            made += [
                lambda: f"({of(STR)} + {of(STR)})",
                lambda: f'"<{{{of(self.pick((INT, ROW, STR, dicts(INT))))}}}>"',
                lambda: f'join({of(lists(STR))}, "-")',
                lambda: f"{of(STR)}.upper()",
            ]
        return made

    def list_options(self, shape: Shape, of: Callable[[Shape], str]) -> list[Callable[[], str]]:
        """Ways to make a list."""
        part = shape.inner
        x = self.fresh("x")
        made: list[Callable[[], str]] = [
            lambda: f"[{of(part)}, {of(part)}]",
            lambda: f"[...{of(shape)}, {of(part)}]",
            lambda: f"[{of(part)}, ...{of(shape)}]",
            lambda: f"({of(shape)} + {of(shape)})",
            lambda: f"({of(shape)} * {self.number(0, 2)})",
            lambda: f"{self.slice_of(shape)}",
            lambda: f"[{x} for {x} in {of(shape)}]",
            lambda: f"[{x} for {x} in {of(shape)} if {self.condition()}]",
            lambda: self.comprehension(shape, of),
            lambda: f"map({of(shape)}, fn({x}) => {x})",
            lambda: f"filter({of(shape)}, fn({x}) => {self.condition()})",
            lambda: f"reversed({of(shape)})",
            lambda: f"values({of(dicts(part))})",
            lambda: f"flatten({of(lists(shape))})",
            lambda: f"unique({of(shape)})",
            lambda: f"reduce({of(lists(shape))}, fn(acc, {x}) => acc + {x}, {of(shape)})",
            lambda: self.folded(shape, of),
        ]
        if part.kind == "list" or part in (INT, STR):
            made.append(lambda: f"sorted({of(shape)}, key=fn({x}) => {f'len({x})' if part != INT else f'-{x}'})")
        if part.kind == "list":
            made += [lambda: f"chunks({of(part)}, 2)", lambda: f"max([{of(shape)}], key=fn({x}) => len({x}))"]
        if shape == ROW:
            made += [lambda: f"range({self.number(0, 3)})", lambda: f"sorted({of(ROW)})"]
        return made

    def comprehension(self, shape: Shape, of: Callable[[Shape], str]) -> str:
        """A comprehension over two lists whose element is made from both."""
        x, y = Variable(self.fresh("x"), shape.inner, fixed=True), Variable(self.fresh("y"), shape.inner, fixed=True)
        first, second = of(shape), of(shape)
        self.scopes.append([x, y])
        element = of(shape.inner)
        self.scopes.pop()
        return f"[{element} for {x.name} in {first} for {y.name} in {second}]"

    def folded(self, shape: Shape, of: Callable[[Shape], str]) -> str:
        """`reduce` with a function that changes what it carries."""
        x = self.fresh("x")
        keep = self.pick((f"acc.push({x})", f"acc.insert(0, {x})"))
        return f"reduce({of(shape)}, fn(acc, {x}) {{ {keep}; return acc }}, {of(shape)})"

    def dict_options(self, shape: Shape, of: Callable[[Shape], str]) -> list[Callable[[], str]]:
        """Ways to make a dict."""
        part = shape.inner
        k, x = self.fresh("k"), self.fresh("x")
        made: list[Callable[[], str]] = [
            lambda: f"{{a: {of(part)}, b: {of(part)}}}",
            lambda: f"{{...{of(shape)}, {self.pick('abc')}: {of(part)}}}",
            lambda: f"{{{k}: {x} for {k}, {x} in items({of(shape)})}}",
            lambda: f"merge({of(shape)}, {of(shape)})",
            lambda: f'without({of(shape)}, ["{self.pick("abc")}"])',
            lambda: f'pick({of(shape)}, ["a", "b"])',
        ]
        if part.kind == "list":
            made.append(lambda: f'group_by({of(part)}, fn({x}) => "{self.pick("abc")}")')
        return made

    def call(self, signature: Signature, depth: int) -> str:
        """A call of a function of the program."""
        return f"{signature.name}({', '.join(self.expression(s, depth) for s in signature.params)})"

    def popped(self, shape: Shape) -> str:
        """An element taken out of a list in the midst of an expression; "" where there is no such list."""
        holders = [v for v in self.visible() if not v.fixed and paths(v.shape, lists(shape))]
        if not holders:
            return ""
        return f"{self.path_from(self.pick(holders), lists(shape))}.{self.pick(('pop()', 'pop(0)', 'remove(-1)'))}"

    def slice_of(self, shape: Shape) -> str:
        """`xs[a:b]`."""
        ends = self.pick(("", "0", "1", "-1")), self.pick(("", "1", "2", "-1"))
        return f"{self.expression(shape, 0)}[{ends[0]}:{ends[1]}]"

    def missing(self, shape: Shape) -> str:
        """A path that may lead nowhere."""
        holders = [v for v in self.visible() if v.shape.is_container and shape in (v.shape, v.shape.part)]
        if not holders:
            return self.literal(shape)
        holder = self.pick(holders)
        if holder.shape == shape:
            return holder.name
        return (
            f"{holder.name}[{self.number(-2, 5)}]"
            if holder.shape.kind == "list"
            else f"{holder.name}.{self.pick('abcd')}"
        )

    def path_from(self, variable: Variable, wanted: Shape) -> str:
        """A path from a variable to a part of the wanted shape."""
        text = variable.name
        for shape in self.pick(paths(variable.shape, wanted)):
            if shape.kind == "dict":
                key = self.pick("aab")
                text += self.pick((f".{key}", f'["{key}"]'))
            else:
                text += f"[{self.index()}]"
        return text

    def index(self) -> str:
        """A small int, mostly one that fits."""
        if self.chance(5):
            counters = [v.name for v in self.visible() if v.shape == INT]
            if counters:
                return self.pick(counters)
        return self.pick(("0", "0", "0", "-1", "-1", "1"))

    def condition(self) -> str:
        """A bool."""
        one = self.variable(lambda v: v.shape.kind in ("list", "dict"))
        other = self.variable(lambda v: one is not None and v.shape == one.shape)
        if one is None or other is None or self.chance(4):
            return self.pick(("true", "1 < 2", "len([1]) > 1", "not false"))
        return self.pick(
            (
                f"len({one.name}) > {self.number(0, 3)}", f"{one.name} == {other.name}", f"len({one.name}) < 3",
                f"{one.name} != {other.name} and len({other.name}) > 1", f"len({one.name}) % 2 == 0",
            )
        )  # fmt: skip

    def literal(self, shape: Shape, most: int = 2) -> str:
        """A literal."""
        if shape == INT:
            return str(self.number(0, 4))
        if shape == STR:
            return f'"{self.pick("xyz")}"'
        if shape.kind == "list":
            count = self.number(0 if self.chance(8) else 1, most)
            return f"[{', '.join(self.literal(shape.inner) for _ in range(count))}]"
        return f"{{{', '.join(f'{k}: {self.literal(shape.inner)}' for k in 'ab')}}}"
