"""Simple statements of generated programs: what declares, assigns and changes variables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import strategies as st

from .expressions import Expressions
from .shapes import GRID, INT, ROW, SHAPES, Shape, Variable, lists, parts_of

_HELD = (
    "print([V, V.pop(), V])", "print(V + [V.pop()])", "print([...V, V.pop(), ...V])", "print(V, V.pop(), V)",
    "print(V == [V.pop()])", "print(V[len(V) - 1], V.pop(0))", "print([[x, V.pop()] for x in V])",
    "print({a: V, b: V.pop(), c: V})", "print(zip(V, [V.pop(), 1, 2]))", "print(V.pop() in V, V)",
    "print((if len(V) > 1 then V else []) + [V.pop()])", "V += [V.pop()]", "V = V + [V.pop()]", "V.push(V.pop(0))",
    "V[0] = V.pop()", "print(V[:1] + [V.pop()] + V[:1])",
)  # fmt: skip
"""Statements in which the list V is looked at and changed at once."""


class Statements(Expressions):
    """Writes statements line by line."""

    def __init__(self, draw: st.DrawFn) -> None:
        super().__init__(draw)
        self.lines: list[str] = []
        self.depth = 0
        self.fuel = self.number(6, 26)
        self.loops = 0
        """Loops around the statement, in its function."""
        self.turns = 1
        """How often the statement may run because of them."""
        self.result: Shape | None = None
        """What the function in hand gives back; None at the top level."""

    def line(self, text: str) -> None:
        """Write a line."""
        self.lines.append("  " * self.depth + text)

    @contextmanager
    def block(self, head: str, *bound: Variable, end: str = "}") -> Iterator[None]:
        """A block with its own scope."""
        self.line(head)
        self.depth += 1
        self.scopes.append(list(bound))
        known = len(self.local)
        yield
        del self.local[known:]
        self.scopes.pop()
        self.depth -= 1
        self.line(end)

    @contextmanager
    def function(
        self, head: str, params: list[Variable], result: Shape | None, end: str = "}", *, captures: bool = False
    ) -> Iterator[None]:
        """The body of a function: what it captures is fixed in it. Functions of the file capture nothing."""
        before = self.scopes, self.loops, self.turns, self.result
        reach = self.scopes if self.depth or captures else [[v for v in self.scopes[0] if v.name.startswith("table")]]
        self.scopes = [[Variable(v.name, v.shape, fixed=True) for v in scope] for scope in reach]
        self.loops, self.turns, self.result = 0, max(self.turns, 2), result
        with self.block(head, *params, end=end):
            yield
        self.scopes, self.loops, self.turns, self.result = before

    @contextmanager
    def turning(self, times: int) -> Iterator[None]:
        """Inside a loop of about so many turns."""
        self.loops += 1
        self.turns *= times
        yield
        self.turns //= times
        self.loops -= 1

    def declare(self, shape: Shape, *, fixed: bool = False) -> Variable:
        """A new variable in the innermost scope, sometimes under the name of one further out."""
        here = {v.name for v in self.scopes[-1]}
        outside = [v.name for scope in self.scopes[:-1] for v in scope if v.name not in here]
        name = self.pick(outside) if outside and self.chance(12) else self.fresh("v")
        variable = Variable(name, shape, fixed)
        self.scopes[-1].append(variable)
        return variable

    def annotation(self, shape: Shape) -> str:
        """`: T`, or `: any`, or nothing."""
        written = self.pick(("", "", str(shape), str(shape), "any"))
        return f"\x01: {written}\x02" if written else ""

    def let(self) -> None:
        """`let v = e`."""
        shape = self.pick(SHAPES)
        value = self.expression(shape, 2)
        annotation = self.annotation(shape)
        self.line(f"let {self.declare(shape).name}{annotation} = {value}")

    def let_part(self) -> None:
        """`let row = grid[i]`, and often a change of either right after."""
        holder = self.variable(lambda v: v.shape.is_container)
        if holder is None:
            return self.let()
        wanted = self.pick(parts_of(holder.shape))
        value = self.path_from(holder, wanted)
        row = self.declare(wanted)
        self.line(f"let {row.name}{self.annotation(wanted)} = {value}")
        if self.chance(2):
            self.change_of(holder if self.chance(2) or not wanted.is_container else row)
        if self.chance(2):
            self.line(f"print({row.name}, {holder.name})")
        return None

    def change(self) -> None:
        """A changing method."""
        holder = self.variable(lambda v: v.shape.is_container and not v.fixed)
        if holder is not None:
            self.change_of(holder)

    def change_of(self, holder: Variable) -> None:
        """Change something in `holder`."""
        if holder.fixed:
            return
        wanted = self.pick([p for p in parts_of(holder.shape) if p.is_container])
        place = self.path_from(holder, wanted)
        call = self.list_change(wanted) if wanted.kind == "list" else self.dict_change(wanted)
        if call.startswith((".pop", ".remove")) and self.chance(2):
            self.line(f"print({place}{call}, {holder.name})")
        else:
            self.line(f"{place}{call}")

    def list_change(self, shape: Shape) -> str:
        """A method that changes a list."""
        item = self.expression(shape.inner, 1)
        removals = (".pop()", ".pop(0)", ".remove(0)", ".pop()", ".clear()" if self.chance(3) else ".pop()")
        additions = (f".push({item})", f".insert({self.number(0, 2)}, {item})", f".extend({self.expression(shape, 1)})")
        return self.pick((*additions, additions[0], additions[0], *removals))

    def dict_change(self, shape: Shape) -> str:
        """A method or assignment that changes a dict."""
        key, item = self.pick("abc"), self.expression(shape.inner, 1)
        return self.pick((f'["{key}"] = {item}', f".{key} = {item}", f'.remove("{key}")'))

    def assign(self) -> None:
        """`v = e`."""
        target = self.variable(lambda v: not v.fixed)
        if target is not None:
            self.line(f"{target.name} = {self.expression(target.shape, 2)}")

    def assign_part(self) -> None:
        """`v[i] = e`, `v.k[i] = e`."""
        holder = self.variable(lambda v: v.shape.is_container and not v.fixed)
        if holder is None:
            return
        wanted = self.pick(parts_of(holder.shape)[1:])
        self.line(f"{self.path_from(holder, wanted)} = {self.expression(wanted, 1)}")

    def augment(self) -> None:
        """`v += e`."""
        target = self.variable(lambda v: not v.fixed and v.shape.kind != "dict")
        if target is not None:
            op = self.pick("+-*") if target.shape == INT else "+"
            self.line(f"{target.name} {op}= {self.expression(target.shape, 1)}")

    def augment_part(self) -> None:
        """`v[i] += e`."""
        holder = self.variable(lambda v: v.shape.is_container and not v.fixed)
        parts = [p for p in parts_of(holder.shape)[1:] if p.kind != "dict"] if holder is not None else []
        if holder is not None and parts:
            wanted = self.pick(parts)
            self.line(f"{self.path_from(holder, wanted)} += {self.expression(wanted, 1)}")

    def unpack(self) -> None:
        """`let a, b = pair`."""
        shape = self.pick((ROW, GRID, lists(GRID)))
        source = self.variable(lambda v: v.shape == shape)
        two = f"[{self.expression(shape.inner, 1)}, {self.expression(shape.inner, 1)}]"
        value = self.pick(
            (two, f"{source.name}[:2]" if source else two, f"chunks({source.name}, 2)[0]" if source else two)
        )
        first, second = self.declare(shape.inner), self.declare(shape.inner)
        if first.name == second.name:
            second.name = self.fresh("v")
        self.line(f"let {first.name}, {second.name} = {value}")

    def show_one(self) -> None:
        """`print(e)`."""
        self.line(f"print({self.expression(self.pick(SHAPES), 2)})")

    def held(self) -> None:
        """A container looked at and changed in one expression."""
        holder = self.variable(lambda v: v.shape.kind == "list" and not v.fixed)
        if holder is None:
            return
        v = holder.name
        self.line(self.pick(_HELD).replace("V", v))

    def through_function(self) -> None:
        """`v = f(v)`."""
        for signature in self.callable():
            same = [s for s in signature.params if s == signature.result]
            target = self.variable(lambda v, r=signature.result: v.shape == r and not v.fixed)
            if same and target is not None and self.chance(2):
                given = [target.name if s == signature.result else self.expression(s, 1) for s in signature.params]
                return self.line(f"{target.name} = {signature.name}({', '.join(given)})")
        return self.assign()
