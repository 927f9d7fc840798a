"""Values of command-line options, and telling the command's options from the task's."""

from __future__ import annotations

import pytest

from planlang.arguments import limits, models, permissions
from planlang.commands.run import Arguments, parser
from planlang.quantities import count, duration, size
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits
from planlang.task_options import sort_words
from planlang.usage import UsageError


@pytest.mark.parametrize(
    ("text", "amount"), [("2 GB", 2 * 10**9), ("500MB", 5 * 10**8), ("1.5 kb", 1500), ("1 GiB", 2**30), ("12", 12)]
)
def test_a_size_is_read_with_its_unit(text: str, amount: int):
    assert amount == size(text)


@pytest.mark.parametrize(("text", "seconds"), [("30", 30), ("0.5", 0.5), ("90s", 90), ("10m", 600), ("2h", 7200)])
def test_a_time_is_read_with_its_unit(text: str, seconds: float):
    assert seconds == duration(text)


@pytest.mark.parametrize("text", ["", "GB", "2 parsecs", "-1 GB", "1e3 MB", "٣ GB?"])
def test_what_is_no_size_is_refused(text: str):
    with pytest.raises(ValueError, match="not a size"):
        size(text)


def test_counts_take_separators_and_are_not_negative():
    assert 1_000_000 == count("1_000_000") == count("1,000,000")
    with pytest.raises(ValueError, match="less than 0"):
        count("-1")


def test_permissions_are_nothing_everything_or_what_is_listed():
    own = parser().parse_args(
        sort_words(["--allow-read", "--allow-net=a.org,b.org:80", "x.plan"], parser()).own, Arguments()
    )
    assert Permissions(read=(), net=("a.org", "b.org:80")) == permissions(own)


def test_an_optional_value_is_never_taken_from_the_next_word():
    own = parser().parse_args(sort_words(["--allow-read", "x.plan"], parser()).own, Arguments())
    assert "x.plan" == own.file


def test_limits_on_the_command_line_go_over_those_of_the_settings():
    own = parser().parse_args(["x.plan", "--max-steps=5"], Arguments())
    assert Limits(max_steps=5, max_calls=7) == limits(own, Limits(max_steps=1, max_calls=7))


def test_models_are_set_for_all_functions_or_one():
    own = parser().parse_args(["x.plan", "--model", "org/all", "--model", "generate=org/one"], Arguments())
    assert {"": "org/all", "generate": "org/one", "embed": "m"} == models(own, {"embed": "m", "": "old"})


@pytest.mark.parametrize("text", ["=x", "generate="])
def test_a_model_without_name_or_function_is_refused(text: str):
    with pytest.raises(UsageError, match="neither NAME nor FUNCTION=NAME"):
        models(parser().parse_args(["x.plan", "--model", text], Arguments()), {})


def test_words_are_sorted_into_own_and_given_ones():
    line = sort_words(
        ["--seed", "3", "x.plan", "main", "--urgent", "-0.5", "--rows=@a.csv", "--json", "--flag"], parser()
    )
    assert ["--seed=3", "x.plan", "main", "--json"] == line.own
    assert [("urgent", "-0.5"), ("rows", "@a.csv"), ("flag", None)] == line.given


def test_after_two_dashes_all_options_are_the_tasks():
    line = sort_words(["x.plan", "--", "--seed", "3", "--json"], parser())
    assert ["x.plan"] == line.own
    assert [("seed", "3"), ("json", None)] == line.given


def test_a_word_that_is_no_option_after_two_dashes_is_refused():
    with pytest.raises(UsageError, match="`loose` is no option"):
        sort_words(["x.plan", "--", "loose"], parser())
