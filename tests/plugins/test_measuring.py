"""Figures of agreement, held against scikit-learn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planlang.plugins import Failure
from planlang.plugins.nlp.measuring import macro_f1, measure

numpy = pytest.importorskip("numpy")
metrics = pytest.importorskip("sklearn.metrics")

PAIRS = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("abce")), min_size=1, max_size=60)


@pytest.mark.filterwarnings("ignore:A single label was found")
@given(PAIRS)
def test_figures_are_those_of_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    """Accuracy, macro-F1, the figures of each label and the confusion, whatever was predicted."""
    truth, predicted = ([pair[i] for pair in pairs] for i in (0, 1))
    found = measure(truth, predicted)
    labels = sorted({*truth, *predicted})
    assert metrics.accuracy_score(truth, predicted) == pytest.approx(found["accuracy"]["value"])
    assert metrics.f1_score(truth, predicted, average="macro", zero_division=0) == pytest.approx(
        found["macro_f1"]["value"]
    )
    columns = metrics.precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    for label, *expected in zip(labels, *columns, strict=True):
        assert expected == pytest.approx(list(found["labels"][label].values()))
    cells = [[found["confusion"][row][column] for column in labels] for row in labels]
    assert metrics.confusion_matrix(truth, predicted, labels=labels).tolist() == cells


def test_intervals_hold_what_they_say() -> None:
    """Of 100 samples of answers that are right with 0.8, about 95 intervals hold 0.8."""
    chance = numpy.random.default_rng(1)
    held = 0
    for _ in range(100):
        predicted = [label if chance.random() < 0.8 else "x" for label in "ab" * 75]
        interval = measure(list("ab" * 75), predicted)["accuracy"]
        assert interval["low"] <= interval["value"] <= interval["high"]
        held += interval["low"] <= 0.8 <= interval["high"]
    assert 88 <= held <= 100


def test_what_cannot_be_measured() -> None:
    """No rows, and lists of different lengths."""
    with pytest.raises(Failure, match="there are no rows to measure on"):
        measure([], [])
    with pytest.raises(Failure, match="2 true labels do not match 1 predicted ones"):
        measure(["a", "b"], ["a"])


def test_macro_f1_of_numbered_labels() -> None:
    """Labels that occur nowhere do not count."""
    assert metrics.f1_score([0, 1, 1], [0, 1, 0], average="macro") == pytest.approx(macro_f1([0, 1, 1], [0, 1, 0], 5))
