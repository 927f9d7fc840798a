"""Small values that stand for huge ones, and calls that would build them: each ends at once in a limit."""

from __future__ import annotations

import time

import pytest

from planlang.lang.types import INT, ListType, Named, union
from planlang.runtime import display, equality, sizes
from planlang.runtime.canonical import digest
from planlang.runtime.errors import LimitError
from planlang.runtime.run import Limits, Run, RunOptions
from planlang.runtime.standard import bind
from planlang.runtime.validate import conforms
from planlang.runtime.values import new_list

from .values import bomb, tower


@pytest.fixture(autouse=True)
def soon():
    start = time.process_time()
    yield
    assert time.process_time() - start < 30  # going through them part by part would take years


def test_equality_of_bombs_built_apart():
    assert equality.equal(bomb(60), bomb(60))
    assert not equality.equal(bomb(60, 1), bomb(60, 2))


def test_order_of_bombs_built_apart():
    assert 0 == equality.compare(bomb(60), bomb(60))
    assert -1 == equality.compare(bomb(60, 1), bomb(60, 2))


@pytest.mark.parametrize("name", ["str", "repr", "to_json", "digest", "print"])
def test_text_of_a_bomb_is_too_large(name: str):
    with pytest.raises(LimitError):
        bind(name, Run())(bomb(60))


@pytest.mark.parametrize("make", [sizes.size, display.text, display.literal, digest])
def test_what_works_on_whole_values_refuses_a_bomb(make):
    with pytest.raises(LimitError):
        make(bomb(60))


def test_validation_of_a_bomb_looks_at_each_list_once():
    nested = Named("Nested")
    nested.type = ListType(union(INT, nested))
    assert conforms(bomb(60), nested)


def test_data_may_nest_ten_thousand_levels(call):
    deep = tower(10_000)
    text = call("to_json", deep)
    assert "[" * 10_000 + "1" + "]" * 10_000 == text
    assert equality.equal(deep, bind("from_json", Run())(text))
    assert 64 == len(call("digest", deep))


def test_deeper_data_is_refused(call):
    assert "limit" == call.error("to_json", tower(10_001)).kind
    assert "limit" == call.error("from_json", "[" * 10_001 + "]" * 10_001).kind
    assert "limit" == call.error("from_json", '{"a":' * 100_000).kind


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("pad_left", ["a", 10**12]),
        ("pad_right", ["a", 10**12]),
        ("replace", ["a" * 10**6, "a", "b" * 10**6]),
        ("join", [["a"] * 10**4, "b" * 10**6]),
        ("sub", ["a" * 10**5, "a", "b" * 10**5]),
        ("sorted", [range(10**12)]),
        ("map", [range(10**12), lambda x: x]),
        ("enumerate", [range(10**12)]),
        ("str", [range(10**12)]),
        ("shuffle", [range(10**12)]),
        ("chunks", [range(10**12), 2]),
        ("table", [[{"a": "x" * 10**6}] + [{"a": 1}] * 10**3]),
        ("int", ["9" * 10**6]),
        ("url_encode", ["ä" * 10**8]),
    ],
)
def test_a_result_that_would_be_too_large_is_refused_before_it_is_built(call, name: str, arguments: list):
    assert "limit" == call.error(name, *arguments).kind


def test_the_largest_int_has_a_text_and_back(call):
    largest = 2**524_288 - 1
    text = call("str", largest)
    assert 157_827 == len(text)
    assert largest == call("int", text)
    assert str(-(10**4299)) == call("str", -(10**4299))


def test_patterns_take_linear_time(call):
    assert not call("matches", "a" * 20_000 + "b", "^(a+)+$")
    assert "value" == call.error("matches", "a", "(((a{1000}){1000}){1000})").kind


def test_a_long_loop_counts_steps():
    run = Run(RunOptions(limits=Limits(max_steps=50_000)))
    with pytest.raises(LimitError):
        bind("sum", run)(range(10**12))


def test_what_is_shared_counts_each_time_in_the_size():
    part = new_list([1, 2])
    assert 8 * 2 + 2 * 16 == sizes.size(new_list([part, part]))
