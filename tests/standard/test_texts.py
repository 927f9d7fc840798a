"""Standard functions on text, regular expressions, dicts and dates, and the recorded ones."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planlang.runtime.run import Run, RunOptions
from planlang.runtime.standard import bind
from planlang.runtime.values import from_python, to_python


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("title", ["o'neil's CAT"], "O'neil's Cat"),
        ("split", ["a b\u3000c"], ["a", "b", "c"]),
        ("split", ["", ","], [""]),
        ("lines", ["a\r\nb\n\nc"], ["a", "b", "", "c"]),
        ("lines", [""], []),
        ("lines", ["\n"], [""]),
        ("strip", ["xxaxx", "x"], "a"),
        ("replace", ["aaa", "aa", "b"], "ba"),
        ("find", ["abc", ""], 0),
        ("pad_left", ["abc", -5], "abc"),
        ("pad_right", ["é", 3, "·"], "é··"),
        ("is_digit", [""], False),
        ("is_digit", ["²"], False),
        ("url_encode", ["~a-b_c.d"], "~a-b_c.d"),
        ("matches", ["É", "(?i)é"], True),
        ("matches", ["a\nb", "^b"], False),
        ("matches", ["a\nb", "(?m)^b"], True),
        ("find_all", ["aaa", "^a"], ["a"]),
        ("find_all", ["naïve 42", "\\pL+"], ["naïve"]),
        ("find_all", ["", "x*"], [""]),
        ("capture", ["ac", "(a)(b)?(c)"], ["a", None, "c"]),
        ("capture", ["x", "(\\d)"], None),
        ("capture", ["x", "x"], []),
        ("sub", ["a.b", "\\.", "\\\\"], "a\\b"),
        ("sub", ["éa", "", "-"], "-é-a-"),
        ("sub", ["ab", "(x)?b", "[\\1\\0]"], "a[b]"),
        ("get", [{"a": None}, "a", 1], None),
        ("get", [{1: "x"}, True], "x"),
        ("merge", [{"a": 1, "b": 2}, {"a": 3}], {"a": 3, "b": 2}),
        ("pick", [{"a": 1, "b": 2}, ["b", "x", "a"]], {"b": 2, "a": 1}),
        ("parse_date", ["2024-05-17 10:00"], "2024-05-17T10:00:00"),
        ("parse_date", ["2024-05-17T10:00:00.5+02:00"], "2024-05-17T10:00:00.500000+02:00"),
        ("parse_date", ["2024-05-17T10:00Z"], "2024-05-17T10:00:00Z"),
        ("parse_date", ["2024-W20-5"], "2024-05-17"),
        ("parse_date", ["3 May 24, 5PM", "%d %b %y, %I%p"], "2024-05-03T17:00:00"),
        ("format_date", ["2024-05-17T10:30:00", "%H:%M 100%%"], "10:30 100%"),
        ("format_date", ["0024-05-17", "%Y"], "0024"),
        ("days_between", ["2024-05-17T23:00:00", "2024-05-18T01:00:00"], 1),
        ("days_between", ["2024-05-17", "2023-05-17"], -366),
        ("random_int", [3, 3], 3),
        ("sample", [[1], 1], [1]),
        ("shuffle", [[]], []),
    ],
)
def test_what_functions_give(call, name: str, arguments: list, expected: object):
    assert repr(expected) == repr(call(name, *arguments))


@pytest.mark.parametrize(
    ("name", "arguments", "kind"),
    [
        ("split", ["a", ""], "value"),
        ("replace", ["a", "", "b"], "value"),
        ("pad_left", ["a", 5, ""], "value"),
        ("pad_left", ["a", -(10**30)], "value"),
        ("code", ["ab"], "value"),
        ("char", [0xD800], "value"),
        ("char", [-1], "value"),
        ("matches", ["a", "("], "value"),
        ("matches", ["a", "(?=a)"], "value"),
        ("matches", ["aa", "(a)\\1"], "value"),
        ("matches", ["a", "a" * 200_000], "value"),
        ("sub", ["a", "a", "\\1"], "value"),
        ("sub", ["a", "a", "\\x"], "value"),
        ("sub", ["a", "a", "\\"], "value"),
        ("get", [{}, [1]], "type"),
        ("pick", [{}, [[1]]], "type"),
        ("parse_date", ["yesterday"], "value"),
        ("parse_date", ["2024-02-30"], "value"),
        ("parse_date", ["1", "%Q"], "value"),
        ("parse_date", ["1 2", "%d %d"], "value"),
        ("parse_date", ["x", "%d.%m.%Y"], "value"),
        ("parse_date", ["1" * 5000], "value"),
        ("format_date", ["2024-05-17", "%"], "value"),
        ("days_between", ["2024-05-17", ""], "value"),
        ("random_int", [2, 1], "value"),
        ("sample", [[1], 2], "value"),
        ("sample", [[1], -1], "value"),
    ],
)
def test_what_functions_refuse(call, name: str, arguments: list, kind: str):
    assert kind == call.error(name, *arguments).kind


@settings(deadline=None)
@given(st.text("aéb😀", max_size=8), st.sampled_from(["a", "é*", "[ab]+", "", "a|", "b?", "(é)(a)?", "."]))
def test_matches_are_those_of_python(text: str, pattern: str):
    run = Run()
    expected = [found[0] for found in re.finditer(pattern, text)]
    assert expected == to_python(bind("find_all", run)(text, pattern))
    assert re.sub(pattern, "<\\\\>", text) == bind("sub", run)(text, pattern, "<\\\\>")
    assert (re.search(pattern, text) is not None) is bind("matches", run)(text, pattern)


def test_a_bad_pattern_is_shown_with_the_reason(call):
    error = call.error("matches", "a", "(?=a)")
    assert "'(?=a)' is no regular expression: invalid perl operator: (?=" == error.message
    assert error.hint.startswith("look-ahead and look-behind are not supported")


def test_random_values_follow_the_seed():
    def draw(seed: int) -> list[object]:
        run = Run(RunOptions(seed=seed))
        xs = from_python(list(range(10)))
        return [bind("random", run)(), bind("random_int", run)(1, 10**30), to_python(bind("shuffle", run)(xs))]

    assert draw(1) == draw(1)
    assert draw(1) != draw(2)


def test_now_is_iso_text_in_utc(call):
    now = call("now")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", now)
    assert now[:10] == call("format_date", now, "%Y-%m-%d")
