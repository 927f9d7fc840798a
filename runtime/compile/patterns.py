"""Patterns of `match`: each becomes one test that binds its names on the way."""

from __future__ import annotations

import ast

from planlang.lang import tree

from . import nodes as py
from .expressions import needs_mark
from .frame import Frame


def pattern_test(frame: Frame, pattern: tree.Pattern, subject: str) -> ast.expr | None:
    """A test whether the Python variable `subject` matches; None if everything does."""
    match pattern:
        case tree.PatternAny():
            return None
        case tree.PatternName():
            return _bind(frame, pattern, subject)
        case tree.PatternLiteral(value=value):
            return frame.at(_literal(subject, value), pattern)
        case tree.PatternList(items=items):
            tests = [py.call("is_list_of", py.load(subject), py.constant(len(items)))]
            for number, item in enumerate(items):
                tests += _part(frame, item, subject, py.constant(number))
            return frame.at(py.both(*tests), pattern)
        case tree.PatternDict(entries=entries):
            tests = [py.type_is(py.load(subject), "PlanDict")]
            for entry in entries:
                tests.append(py.compare(py.constant(entry.key), ast.In(), py.load(subject)))
                tests += _part(frame, entry.pattern, subject, py.constant(entry.key))
            return frame.at(py.both(*tests), pattern)
        case tree.PatternOr(alternatives=alternatives):
            made = [pattern_test(frame, a, subject) for a in alternatives]
            known = [test for test in made if test is not None]
            return frame.at(py.either(*known), pattern) if len(known) == len(made) else None


def _literal(subject: str, value: object) -> ast.expr:
    """none, true and false match only themselves; numbers match numbers that are equal and no bools."""
    if value is None or isinstance(value, bool):
        return py.same(py.load(subject), py.constant(value))
    equal = py.compare(py.load(subject), ast.Eq(), py.constant(value))
    if isinstance(value, str):
        return equal
    return py.both(equal, py.not_(py.type_is(py.load(subject), "bool")))


def _part(frame: Frame, pattern: tree.Pattern, subject: str, place: ast.expr) -> list[ast.expr]:
    """Tests of a part of the subject, which they put into a variable of its own first."""
    if isinstance(pattern, tree.PatternAny):
        return []
    part = frame.temp()
    taken = py.either(
        py.same(py.walrus(part, py.subscript(py.load(subject), place)), py.constant(None)), py.constant(True)
    )
    test = pattern_test(frame, pattern, part)
    return [taken] if test is None else [taken, test]


def _bind(frame: Frame, pattern: tree.PatternName, subject: str) -> ast.expr:
    """A test that is always true and binds the pattern's name."""
    variable = frame.variable(pattern)
    assert variable is not None
    value = py.load(subject)
    if needs_mark(frame, pattern):
        value = py.call("share", value)
    bound = py.walrus(frame.name(variable), value)
    return frame.at(py.either(py.same(bound, py.constant(None)), py.constant(True)), pattern)
