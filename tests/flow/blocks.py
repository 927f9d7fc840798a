"""Blocks of generated programs, and functions in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .shapes import (
    BINS,
    BOOL,
    FUNCTION,
    INT,
    LABEL,
    LABELS,
    LISTS,
    RECORD,
    ROW,
    SHAPES,
    STR,
    TALLY,
    Shape,
    Signature,
    Variable,
)  # fmt: skip
from .statements import Statements

_MOST_TURNS = 20
FOCUSES = ("", "values", "world", "control", "errors", "functions")
"""What a program may have more of than others."""
ERROR = Shape("error")
_RESULTS = (INT, INT, BOOL, STR, LABEL, ROW, RECORD, TALLY)


class Blocks(Statements):
    """Writes statements that hold others."""

    def inner(self, most: int = 3) -> None:
        """Some statements of a block."""
        for _ in range(self.number(1, most)):
            self.statement()

    def statement(self) -> None:
        """Any statement."""
        self.fuel -= 1
        small: tuple[Callable[[], None], ...] = (
            self.let, self.let, self.let, self.assign, self.assign, self.assign, self.change_list, self.change_list,
            self.change_list, self.change_tally, self.change_tally, self.change_part, self.change_part, self.show,
            self.show, self.save, self.look, self.ask_aside, self.let_function, self.unpack, self.begin_step,
        )  # fmt: skip
        large: tuple[Callable[[], None], ...] = (
            self.branch, self.branch, self.branch, self.for_loop, self.for_loop, self.for_loop, self.while_loop,
            self.attempt, self.attempt, self.attempt, self.match, self.match, self.leave, self.leave, self.leave,
            self.local_function,
        )  # fmt: skip
        if self.focus and self.chance(3):
            self.pick(self.favourites())()
        elif self.fuel > 1 and self.depth < 6 and self.number(0, 9) < 5:
            self.pick(large)()
        elif self.daring() and self.chance(3):
            self.check()
        else:
            self.pick(small)()

    def favourites(self) -> tuple[Callable[[], None], ...]:
        """What the program in hand has more of than others."""
        simple: dict[str, tuple[Callable[[], None], ...]] = {
            "values": (self.change_list, self.change_tally, self.change_part, self.assign, self.unpack),
            "world": (self.show, self.save, self.save, self.look),
        }
        nested: dict[str, tuple[Callable[[], None], ...]] = {
            "control": (self.for_loop, self.while_loop, self.leave, self.leave, self.match),
            "errors": (self.attempt, self.attempt, self.leave, self.check, self.ask_aside),
            "functions": (self.local_function, self.ask_aside, self.let_function, self.called, self.called),
        }
        if self.focus in simple:
            return simple[self.focus]
        return nested[self.focus] if self.fuel > 1 and self.depth < 6 else (self.let,)

    def called(self) -> None:
        """Use what a function of the program gives."""
        known = [*self.local, *self.functions]
        if not known:
            return self.let_function()
        chosen = self.pick(known)
        value = self.call(chosen, 1)
        self.line(f"let {self.declare(chosen.result, value).name} = {value}")
        return None

    # --- branches ----------------------------------------------------------------------------------------

    def branch(self) -> None:
        """`if`, with `else if` and `else`."""
        with self.block(f"if {self.condition()} {{"):
            self.inner()
        if self.chance(4):
            with self.block(f"}} else if {self.condition()} {{"):
                self.inner(2)
        if self.chance(2):
            with self.block("} else {"):
                self.inner()

    def condition(self) -> str:
        """A bool that mostly hangs on a model's answer."""
        return f"holds({self.text(1)})" if self.chance(3) else self.expression(BOOL)

    def match(self) -> None:
        """`match`."""
        self.pick((self.match_label, self.match_label, self.match_int, self.match_list, self.match_record))()

    def match_label(self) -> None:
        """By label; now and then without a case for all."""
        with self.block(f"match {self.expression(LABEL)} {{"):
            first, second = self.pick((("red", "green"), ("blue", "red"), ("green", "blue")))
            either = f' | "{second}"' if self.chance(3) else ""
            guard = f" if {self.condition()}" if self.chance(4) else ""
            with self.block(f'case "{first}"{either}{guard} {{'):
                self.inner()
            if not either and self.chance(2):
                with self.block(f'case "{second}" {{'):
                    self.inner(2)
            self.rest(LABEL)

    def match_int(self) -> None:
        """By number."""
        with self.block(f"match {self.expression(INT)} {{"):
            with self.block(f"case {self.number(0, 4)} | {self.number(5, 9)} {{"):
                self.inner()
            name = Variable(self.fresh("p"), INT)
            with self.block(f"case {name.name} if {name.name} > {self.leaf(INT)} {{", name):
                self.inner()
            self.rest(INT)

    def match_list(self) -> None:
        """By length."""
        known = self.variable(ROW)
        subject = known.name if known and self.chance(2) else f"numbers({self.text(1)})"
        with self.block(f"match {subject} {{"):
            for count in (1, 2):
                names = [Variable(self.fresh("p"), INT) for _ in range(count)]
                guard = f" if {self.condition()}" if self.chance(4) else ""
                with self.block(f"case [{', '.join(n.name for n in names)}]{guard} {{", *names):
                    self.inner(2)
            self.rest(ROW)

    def match_record(self) -> None:
        """By field."""
        with self.block(f"match {self.expression(RECORD)} {{"):
            found = Variable(self.fresh("p"), INT)
            guard = f" if {found.name} > {self.number(1, 8)}" if self.chance(2) else ""
            with self.block(f'case {{label: "{self.pick(LABELS)}", score: {found.name}}}{guard} {{', found):
                self.inner()
            with self.block(f"case {{ok: {self.pick(('true', 'false'))}}} {{"):
                self.inner(2)
            self.rest(RECORD)

    def rest(self, shape: Shape) -> None:
        """The case for everything else."""
        if self.chance(2):
            with self.block("case _ {"):
                self.inner(2)
        else:
            whole = Variable(self.fresh("p"), shape)
            with self.block(f"case {whole.name} {{", whole):
                self.inner(2)

    # --- loops -------------------------------------------------------------------------------------------

    @contextmanager
    def turning(self, times: int) -> Iterator[None]:
        """Inside a loop of about so many turns."""
        self.loops += 1
        self.turns *= times
        yield
        self.turns //= times
        self.loops -= 1

    def for_loop(self) -> None:
        """`for`, over a list that is often pending or changed inside."""
        if self.turns > _MOST_TURNS:
            return self.change_list()
        head, names = self.for_head()
        with self.turning(3), self.block(head, *names):
            self.inner(4)
            if self.chance(3):
                self.leave()
        return None

    def for_head(self) -> tuple[str, tuple[Variable, ...]]:
        """`for … in … {` and what it declares."""
        form, shape = self.number(0, 9), self.pick(LISTS)
        if form == 0:
            names = Variable(self.fresh("i"), INT), Variable(self.fresh("x"), shape.inner)
            return f"for {names[0].name}, {names[1].name} in enumerate({self.short(shape, 1)}) {{", names
        if form == 1:
            names = Variable(self.fresh("x"), shape.inner), Variable(self.fresh("y"), INT)
            pairs = f"zip({self.short(shape, 1)}, {self.expression(ROW, 1)})"
            return f"for {names[0].name}, {names[1].name} in {pairs} {{", names
        if form == 2:
            names = Variable(self.fresh("k"), STR), Variable(self.fresh("x"), INT)
            return f"for {names[0].name}, {names[1].name} in items({self.expression(TALLY, 1)}) {{", names
        if form == 3:
            key = Variable(self.fresh("k"), STR)
            return f"for {key.name} in {self.expression(self.pick((TALLY, BINS)), 1)} {{", (key,)
        if form == 4:
            char = Variable(self.fresh("c"), STR)
            return f"for {char.name} in {self.expression(STR, 1)}[:3] {{", (char,)
        item = Variable(self.fresh("x"), shape.inner)
        if form < 8:
            return f"for {item.name} in {self.short(shape, 1)} {{", (item,)
        item = Variable(self.fresh("i"), INT)
        return f"for {item.name} in range({self.number(2, 4)}) {{", (item,)

    def while_loop(self) -> None:
        """`while` with a counter, and mostly a condition that hangs on a model's answer."""
        if self.turns > _MOST_TURNS:
            return self.assign()
        count = Variable(self.fresh("n"), INT, fixed=True)
        self.line(f"let {count.name} = 0")
        self.scopes[-1].append(count)
        way, most = self.number(0, 3), self.number(2, 4)
        test = f"{count.name} < {most}" + (f" and {self.about(count, BOOL, 1)}" if way < 2 else "")
        forever = way == 2
        with self.turning(3), self.block(f"while {'true' if forever else test} {{"):
            self.line(f"{count.name} += 1")
            if forever:
                self.line(f"if {count.name} > {most} or {self.about(count, BOOL, 1)} {{ break }}")
            self.inner(4)
            if self.chance(3):
                self.leave()
        return None

    # --- try and the ways out ----------------------------------------------------------------------------

    def attempt(self) -> None:
        """`try`, with something that may fail in its midst."""
        with self.block("try {"):
            self.guards += 1
            self.inner(2)
            if not self.chance(4):
                self.danger()
            self.inner(3)
            self.guards -= 1
        error = Variable(self.fresh("e"), ERROR)
        with self.block(f"}} catch {error.name} {{", error):
            self.handle(error.name)

    def danger(self) -> None:
        """A statement that may well fail."""
        shape = self.pick((INT, INT, ROW, STR, BOOL))
        target = self.variable(shape, changing=True)
        value = self.risk(shape, 1)
        if self.chance(4):
            with self.block(f"if {self.condition()} {{"):
                self.line(self.fail())
        elif self.chance(5):
            self.check()
        elif target is not None and self.chance(2):
            self.line(f"{target.name} = {value}")
        else:
            self.line(f"let {self.declare(shape, value).name} = {value}")

    def handle(self, error: str) -> None:
        """A handler: says what happened, goes on, gives up, or fails in its turn."""
        field = f"{error}.{self.pick(('kind', 'message', 'kind', 'message', 'where'))}"
        way = self.number(0, 7)
        target = self.variable(STR, changing=True)
        if way < 3:
            self.line(f"{self.pick(('print', 'warn'))}({field})")
        elif way == 3 and target is not None:
            self.line(f"{target.name} = {field}")
        elif way == 4:
            self.line(f'let {self.declare(INT).name} = score("{{{error}.message}}")')
        if self.chance(2) or way > 4:
            self.inner(2)
        if self.chance(3):
            self.line(self.way_out(error))

    def way_out(self, error: str | None = None) -> str:
        """`break`, `continue`, `return` or `fail`."""
        ways = ["fail"] if error or self.guards or (self.courage and self.chance(3)) else []
        if self.loops:
            ways += ["break", "continue"] * 2
        if self.result is not None:
            ways += ["return"] * 2
        if not ways:
            return f"print({self.expression(INT, 1)})"
        way = self.pick(ways)
        if way == "return":
            assert self.result is not None
            return f"return {self.expression(self.result, 1)}"
        if way == "fail":
            return f"fail {error}" if error and self.chance(2) else self.fail()
        return way

    def leave(self) -> None:
        """A way out under a condition, which mostly hangs on a model's answer."""
        if self.chance(4):
            with self.block(f"match {self.expression(LABEL)} {{"):
                with self.block(f'case "{self.pick(LABELS)}" {{'):
                    self.line(self.way_out())
                with self.block("case _ {"):
                    self.inner(1)
            return
        with self.block(f"if {self.condition()} {{"):
            if self.chance(3):
                self.inner(1)
            self.line(self.way_out())

    # --- functions ---------------------------------------------------------------------------------------

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
        self.local.append(Signature(name, tuple(p.shape for p in params), result))
        return None

    def file_function(self) -> None:
        """A function of the file, or a task."""
        params, written = self.parameters()
        result = self.pick(_RESULTS)
        is_task = self.chance(4) and all(p.shape.text for p in params) and FUNCTION not in [p.shape for p in params]
        name, fuel = self.fresh("h"), self.fuel
        if is_task:
            head = f"task {name}({', '.join(f'{p.name}: {p.shape.text}' for p in params)}) -> {result.text} {{"
        else:
            answer = f" -> {result.text}" if self.chance(2) else ""
            head = f"fn {name}({written}){answer} {{"
        with self.function(head, params, result):
            self.fuel = self.number(1, 5)
            while self.fuel > 0:
                self.statement()
            self.line(f"return {self.expression(result, 1)}")
        self.fuel = fuel
        self.functions.append(Signature(name, tuple(p.shape for p in params), result))

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

    def begin_step(self) -> None:
        """`step`, in functions."""
        if self.result is None or not self.chance(3):
            return self.show()
        self.line(f'step "step {self.fresh("s")}"')
        return None


__all__ = ["ERROR", "FOCUSES", "Blocks"]
