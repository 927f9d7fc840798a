"""How sure a measured mean is: percentile bootstrap intervals (Efron 1979)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

_ROUNDS = 2000


def interval(values: Sequence[float], *, level: float = 0.95, seed: int = 0) -> tuple[float, float]:
    """The interval of the mean of `values`, one for each item that was measured."""
    drawn = np.random.default_rng(seed).integers(0, len(values), (_ROUNDS, len(values)))
    return _ends(np.asarray(values, dtype=float)[drawn].mean(axis=1), level)


def interval_of(statistic: Callable[[Any], float], items: Sequence[Any], *, level: float = 0.95, seed: int = 0,
                rounds: int = 500) -> tuple[float, float]:  # fmt: skip
    """The interval of any `statistic` of a list of items (macro F1, say)."""
    chance = np.random.default_rng(seed)
    drawn = (chance.integers(0, len(items), len(items)) for _ in range(rounds))
    return _ends(np.array([statistic([items[i] for i in places]) for places in drawn]), level)


def _ends(found: Any, level: float) -> tuple[float, float]:
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def shown(values: Sequence[float]) -> str:
    """`0.812 [0.790, 0.834]`: the mean and its interval."""
    low, high = interval(values)
    return f"{np.mean(values):.3f} [{low:.3f}, {high:.3f}]"
