"""Function values, what takes them, and comprehensions: mostly with a model call for each element."""

from __future__ import annotations

from .parts import MODELS, Parts
from .shapes import (
    BOOL,
    FUNCTION,
    GRID,
    INT,
    LABEL,
    LISTS,
    RECORD,
    RECORDS,
    ROW,
    STR,
    TAGS,
    WORDS,
    Shape,
    Variable,
)


class Callbacks(Parts):
    """Writes calls that call back."""

    def parameter(self, shape: Shape) -> tuple[Variable, str]:
        """A parameter of a function value and how it is written."""
        variable = Variable(self.fresh("x"), shape)
        return variable, f"{variable.name}: {shape.text}" if self.chance(3) else variable.name

    def callback(self, given: Shape, wanted: Shape, depth: int) -> str:
        """A function from one shape to another, which mostly calls a model."""
        if self.chance(5) and (known := self.known_function(given, wanted)):
            return known
        variable, written = self.parameter(given)
        with self.inside_function(variable):
            body = self.about(variable, wanted, depth)
            if self.chance(3):
                return f"fn({written}) {{ {self.several(variable, wanted, depth)}; return {body} }}"
            return f"fn({written}) => {body}"

    def known_function(self, given: Shape, wanted: Shape) -> str:
        """A function of the file, of a plugin or of the language as a value; "" where none fits."""
        fitting = [s.name for s in self.callable() if s.params == (given,) and s.result == wanted]
        if given in (STR, LABEL):
            fitting += [*MODELS.get(wanted, ()), *({INT: ("len",), STR: ("upper",)}.get(wanted, ()))]
        if given.kind == "list" and wanted == INT:
            fitting.append("len")
        if wanted == STR:
            fitting.append("str")
        return self.pick(fitting) if fitting else ""

    def several(self, variable: Variable, wanted: Shape, depth: int) -> str:
        """Statements of a function value before its last: what shows, fails, or gives back something at once."""
        test, other = self.about(variable, BOOL, depth), self.about(variable, wanted, depth)
        name = self.fresh("y")
        ways = [
            f"let {name} = {other}",
            f"print({self.about(variable, self.pick((INT, LABEL)), depth)}, {variable.name})",
            f"if {test} {{ return {other} }}",
            f"if {test} {{ print({variable.name}) }}",
            f'append("out/x.txt", "{{{other}}}")' if wanted.kind != "function" else f"let {name} = 1",
            f"let {name} = 0; for i in range(2) {{ {name} += i; if {test} {{ return {other} }} }}",
        ]
        if self.daring():
            ways.append(f'if {test} {{ fail "{{{variable.name}}}" }}')
            ways.append(f"try {{ risky({self.text(0)}) }} catch e {{ return {other} }}")
        return self.pick(ways)

    def about(self, variable: Variable, wanted: Shape, depth: int) -> str:
        """An expression of the wanted shape that hangs on `variable`, if it goes well."""
        models = MODELS.get(wanted)
        if wanted in (BOOL, INT, LABEL) and self.chance(6) and self.daring():
            return f'{self.pick(("guess", "risky") if wanted == INT else ("guess",))}("{{{variable.name}}}")'
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
