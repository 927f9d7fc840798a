"""Training of heads: multinomial logistic regression on the vectors that a frozen encoder gives."""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from .measuring import macro_f1
from .model_value import Epoch

DECAY = 1.0
"""Weight of half the squared norm against the summed loss. A tenth of it gives scores that are surer and less true."""
_STEPS = 10
"""Steps of an epoch. Each looks at all rows."""
_MOST_EPOCHS = 30
_SETTLED = 1e-5
"""The training is over where an epoch makes the loss smaller by less than this share of it."""


class Samples(NamedTuple):
    """Vectors (rows, features) and the places of their labels (rows)."""

    vectors: Tensor
    targets: Tensor


class Fit(NamedTuple):
    """Weight (labels, features) and bias (labels), and how they came about."""

    weight: Tensor
    bias: Tensor
    history: list[Epoch]


def fit(  # noqa: PLR0913 - each is a setting of its own
    train: Samples,
    dev: Samples | None,
    labels: int,
    *,
    epochs: int | None = None,
    patience: int | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> Fit:
    """The best weights for `train`, by L-BFGS in float32, which draws no random numbers.

    epochs: rounds of 20 steps at most; None goes on until it gets no better.
    patience: rounds without a better loss on `dev` after which it ends; then the best round's weights are given.
    """
    weight = torch.zeros(labels, train.vectors.shape[1], requires_grad=True)
    bias = torch.zeros(labels, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = functional.cross_entropy(train.vectors @ weight.T + bias, train.targets, reduction="sum")
        value = value + DECAY / 2 * (weight**2).sum()
        value.backward()
        return value

    history: list[Epoch] = []
    best = weight.detach().clone(), bias.detach().clone()
    last = float("inf")
    for epoch in range(1, (epochs or _MOST_EPOCHS) + 1):
        optimiser.step(loss)
        value = float(loss().detach())
        history.append(_epoch(epoch, train, dev, weight.detach(), bias.detach()))
        since = _since_best(history)
        if patience is None or since == 0:
            best = weight.detach().clone(), bias.detach().clone()
        settled = epochs is None and last - value < _SETTLED * value
        if settled or stopping() or (patience is not None and since >= patience):
            break
        last = value
    return Fit(*best, history)


def _epoch(epoch: int, train: Samples, dev: Samples | None, weight: Tensor, bias: Tensor) -> Epoch:
    loss = functional.cross_entropy(train.vectors @ weight.T + bias, train.targets)
    row: Epoch = {"epoch": epoch, "train_loss": float(loss), "dev_loss": None, "accuracy": None, "f1": None}
    if dev is not None:
        logits = dev.vectors @ weight.T + bias
        found = logits.argmax(dim=1)
        row["dev_loss"] = float(functional.cross_entropy(logits, dev.targets))
        row["accuracy"] = int((found == dev.targets).sum()) / len(found)
        row["f1"] = macro_f1(dev.targets.tolist(), found.tolist(), len(weight))
    return row


def _since_best(history: Sequence[Epoch]) -> int:
    """Epochs since the one with the smallest loss on dev rows."""
    losses: list[Any] = [row["dev_loss"] for row in history if row["dev_loss"] is not None]
    return len(losses) - 1 - losses.index(min(losses)) if losses else 0
