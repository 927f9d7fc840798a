"""Expressions of generated programs, each of a wanted shape, with model calls at every place where one can stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from .choices import Choices
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
    STR,
    TAGS,
    TALLY,
    TEXTUAL,
    WORDS,
    Shape,
    Signature,
    Variable,
)  # fmt: skip

T = TypeVar("T")
Make = Callable[[], str]
_WORD = ("a", "b", "c", "d")
_BARE = frozenset("abcdefghijklmnopqrstuvwxyz_0123456789")


class Expressions:
    """Chooses among the expressions that fit."""

    def __init__(self, choices: Choices) -> None:
        self.number = choices.number
        self.scopes: list[list[Variable]] = [[]]
        self.functions: list[Signature] = []
        self.local: list[Signature] = []
        self.guards = 0
        """How many `try` blocks of the function stand around."""
        self.courage = self.number(0, 3)
        """How often expressions that may fail are used outside `try`: 0 is never."""
        self.chancy = self.number(0, 7) == 7
        """Whether `random` and sampled calls are used: the direct form counts them otherwise than the flow form."""
        self._count = 0

    # --- choices -----------------------------------------------------------------------------------------

    def pick(self, among: Sequence[T]) -> T:
        """One of several."""
        return among[self.number(0, len(among) - 1)]

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.number(1, one_in) == one_in

    def daring(self) -> bool:
        """Whether something that may fail is done here."""
        return self.chance(2) if self.guards else self.courage > 0 and self.chance(18 // self.courage)

    def fresh(self, prefix: str) -> str:
        """A name that is new in the program."""
        self._count += 1
        return f"{prefix}{self._count}"

    def visible(self, shape: Shape, *, changing: bool = False) -> list[Variable]:
        """The variables of `shape` in sight, innermost first."""
        found: dict[str, Variable] = {}
        for scope in reversed(self.scopes):
            for variable in reversed(scope):
                found.setdefault(variable.name, variable)
        return [v for v in found.values() if v.shape == shape and not (changing and v.fixed)]

    def variable(self, shape: Shape, *, changing: bool = False) -> Variable | None:
        """A variable in sight."""
        among = self.visible(shape, changing=changing)
        return self.pick(among) if among else None

    @contextmanager
    def inside_function(self, *params: Variable) -> Iterator[None]:
        """Where what is captured cannot be changed."""
        before = self.scopes, self.guards
        self.scopes = [[Variable(v.name, v.shape, fixed=True) for v in scope] for scope in self.scopes]
        self.scopes.append(list(params))
        self.guards = min(self.guards, 1)
        yield
        self.scopes, self.guards = before

    # --- expressions -------------------------------------------------------------------------------------

    def expression(self, shape: Shape, depth: int = 2) -> str:
        """An expression of `shape` with about `depth` levels."""
        known = self.visible(shape)
        if known and self.number(0, 9) < (3 if depth > 0 else 7):
            return self.pick(known).name
        if depth <= 0:
            return self.leaf(shape)
        kind = self.number(0, 19)
        if kind < 5:
            return self.leaf(shape)
        if kind == 5:
            return f"(if {self.expression(BOOL, depth - 1)} then {self.twice(shape, depth - 1, ' else ')})"
        if kind == 6:
            fitting = [s for s in (*self.functions, *self.local) if s.result == shape]
            if fitting:
                return self.call(self.pick(fitting), depth - 1)
        if kind == 7 and (popped := self.popped(shape)):
            return popped
        if kind == 8 and self.daring() and (risky := self.risk(shape, depth - 1)):
            return risky
        if kind == 9 and shape in (INT, ROW, RECORD, LABEL, STR):
            return self.searched(shape, depth - 1)
        return self.pick(self.compound(shape, depth - 1))()

    def twice(self, shape: Shape, depth: int, between: str) -> str:
        """Two expressions of the same shape."""
        return f"{self.expression(shape, depth)}{between}{self.expression(shape, depth)}"

    def leaf(self, shape: Shape) -> str:
        """A literal or a model call about something short."""
        model = _MODELS.get(shape)
        if model is None or self.chance(4):
            return self.literal(shape)
        return f"{self.pick(model)}({self.text(0)})"

    def text(self, depth: int) -> str:
        """What a model is asked about."""
        if depth <= 0 and self.chance(3):
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
        if shape.kind == "list":
            return f"[{', '.join(self.leaf(shape.inner) for _ in range(self.number(1, 3)))}]"
        return f"{{{', '.join(f'{label}: {self.leaf(shape.inner)}' for label in LABELS)}}}"

    def compound(self, shape: Shape, depth: int) -> Sequence[Make]:
        """Ways to make a `shape` out of other values."""
        if shape.kind == "list":
            return self.list_options(shape, depth)
        made: dict[Shape, Callable[[int], Sequence[Make]]] = {
            INT: self.int_options,
            STR: self.text_options,
            BOOL: self.bool_options,
            LABEL: self.label_options,
            TALLY: self.tally_options,
            BINS: self.bins_options,
            RECORD: self.record_options,
            FUNCTION: lambda d: (lambda: self.function_value(d),),
        }
        return made[shape](depth)

    def int_options(self, depth: int) -> Sequence[Make]:
        """Ways to make an int."""

        def of(shape: Shape = INT) -> str:
            return self.expression(shape, depth)

        return (
            lambda: f"({of()} {self.pick('+-')} {of()})",
            lambda: f"(({of()} * {of()}) % {self.number(2, 7)})",
            lambda: f"len({of(self.pick((*LISTS, STR, TALLY)))})",
            lambda: f"sum({of(ROW)})",
            lambda: f"{self.pick(('min', 'max'))}({of()}, {of()})",
            lambda: f"(maybe({self.text(depth)}) ?? {of()})",
            lambda: f"({self.path(INT, depth)} ?? {of()})",
            lambda: f"count({of(TAGS)}, {of(LABEL)})",
            lambda: self.reduced(depth),
            lambda: f"{self.record_path(depth)}.score",
            lambda: f"score({self.text(depth)}{self.pick(('', ', model=' + chr(34) + 'other' + chr(34)))})",
            lambda: f"far_score({self.text(depth)})",
            lambda: f"(index_of({of(ROW)}, {of()}) ?? {of()})",
            lambda: f"pure_sum({of()}, {of()})",
            lambda: self.chance_value(of),
            lambda: self.value_called(depth),
            lambda: f"(if {of(BOOL)} then {of()} else {of()})",
            lambda: f"first({of(ROW)}, default={of()})",
            lambda: f"abs({of()} - {of()})",
        )

    def chance_value(self, of: Callable[[], str]) -> str:
        """A number that hangs on the identity of the place, in programs that use such."""
        if not self.chancy:
            return f"-{of()}"
        return self.pick(("random_int(0, 5)", f"sampled({self.text(0)})", f"sampled({self.text(0)}, seed={of()})"))

    def text_options(self, depth: int) -> Sequence[Make]:
        """Ways to make a short text."""

        def of(shape: Shape) -> str:
            return self.expression(shape, depth)

        return (
            lambda: f'"{{{of(self.pick(TEXTUAL))}}}"',
            lambda: f'"{{{of(INT)}:03d}}-{{{of(self.pick(TEXTUAL))}}}"',
            lambda: f"reply({self.text(depth)})",
            lambda: f'join({of(WORDS)}, "+")',
            lambda: f"{of(STR)}.upper()",
            lambda: f'({of(STR)} + "{self.pick(_WORD)}")[:9]',
            lambda: f"({self.path(STR, depth)} ?? {of(STR)})",
            lambda: f"{of(self.pick((RECORD, TALLY, GRID, RECORDS)))}.to_json()",
            lambda: f"type_of(guess({self.text(depth)}))",
            lambda: f"str({of(self.pick((INT, ROW, TALLY)))})",
            lambda: f"read({self.existing_path(depth)}).strip()[:9]",
            lambda: f"{of(LABEL)}.replace({of(STR)}, {of(STR)})",
        )

    def bool_options(self, depth: int) -> Sequence[Make]:
        """Ways to make a bool."""

        def of(shape: Shape = BOOL) -> str:
            return self.expression(shape, depth)

        return (
            lambda: f"holds({self.text(depth)})",
            lambda: f"({of(INT)} {self.pick(('<', '<=', '>', '>='))} {of(INT)})",
            lambda: f"({of(INT)} % 2 == {self.number(0, 1)})",
            lambda: f'(color({self.text(depth)}) {self.pick(("==", "!="))} "{self.pick(LABELS)}")',
            lambda: f"({of(INT)} {self.pick(('in', 'not in'))} {of(ROW)})",
            lambda: f"({of(LABEL)} in {of(TALLY)})",
            lambda: f"not {of()}",
            lambda: f"({of()} and {of()})",
            lambda: f"({of()} or {of()})",
            lambda: f"({of()} and {of()})",
            lambda: f"({of()} or {of()})",
            lambda: self.tested(self.pick(("any", "all")), depth),
            lambda: f"{self.record_path(depth)}.ok",
            lambda: f"(maybe({self.text(depth)}) == none)",
            lambda: f"({of(ROW)} == {of(ROW)})",
        )

    def label_options(self, depth: int) -> Sequence[Make]:
        """Ways to make a label."""
        return (
            lambda: f"color({self.text(depth)})",
            lambda: f"{self.record_path(depth)}.label",
            lambda: f"({self.path(LABEL, depth)} ?? {self.expression(LABEL, depth)})",
            lambda: f"color({self.text(depth)})",
            lambda: f"first({self.expression(TAGS, depth)}, default={self.expression(LABEL, depth)})",
        )

    def record_options(self, depth: int) -> Sequence[Make]:
        """Ways to make a record."""

        def of(shape: Shape) -> str:
            return self.expression(shape, depth)

        return (
            lambda: f"record({self.text(depth)})",
            lambda: f"{{label: {of(LABEL)}, score: {of(INT)}, ok: {of(BOOL)}}}",
            lambda: f"{{...{of(RECORD)}, score: {of(INT)}}}",
            lambda: f"({self.path(RECORD, depth)} ?? {of(RECORD)})",
        )

    def tally_options(self, depth: int) -> Sequence[Make]:
        """Ways to make a dict of ints."""

        def of(shape: Shape) -> str:
            return self.expression(shape, depth)

        return (
            lambda: f"{{{', '.join(f'{label}: {of(INT)}' for label in LABELS)}}}",
            lambda: f"{{...{of(TALLY)}, ({of(LABEL)}): {of(INT)}}}",
            lambda: f"counts({of(TAGS)})",
            lambda: f"merge({of(TALLY)}, {of(TALLY)})",
            lambda: self.comprehended(TALLY, depth),
            lambda: f"without({of(TALLY)}, [{of(LABEL)}])",
            lambda: f'pick({of(TALLY)}, ["red", "blue"])',
        )

    def bins_options(self, depth: int) -> Sequence[Make]:
        """Ways to make a dict of lists."""

        def of(shape: Shape) -> str:
            return self.expression(shape, depth)

        return (
            lambda: f"{{{', '.join(f'{label}: {of(ROW)}' for label in LABELS)}}}",
            lambda: f"{{...{of(BINS)}, ({of(LABEL)}): {of(ROW)}}}",
            lambda: f"group_by({of(ROW)}, {self.callback(INT, LABEL, depth)})",
        )

    def list_options(self, shape: Shape, depth: int) -> Sequence[Make]:
        """Ways to make a list."""

        def of(wanted: Shape) -> str:
            return self.expression(wanted, depth)

        part = shape.inner
        made: list[Make] = [
            lambda: f"[{of(part)}, {of(part)}]",
            lambda: f"[...{of(shape)}, {of(part)}][:4]",
            lambda: f"({of(shape)} + {of(shape)})[:4]",
            lambda: self.slice_of(shape, depth),
            lambda: self.comprehended(shape, depth),
            lambda: self.comprehended(shape, depth),
            lambda: self.mapped(shape, depth),
            lambda: self.mapped(shape, depth),
            lambda: f"filter({of(shape)}, {self.callback(part, BOOL, depth)})",
            lambda: f"sorted({of(shape)}, key={self.key(part, depth)}{self.pick(('', ', reverse=true'))})",
            lambda: f"top({of(shape)}, {self.number(1, 2)}, key={self.key(part, depth)})",
            lambda: f"reversed({of(shape)})",
            lambda: f"unique({of(shape)})",
            lambda: f"({self.path(shape, depth)} ?? {of(shape)})" if shape == ROW else f"{of(shape)}[:2]",
        ]
        if self.chancy:
            made.append(lambda: f"shuffle({of(shape)})")
        made += {
            ROW: (
                lambda: f"numbers({self.text(depth)})",
                lambda: f"range({self.number(1, 3)})",
                lambda: f"values({of(TALLY)})",
                lambda: f"flatten({of(GRID)})[:4]",
                lambda: f"sorted({of(ROW)})",
                lambda: f"range({of(INT)} % 4)",
            ),
            WORDS: (
                lambda: f"wording({self.text(depth)})",
                lambda: f"keys({of(TALLY)})",
                lambda: 'split("a b", " ")',
                lambda: f"read_lines({self.existing_path(depth)})[:2]",
                lambda: self.pick(('list_dir("out")', 'list_dir("in")', 'list_files("out", "*.txt")')),
            ),
            GRID: (lambda: f"chunks({of(ROW)}, 2)", lambda: f"values({of(BINS)})"),
        }.get(shape, ())
        return made

    # --- callbacks and comprehensions --------------------------------------------------------------------

    def parameter(self, shape: Shape) -> tuple[Variable, str]:
        """A parameter of a function value and how it is written."""
        variable = Variable(self.fresh("x"), shape)
        return variable, f"{variable.name}: {shape.text}" if self.chance(3) else variable.name

    def callback(self, given: Shape, wanted: Shape, depth: int) -> str:
        """A function from one shape to another, which mostly calls a model."""
        variable, written = self.parameter(given)
        with self.inside_function(variable):
            body = self.about(variable, wanted, depth)
            if self.chance(5):
                name = self.fresh("y")
                return f"fn({written}) {{ let {name} = {body}; return {name} }}"
            return f"fn({written}) => {body}"

    def about(self, variable: Variable, wanted: Shape, depth: int) -> str:
        """An expression of the wanted shape that hangs on `variable`, if it goes well."""
        models = _MODELS.get(wanted)
        if models and not self.chance(3):
            return f'{self.pick(models)}("{{{variable.name}}}")'
        return self.expression(wanted, depth)

    def key(self, part: Shape, depth: int) -> str:
        """What a list is ordered by."""
        return self.callback(part, self.pick((INT, INT, LABEL)), depth)

    def function_value(self, depth: int) -> str:
        """A function from int to int, which captures what it uses."""
        return self.callback(INT, INT, depth)

    def value_called(self, depth: int) -> str:
        """A call of a function value: a variable, or one taken out of a list or dict."""
        given = self.expression(INT, depth)
        known = self.variable(FUNCTION)
        if known is None:
            return f"({self.function_value(depth)})({given})"
        if self.chance(2):
            return f"{known.name}({given})"
        other = self.pick(self.visible(FUNCTION)).name
        if self.chance(2):
            return f"[{known.name}, {other}][{self.expression(INT, depth)} % 2]({given})"
        entries = f"{{red: {known.name}, green: {other}, blue: {known.name}}}"
        return f"{entries}[{self.expression(LABEL, depth)}]({given})"

    def mapped(self, shape: Shape, depth: int) -> str:
        """`map`."""
        source = self.pick(LISTS)
        function = self.callback(source.inner, shape.inner, depth)
        if source == ROW and shape == ROW and self.chance(3) and self.visible(FUNCTION):
            function = self.pick(self.visible(FUNCTION)).name
        return f"map({self.expression(source, depth)}, {function})"

    def reduced(self, depth: int) -> str:
        """`reduce` to an int."""
        total, item = Variable(self.fresh("t"), INT), Variable(self.fresh("x"), INT)
        with self.inside_function(total, item):
            body = self.about(item, INT, depth)
        source = self.expression(ROW, depth)
        return (
            f"reduce({source}, fn({total.name}, {item.name}) => {total.name} + {body}, {self.expression(INT, depth)})"
        )

    def tested(self, name: str, depth: int) -> str:
        """`any` or `all`."""
        source = self.pick(LISTS)
        if self.chance(5):
            return f"{name}({self.mapped(Shape('list', BOOL), depth)})"
        return f"{name}({self.expression(source, depth)}, {self.callback(source.inner, BOOL, depth)})"

    def searched(self, shape: Shape, depth: int) -> str:
        """`find_first`, or `min` and `max` by key."""
        source = {INT: ROW, ROW: GRID, RECORD: RECORDS, LABEL: TAGS, STR: WORDS}[shape]
        items, other = self.expression(source, depth), self.expression(shape, depth)
        if self.chance(2):
            return f"(find_first({items}, {self.callback(shape, BOOL, depth)}) ?? {other})"
        return f"{self.pick(('min', 'max'))}({items}, key={self.key(shape, depth)}, default={other})"

    def comprehended(self, shape: Shape, depth: int) -> str:
        """A comprehension with calls in its parts."""
        source = self.pick(LISTS)
        first = Variable(self.fresh("x"), source.inner, fixed=True)
        clauses = f"for {first.name} in {self.short(source, depth)}"
        self.scopes.append([first])
        if self.chance(5):
            second = Variable(self.fresh("y"), INT, fixed=True)
            clauses += f" for {second.name} in {self.short(ROW, depth)}"
            self.scopes[-1].append(second)
        if self.chance(2):
            clauses += f" if {self.about(first, BOOL, depth)}"
        element = self.about(first, shape.inner, depth)
        if shape.kind == "list":
            made = f"[{element} {clauses}]"
        else:
            made = f"{{{self.about(first, LABEL, depth)}: {element} {clauses}}}"
        self.scopes.pop()
        return made

    def short(self, shape: Shape, depth: int) -> str:
        """A list of few elements, to go through."""
        value = self.expression(shape, depth)
        return f"{value}[:3]"

    # --- parts -------------------------------------------------------------------------------------------

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
        return f"{signature.name}({', '.join(given)})"

    # --- what may fail -----------------------------------------------------------------------------------

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


_MODELS: dict[Shape, tuple[str, ...]] = {
    INT: ("score", "score", "score", "far_score"),
    STR: ("reply",),
    BOOL: ("holds",),
    LABEL: ("color",),
    RECORD: ("record",),
    ROW: ("numbers",),
    WORDS: ("wording",),
}
"""Which models answer with a shape."""
