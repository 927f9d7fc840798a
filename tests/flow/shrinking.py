"""Makes a program that fails smaller, as long as it still fails: statements go, expressions become parts of themselves.

It works on the text with the help of its tree, so that it does not matter who wrote the program.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from planlang.lang import tree
from planlang.lang.parser import parse
from planlang.lang.source import Source, Span

_STATEMENTS = (
    tree.Let, tree.Assign, tree.ExpressionStatement, tree.If, tree.While, tree.For, tree.Break, tree.Continue,
    tree.Return, tree.Match, tree.Fail, tree.Try, tree.Assert, tree.Step, tree.FunctionDef,
)  # fmt: skip
_EXPRESSIONS = (
    tree.Text, tree.ListDisplay, tree.DictDisplay, tree.ListComprehension, tree.DictComprehension, tree.Unary,
    tree.Binary, tree.Conditional, tree.Call, tree.MethodCall, tree.Index, tree.Slice, tree.Field, tree.Lambda,
)  # fmt: skip
_HOLDERS = (tree.Argument, tree.Entry, tree.Interpolation, tree.Spread)
_PLAIN = ("1", '"a"', "[]", "true", '"red"')


def shrink(text: str, fails: Callable[[str], bool], seconds: float = 60.0) -> str:
    """The smallest program found in so many seconds that still fails."""
    end = time.monotonic() + seconds
    progress = True
    while progress and time.monotonic() < end:
        progress = False
        for smaller in _candidates(text):
            if time.monotonic() > end:
                break
            if fails(smaller):
                text, progress = smaller, True
                break
    return text


def _candidates(text: str) -> Iterator[str]:
    """Smaller programs, those first from which most is gone."""
    program, findings = parse(Source(text, "program.plan"))
    if findings:
        return
    statements = [n for n in tree.walk(program) if isinstance(n, _STATEMENTS)]
    yield from _without(text, sorted(statements, key=lambda n: n.span.start - n.span.end))
    for node in statements:
        yield from _unwrapped(text, node)
    for node in tree.walk(program):
        if isinstance(node, _EXPRESSIONS):
            yield from _simpler(text, node)
        elif isinstance(node, tree.Case):
            yield _replaced(text, node.span, "")
    yield from _untyped(text, program)


def _without(text: str, nodes: list[tree.Node]) -> Iterator[str]:
    for node in nodes:
        yield _replaced(text, node.span, "")


def _unwrapped(text: str, node: tree.Node) -> Iterator[str]:
    """What stands inside a block, without the block; a branch without the others."""
    for child in tree.children(node):
        if isinstance(child, tree.Block):
            inner = text[child.span.start : child.span.end].strip()[1:-1]
            yield _replaced(text, node.span, inner.strip("\n"))
    if isinstance(node, tree.If) and node.otherwise is not None:
        yield _replaced(text, Span(node.body.span.end, node.otherwise.span.end), "")
    if isinstance(node, tree.Match):
        for case in node.cases:
            yield _replaced(text, node.span, text[case.body.span.start + 1 : case.body.span.end - 1].strip("\n"))


def _simpler(text: str, node: tree.Node) -> Iterator[str]:
    """A plain value, or a part of the expression, in its place; a list, dict or comprehension with a part less."""
    here = text[node.span.start : node.span.end]
    for plain in _PLAIN:
        if plain != here:
            yield _replaced(text, node.span, plain)
    for child in tree.children(node):
        inner = child.value if isinstance(child, _HOLDERS) else child
        if isinstance(inner, (*_EXPRESSIONS, tree.Name, tree.Literal)):
            part = text[inner.span.start : inner.span.end]
            if part != here and len(part) < len(here):
                yield _replaced(text, node.span, part)
    if isinstance(node, (tree.ListDisplay, tree.DictDisplay)):
        parts = [text[c.span.start : c.span.end] for c in tree.children(node)]
        for left_out in range(len(parts)):
            kept = ", ".join(parts[:left_out] + parts[left_out + 1 :])
            yield _replaced(text, node.span, f"[{kept}]" if here[0] == "[" else f"{{{kept}}}")
    if isinstance(node, (tree.ListComprehension, tree.DictComprehension)) and len(node.clauses) > 1:
        for clause in node.clauses[1:]:
            yield _replaced(text, clause.span, "")


def _untyped(text: str, program: tree.Node) -> Iterator[str]:
    """Without an annotation."""
    for node in tree.walk(program):
        if isinstance(node, (tree.Let, tree.Parameter)) and node.type is not None:
            end = node.type.span.end
            start = text.rindex(":", node.span.start, node.type.span.start)
            yield _replaced(text, Span(start, end), "")


def _replaced(text: str, span: Span, by: str) -> str:
    changed = text[: span.start] + by + text[span.end :]
    return "\n".join(line for line in changed.split("\n") if line.strip()) + "\n"
