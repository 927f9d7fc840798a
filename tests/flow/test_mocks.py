"""Tests with mocks run in flow form: what they replace, what overlaps, and that all forms show the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from zlib import crc32

import pytest
from hypothesis import given, reject

from planlang.lang import tree
from planlang.lang.signatures import Effect
from planlang.plugins import Item
from planlang.runtime.engine import TestResult
from planlang.runtime.errors import IN_TEST, LimitError
from planlang.runtime.run import Limits, RunOptions

from . import models
from .agreement import Comparer, RefusedError, a_comparer
from .programs import mocked_programs
from .test_equivalence import examples


@pytest.fixture(scope="module")
def comparer() -> Iterator[Comparer]:
    with a_comparer() as made:
        yield made


def _agrees(comparer: Comparer, program: str) -> None:
    timings = (crc32(program.encode()) % 1000,)
    try:
        found = comparer.disagreements(program, timings)
    except RefusedError:
        reject()
    if found:
        pytest.fail("\n".join([*found, f"timing {timings[0]}", comparer.made_small(program, timings, found)]))


@examples(250)
@given(mocked_programs("functions"))
def test_mocks_of_models_and_functions(comparer: Comparer, program: str) -> None:
    """Functions, lists and other functions stand for models, standard functions and functions of the program."""
    _agrees(comparer, program)


@examples(250)
@given(mocked_programs("control"))
def test_mocks_between_calls(comparer: Comparer, program: str) -> None:
    """Mocks at the beginning, in the middle, and within blocks that hang on answers."""
    _agrees(comparer, program)


@examples(150)
@given(mocked_programs("errors"))
def test_mocks_that_fail(comparer: Comparer, program: str) -> None:
    """Mocks that fail, have no answers left, or give what cannot be; `try` around their calls."""
    _agrees(comparer, program)


# ── what they do ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _results(comparer: Comparer, text: str) -> list[TestResult]:
    return comparer.load(text).test()


def _passed(comparer: Comparer, text: str) -> bool:
    for result in _results(comparer, text):
        if result.error is not None:
            raise result.error
    return True


def test_real_models_share_batches_in_tests(comparer: Comparer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not mocked is answered in batches, as when the plan runs."""
    sizes: list[int] = []
    answer = models.PretendModel.answer

    def counting(model: models.PretendModel, batch: list[Item]) -> list[object]:
        sizes.append(len(batch))
        return answer(model, batch)

    monkeypatch.setattr(models.PretendModel, "answer", counting)
    assert _passed(
        comparer,
        """
        test "twenty" {
          mock color = fn(text) => "red"
          let xs = [score("{i}{color("x")}") for i in range(20)]
          assert len(xs) == 20
        }
        """,
    )
    assert sum(sizes) == 20
    assert len(sizes) < 20


def test_the_second_call_gets_the_second_answer(comparer: Comparer) -> None:
    """Answers of a list follow the order of the program, although the conditions before them come at any time."""
    assert [] == comparer.disagreements(
        """
test "in order" {
  mock score = [1, 2, 3, 4, 5, 6]
  for i in range(6) {
    if holds("{i}") { print(i, score("a")) }
  }
}
""",
        tuple(range(10)),
    )


def test_a_mock_begins_where_it_stands(comparer: Comparer) -> None:
    """Calls before it in the text ask the model, even where they are made after it on the clock."""
    assert [] == comparer.disagreements(
        """
test "between" {
  if holds("x") or true { print(color("a")) }
  mock color = fn(text) => "blue"
  print(color("a"))
  if holds("y") or true { mock color = fn(text) => "red" }
  print(color("a"))
}
""",
        tuple(range(10)),
    )


def test_a_mock_may_ask_models_where_the_function_only_computes(comparer: Comparer) -> None:
    """Functions that call it have their flow form in the tests then, and in the tests alone."""
    text = """
fn clean(text: str) -> str { return text.strip() }
fn shout(text: str) -> str { return clean(text).upper() }
let greeting = shout(" hello ")

test "asked" {
  mock clean = fn(text) => reply(text)
  assert shout("x") != "X"
  assert greeting == "HELLO"
}

test "not asked" {
  assert shout(" x ") == "X"
}
"""
    assert _passed(comparer, text)
    plan = comparer.load(text)
    plan.test()
    functions = {node.name: e for node, e in plan.module.effects.items() if isinstance(node, tree.FunctionDef)}
    assert functions == {"clean": Effect.PURE, "shout": Effect.PURE}


def test_a_mock_stands_for_the_function_that_it_names(comparer: Comparer) -> None:
    """Another file's function of the same name is another function."""
    assert _passed(
        comparer,
        """
import "./helpers.plan" as helpers
fn grade(text) { return "own {score(text)}" }

test "of the other file" {
  mock helpers.grade = fn(text) => 7
  mock score = fn(text) => 1
  assert helpers.grade("x") == 7
  assert grade("x") == "own 1"
}

test "of this file" {
  mock grade = fn(text) => "mocked"
  mock holds = [true]
  mock score = [5]
  assert grade("x") == "mocked"
  assert helpers.grade("x") == 5
}
""",
    )


def test_another_function_of_the_library_stands_for_one(comparer: Comparer) -> None:
    """It gets all arguments of the call."""
    text = 'test "other" {\n  mock score = sampled\n  assert score("a", seed=3) == sampled("a", seed=3)\n}\n'
    assert _passed(comparer, text)
    assert [] == comparer.disagreements(text)


def test_an_answer_belongs_to_who_got_it(comparer: Comparer) -> None:
    """What the caller changes in it changes nothing in the list of answers."""
    text = """
test "answers" {
  let answers = [[1], [2]]
  mock numbers = answers
  let got = numbers("x")
  got.push(9)
  assert got == [1, 9]
  assert answers == [[1], [2]]
}
"""
    assert _passed(comparer, text)
    assert [] == comparer.disagreements(text)


def test_steps_are_counted_in_tests(comparer: Comparer) -> None:
    """`plan test --max-steps` ends a test that goes round for ever, in both forms."""
    text = 'test "for ever" {\n  let n = 0\n  while true { n += len(reply("x")) }\n}\n'
    plan = comparer.load(text)
    for form in (None, "direct"):
        (result,) = plan.test(RunOptions(limits=Limits(max_steps=100), form=form))
        assert isinstance(result.error, LimitError)


@pytest.mark.parametrize("form", [None, "direct"])
def test_an_error_says_that_it_was_in_the_test(comparer: Comparer, form: Literal["direct"] | None) -> None:
    """The call stack of a failed test begins in the test, not at the top level."""
    plan = comparer.load('fn f(x) { assert score(x) > 99 }\ntest "f" { f("a") }\n')
    (result,) = plan.test(RunOptions(form=form))
    assert result.error is not None
    assert [frame.function for frame in result.error.frames] == [IN_TEST, "f"]
