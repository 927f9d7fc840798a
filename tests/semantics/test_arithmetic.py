"""Operators on numbers and texts give what Python gives, in typed code and in untyped, or else the right error.

How to search for longer stands in `searching.py`.
"""

from __future__ import annotations

import sys
from typing import Any

from hypothesis import example, given, note
from hypothesis import strategies as st

from planlang.lang.diagnostics import CheckError

from .arithmetic import (
    ARITHMETIC,
    BITS,
    INTS,
    NUMBERS,
    TEXTS,
    Operation,
    RefusedError,
    expressions,
    literal,
    plain_values,
    work_out,
)
from .reference import Outcome
from .reference_functions import shown
from .running import compiled
from .searching import examples

sys.set_int_max_str_digits(0)
VALUES = st.fixed_dictionaries({"a": NUMBERS, "b": NUMBERS, "c": st.one_of(NUMBERS, NUMBERS, TEXTS)})


@examples(160)
@example(Operation("+", Operation("/", "a", "a"), "c"), {"a": 0, "b": 0, "c": ""})
@given(expressions("abc", ARITHMETIC), VALUES)
def test_arithmetic_is_that_of_python(expression: Any, values: dict[str, Any]) -> None:
    """`+ - * / // % **` on ints, floats, bools and now and then a text."""
    _agrees(expression, values)


@examples(80)
@given(expressions("ab", ("+", "-", "*", "//", "%")), st.fixed_dictionaries({"a": INTS, "b": INTS}))
def test_ints_are_exact_up_to_their_limit(expression: Any, values: dict[str, Any]) -> None:
    """Small ints, large ones, and ones as large as they may become."""
    _agrees(expression, values)


@examples(60)
@given(st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.fixed_dictionaries({"a": NUMBERS, "b": NUMBERS}))
def test_numbers_compare_as_in_python(op: str, values: dict[str, Any]) -> None:
    """Also an int beyond all floats with a float."""
    _agrees(Operation(op, "a", "b"), values)


@examples(60)
@given(st.sampled_from(["+", "*", "==", "!=", "<", "<=", ">", ">=", "-", "%"]), TEXTS, TEXTS | st.integers(-2, 5))
def test_texts_join_repeat_and_compare_as_in_python(op: str, a: str, b: Any) -> None:
    """Text with text and text with a number."""
    _agrees(Operation(op, "a", "b"), {"a": a, "b": b})


@examples(50)
@given(TEXTS, st.integers(-6, 6), st.integers(-6, 6))
def test_texts_are_taken_apart_as_in_python(text: str, start: int, stop: int) -> None:
    """Slices clamp, an index out of range is an error."""
    taken = text[start] if -len(text) <= start < len(text) else "index"
    expected = [text[start:stop], text[start:], text[:stop], taken, shown(text[:1] in text)]
    for annotation in (": str", ": any"):
        body = f"let s{annotation} = {literal(text)}\nlet i = {start}\nlet j = {stop}\n"
        ask = "print(s[i:j])\nprint(s[i:])\nprint(s[:j])\ntry { print(s[i]) } catch e { print(e.kind) }\n"
        assert "\n".join(expected).splitlines() == compiled(f"{body}{ask}print(s[:1] in s)\n").printed


# --- the forms in which an expression is written ---------------------------------------------------------


def _agrees(expression: Operation, values: dict[str, Any]) -> None:
    """Every form of the expression prints what Python works out, or fails with the right kind."""
    values = plain_values(values)
    expected = _outcome(expression, values, cap=True)
    allowed = [expected]
    if expected == "limit":
        allowed.append(_outcome(expression, values, cap=False))
    for form in (_annotated, _inferred, _untyped, _comprehended):
        text = form(expression, values)
        note(text)
        found = _found(text)
        exact = form is _untyped
        if found == "refused":
            # A mistake of types may stand behind an operation that fails first: `0 / 0 + ""`.
            assert expected in {"type", "arithmetic", "limit"}, f"the checker refuses what gives {expected}"
        else:
            assert found in (allowed[:1] if exact else allowed)


def _outcome(expression: Operation, values: dict[str, Any], *, cap: bool) -> str:
    try:
        return shown(work_out(expression, values, cap=cap))
    except RefusedError as error:
        return str(error)


def _found(text: str) -> str:
    """What the plan prints, or the kind of its error."""
    try:
        found: Outcome = compiled(text)
    except CheckError:
        return "refused"
    return found.error[0] if found.error is not None else "\n".join(found.printed)


def _annotated(expression: Operation, values: dict[str, Any]) -> str:
    types = {name: "float" if isinstance(value, float) else type(value).__name__ for name, value in values.items()}
    params = ", ".join(f"{name}: {type_}" for name, type_ in types.items())
    return f"fn f({params}) {{ return {expression} }}\nprint(f({_arguments(values)}))\n"


def _inferred(expression: Operation, values: dict[str, Any]) -> str:
    return "".join(f"let {name} = {literal(value)}\n" for name, value in values.items()) + f"print({expression})\n"


def _untyped(expression: Operation, values: dict[str, Any]) -> str:
    return f"fn f({', '.join(values)}) {{ return {expression} }}\nprint(f({_arguments(values)}))\n"


def _comprehended(expression: Operation, values: dict[str, Any]) -> str:
    lists = " ".join(f"for {name} in [{literal(value)}]" for name, value in values.items())
    return f"fn f() {{ return [{expression} {lists}][0] }}\nprint(f())\n"


def _arguments(values: dict[str, Any]) -> str:
    return ", ".join(literal(value) for value in values.values())


def test_literals_are_what_they_stand_for() -> None:
    """The tests' own way to write large numbers is right."""
    for value in (1 << 62, -(1 << 63), 10**400, (1 << BITS) - 1, -((1 << BITS) - 1), 0.1, -0.0, True, "é{\n"):
        assert [shown(value)] == ["\n".join(compiled(f"print({literal(value)})\n").printed)]
