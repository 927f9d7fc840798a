"""Figures of `statistics` and `evals` are those of NumPy, SciPy and scikit-learn."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

import planlang

SOURCE = """
import statistics
import evals

task figures(xs: list[float], ys: list[float], bins: int, share: float) -> any {
  return {
    stdev: statistics.stdev(xs),
    quantile: statistics.quantile(xs, share),
    counts: [bin.count for bin in statistics.histogram(xs, bins)],
    ranks: statistics.ranks(xs),
    whitney: statistics.mann_whitney(xs, ys),
    summary: statistics.summary(xs),
  }
}

task together(xs: list[float], ys: list[float]) -> any {
  return {
    pearson: statistics.correlation(xs, ys),
    spearman: statistics.rank_correlation(xs, ys),
    line: statistics.line(xs, ys),
  }
}

task normal(z: float) -> float { return statistics.normal_share(z) }

task bootstrap(xs: list[float], seed: int) -> any { return statistics.bootstrap(xs, seed=seed) }

task report(truth: list[str], predicted: list[str]) -> any {
  return {report: evals.measure(truth, predicted), kappa: evals.kappa(truth, predicted)}
}
"""

numbers = st.lists(st.integers(-50, 50).map(lambda n: n / 4), min_size=2, max_size=40)
labels = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def plan() -> Any:
    return planlang.load(SOURCE, out=io.StringIO())


def close(actual: float) -> Any:
    return pytest.approx(actual, rel=1e-9, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(xs=numbers, ys=numbers, bins=st.integers(1, 8), share=st.floats(0, 1))
def test_figures_of_one_list_are_those_of_numpy_and_scipy(plan, xs, ys, bins, share):
    found = plan.figures(xs=xs, ys=ys, bins=bins, share=share)
    assert close(np.std(xs, ddof=1)) == found["stdev"]
    assert close(np.quantile(xs, share)) == found["quantile"]
    assert len(xs) == sum(found["counts"])
    assert stats.rankdata(xs).tolist() == found["ranks"]
    assert close(np.quantile(xs, 0.75)) == found["summary"]["q3"]
    if len(set(xs + ys)) > 1:
        expected = stats.mannwhitneyu(xs, ys, method="asymptotic")
        assert close(expected.statistic) == found["whitney"]["u"]
        assert pytest.approx(expected.pvalue, rel=1e-6) == found["whitney"]["p"]


def test_a_histogram_is_that_of_numpy(plan):
    xs = [0.3, 1.1, 1.9, 2.2, 2.8, 3.7, 4.1, 5.0, 5.0, 9.6]
    found = plan.figures(xs=xs, ys=xs, bins=4, share=0.5)
    assert np.histogram(xs, bins=4)[0].tolist() == found["counts"]


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=2, max_size=30))
def test_figures_of_two_lists_are_those_of_scipy(plan, pairs):
    xs, ys = ([float(n) for n in side] for side in zip(*pairs, strict=True))
    if len(set(xs)) == 1 or len(set(ys)) == 1:
        with pytest.raises(planlang.PlanError, match="all numbers of a list are equal"):
            plan.together(xs=xs, ys=ys)
        return
    found = plan.together(xs=xs, ys=ys)
    assert close(stats.pearsonr(xs, ys).statistic) == found["pearson"]
    assert close(stats.spearmanr(xs, ys).statistic) == found["spearman"]
    line = stats.linregress(xs, ys)
    assert close(line.slope) == found["line"]["slope"]
    assert close(line.intercept) == found["line"]["intercept"]


@pytest.mark.parametrize("z", [-9, -4.5, -1.96, -0.1, 0, 0.5, 1, 3, 6, 9])
def test_the_normal_distribution_is_exact(plan, z):
    assert pytest.approx(stats.norm.cdf(z), abs=1e-14) == plan.normal(z=z)


def test_a_bootstrap_finds_the_interval_that_theory_knows(plan):
    xs = stats.norm.ppf((np.arange(200) + 0.5) / 200).tolist()
    found = plan.bootstrap(xs=xs, seed=3)
    half = 1.96 * np.std(xs) / math.sqrt(len(xs))
    assert pytest.approx(-half, rel=0.15) == found["low"]
    assert pytest.approx(half, rel=0.15) == found["high"]


@pytest.mark.filterwarnings("ignore:A single label was found")
@settings(max_examples=12, deadline=None)
@given(pairs=labels)
def test_scores_are_those_of_scikit_learn(plan, pairs):
    truth, predicted = [t for t, _ in pairs], [p for _, p in pairs]
    found = plan.report(truth=truth, predicted=predicted)
    report = found["report"]
    assert close(metrics.accuracy_score(truth, predicted)) == report["accuracy"]["value"]
    assert close(metrics.f1_score(truth, predicted, average="macro")) == report["macro_f1"]["value"]
    names = sorted(set(truth + predicted))
    expected = metrics.precision_recall_fscore_support(truth, predicted, labels=names, zero_division=0)
    for name, *scores in zip(names, *expected, strict=True):
        actual = report["labels"][name]
        assert [close(score) for score in scores] == [actual[k] for k in ("precision", "recall", "f1", "support")]
    cells = metrics.confusion_matrix(truth, predicted, labels=names).tolist()
    assert cells == [[report["confusion"][t][p] for p in names] for t in names]
    if len(names) > 1:
        assert close(metrics.cohen_kappa_score(truth, predicted)) == found["kappa"]
