"""Equality, order and digests of values."""

from __future__ import annotations

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planlang.runtime.canonical import canonical, digest, fingerprint
from planlang.runtime.equality import compare, equal
from planlang.runtime.errors import PlanError
from planlang.runtime.values import from_python, to_python

from .values import data, finite, tower

ordered = st.recursive(finite | st.integers(), lambda inner: st.lists(inner, max_size=3), max_leaves=6)


@settings(deadline=None)
@given(data, data)
def test_equality_is_that_of_python(a: object, b: object):
    assert (to_python(a) == to_python(b)) is equal(a, b)


@given(data)
def test_a_copy_is_equal(value: object):
    copy = from_python(to_python(value))
    assert equal(value, copy)
    assert fingerprint(value) == fingerprint(copy)


@settings(deadline=None)
@given(data, data)
def test_fingerprints_are_equal_as_values_are(a: object, b: object):
    assert equal(a, b) is (fingerprint(a) == fingerprint(b))


@pytest.mark.parametrize(
    ("a", "b"),
    [(1, 1.0), (1, True), ([1, [2]], [True, [2.0]]), (range(3), [0, 1, 2]), ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
     ([], range(0)), ({1: "x"}, {True: "x"}), (range(0, 4, 2), range(0, 3, 2))],
)  # fmt: skip
def test_equal_values(a: object, b: object):
    assert equal(from_python(a), from_python(b))


@pytest.mark.parametrize(
    ("a", "b"), [(1, "1"), ([], {}), (None, False), ([1], [1, 2]), ({"a": 1}, {"b": 1}), ([[]], [{}]), (len, abs)]
)
def test_unequal_values(a: object, b: object):
    assert not equal(from_python(a), from_python(b))


@settings(deadline=None)
@given(st.lists(ordered, max_size=3), st.lists(ordered, max_size=3))
def test_the_order_of_lists_is_that_of_python(a: list[object], b: list[object]):
    try:
        expected = (a > b) - (a < b)
    except TypeError:
        with pytest.raises(PlanError):
            compare(from_python(a), from_python(b))
    else:
        assert expected == compare(from_python(a), from_python(b))


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), max_size=3), max_size=6))
def test_the_order_sorts(rows: list[list[int]]):
    assert sorted(rows) == to_python(sorted(from_python(rows), key=functools.cmp_to_key(compare)))


@pytest.mark.parametrize(("a", "b"), [(1, "a"), ({}, {}), (None, None), (True, 1), ([1], ["a"]), ([{}], [{"a": 1}])])
def test_what_has_no_order(a: object, b: object):
    with pytest.raises(PlanError) as caught:
        compare(from_python(a), from_python(b))
    assert "type" == caught.value.kind


def test_deep_lists_are_compared():
    assert equal(tower(9_000), tower(9_000))
    assert 1 == compare(tower(9_000, 2), tower(9_000, 1))


def test_the_canonical_form_is_json_with_sorted_keys():
    value = from_python({"b": [1.0, 1.5, True, None, "é\n"], "a": {}})
    assert '{"a":{},"b":[1,1.5,true,null,"é\\n"]}' == canonical(value)


def test_keys_that_are_no_text_do_not_collide_with_text():
    assert digest(from_python({1: "x"})) != digest(from_python({"1": "x"}))
    assert digest(from_python({None: "x"})) != digest(from_python({"null": "x"}))


def test_a_function_has_no_digest():
    with pytest.raises(PlanError):
        digest(from_python([len]))
