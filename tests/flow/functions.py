"""Functions and tasks of generated programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .loops import Loops
from .shapes import ANY, BOOL, FUNCTION, INT, LABEL, RECORD, ROW, SHAPES, STR, TALLY, Shape, Signature, Variable

_RESULTS = (INT, INT, BOOL, STR, LABEL, ROW, RECORD, TALLY, ANY, FUNCTION)


class Functions(Loops):
    """Writes functions."""

    @contextmanager
    def function(self, head: str, params: list[Variable], result: Shape) -> Iterator[None]:
        """The body of a function: what it captures is fixed in it. Functions of the file see constants alone."""
        before = self.scopes, self.loops, self.turns, self.result, self.guards
        reach = self.scopes if self.depth else [[v for v in self.scopes[0] if v.name[0] == "K"]]
        self.scopes = [[Variable(v.name, v.shape, fixed=True) for v in scope] for scope in reach]
        self.loops, self.turns, self.result, self.guards = 0, max(self.turns, 3), result, min(self.guards, 1)
        with self.block(head, *params):
            yield
        self.scopes, self.loops, self.turns, self.result, self.guards = before

    def parameters(self) -> tuple[list[Variable], str]:
        """One or two parameters and how they are written."""
        made = [Variable(self.fresh("a"), self.pick((*SHAPES, FUNCTION))) for _ in range(self.number(1, 2))]
        return made, ", ".join(f"{p.name}{self.annotation(p.shape)}" for p in made)

    def local_function(self) -> None:
        """A function in a block, which captures what it uses."""
        if not self.depth or self.fuel < 3:
            return self.let_function()
        params, written = self.parameters()
        result = self.pick(_RESULTS)
        name = self.fresh("g")
        with self.function(f"fn {name}({written}) {{", params, result):
            self.inner(3)
            self.line(f"return {self.expression(result, 1)}")
        names = tuple(p.name for p in params)
        self.local.append(Signature(name, tuple(p.shape for p in params), result, names=names))
        return None

    def file_function(self) -> None:
        """A function of the file, or a task."""
        params, written = self.parameters()
        result = self.pick(_RESULTS)
        is_task = self.chance(4) and FUNCTION not in [result, *(p.shape for p in params)]
        name, fuel = self.fresh("h"), self.fuel
        if is_task:
            head = f"task {name}({', '.join(f'{p.name}: {p.shape.text}' for p in params)}) -> {result.text} {{"
        else:
            answer = f" -> {result.text}" if self.chance(2) else ""
            default = f", extra = {self.leaf(INT)}" if self.chance(4) else ""
            head = f"fn {name}({written}{default}){answer} {{"
            params += [Variable("extra", INT)] if default else []
        with self.function(head, params, result):
            self.fuel = self.number(1, 5)
            while self.fuel > 0:
                self.statement()
            self.line(f"return {self.expression(result, 1)}")
        self.fuel = fuel
        given = [p for p in params if p.name != "extra"]
        names = tuple(p.name for p in given)
        self.functions.append(Signature(name, tuple(p.shape for p in given), result, names=names))

    def recursive_function(self) -> None:
        """A function of the file that calls itself, a bounded number of times."""
        depth = Variable(self.fresh("n"), INT, fixed=True)
        other = Variable(self.fresh("a"), self.pick((INT, ROW, STR)))
        result = self.pick((INT, INT, ROW, STR))
        name, fuel = self.fresh("r"), self.fuel
        itself = Signature(name, (INT, other.shape), result, bounded=True)
        with self.function(f"fn {name}({depth.name}, {other.name}) {{", [depth, other], result):
            self.line(f"if {depth.name} <= 0 {{ return {self.leaf(result)} }}")
            self.fuel = self.number(0, 3)
            while self.fuel > 0:
                self.statement()
            again = [f"{name}({depth.name} - {step}, {self.expression(other.shape, 1)})" for step in (1, 1, 2)]
            if self.chance(2):
                with self.block(f"if {self.condition()} {{"):
                    self.line(f"return {again[0]}")
            if result == INT:
                self.line(f"return {again[1]} + {self.pick((again[2], self.leaf(INT)))}")
            else:
                self.line(f"return ({again[1]} + {self.pick((again[2], self.leaf(result)))})[:4]")
        self.fuel = fuel
        self.functions.append(itself)

    def called(self) -> None:
        """Use what a function of the program gives."""
        known = [*self.local, *self.functions]
        if not known:
            return self.let_function()
        chosen = self.pick(known)
        value = self.call(chosen, 1)
        self.line(f"let {self.declare(chosen.result, value).name} = {value}")
        return None

    def begin_step(self) -> None:
        """`step`, in functions."""
        if self.result is None or not self.chance(3):
            return self.show()
        self.line(f'step "step {self.fresh("s")}"')
        return None
