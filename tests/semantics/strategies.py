"""Whole programs as text, well typed, and made to find two names for one container wherever there can be two.

`programs()` gives texts in which every annotation stands between marks; `annotated` and `plain` turn them into the
program with and without its annotations, line for line the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hypothesis import strategies as st

from .expressions import Expressions
from .shapes import GRID, INT, ROW, SHAPES, Shape, Signature, Variable, lists, parts_of

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


class _Writer(Expressions):
    """Writes one program, statement by statement."""

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

    # --- the whole ---------------------------------------------------------------------------------------

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
            self.statement()

    def show(self) -> None:
        """Print every variable in sight."""
        seen = [v.name for scope in self.scopes for v in scope]
        self.line(f"print({', '.join(dict.fromkeys(seen))})" if seen else 'print("nothing")')

    # --- lines and blocks --------------------------------------------------------------------------------

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

    def inner(self, most: int = 3) -> None:
        """Some statements of a block."""
        for _ in range(self.number(1, most)):
            self.statement()

    # --- statements --------------------------------------------------------------------------------------

    def statement(self) -> None:
        """Any statement."""
        self.fuel -= 1
        small: list[Callable[[], None]] = [
            self.let, self.let_part, self.let_part, self.change, self.change, self.change, self.change, self.assign,
            self.assign, self.assign_part, self.assign_part, self.augment, self.augment_part, self.unpack, self.show_one,
            self.let_function, self.through_function, self.held,
        ]  # fmt: skip
        large: list[Callable[[], None]] = [
            self.branch, self.for_loop, self.for_loop, self.while_loop, self.attempt, self.match, self.local_function,
            self.leave, self.tower, self.function_callback,
        ]  # fmt: skip
        if self.fuel > 2 and self.depth < 6 and self.chance(2):
            self.pick(large)()
        else:
            self.pick(small)()

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
        return self.pick(
            (
                f".push({item})", f".push({item})", f".push({item})", f".insert({self.number(0, 2)}, {item})",
                f".extend({self.expression(shape, 1)})", ".pop()", ".pop(0)", ".remove(0)", f"{'.clear()' if self.chance(3) else '.pop()'}",
            )
        )  # fmt: skip

    def dict_change(self, shape: Shape) -> str:
        """A method or assignment that changes a dict."""
        key, item = self.pick("abc"), self.expression(shape.inner, 1)
        return self.pick((f"[\"{key}\"] = {item}", f".{key} = {item}", f'.remove("{key}")'))

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
        value = self.pick((two, f"{source.name}[:2]" if source else two, f"chunks({source.name}, 2)[0]" if source else two))
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
        self.line(
            self.pick(
                (
                    f"print([{v}, {v}.pop(), {v}])", f"print({v} + [{v}.pop()])", f"print([...{v}, {v}.pop(), ...{v}])",
                    f"print({v}, {v}.pop(), {v})", f"print({v} == [{v}.pop()])", f"print({v}[len({v}) - 1], {v}.pop(0))",
                    f"print([[x, {v}.pop()] for x in {v}])", f"print({{a: {v}, b: {v}.pop(), c: {v}}})",
                    f"print(zip({v}, [{v}.pop(), 1, 2]))", f"print({v}.pop() in {v}, {v})", f"print((if len({v}) > 1 then {v} else []) + [{v}.pop()])",
                    f"{v} += [{v}.pop()]", f"{v} = {v} + [{v}.pop()]", f"{v}.push({v}.pop(0))", f"{v}[0] = {v}.pop()", f"print({v}[:1] + [{v}.pop()] + {v}[:1])",
                )
            )
        )  # fmt: skip

    # --- blocks ------------------------------------------------------------------------------------------

    def branch(self) -> None:
        """`if`."""
        with self.block(f"if {self.condition()} {{"):
            self.inner()
        if self.chance(2):
            self.lines[-1] += " else {"
            head = self.lines.pop().lstrip()
            with self.block(head):
                self.inner()

    def for_loop(self) -> None:
        """`for`, over a container that often changes inside."""
        if self.turns > 30:
            return self.change()
        shape = self.pick((ROW, GRID, lists(GRID), lists(lists(GRID.inner))))
        holder = self.variable(lambda v: v.shape == shape)
        value = holder.name if holder is not None and self.chance(2) else self.expression(shape, 1)
        form = self.number(0, 3)
        if form == 0:
            names = Variable(self.fresh("i"), INT, fixed=True), Variable(self.fresh("x"), shape.inner)
            head = f"for {names[0].name}, {names[1].name} in enumerate({value}) {{"
        elif form == 1:
            names = Variable(self.fresh("x"), shape.inner), Variable(self.fresh("y"), shape.inner)
            pairs = f"zip({value}, {self.expression(shape, 1)})"
            head = f"for {names[0].name}, {names[1].name} in {pairs} {{"
        else:
            names = (Variable(self.fresh("x"), shape.inner),)
            head = f"for {names[0].name} in {value} {{"
        with self.turning(3), self.block(head, *names):
            if holder is not None and self.chance(2):
                self.change_of(holder)
            self.inner()
        return None

    @contextmanager
    def turning(self, times: int) -> Iterator[None]:
        """Inside a loop of about so many turns."""
        self.loops += 1
        self.turns *= times
        yield
        self.turns //= times
        self.loops -= 1

    def while_loop(self) -> None:
        """`while` with a counter."""
        if self.turns > 30:
            return self.assign()
        count = Variable(self.fresh("n"), INT, fixed=True)
        self.line(f"let {count.name} = 0")
        self.scopes[-1].append(count)
        with self.turning(3), self.block(f"while {count.name} < {self.number(1, 3)} {{"):
            self.line(f"{count.name} += 1")
            self.inner()
        return None

    def attempt(self) -> None:
        """`try`."""
        with self.block("try {"):
            self.inner(4)
        self.lines.pop()
        error = self.fresh("e")
        with self.block(f"}} catch {error} {{"):
            self.line(f"print({error}.kind)")
            if self.chance(3):
                self.inner(2)
            if self.chance(6):
                self.line(f"fail {error}")

    def match(self) -> None:
        """`match`."""
        shape = self.pick((ROW, GRID, lists(GRID)))
        holder = self.variable(lambda v: v.shape == shape)
        subject = holder.name if holder is not None and self.chance(2) else self.expression(shape, 1)
        with self.block(f"match {subject} {{"):
            for count in (1, 2):
                names = [Variable(self.fresh("p"), shape.inner) for _ in range(count)]
                guard = f" if {self.condition()}" if self.chance(4) else ""
                with self.block(f"case [{', '.join(n.name for n in names)}]{guard} {{", *names):
                    if holder is not None and self.chance(2):
                        self.change_of(holder)
                    self.inner(2)
            whole = Variable(self.fresh("p"), shape)
            with self.block(f"case {whole.name} {{", whole):
                if holder is not None and self.chance(2):
                    self.change_of(holder)
                self.inner(2)
                self.line(f"print({whole.name})")

    def leave(self) -> None:
        """`break`, `continue`, `return`, `fail` or `assert`, if something holds."""
        ways = ["fail"]
        if self.loops:
            ways += ["break", "continue"] * 2
        if self.result is not None:
            ways += ["return"] * 2
        way = self.pick(ways)
        if way == "return":
            assert self.result is not None
            way = f"return {self.expression(self.result, 1)}"
        if way == "fail":
            held = self.variable(lambda v: v.shape.is_container)
            way = f'fail {{message: "m", data: {held.name}}}' if held is not None and self.chance(2) else 'fail "m"'
            if self.chance(3):
                return self.line(f"assert {self.condition()}")
        with self.block(f"if {self.condition()} {{"):
            self.line(way)
        return None

    def tower(self) -> None:
        """Blocks nested deeper than Python allows."""
        if self.turns > 4 or not self.chance(3):
            return self.attempt()
        self.fuel -= 3
        self.rise(self.number(12, 26))
        return None

    def rise(self, levels: int) -> None:
        """A tower of `levels` blocks; now and then something happens on the way."""
        if levels == 0:
            self.inner(2)
            return self.leave()
        form = self.pick(("for", "try", "catch", "while", "for"))
        if self.chance(6):
            self.pick((self.change, self.assign_part, self.leave, self.let_part))()
        if form == "for":
            turns = 2 if self.turns < 4 and self.chance(6) else 1
            index = Variable(self.fresh("i"), INT, fixed=True)
            with self.turning(turns), self.block(f"for {index.name} in range({turns}) {{", index):
                self.rise(levels - 1)
        elif form == "while":
            count = Variable(self.fresh("n"), INT, fixed=True)
            self.line(f"let {count.name} = 0")
            self.scopes[-1].append(count)
            with self.turning(1), self.block(f"while {count.name} < 1 {{"):
                self.line(f"{count.name} += 1")
                self.rise(levels - 1)
        else:
            error = self.fresh("e")
            with self.block("try {"):
                if form == "try":
                    self.rise(levels - 1)
                else:
                    self.line('fail "m"')
            self.lines.pop()
            with self.block(f"}} catch {error} {{"):
                self.line(f"print({error}.kind)")
                if form == "catch":
                    self.rise(levels - 1)
        return None

    # --- functions ---------------------------------------------------------------------------------------

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

    def local_function(self) -> None:
        """A function in a block, which captures what it uses."""
        params = [Variable(self.fresh("a"), self.pick(SHAPES))]
        result = self.pick((params[0].shape, self.pick(SHAPES)))
        name = self.fresh("f")
        with self.function(f"fn {name}({params[0].name}{self.annotation(params[0].shape)}) {{", params, result):
            self.inner(2)
            self.line(f"return {self.expression(result, 1)}")
        if self.depth:
            self.local.append(Signature(name, (params[0].shape,), result))
        else:
            self.line(f"print({name}({self.expression(params[0].shape, 1)}))")

    def let_function(self) -> None:
        """A closure, and often a change of what it captured and a call."""
        held = self.variable(lambda v: v.shape.is_container)
        if held is None:
            return
        name = self.fresh("g")
        self.line(f"let {name} = fn() => {self.pick((held.name, f'[{held.name}, {held.name}]'))}")
        self.change_of(held)
        self.line(f"print({name}(), {held.name})")
        if self.chance(2):
            taken = self.fresh("v")
            self.line(f"let {taken} = {name}()")
            self.line(f"{taken}.clear()")
            self.line(f"print({name}(), {held.name}, {taken})")

    def function_callback(self) -> None:
        """`map` or `filter` with a function that changes what it gets."""
        source = self.variable(lambda v: v.shape in (GRID, lists(GRID)))
        if source is None:
            return
        item = Variable(self.fresh("x"), source.shape.inner)
        made = self.fresh("v")
        head = f"let {made} = {self.pick(('map', 'map', 'filter'))}({source.name}, fn({item.name}) {{"
        is_filter = "filter" in head
        with self.function(head, [item], INT, end="})", captures=True):
            self.change_of(item)
            self.line(f"return len({item.name}) > 1" if is_filter else f"return {item.name}")
        self.scopes[-1].append(Variable(made, source.shape))

    def through_function(self) -> None:
        """`v = f(v)`."""
        for signature in self.callable():
            same = [s for s in signature.params if s == signature.result]
            target = self.variable(lambda v, r=signature.result: v.shape == r and not v.fixed)
            if same and target is not None and self.chance(2):
                given = [target.name if s == signature.result else self.expression(s, 1) for s in signature.params]
                return self.line(f"{target.name} = {signature.name}({', '.join(given)})")
        return self.assign()
