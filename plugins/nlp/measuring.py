"""How well predicted labels agree with true ones: accuracy, precision, recall, F1, confusion, bootstrap intervals.

All is computed from the confusion matrix. The definitions are those of scikit-learn's `classification_report`, with 0
where nothing was predicted or nothing is there to be found; macro-F1 is the mean over all labels that occur in either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, TypedDict

from planlang.plugins import Failure

SAMPLES = 2000
"""Bootstrap samples for an interval."""
_ODDS = (2.5, 97.5)
"""Percentiles between which 95 of 100 samples lie."""


class LabelScores(TypedDict):
    """How well one label was found."""

    precision: Annotated[float, "the share of those given the label that have it"]
    recall: Annotated[float, "the share of those that have the label that were given it"]
    f1: Annotated[float, "the harmonic mean of the two"]
    support: Annotated[int, "rows that have the label"]


class Interval(TypedDict):
    """A figure and the interval in which the true one lies, with 95 %."""

    value: float
    low: float
    high: float


class Evaluation(TypedDict):
    """How well predicted labels agree with true ones: what `evals.measure` of the standard library gives, too."""

    n: Annotated[int, "how many rows"]
    accuracy: Annotated[Interval, "the share of rows with the right label"]
    macro_f1: Annotated[Interval, "the mean of the labels' F1"]
    labels: Annotated[dict[str, LabelScores], "how well each label was found"]
    confusion: Annotated[dict[str, dict[str, int]], "of the rows with a label, how many were given which"]


class _Scores(NamedTuple):
    """Of confusion matrices (…, labels, labels): arrays (…) and (…, labels)."""

    accuracy: Any
    macro_f1: Any
    precision: Any
    recall: Any
    f1: Any


def measure(truth: Sequence[str], predicted: Sequence[str]) -> Evaluation:
    """How well `predicted` agrees with `truth`, label by label; raises `Failure` where they do not match in number.

    The intervals are percentiles of 2,000 bootstrap samples of the rows (Efron 1979), always the same ones.
    """
    import numpy as np

    if len(truth) != len(predicted):
        raise Failure(f"{len(truth):,} true labels do not match {len(predicted):,} predicted ones", kind="value")
    if not truth:
        raise Failure("there are no rows to measure on", kind="value")
    labels = sorted({*truth, *predicted})
    confusion = _confusion(truth, predicted, labels)
    scores = _scores(confusion)
    chance = np.random.default_rng(0)
    # Rows drawn with replacement fall into the cells of the matrix as draws from a multinomial distribution do.
    drawn = chance.multinomial(len(truth), confusion.ravel() / len(truth), SAMPLES).reshape(SAMPLES, *confusion.shape)
    samples = _scores(drawn)
    columns = zip(scores.precision, scores.recall, scores.f1, confusion.sum(axis=1), strict=True)
    return {
        "n": len(truth),
        "accuracy": _interval(scores.accuracy, samples.accuracy),
        "macro_f1": _interval(scores.macro_f1, samples.macro_f1),
        "labels": {
            label: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
            for label, (p, r, f, n) in zip(labels, columns, strict=True)
        },
        "confusion": {
            label: dict(zip(labels, map(int, row), strict=True)) for label, row in zip(labels, confusion, strict=True)
        },
    }


def _confusion(truth: Sequence[str], predicted: Sequence[str], labels: Sequence[str]) -> Any:
    """How often each label (row) was given each label (column)."""
    import numpy as np

    places = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for true, found in zip(truth, predicted, strict=True):
        counts[places[true], places[found]] += 1
    return counts


def _scores(confusion: Any) -> _Scores:
    import numpy as np

    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    there, given = confusion.sum(axis=-1), confusion.sum(axis=-2)
    f1 = _share(2 * right, there + given)
    occurs = (there + given) > 0
    return _Scores(
        right.sum(axis=-1) / confusion.sum(axis=(-2, -1)),
        f1.sum(axis=-1) / occurs.sum(axis=-1),
        _share(right, given),
        _share(right, there),
        f1,
    )


def _share(part: Any, whole: Any) -> Any:
    """The share that `part` is of `whole`; 0 where that is 0 / 0."""
    import numpy as np

    return np.divide(part, whole, out=np.zeros(np.shape(part)), where=whole > 0)


def _interval(value: Any, samples: Any) -> Interval:
    import numpy as np

    low, high = np.percentile(samples, _ODDS)
    return {"value": float(value), "low": float(low), "high": float(high)}


def macro_f1(truth: Sequence[int], predicted: Sequence[int], labels: int) -> float:
    """The mean of F1 over those of `labels` numbered labels that occur in either."""
    names = [str(i) for i in range(labels)]
    return float(_scores(_confusion([str(i) for i in truth], [str(i) for i in predicted], names)).macro_f1)
