"""Blocks of generated programs, and functions in them."""

from __future__ import annotations

from collections.abc import Callable

from .shapes import GRID, INT, ROW, SHAPES, Signature, Variable, lists
from .statements import Statements


class Blocks(Statements):
    """Writes statements that hold others."""

    def inner(self, most: int = 3) -> None:
        """Some statements of a block."""
        for _ in range(self.number(1, most)):
            self.statement()

    def statement(self) -> None:
        """Any statement."""
        self.fuel -= 1
        small: list[Callable[[], None]] = [
            self.let, self.let_part, self.let_part, self.change, self.change, self.change, self.change, self.assign,
            self.assign, self.assign_part, self.assign_part, self.augment, self.augment_part, self.unpack,
            self.show_one, self.let_function, self.through_function, self.held,
        ]  # fmt: skip
        large: list[Callable[[], None]] = [
            self.branch, self.for_loop, self.for_loop, self.while_loop, self.attempt, self.match, self.local_function,
            self.leave, self.tower, self.function_callback,
        ]  # fmt: skip
        if self.fuel > 2 and self.depth < 6 and self.chance(2):
            self.pick(large)()
        else:
            self.pick(small)()

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
