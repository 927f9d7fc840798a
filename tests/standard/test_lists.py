"""Standard functions on lists."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planlang.runtime.errors import LimitError
from planlang.runtime.run import Limits, Run, RunOptions
from planlang.runtime.standard import bind
from planlang.runtime.values import from_python, to_python

from .values import data


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("range", [3], [0, 1, 2]),
        ("range", [5, 0, -2], [5, 3, 1]),
        ("range", [-2], []),
        ("reversed", [range(0, 6, 2)], [4, 2, 0]),
        ("zip", [[1, 2, 3], "ab"], None),
        ("zip", [range(25_000), range(20_001)], [[i, i] for i in range(20_001)]),
        ("enumerate", [["a"], 5], [[5, "a"]]),
        ("count", [[1, True, 1.0, "1", [1]], 1], 3),
        ("count", ["aaaa", "aa"], 2),
        ("counts", [["b", "a", "b", "c"]], {"b": 2, "a": 1, "c": 1}),
        ("counts", ["aab"], {"a": 2, "b": 1}),
        ("index_of", [[[1], {"a": 1}], {"a": 1}], 1),
        ("index_of", [[], 1], None),
        ("index_of", [range(10**12), 5], 5),
        ("first", [range(3)], 0),
        ("last", [[1, 2]], 2),
        ("first", [[], None], None),
        ("unique", [[1, True, 1.0, "1", [1], [1.0], {"a": [1]}, {"a": [True]}]], [1, "1", [1], {"a": [1]}]),
        ("flatten", [[[1, [2]], [], range(2)]], [1, [2], 0, 1]),
        ("chunks", [[1, 2, 3], 2], [[1, 2], [3]]),
        ("chunks", [[1, 2], 10**30], [[1, 2]]),
        ("join", [["a", "b"], "-"], "a-b"),
        ("join", [[]], ""),
        ("any", [[]], False),
        ("all", [[]], True),
        ("any", [[False, True]], True),
        ("find_first", [[1, 2], lambda x: x > 1], 2),
        ("find_first", [[1], lambda x: x > 1], None),
        ("reduce", [[1, 2], lambda a, x: a * 10 + x, 0], 12),
        ("group_by", [[1, 2, 3], lambda x: x % 2 == 0], {False: [1, 3], True: [2]}),
        ("top", [[3, 1, 2], 2], [3, 2]),
        ("top", [["aa", "b", "cc"], 2, len], ["aa", "cc"]),
        ("top", [[1], 10**30], [1]),
        ("sorted", [["b", "a"], None, True], ["b", "a"]),
        ("sorted", [[True, False]], [False, True]),
        ("sorted", [[[2], [1, 5], []]], [[], [1, 5], [2]]),
        ("sorted", [[{"n": 2}, {"n": 1}], lambda r: r["n"]], [{"n": 1}, {"n": 2}]),
    ],
)
def test_what_functions_give(call, name: str, arguments: list, expected: object):
    if expected is None and name == "zip":
        assert "type" == call.error(name, *arguments).kind
        return
    assert repr(expected) == repr(call(name, *arguments))


@pytest.mark.parametrize(
    ("name", "arguments", "kind"),
    [
        ("first", [[]], "value"),
        ("last", [[]], "value"),
        ("range", [1, 5, 0], "value"),
        ("range", [10**30], "value"),
        ("chunks", [[1], 0], "value"),
        ("top", [[1], -1], "value"),
        ("flatten", [[1]], "type"),
        ("counts", [[[1]]], "type"),
        ("group_by", [[1], lambda _: from_python([1])], "type"),
        ("any", [[1]], "type"),
        ("all", [[True], lambda _: "yes"], "type"),
        ("sorted", [[{}, {}]], "type"),
        ("sorted", [[1, True]], "type"),
        ("sorted", [[1], None, 1], "type"),
        ("zip", [[1], "ab"], "type"),
    ],
)
def test_what_functions_refuse(call, name: str, arguments: list, kind: str):
    assert kind == call.error(name, *arguments).kind


def test_counts_begin_with_the_most_frequent(call):
    words = ["the", "cat", "and", "the", "dog", "and", "the", "bird"]
    assert Counter(words).most_common(2) == list(call("counts", words).items())[:2]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 9), max_size=30), st.booleans(), st.integers(1, 4))
def test_sorting_is_stable_in_chunks_too(monkeypatch_chunk, xs: list[int], reverse: bool, chunk: int):
    monkeypatch_chunk(chunk)
    pairs = [[x, at] for at, x in enumerate(xs)]
    answer = bind("sorted", Run())(from_python(pairs), lambda pair: pair[0], reverse)
    assert sorted(pairs, key=lambda pair: pair[0], reverse=reverse) == to_python(answer)


@pytest.fixture(scope="module")
def monkeypatch_chunk():
    from planlang.runtime.standard import ordering

    before = ordering.CHUNK

    def set_chunk(size: int) -> None:
        ordering.CHUNK = size

    yield set_chunk
    ordering.CHUNK = before


def test_large_lists_are_sorted(call):
    xs = [(i * 7919) % 100_003 for i in range(50_000)]
    assert sorted(xs) == call("sorted", xs)
    assert sorted(xs, key=str) == call("sorted", xs, key=lambda x: f"{x}")


@given(st.lists(data, max_size=6))
def test_unique_elements_are_those_not_seen_before(xs: list[object]):
    expected = [x for at, x in enumerate(map(to_python, xs)) if x not in list(map(to_python, xs[:at]))]
    assert expected == to_python(bind("unique", Run())(from_python(xs)))


def test_elements_count_as_steps():
    run = Run(RunOptions(limits=Limits(max_steps=100)))
    assert 60 == len(bind("map", run)(range(60), lambda x: x))
    with pytest.raises(LimitError):
        bind("map", run)(range(60), lambda x: x)


def test_an_error_in_a_callback_comes_through(call):
    assert "arithmetic" == call.error("map", [1], lambda x: bind("sqrt", Run())(-x)).kind


def test_a_table_is_aligned(call):
    rows = [{"name": "fig", "n": 3, "note": "a\nb"}, {"name": "情感", "n": 12}, {"n": None, "more": [1]}]
    expected = [
        "name   n  note  more",
        "----  --  ----  ----",
        "fig    3  a b",
        "情感  12",
        "                [1]",
    ]
    assert expected == call("table", rows).split("\n")
    assert ["n", "-", "3"] == call("table", rows[:1], ["n"]).split("\n")
    assert "name\n----" == call("table", [], ["name"])
