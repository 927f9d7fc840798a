"""From source text to the tree: scanning, parsing, and going on after errors."""

# ruff: noqa: SIM905 - lists of words read best as words
from __future__ import annotations

from typing import Any, cast

from . import tables, tree
from .builder import Builder, SignatureNode
from .diagnostics import CheckError, Diagnostic
from .lexer import Lexer
from .machine import Machine
from .recovery import Statement, drop, failed_statement, inner_blocks
from .source import Source, Span
from .syntax_errors import explain
from .syntax_place import Place
from .tokens import CONTINUES_AFTER, Token

MOST_ERRORS = 20
"""A run reports at most so many syntax errors."""
MOVES_BRACES = frozenset("PL0102 PL0122 PL0124 PL0126".split())
"""Findings after which braces that follow may belong to something else than was meant."""
ECHOES = frozenset({("PL0122", "case"), ("PL0103", "}")})
NOT_CODE = frozenset("class struct interface enum trait".split())


class _Parse:
    """One parse of one source."""

    def __init__(self, source: Source, *, repl: bool) -> None:
        self.source = source
        self.lexer = Lexer(source).run()
        self.tokens = [*self.lexer.tokens, Token("$END", len(source.text), len(source.text))]
        self.builder = Builder(source, self.lexer.comments, repl=repl)
        self.errors: list[Diagnostic] = []

    def run(self, start: str) -> Any:
        """What the text stands for; where it fails, None (for a program: what could be read)."""
        machine = Machine(tables.load(), self.builder, start)
        position = machine.feed(self.tokens, 0)
        if start == "program":
            self._recover(machine, position, self.tokens)
        elif not (machine.accepted or machine.overgrown):
            self._report(machine, position, Statement(-1, 0, len(self.tokens) - 1, 0), self.tokens)
        if machine.accepted:
            return machine.values[-1]
        return self.builder.program(Span(0, 0), []) if start == "program" else None

    def _recover(self, machine: Machine, position: int, tokens: list[Token]) -> None:
        """Go on after each error until the tokens are used up."""
        while not (machine.accepted or machine.overgrown) and len(self.errors) < MOST_ERRORS:
            statement = failed_statement(tokens, position)
            self._report(machine, position, statement, tokens)
            if not self._holds_no_statements(tokens[statement.start]):
                for first, last in inner_blocks(tokens, statement):
                    if last > position:
                        self._parse_inner(tokens[first:last])
            failed, position = position, machine.feed(tokens, drop(machine, tokens, statement))
            if position <= failed and not machine.accepted:
                return  # what stands around the statement does not fit either

    def _holds_no_statements(self, head: Token) -> bool:
        """Whether what stands in the braces of a failed statement is no code of this language anyway."""
        return head.kind == "type" or self.source.text[head.start : head.end] in NOT_CODE

    def _parse_inner(self, tokens: list[Token]) -> None:
        """Look for errors in a block of a statement that failed; what is built is thrown away."""
        if not tokens:
            return
        end = tokens[-1].end
        tokens = [*tokens, Token("$END", end, end)]
        machine = Machine(tables.load(), self.builder, "program")
        self._recover(machine, machine.feed(tokens, 0), tokens)

    def _report(self, machine: Machine, position: int, statement: Statement, tokens: list[Token]) -> None:
        """Add the finding for the token at `position`, unless the scanner has found fault with its statement."""
        start = tokens[min(statement.start, position)].start
        if not self._is_known(Span(start, tokens[statement.end].end)):
            first = min(statement.clause, position)
            place = Place(self.source, tokens, position, first, frozenset(machine.expected()))
            self.errors.append(explain(place))

    def _is_known(self, span: Span) -> bool:
        """Whether the scanner has found fault with something in `span`, or something there was cut for its depth."""
        cut = [problem for problem in self.builder.problems if problem.code == "PL0112"]
        return any(span.start <= problem.span.start <= span.end for problem in [*self.lexer.problems, *cut])

    def findings(self) -> list[Diagnostic]:
        """All findings in order of their places."""
        built = [d for d in self.builder.problems if d.code != "PL0109" or not self._is_known(d.span)]
        found = [*self.lexer.problems, *self.errors, *built]
        return self._without_echoes(sorted(found, key=lambda d: d.span))[:MOST_ERRORS]

    def _without_echoes(self, found: list[Diagnostic]) -> list[Diagnostic]:
        """`found` without each `case` and `}` that is out of place only since a brace before it is."""
        kept: list[Diagnostic] = []
        braces_moved = False
        for finding in found:
            word = self.source.text[finding.span.start : finding.span.end]
            if not (braces_moved and (finding.code, word) in ECHOES):
                kept.append(finding)
            braces_moved = braces_moved or finding.code in MOVES_BRACES
        return kept


def parse(source: Source, *, repl: bool = False) -> tuple[tree.Program, list[Diagnostic]]:
    """The tree of what could be parsed, and the findings. With `repl`, any expression may stand as a statement."""
    run = _Parse(source, repl=repl)
    program = cast(tree.Program, run.run("program"))
    return program, run.findings()


def parse_expression(source: Source) -> tree.Expression:
    """The one expression that `source` holds. Raises `CheckError` where it holds none."""
    return _only(source, "expression_only")


def parse_type(source: Source) -> tree.TypeNode:
    """The one type that `source` holds. Raises `CheckError` where it holds none."""
    return _only(source, "type_only")


def parse_signature(source: Source) -> SignatureNode:
    """`fn name[A, B](values...: A, *, key: B = none) -> list[A]`, with its documentation above it.

    Raises `CheckError` where `source` holds anything else.
    """
    return _only(source, "signature")


def _only(source: Source, start: str) -> Any:
    run = _Parse(source, repl=True)
    result = run.run(start)
    findings = run.findings()
    if findings:
        raise CheckError(findings)
    return result


def is_complete(text: str) -> bool:
    """Whether the REPL should evaluate `text` now: no bracket or text is open, and nothing must follow.

    A text with another mistake is complete: evaluating it shows the mistake.
    """
    run = _Parse(Source(text), repl=True)
    if any(problem.code == "PL0103" for problem in run.lexer.problems):
        return True  # a closer that closes nothing: no more text mends that
    if run.lexer.unfinished:
        return False
    tokens = run.tokens
    if len(tokens) > 1 and tokens[-2].kind in CONTINUES_AFTER:
        return False
    machine = Machine(tables.load(), run.builder, "program")
    position = machine.feed(tokens, 0)
    if machine.accepted or position < len(tokens) - 1:
        return True
    return not {"catch", "then", "else"} & set(machine.expected())
