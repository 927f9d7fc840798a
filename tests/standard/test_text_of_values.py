"""Values as text: `str`, literals, and formats."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planlang.lang.types import ANY, DictType, ListType
from planlang.runtime.display import formatted, literal, text
from planlang.runtime.equality import equal
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.literals import from_text
from planlang.runtime.run import Limits
from planlang.runtime.values import Opaque, from_python

from .values import data, tower


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, "a", {"k": None, 2: "b"}], '[1, "a", {k: none, (2): "b"}]'),
        ({"a key": 1, "": 2, "9": 3, "情感": 4}, '{"a key": 1, "": 2, "9": 3, 情感: 4}'),
        ({None: 1, True: 2, 1.5: 3, -1: 4}, "{(none): 1, (true): 2, (1.5): 3, (-1): 4}"),
        ([True, False, None], "[true, false, none]"),
        ([1.0, 1e16, 5e-324, -0.0, math.inf, -math.inf], "[1.0, 1e+16, 5e-324, -0.0, inf, -inf]"),
        (['\n\t\r\\"{}', "\x1b[31m", "a\u202eb"], '["\\n\\t\\r\\\\\\"\\{\\}", "\\u{1b}[31m", "a\\u{202e}b"]'),
        ([[], {}], "[[], {}]"),
        (range(3), "[0, 1, 2]"),
        (len, "fn len"),
        (lambda: 1, "fn"),
    ],
)
def test_a_value_is_shown_as_the_language_writes_it(value: object, expected: str):
    assert expected == literal(from_python(value))


def test_text_is_shown_bare():
    assert 'a "b" {c}' == text('a "b" {c}')


def test_an_opaque_value_is_shown_by_its_type_or_as_it_says():
    class Plain(Opaque):
        plan_type = "index"

    class Vector(Opaque):
        plan_type = "vector"

        def __str__(self) -> str:
            return "<vector 384>"

    assert "[<index>, <vector 384>]" == literal(from_python([Plain(), Vector()]))


@settings(deadline=None)
@given(data)
def test_a_literal_reads_back_as_the_value(value: object):
    type_ = DictType(ANY, ANY) if isinstance(value, dict) else ListType(ANY)
    whole = value if isinstance(value, (list, dict)) else from_python([value])
    assert equal(whole, from_text(literal(whole), type_))


def test_a_literal_of_deep_data_needs_no_stack():
    assert 20_001 == len(literal(tower(10_000)))


def test_text_larger_than_the_limit_is_refused():
    with pytest.raises(LimitError):
        literal(from_python(["\x00" * 100]), Limits(value_size=300))


# --- Formats ---------------------------------------------------------------------------------------------

SPECS = ["", "5", ">8", "<8", "^8", "*^9", "08", "+", " ", ",", "_", "d", "x", "#x", "b", "o", "X", "e", "f", "g", "%",
         ".2f", "8.3f", "+.1e", ",.2f", "s", ".2", ".3s", ">8s", "08.2f", "#b", "=+6d", "0>5"]  # fmt: skip


@settings(deadline=None)
@given(st.integers() | st.floats(allow_nan=False) | st.text(max_size=5), st.sampled_from(SPECS))
def test_formats_are_those_of_python(value: object, spec: str):
    try:
        expected = format(value, spec) if spec else text(value)
    except (ValueError, OverflowError):
        with pytest.raises(PlanError):
            formatted(value, spec)
    else:
        assert expected == formatted(value, spec)


@pytest.mark.parametrize(
    ("value", "spec", "expected"),
    [(True, ">6", "  true"), (None, "^8", "  none  "), ([1], ">6", "   [1]"), (True, "d", "1"), (True, ".1f", "1.0")],
)
def test_what_is_no_number_is_formatted_as_its_text(value: object, spec: str, expected: str):
    assert expected == formatted(from_python(value), spec)


@pytest.mark.parametrize("spec", ["{}", "10001", ".10001f", "999999999999", "n", "c", "!r", "z", "q", "0.a", "\n\n"])
def test_an_unknown_or_too_wide_format_is_a_value_error(spec: str):
    with pytest.raises(PlanError) as caught:
        formatted(1.5, spec)
    assert "value" == caught.value.kind


def test_large_ints_are_formatted():
    assert format(10**4000, ",") + ",000" * 200 == formatted(10**4600, ",")
    assert "-1" + "0" * 4600 == formatted(-(10**4600), "d")
