"""Several errors in one run, at their places, and none that only follows from another."""

from __future__ import annotations

import pytest

from planlang.lang import parser, tree
from planlang.lang.source import Source


def places(text: str) -> list[str]:
    """Code and line of every finding."""
    source = Source(text)
    return [f"{f.code}:{source.position(f.span.start)[0]}" for f in parser.parse(source)[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("let = 1\nf()\nlet = 2", ["PL0101:1", "PL0101:3"]),
        ("fn f() {\n  let = 1\n  g()\n  h(1 2)\n}\nlet = 3", ["PL0101:2", "PL0126:4", "PL0101:6"]),
        ("if a b {\n  let = 1\n}", ["PL0126:1", "PL0101:2"]),
        ("match x {\n  case 1: f()\n  case 2 { g() }\n}", ["PL0124:2"]),
        ('let s = "abc\nlet = 1', ["PL0104:1", "PL0101:2"]),
        ("f(a\nlet y = 3\nlet = 1", ["PL0102:1", "PL0101:3"]),
        ("f(map(xs, fn(x) {\n  let = 1\n}))", ["PL0101:2"]),
        ("let x = “a” + 1\nlet = 2", ["PL0107:1", "PL0101:2"]),
    ],
)
def test_each_error_is_found_once(text, expected):
    """What fails is cut out, and the rest is read."""
    assert expected == places(text)


def test_what_could_be_parsed_is_in_the_tree():
    """The statements around the one that failed are there."""
    program, findings = parser.parse(Source("let a = 1\nlet = 2\nfn f() {\n  let = 3\n  g()\n}"))
    assert 2 == len(findings)
    assert [tree.Let, tree.FunctionDef] == [type(statement) for statement in program.statements]
    assert 1 == len(program.statements[1].body.statements)


def test_errors_are_capped():
    """Twenty are enough for one run."""
    assert 20 == len(places("let = 1\n" * 100))


def test_an_error_in_an_interpolation_points_into_the_text():
    """The place is exact."""
    source = Source('print("total: {a b} of {c}")')
    finding = parser.parse(source)[1][0]
    assert "b" == source.text[finding.span.start : finding.span.end]
