"""Modules at work with the real default models: what a model gives fits, however small it is."""

from __future__ import annotations

import io

import pytest

from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions

pytestmark = pytest.mark.models

SOURCE = """
import agents
import datasets
import evals

type Sum = {x: int, y: int}

test "an agent gives its tool what it takes" {
  mock choose = ["add"]
  let add = {does: "adds the numbers x and y", takes: Sum, run: fn(given) => given.x + given.y}
  let done = agents.work("Add 13 and 29 with the tool.", {add: add}, turns=1)
  assert len(done.uses) == 1
  assert not done.uses[0].failed
  assert done.uses[0].result == str(done.uses[0].given.x + done.uses[0].given.y)
  assert done.answer != ""
}

test "rows that say the same in other words are found" {
  let texts = ["The battery died after a week.", "After one week the battery died.", "I like it."]
  assert [row.text for row in datasets.dedupe_near([{text: text} for text in texts])] == [texts[0], texts[2]]
}

test "a preference does not hang on the order" {
  let one = "Paris is the capital of France."
  assert evals.prefer("What is the capital of France?", one, one) == "tie"
}
"""


def test_modules_work_with_the_default_models():
    plan = Engine().load(text=SOURCE)
    results = plan.test(RunOptions(out=io.StringIO(), err=io.StringIO()))
    assert {} == {r.title: r.error.message for r in results if r.error is not None}
    assert 3 == len(results)
