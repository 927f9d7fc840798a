"""Expressions that give lists, dicts and records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .callbacks import Callbacks
from .shapes import (
    BINS,
    BOOL,
    GRID,
    INT,
    LABEL,
    LABELS,
    RECORD,
    ROW,
    TAGS,
    TALLY,
    WORDS,
    Shape,
)

Make = Callable[[], str]


class Containers(Callbacks):
    """Writes containers."""

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

    def any_options(self, depth: int) -> Sequence[Make]:
        """Ways to make something of no known type."""
        return (
            lambda: f"guess({self.text(depth)})",
            lambda: f"guess({self.text(depth)})",
            lambda: f"(guess({self.text(depth)}) ?? {self.expression(INT, depth)})",
            lambda: f"from_json(to_json({self.expression(self.pick((ROW, TALLY, RECORD)), depth)}))",
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
                lambda: (
                    f"helpers.each({of(ROW)}, {self.callback(INT, INT, depth)})" if self.imports else self.leaf(ROW)
                ),
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
