"""The benchmark of real models compares answers before it compares times."""

from __future__ import annotations

from dataclasses import replace

import models
import pytest
from harness.model_workloads import Run


def shouted(texts: list[str]) -> list[str]:
    return [text.upper() for text in texts]


WORKLOAD = models.Workload("shout", 8, shouted, {"handwritten": shouted, "naive": shouted}, str.__eq__)


def test_texts_are_of_mixed_length_and_spread_over_all() -> None:
    """From a few characters to several hundred; the same ones each time."""
    texts = models.spread(models.mixed_reviews(), 100)
    assert 100 == len(texts) == len(set(texts))
    assert min(map(len, texts)) < 40
    assert max(map(len, texts)) > 300
    assert texts == models.spread(models.mixed_reviews(), 100)


@pytest.mark.parametrize(("allowed", "turns"), [(30.0, 3), (1e-9, 1)])
def test_rounds_take_turns_and_a_slow_naive_version_has_fewer(monkeypatch, allowed, turns) -> None:
    """Each version has its seconds."""
    monkeypatch.setattr(models, "PATIENCE", allowed)
    seconds = models.measure(WORKLOAD, ["a", "b"], 3)
    assert {"plan": 3, "handwritten": 3, "naive": turns} == {version: len(each) for version, each in seconds.items()}


@pytest.mark.parametrize("version", ["plan", "naive"])
def test_other_answers_end_the_benchmark(version) -> None:
    """Times of different work say nothing; rounding may change one answer of few."""
    texts = [f"text {i}" for i in range(8)]
    one_off = answering(version, lambda texts: ["?", *shouted(texts)[1:]])
    assert models.measure(one_off, texts, 1)
    with pytest.raises(models.WrongAnswersError, match=f"shout: 8 of 8 answers differ \\({version}\\)"):
        models.measure(answering(version, list), texts, 1)


def answering(version: str, run: Run) -> models.Workload:
    if version == "plan":
        return replace(WORKLOAD, plan=run)
    return replace(WORKLOAD, rivals=WORKLOAD.rivals | {version: run})


def test_ratios_are_of_runs_in_one_round() -> None:
    """A round in which all was slow counts like any other."""
    assert 2 == models.paired([2.0, 20.0, 3.0], [1.0, 10.0, 1.5])
    assert 5 == models.paired([5.0], [1.0, 10.0, 1.5])
