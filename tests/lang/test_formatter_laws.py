"""Laws of parser and formatter, over trees and texts of any shape."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from planlang.lang import lexer, parser, tree
from planlang.lang.diagnostics import CheckError
from planlang.lang.formatter import format_expression, format_program, format_source, format_type
from planlang.lang.source import Source

from . import strategies

ESCAPE = re.compile(r"\\(?:u\{\w+\}|.)")
quick = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def parsed(text: str) -> tree.Program:
    """The tree of a text that must parse (as REPL input: any expression may be a statement)."""
    program, findings = parser.parse(Source(text), repl=True)
    assert [] == [finding.message for finding in findings], text
    return program


@quick
@given(strategies.programs)
def test_a_printed_program_parses_to_the_same_tree(program):
    text = format_program(program)
    assert tree.same(program, parsed(text)), text


@quick
@given(strategies.expressions)
def test_a_printed_expression_parses_to_the_same_tree(expression):
    text = format_expression(expression)
    assert "\n" not in text
    assert tree.same(expression, parser.parse_expression(Source(text))), text


@quick
@given(strategies.types)
def test_a_printed_type_parses_to_the_same_tree(node):
    text = format_type(node)
    assert tree.same(node, parser.parse_type(Source(text))), text


@quick
@given(strategies.programs)
def test_formatting_twice_is_formatting_once(program):
    once = format_source(format_program(program))
    assert once == format_source(once)


@quick
@given(strategies.programs, st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["# c", "## d", "#"])), max_size=4))
def test_comments_survive_wherever_they_stand(program, comments):
    lines = format_program(program).split("\n")
    for number, comment in comments:
        at = number % len(lines)
        lines[at] = f"{lines[at]}  {comment}" if number % 2 else f"{comment}\n{lines[at]}"
    text = "\n".join(lines)
    before, findings = parser.parse(Source(text), repl=True)
    if findings:  # the comment fell into a text
        return
    once = format_source(text)
    after = parsed(once)
    assert tree.same(before, after), once
    assert len(before.comments) == len(after.comments), once
    assert once == format_source(once)


@quick
@given(strategies.written_texts)
def test_texts_keep_their_value_and_their_escapes(text):
    before, findings = parser.parse(Source(text), repl=True)
    if findings:
        return
    once = format_source(text)
    assert tree.same(before, parsed(once)), once
    assert ESCAPE.findall(text) == ESCAPE.findall(once)
    assert once == format_source(once)


@quick
@given(strategies.rough_text | st.text())
@example('""" { "')
@example("(" * 3000)
@example("x" + "[" * 3000 + "]" * 3000)
@example('"{' * 500)
@example("if a {" * 600 + "}" * 600)
@example("match x {" * 50)
@example("}" * 50 + ")" * 50)
def test_no_text_makes_lexer_parser_or_formatter_raise_anything_but_findings(text):
    source = Source(text)
    for token in lexer.tokens(source):
        assert 0 <= token.start <= token.end <= len(text)
    program, findings = parser.parse(source)
    for finding in findings:
        assert 0 <= finding.span.start <= finding.span.end <= len(text)
        assert finding.message
    assert isinstance(parser.is_complete(text), bool)
    if parser.parse(source, repl=True)[1]:
        with pytest.raises(CheckError):
            format_source(source)
        return
    once = format_source(source)
    assert tree.same(parser.parse(source, repl=True)[0], parsed(once)), once
    assert once == format_source(once)
    assert isinstance(program, tree.Program)
