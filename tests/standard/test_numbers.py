"""Standard functions on numbers."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planlang.runtime.run import Run
from planlang.runtime.standard import bind
from planlang.runtime.values import from_python

ints = st.integers(-(10**30), 10**30)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("abs", [-2.5], 2.5),
        ("sum", [[]], 0),
        ("sum", [[True, True, 1]], 3),
        ("sum", [[1, 0.5]], 1.5),
        ("sum", [range(100_000)], 4_999_950_000),
        ("mean", [[1, 2]], 1.5),
        ("mean", [[True, False]], 0.5),
        ("median", [[2]], 2.0),
        ("round", [1234.5, -2], 1200.0),
        ("round", [7, 1], 7.0),
        ("round", [0.5], 0),
        ("round", [1.5, 10**30], 1.5),
        ("floor", [10**30], 10**30),
        ("log", [1000, 10], 3.0),
        ("log", [2**100_000, 2], 100_000.0),
        ("clamp", [5, 1, 10], 5),
        ("divmod", [-7, 2], [-4, 1]),
        ("divmod", [7.5, 2], [3.0, 1.5]),
        ("int", [" -42 "], -42),
        ("int", ["1_000"], 1000),
        ("int", [True], 1),
        ("int", [None, 7], 7),
        ("int", ["2.5", None], None),
        ("int", [2.9], 2),
        ("float", ["1e5"], 1e5),
        ("float", ["inf"], math.inf),
        ("float", ["x", "no"], "no"),
        ("min", [[3, 1.5, 2]], 1.5),
        ("min", ["b", "a"], "a"),
        ("max", [[[1, 2], [1, 3]]], [1, 3]),
        ("max", [2, 2.0, 1], 2),
    ],
)
def test_what_functions_give(call, name: str, arguments: list, expected: object):
    answer = call(name, *arguments)
    assert (type(expected), expected) == (type(answer), answer)


@pytest.mark.parametrize(
    ("name", "arguments", "kind"),
    [
        ("sqrt", [-1], "arithmetic"),
        ("log", [0], "arithmetic"),
        ("log", [2, 1], "arithmetic"),
        ("log", [2, -1], "arithmetic"),
        ("log", [math.inf, math.inf], "arithmetic"),
        ("exp", [1000], "arithmetic"),
        ("exp", [10**400], "arithmetic"),
        ("sin", [math.inf], "arithmetic"),
        ("floor", [math.inf], "arithmetic"),
        ("round", [-math.inf], "arithmetic"),
        ("round", [10**400, 1], "arithmetic"),
        ("int", [math.inf], "arithmetic"),
        ("float", [10**400], "arithmetic"),
        ("divmod", [1, 0], "arithmetic"),
        ("sum", [[math.inf, -math.inf]], "arithmetic"),
        ("sum", [[10**400, 0.5]], "arithmetic"),
        ("mean", [[]], "value"),
        ("median", [[]], "value"),
        ("clamp", [1, 3, 2], "value"),
        ("int", ["x"], "value"),
        ("int", [""], "value"),
        ("int", ["2.5"], "value"),
        ("int", ["٣x"], "value"),
        ("float", ["nan"], "value"),
        ("float", ["9" * 400], "value"),
        ("int", [[1]], "type"),
        ("int", [None], "type"),
        ("int", [[1], 0], "type"),
        ("min", [], "type"),
        ("min", [5], "type"),
        ("min", [[]], "value"),
        ("max", [[1, "a"]], "type"),
        ("min", [[2**524_287, 1, "a"]], "type"),
        ("sum", [[2**524_287, 2**524_287]], "limit"),
    ],
)
def test_what_functions_refuse(call, name: str, arguments: list, kind: str):
    assert kind == call.error(name, *arguments).kind


@pytest.mark.parametrize(("name", "default"), [("min", 3), ("max", None)])
def test_a_default_stands_in_for_an_empty_list(call, name: str, default: object):
    assert default == call(name, [], default=default)


def test_a_key_decides_and_the_first_of_equals_wins(call):
    assert "aa" == call("min", ["bbb", "aa", "cc"], key=len)
    assert "bbb" == call("max", ["bbb", "aa", "ccc"], key=len)


@settings(deadline=None)
@given(st.lists(ints))
def test_sums_of_ints_are_exact(xs: list[int]):
    assert sum(xs) == bind("sum", Run())(from_python(xs))


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.randoms())
def test_sums_of_floats_do_not_depend_on_their_order(xs: list[float], random: object):
    shuffled = list(xs)
    random.shuffle(shuffled)
    assert bind("sum", Run())(from_python(xs)) == bind("sum", Run())(from_python(shuffled))
    assert math.fsum(xs) == bind("sum", Run())(from_python(xs))


@settings(deadline=None)
@given(st.lists(st.integers(-1000, 1000), min_size=1))
def test_the_median_is_that_of_python(xs: list[int]):
    assert statistics.median(xs) == bind("median", Run())(from_python(xs))


@settings(deadline=None)
@given(st.integers(-(10**6000), 10**6000))
def test_ints_survive_their_text(number: int):
    assert number == bind("int", Run())(bind("str", Run())(number))
