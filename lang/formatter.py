"""Prints a tree as source text: one layout for all plans, with their comments and empty lines."""

from __future__ import annotations

from . import tree
from .diagnostics import CheckError
from .format_comments import Comments
from .format_statements import StatementFormatter
from .layout import flat, render
from .parser import parse
from .recursion import deep_recursion
from .source import Source

MOST_CALLS = 5000
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
    with deep_recursion(MOST_CALLS):
        printer = StatementFormatter(Comments(text, program.comments))
        return render(printer.program(program))


def format_expression(expression: tree.Expression) -> str:
    """An expression as source text, on one line."""
    with deep_recursion(MOST_CALLS):
        printer = StatementFormatter(Comments("", ()))
        printer.inline = 1
        return flat(printer.expression(expression))


def format_type(node: tree.TypeNode) -> str:
    """A type as source text, on one line."""
    with deep_recursion(MOST_CALLS):
        return flat(StatementFormatter(Comments("", ())).type(node))
