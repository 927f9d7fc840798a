"""Generated programs show the same whether compiled or run by the reference interpreter.

How to search for longer stands in `searching.py`.
"""

from __future__ import annotations

from hypothesis import given, note, reject

from planlang.lang.diagnostics import CheckError

from .reference import Outcome
from .running import by_reference, compiled, line_by_line
from .searching import examples
from .strategies import annotated, plain, programs


@examples(280)
@given(programs())
def test_programs_show_what_the_reference_shows(program: str) -> None:
    """Printed lines, and kind and line of the error, are those of the interpreter that copies everything."""
    text = annotated(program)
    expected = _expected(text)
    _agrees(expected, text, metered=False)


@examples(160)
@given(programs())
def test_programs_show_the_same_with_steps_counted_and_without_annotations(program: str) -> None:
    """Counting steps and leaving out annotations changes the code that is generated, and not what it does."""
    expected = _expected(annotated(program))
    _agrees(expected, annotated(program), metered=True)
    _agrees(expected, plain(program), metered=False)


@examples(80)
@given(programs())
def test_sessions_show_what_the_whole_program_shows(program: str) -> None:
    """Statements given one by one, as in the REPL, where what follows is not known when a statement is compiled."""
    text = annotated(program)
    expected = _expected(text)
    note(text)
    try:
        found = line_by_line(text)
    except CheckError:
        reject()
    kind = (expected.error[0], 0) if expected.error is not None else None
    assert Outcome(expected.printed, kind) == found


def _expected(text: str) -> Outcome:
    expected = by_reference(text)
    if expected is None:
        reject()
    return expected


def _agrees(expected: Outcome, text: str, *, metered: bool) -> None:
    note(text)
    try:
        found = compiled(text, metered=metered)
    except CheckError:
        reject()  # the checker sees that a case is never reached, and the like
    assert expected == found


def test_the_reference_copies() -> None:
    """The reference itself is checked where its answer is plain to see."""
    text = 'let a = [[1]]\nlet b = a\nb[0].push(2)\nprint(a, b, [a, a.pop(), a])\nfail "no"\n'
    assert Outcome(["[[1]] [[1, 2]] [[[1]], [1], []]"], ("fail", 5)) == by_reference(text)
