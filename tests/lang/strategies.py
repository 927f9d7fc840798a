"""Hypothesis strategies for trees of the language: every tree they give can be written down."""

# ruff: noqa: SIM905 - lists of words read best as words
from __future__ import annotations

from functools import partial

from hypothesis import strategies as st

from planlang.lang import tree
from planlang.lang.source import Span

HERE = Span(0, 0)
BINARY = ("+", "-", "*", "/", "//", "%", "**", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or", "??")

names = st.sampled_from(["x", "total", "step", "type", "test", "case", "task", "needs", "None", "情感", "é", "_", "f1"])
keywords_too = names | st.sampled_from(["if", "none", "in", "match", "fn", "let"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', "{a}", "\\n", "'''", "a\n  b\n"]
)
numbers = st.integers(0, 10**20) | st.floats(min_value=0, allow_nan=False, allow_infinity=False)
constants = st.none() | st.booleans() | numbers | texts


def _tuple(of: st.SearchStrategy, least: int = 0, most: int = 3) -> st.SearchStrategy:
    return st.lists(of, min_size=least, max_size=most).map(tuple)


def _node(kind: type, *parts: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(partial(kind, HERE), *parts)


targets = _tuple(_node(tree.Target, names), 1)

type_leaves = (
    _node(tree.TypeName, st.sampled_from(["int", "none", "Mood", "any"]))
    | _node(tree.TypeName, st.just("Review"), st.just("helpers"))
    | _node(tree.TypeLiteral, st.booleans() | texts | st.integers(-9, 9) | st.floats(-1e3, 1e3))
)


def _wider_types(inner: st.SearchStrategy) -> st.SearchStrategy:
    fields = _node(tree.TypeField, keywords_too | texts, inner, st.none() | texts)
    return st.one_of(
        _node(tree.TypeApply, st.sampled_from(["list", "dict"]), _tuple(inner, 1, 2)),
        _node(tree.TypeTuple, _tuple(inner)),
        _node(tree.TypeRecord, _tuple(fields)),
        _node(tree.TypeUnion, _tuple(inner, 2)),
        _node(tree.TypeOptional, inner),
        _node(tree.TypeFunction, _tuple(inner), inner),
    )


types = st.recursive(type_leaves, _wider_types, max_leaves=6)

pattern_leaves = (
    _node(tree.PatternLiteral, st.none() | st.booleans() | texts | st.integers(-9, 9))
    | _node(tree.PatternAny)
    | _node(tree.PatternName, names.filter(lambda name: name != "_"))
)
patterns = st.recursive(
    pattern_leaves,
    lambda inner: st.one_of(
        _node(tree.PatternList, _tuple(inner)),
        _node(tree.PatternDict, _tuple(_node(tree.PatternEntry, keywords_too | texts, inner))),
        _node(tree.PatternOr, _tuple(inner, 2)),
    ),
    max_leaves=5,
)


def _merge(parts: list[str | tree.Interpolation]) -> tuple[str | tree.Interpolation, ...]:
    """Parts of a text as the parser gives them: no empty texts, no two texts in a row."""
    merged: list[str | tree.Interpolation] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif part != "":
            merged.append(part)
    return tuple(merged)


def _text(inner: st.SearchStrategy) -> st.SearchStrategy:
    interpolation = _node(tree.Interpolation, inner, st.sampled_from(["", ".2f", ">8", ","]))
    some = st.tuples(st.lists(texts | interpolation, max_size=2), interpolation, st.lists(texts, max_size=1))
    parts = some.map(lambda three: _merge([*three[0], three[1], *three[2]]))
    return _node(tree.Text, parts, st.sampled_from(['"', '"""']))


def parameters(inner: st.SearchStrategy) -> st.SearchStrategy:
    """Parameters with defaults taken from `inner`."""
    return _tuple(_node(tree.Parameter, names, st.none() | types, st.none() | inner, st.none() | texts))


def _wider_expressions(inner: st.SearchStrategy) -> st.SearchStrategy:
    spread = _node(tree.Spread, inner)
    clauses = _tuple(_node(tree.IfClause, inner) | _node(tree.ForClause, targets, inner), 0, 2)
    with_for = st.tuples(_node(tree.ForClause, targets, inner), clauses).map(lambda two: (two[0], *two[1]))
    bodies = inner | _node(tree.Block, _tuple(simple_statements(inner), 0, 2))
    return st.one_of(
        _text(inner),
        calls(inner),
        _node(tree.ListDisplay, _tuple(inner | spread)),
        _node(tree.DictDisplay, _tuple(_node(tree.Entry, inner, inner) | spread)),
        _node(tree.ListComprehension, inner, with_for),
        _node(tree.DictComprehension, inner, inner, with_for),
        _node(tree.Unary, st.sampled_from(["-", "not"]), inner),
        _node(tree.Binary, st.sampled_from(BINARY), inner, inner),
        _node(tree.Conditional, inner, inner, inner),
        _node(tree.Index, inner, inner),
        _node(tree.Slice, inner, st.none() | inner, st.none() | inner),
        _node(tree.Field, inner, keywords_too, st.just(HERE)),
        _node(tree.Lambda, parameters(inner), st.none() | types, bodies),
    )


def calls(inner: st.SearchStrategy) -> st.SearchStrategy:
    """Calls and method calls."""
    arguments = _tuple(_node(tree.Argument, st.none() | keywords_too, inner))
    return _node(tree.Call, inner, arguments) | _node(tree.MethodCall, inner, keywords_too, st.just(HERE), arguments)


def simple_statements(inner: st.SearchStrategy) -> st.SearchStrategy:
    """Statements without blocks of their own."""
    place = st.recursive(
        _node(tree.Name, names),
        lambda p: _node(tree.Index, p, inner) | _node(tree.Field, p, keywords_too, st.just(HERE)),
        max_leaves=3,
    )
    return st.one_of(
        _node(tree.Let, targets, st.none(), inner),
        _node(tree.Let, _tuple(_node(tree.Target, names), 1, 1), types, inner),
        _node(tree.Assign, place, st.sampled_from(["", "+", "-", "*", "/", "//", "%"]), inner),
        _node(tree.ExpressionStatement, calls(inner)),
        _node(tree.Return, st.none() | inner),
        _node(tree.Fail, inner),
        _node(tree.Assert, inner, st.none() | inner),
        _node(tree.Step, _node(tree.Literal, texts) | _text(inner)),
        _node(tree.Needs, _tuple(_node(tree.Resource, names, inner), 1, 2), st.booleans()),
        _node(tree.Mock, names, inner, st.none() | names),
        _node(tree.Import, names, st.just(False), st.none() | names),
        _node(tree.Import, texts, st.just(True), st.none() | names),
        _node(tree.TypeDef, names, st.just(HERE), types),
        _node(tree.Break) | _node(tree.Continue),
    )


expressions = st.recursive(_node(tree.Literal, constants) | _node(tree.Name, names), _wider_expressions, max_leaves=10)


def _wider_statements(inner: st.SearchStrategy) -> st.SearchStrategy:
    block = _node(tree.Block, _tuple(inner))
    bodies = block | expressions
    return st.one_of(
        _node(tree.If, expressions, block, st.none() | block),
        _node(tree.While, expressions, block),
        _node(tree.For, targets, expressions, block),
        _node(tree.Match, expressions, _tuple(_node(tree.Case, patterns, st.none() | expressions, block), 1)),
        _node(tree.Try, block, st.none() | _node(tree.Target, names), block),
        _node(
            tree.FunctionDef, names, st.just(HERE), parameters(expressions), st.none() | types, bodies, st.booleans()
        ),
        _node(tree.Test, texts, block),
    )


statements = st.recursive(simple_statements(expressions), _wider_statements, max_leaves=5)
programs = _node(tree.Program, _tuple(statements, 0, 4))

TOKENS = [
    *"let if else for in while match case fn task type test step try catch return x y 1 2.5 true none".split(),
    *"( ) [ ] { } , : ; = == + - * / // ** ?? . ... => -> | ? < @ $ \\".split(),
    '"a"', '"', "'", '"""', "'''", '"{x}"', "{x", "# c", "## d", "\n", "  ", "é", "“", "\u00a0", "1__0", "\\u{", "&&",
]  # fmt: skip
rough_text = st.lists(st.sampled_from(TOKENS), max_size=40).map(" ".join) | st.lists(
    st.sampled_from(TOKENS), max_size=25
).map("".join)
"""Text that comes close to programs, well formed or not."""

TEXT_PIECES = [
    "\\u{41}",
    "\\u{1f600}",
    "\\n",
    "\\\\",
    "\\}",
    '\\"',
    "a",
    "}",
    "  ",
    "\t",
    "{x}",
    '{f("\\t{x}")}',
    "{x:.2f}",
]
_one_line = st.lists(st.sampled_from(TEXT_PIECES), max_size=8).map("".join)
_more_lines = st.lists(st.sampled_from([*TEXT_PIECES, "\n", "\n  ", '"']), max_size=12).map("".join)
written_texts = st.one_of(
    _one_line.map('fn f() {{ return "{}" }}'.format),
    _more_lines.map('fn f() {{ return """{}""" }}'.format),
    _more_lines.map('let x = [1, """\n  {}\n  """]'.format),
)
"""Texts with escapes and interpolations, on one line and over several, as people write them."""
