"""JSON: as Python's own module reads and writes it, and as errors say what is wrong."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planlang.runtime.errors import PlanError
from planlang.runtime.json_reading import NotJson, decode
from planlang.runtime.run import Run
from planlang.runtime.standard import bind
from planlang.runtime.values import from_python, to_python

from .values import json_data

_to_json = bind("to_json", Run())
_from_json = bind("from_json", Run())


@settings(deadline=None)
@given(json_data, st.none() | st.integers(0, 4))
def test_writing_is_that_of_python(value: object, indent: int | None):
    assert json.dumps(value, indent=indent, ensure_ascii=False) == _to_json(from_python(value), indent)


@settings(deadline=None)
@given(json_data, st.none() | st.integers(0, 4), st.booleans())
def test_reading_is_that_of_python(value: object, indent: int | None, ascii_only: bool):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert repr(json.loads(text)) == repr(to_python(decode(text)))


@settings(deadline=None)
@given(st.text(st.sampled_from('[]{}:,"\\ntrue1.0e-+ '), max_size=12))
def test_what_is_no_json_is_refused_as_by_python(text: str):
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(NotJson):
            decode(text)
    else:
        assert repr(expected) == repr(to_python(decode(text)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this text is no JSON: at column 1 there should be a value"),
        ('{"a": }', "this text is no JSON: at column 7 there should be a value"),
        ("[1\n 2]", "this text is no JSON: at line 2, column 2 there should be a comma or ]"),
        ("{a: 1}", "this text is no JSON: at column 2 there should be a key in double quotes"),
        ('{"a" 1}', "this text is no JSON: at column 6 there should be a colon"),
        ("[1] 2", "this text is no JSON: at column 5 there should be nothing more"),
        ("NaN", "this text is no JSON: at column 1 there should be a value"),
        ("1e999", "this text is no JSON: at column 1 there should be a number that a float can hold"),
        ("[1,]", "this text is no JSON: at column 4 there should be a value"),
    ],
)
def test_an_error_says_where_and_what(text: str, message: str):
    with pytest.raises(PlanError) as caught:
        _from_json(text)
    assert message == caught.value.message


def test_of_equal_keys_the_last_wins():
    assert {"a": 2} == to_python(_from_json('{"a": 1, "a": 2}'))


def test_half_a_surrogate_pair_is_replaced():
    assert ["\ufffd", "😀"] == to_python(_from_json('["\\ud800", "\\ud83d\\ude00"]'))


def test_text_that_is_no_json_gives_the_default():
    assert 5 == _from_json("?", 5)
    assert "[1, 2]" == _to_json(_from_json("[1,2]", None))


def test_large_ints_are_exact():
    assert 10**5000 == _from_json("1" + "0" * 5000)
    assert "1" + "0" * 5000 == _to_json(10**5000)


@pytest.mark.parametrize(("value", "kind"), [([math.inf], "value"), ([len], "type"), ({"a": -math.inf}, "value")])
def test_what_json_cannot_say_is_refused(value: object, kind: str):
    with pytest.raises(PlanError) as caught:
        _to_json(from_python(value))
    assert kind == caught.value.kind


def test_keys_become_text_as_in_python():
    value = {1: "a", 1.5: "b", None: "c", False: "d"}
    assert json.dumps(value) == _to_json(from_python(value))
