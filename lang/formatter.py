"""Prints a tree as source text: one layout for all plans, with their comments and empty lines."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from . import tree
from .diagnostics import CheckError
from .format_comments import Comments
from .format_statements import StatementFormatter
from .layout import flat, render
from .parser import parse
from .source import Source

FRAMES = 5000
"""Calls in each other while a tree is printed: 200 levels (the parser's limit), some ten calls each."""


def format_source(source: Source | str) -> str:
    """`source` in the one layout. It has the same tree, and formatting it again changes nothing.

    Raises `CheckError` with the findings where it does not parse.
    """
    source = Source(source) if isinstance(source, str) else source
    program, findings = parse(source, repl=True)
    if any(finding.is_error for finding in findings):
        raise CheckError(findings)
    return format_program(program, source.text)


def format_program(program: tree.Program, text: str = "") -> str:
    """A whole file as source text. `text` is what it was parsed from: it tells where comments and empty lines were."""
    with _deep():
        printer = StatementFormatter(Comments(text, program.comments))
        return render(printer.program(program))


def format_expression(expression: tree.Expression) -> str:
    """An expression as source text, on one line."""
    with _deep():
        printer = StatementFormatter(Comments("", ()))
        printer.inline = 1
        return flat(printer.expression(expression))


def format_type(node: tree.TypeNode) -> str:
    """A type as source text, on one line."""
    with _deep():
        return flat(StatementFormatter(Comments("", ())).type(node))


@contextmanager
def _deep() -> Generator[None]:
    """Room for trees of any depth that the parser lets through; Python's own frames are cheap."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
