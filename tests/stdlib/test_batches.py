"""What does not hang on each other is asked at the same time: the modules' calls come in as few rounds as can be."""

from __future__ import annotations

import io
from typing import Any

import fake_models
import pytest

from planlang.plugins.loader import load
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions


@pytest.fixture(scope="module")
def engine() -> Engine:
    """An engine that knows a pretend model beside the functions that ship."""
    return Engine(plugins=load({"fake": fake_models}))


def rounds(engine: Engine, source: str) -> list[int]:
    """How many calls each batch of the pretend model held."""
    fake_models.forget()
    engine.load(text=source).run(options=RunOptions(out=io.StringIO(), err=io.StringIO()))
    return [len(batch) for batch in fake_models.BATCHES]


VARIED = "fn(prompt) => fake_text(prompt, sample=true)"
PROGRAMS: list[Any] = [
    pytest.param(f'import prompts\nprint(prompts.self_consistency("?", n=8, ask={VARIED}))', [8, 8], id="votes"),
    pytest.param(
        f'import prompts\nprint([prompts.self_consistency("{{q}}", n=4, ask={VARIED}).answer for q in ["a", "b"]])',
        [8, 8],
        id="votes on two questions",
    ),
    pytest.param(
        'import think\nprint(think.tree_of_thoughts("?", breadth=2, depth=2, '
        f"propose=fn(problem, steps) => [({VARIED})(problem) for _ in range(4)], "
        'score=fn(problem, steps) => len(fake_text("{steps}"))))',
        [4, 4, 8, 8],
        id="a tree: thoughts, scores, thoughts, scores",
    ),
    pytest.param(
        'import think\nprint(think.debate("?", sides=["a", "b", "c"], rounds=2, ask=fake_text, judge=fake_text))',
        [3, 3, 1],
        id="a debate",
    ),
    pytest.param(
        'import summaries\nlet text = join(["Sentence number {i}." for i in range(24)], " ")\n'
        "print(summaries.map_reduce(text, piece=9, ask=fn(prompt) => fake_text(prompt)[:3]))",
        [8, 1],
        id="a summary of eight parts",
    ),
    pytest.param(
        'import evals\nprint(evals.evaluate(fake_label, [{text: "good {i}", label: "positive"} for i in range(8)]))',
        [8],
        id="an evaluation",
    ),
    pytest.param(
        'import evals\nlet systems = {a: fn(row) => fake_text("a {row.text}"), b: fn(row) => fake_text(row.text)}\n'
        'print(evals.compare(systems, [{text: "{i}", label: "x"} for i in range(4)]))',
        [8],
        id="a comparison",
    ),
]


@pytest.mark.parametrize(("source", "expected"), PROGRAMS)
def test_calls_that_do_not_need_each_other_share_batches(engine: Engine, source: str, expected: list[int]):
    assert expected == rounds(engine, source)
