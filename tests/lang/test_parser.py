"""Trees: precedence, texts, documentation, signatures, spans and completeness."""

from __future__ import annotations

import time

import pytest

from planlang.lang import parser, tree
from planlang.lang.diagnostics import CheckError
from planlang.lang.formatter import format_expression, format_type
from planlang.lang.source import Source


def expression(text: str) -> tree.Expression:
    return parser.parse_expression(Source(text))


def program(text: str) -> tree.Program:
    parsed, findings = parser.parse(Source(text))
    assert [] == [finding.message for finding in findings]
    return parsed


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("counts[w] ?? 0 + 1", "(counts[w] ?? 0) + 1"),
        ("a.b ?? c.d ?? e", "a.b ?? (c.d ?? e)"),
        ("a ?? b * c", "(a ?? b) * c"),
        ("-2 ** 2", "-(2 ** 2)"),
        ("2 ** -1", "2 ** (-1)"),
        ("2 ** 3 ** 2", "2 ** (3 ** 2)"),
        ("-a ?? b", "(-a) ?? b"),
        ("1 - 2 - 3", "(1 - 2) - 3"),
        ("not a == b and c or d", "((not (a == b)) and c) or d"),
        ("a not in b", "(a) not in (b)"),
        ("if a then b else if c then d else e", "if a then b else (if c then d else e)"),
        ("fn(x) => x or y", "fn(x) => (x or y)"),
    ],
)
def test_precedence(text, grouped):
    """§2 of the reference; what needs no parentheses is printed without."""
    assert tree.same(expression(grouped), expression(text))
    assert text == format_expression(expression(grouped))


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("fn(A) -> B?", "(fn(A) -> B)?"),
        ("fn(A) -> B | C", "(fn(A) -> B) | C"),
        ("fn(A) -> (B | C)", "fn(A) -> (B | C)"),
        ("fn(A) -> fn(B) -> C", "fn(A) -> (fn(B) -> C)"),
    ],
)
def test_precedence_of_types(text, grouped):
    """`?` and `|` after a function type belong to the whole."""
    parsed = parser.parse_type(Source(grouped))
    assert tree.same(parsed, parser.parse_type(Source(text)))
    assert text == format_type(parsed)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\n\t\"\{\}\\\u{1F600}"', 'a\n\t"{}\\\N{GRINNING FACE}'),
        (r"'a\n{b}'", r"a\n{b}"),
        ('"""\n  a\n    b\n  """', "a\n  b"),
        ('"""\n  a\n\n  """', "a\n"),
        ("'''\n    \\d\n  '''", "  \\d"),
        ('"""a\n  b"""', "a\nb"),
        ('""', ""),
        ('"""\n"""', ""),
        ('"""say "hi" """', 'say "hi" '),
    ],
)
def test_texts(text, value):
    """Escapes, raw texts, and texts over several lines."""
    assert tree.Literal(tree.Span(0, len(text)), value).value == expression(text).value


def test_text_with_interpolations_over_several_lines():
    """The indentation of the closing quotes' line goes from every line, whatever stands between."""
    parsed = expression('"""\n    {a} one\n      two {b}\n    """')
    assert ["Name", " one\n  two ", "Name"] == [
        part if isinstance(part, str) else type(part.value).__name__ for part in parsed.parts
    ]


def test_calls_methods_and_stored_functions():
    """`x.f(a)` is a method call; `(x.f)(a)` calls what is stored in a field."""
    assert isinstance(expression("x.f(a)"), tree.MethodCall)
    assert isinstance(expression("(x.f)(a)"), tree.Call)
    assert isinstance(expression("(x).f(a)"), tree.MethodCall)


def test_keys_of_dicts():
    """A bare name is a text, in parentheses it is a variable, and in a comprehension it is one anyway."""
    keys = [entry.key for entry in expression('{a: 1, "b c": 2, (c): 3, if: 4}').entries]
    assert ["a", "b c", "if"] == [key.value for key in keys if isinstance(key, tree.Literal)]
    assert ["c"] == [key.id for key in keys if isinstance(key, tree.Name)]
    assert "k" == expression("{k: 1 for k in xs}").key.id


def test_documentation_is_what_stands_directly_above():
    """`##` lines above a declaration are its documentation; an empty line parts them."""
    first, second = program("## One.\n## Two.\nfn f() { }\n\n## Lost.\n\ntype T = int\n").statements
    assert "One.\nTwo." == first.doc
    assert "" == second.doc


def test_spans_cover_the_text():
    """A span covers its node; parentheses belong to what is around."""
    source = Source("let x = (a + b) * c")
    statement = program(source.text).statements[0]
    shown = [source.text[n.span.start : n.span.end] for n in tree.walk(statement)]
    assert ["let x = (a + b) * c", "x", "(a + b) * c", "a + b", "a", "b", "c"] == shown


def test_signature():
    """What follows a variadic parameter or a lone `*` is given by name only."""
    parsed = parser.parse_signature(Source('## Doc.\nfn f[A, B](xs...: A, sep: str = " ") -> list[B]'))
    assert ("f", ("A", "B"), "Doc.") == (parsed.name, parsed.variables, parsed.doc)
    assert [("xs", True, False), ("sep", False, True)] == [
        (p.parameter.name, p.variadic, p.keyword_only) for p in parsed.params
    ]
    starred = parser.parse_signature(Source("fn f(a: int, *, b: int = 1)"))
    assert [False, True] == [p.keyword_only for p in starred.params]


def test_only_one_expression_or_type():
    """What is more, or less, is a finding."""
    for text in ["", "1 2", "let x = 1", "(1"]:
        with pytest.raises(CheckError):
            parser.parse_expression(Source(text))
    with pytest.raises(CheckError):
        parser.parse_type(Source("int int"))


@pytest.mark.parametrize(
    "text", ["f(", "fn f() {", "x = 1 +", 'x = """\na', "try { }", "if c", "[1,", "x = if a then b"]
)
def test_incomplete_inputs(text):
    """The REPL waits for more."""
    assert not parser.is_complete(text)


@pytest.mark.parametrize("text", ["", "f()", "x", "1 +* 2", "f(]", '"abc', "fn f() { }", "if c { }", "fn f()", "let x"])
def test_complete_inputs(text):
    """The REPL evaluates; a mistake is complete, so that it is shown."""
    assert parser.is_complete(text)


def test_any_expression_may_stand_alone_in_the_repl():
    """In a file only calls may."""
    assert [] == parser.parse(Source("1 + 1"), repl=True)[1]
    assert ["PL0109"] == [finding.code for finding in parser.parse(Source("1 + 1"))[1]]


@pytest.mark.parametrize(
    "text", ["(" * 100_000, "[" * 100_000 + "]" * 100_000, "x = " + "-" * 100_000 + "1", '"{' * 50_000, "{" * 100_000]
)
def test_no_depth_crashes_the_parser(text):
    """Deep nesting is a finding, and found quickly."""
    began = time.process_time()
    assert parser.parse(Source(text))[1]
    assert time.process_time() - began < 60


def test_long_programs_and_long_chains_of_else_if_parse():
    """Statements in a row and `else if` are flat, however many there are."""
    assert 20_000 == len(program("f()\n" * 20_000).statements)
    assert 1 == len(program("if a { }" + " else if a { }" * 5_000).statements)
