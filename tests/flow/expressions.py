"""Expressions of generated programs, each of a wanted shape, with model calls at every place where one can stand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .containers import Containers, Make
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
)


class Expressions(Containers):
    """Chooses among the expressions that fit."""

    def expression(self, shape: Shape, depth: int = 2) -> str:
        """An expression of `shape` with about `depth` levels."""
        known = self.visible(shape)
        if known and self.number(0, 9) < (3 if depth > 0 else 7):
            return self.pick(known).name
        if depth <= 0:
            return self.leaf(shape, depth)
        kind = self.number(0, 19)
        if kind < 5:
            return self.leaf(shape, depth)
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
            ANY: self.any_options,
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
            lambda: f"helpers.grade({self.text(depth)})" if self.imports else f"score({self.text(depth)})",
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
            lambda: f'({of(STR)} + "{self.pick("abcd")}")[:9]',
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
            lambda: f"({of(ANY)} {self.pick(('==', '!='))} {of(ANY)})",
            lambda: f'(type_of({of(ANY)}) == "{self.pick(("int", "str", "list"))}")',
        )

    def label_options(self, depth: int) -> Sequence[Make]:
        """Ways to make a label."""
        return (
            lambda: f"helpers.warm({self.expression(ROW, depth)})" if self.imports else f"color({self.text(depth)})",
            lambda: f"{self.record_path(depth)}.label",
            lambda: f"({self.path(LABEL, depth)} ?? {self.expression(LABEL, depth)})",
            lambda: f"color({self.text(depth)})",
            lambda: f"first({self.expression(TAGS, depth)}, default={self.expression(LABEL, depth)})",
        )
