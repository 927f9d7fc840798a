"""Which newlines count, what a brace opens, and where a word is a keyword."""

from __future__ import annotations

import pytest

from planlang.lang import lexer
from planlang.lang.source import Source


def kinds(text: str) -> str:
    """The kinds of the tokens, with short names for newlines and braces of blocks."""
    short = {"NEWLINE": "/", "BLOCK_OPEN": "<", "BLOCK_CLOSE": ">"}
    return " ".join(short.get(token.kind, token.kind) for token in lexer.tokens(Source(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f()\ng()", "NAME ( ) / NAME ( )"),
        ("f();g()", "NAME ( ) / NAME ( )"),
        ("\n\nf()\n\n# c\n", "NAME ( )"),
        ("f(\n1,\n2\n)", "NAME ( NUMBER , NUMBER )"),
        ("x = 1 +\n2", "NAME = NUMBER + NUMBER"),
        ("xs\n.f()\n.g()", "NAME . NAME ( ) . NAME ( )"),
        ("a\nor b\nand c\n?? d", "NAME or NAME and NAME ?? NAME"),
        ("a\n- b", "NAME / - NAME"),
        ("if a { }\nelse { }", "if NAME < > else < >"),
        ("try { }\ncatch e { }", "try < > catch NAME < >"),
        ("f(fn() {\ng()\nh()\n})", "NAME ( fn ( ) < NAME ( ) / NAME ( ) > )"),
        ("type T =\n1\n| 2", "type NAME = NUMBER | NUMBER"),
    ],
)
def test_newlines(text, expected):
    """A newline ends a statement where the innermost bracket, and what stands around it, allow that."""
    assert expected == kinds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = {a: 1}", "NAME = { NAME : NUMBER }"),
        ("if c { }", "if NAME < >"),
        ("fn(x) => {a: x}", "fn ( NAME ) => { NAME : NAME }"),
        ("fn(x) -> {a: int} { }", "fn ( NAME ) -> { NAME : NAME } < >"),
        ("if a then {} else {}", "if NAME then { } else { }"),
        ("if if a then b else c { } else { }", "if if NAME then NAME else NAME < > else < >"),
        ("for k in {a: 1} { }", "for NAME in { NAME : NUMBER } < >"),
        (
            "match e { case {a: 1} | {b: 2} if g { } }",
            "match NAME < case { NAME : NUMBER } | { NAME : NUMBER } if NAME < > >",
        ),
        ("fn f() -> str? { }", "fn NAME ( ) -> NAME ? < >"),
        ("{a: 1}.f()", "{ NAME : NUMBER } . NAME ( )"),
    ],
)
def test_braces(text, expected):
    """A brace opens a block right after a value or type, and a dict, type or pattern elsewhere."""
    assert expected == kinds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('step "a"', "step TEXT"),
        ("step += 1", "NAME += NUMBER"),
        ("let train, test = pair", "let NAME , NAME = NAME"),
        ("type T = int", "type NAME = NAME"),
        ("type = 3", "NAME = NUMBER"),
        ("task f() { }", "task NAME ( ) < >"),
        ("f(task)", "NAME ( NAME )"),
        ('test("a")', "NAME ( TEXT )"),
        ("match e { case case { } case 2 { case = 3 } }", "match NAME < case NAME < > case NUMBER < NAME = NUMBER > >"),
        ("x.if.match", "NAME . NAME . NAME"),
        ("{if: 1, none: 2}", "{ NAME : NUMBER , NAME : NUMBER }"),
        ("f(in=1, x == 2)", "NAME ( NAME = NUMBER , NAME == NUMBER )"),
    ],
)
def test_words(text, expected):
    """Soft keywords are names but in their own statement; any keyword is a name as field, key and argument name."""
    assert expected == kinds(text)


def test_names_of_all_scripts():
    """Letters of any script make names, vowel signs included; symbols do not."""
    assert "NAME = NAME" == kinds("情感 = हिन्दी")
    assert "NAME" == kinds("x²")


def test_interpolations_are_tokens_with_their_own_places():
    """An interpolation is scanned in place, so that every token has its offsets in the file."""
    source = Source('"a {f("x"):>8} b"')
    pairs = [(token.kind, source.text[token.start : token.end]) for token in lexer.tokens(source)]
    assert [
        ("TEXT_OPEN", '"'),
        ("TEXT_PART", "a "),
        ("INTERPOLATION_OPEN", "{"),
        ("NAME", "f"),
        ("(", "("),
        ("TEXT", '"x"'),
        (")", ")"),
        ("FORMAT", ":>8"),
        ("INTERPOLATION_CLOSE", "}"),
        ("TEXT_PART", " b"),
        ("TEXT_CLOSE", '"'),
    ] == pairs
