"""Labels chosen by likeness of meaning: an encoder's vectors of the text, of the labels, and of examples.

Without examples the scores of labels are the softmax of likenesses. That is a logistic regression whose weights are the
labels' vectors; with examples these weights are only where it begins, and the examples move them: the maximum a
posteriori estimate under a Gaussian prior around the labels' vectors. So one example helps, and many count for more
than what the labels are called. Measured in docs/quality.md.
"""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from .encoding import TextEncoder
from .tasks import Task

SHARPNESS = 25.0
"""Turns differences of likeness (rarely above 0.3) into probabilities: with it, scores are about as often right."""
ALIKE = 0.25
"""The cosine of a text and a label at which it is as likely as not that the label fits, whatever the others."""
APART = 20.0
"""The sharpness of scores that stand each for itself."""
TEMPLATE = "This text is about {}."
TRUST = 0.03
"""How much the labels' own vectors weigh against examples: the precision of the prior."""
_KEPT_TASKS = 256
_KEPT_VECTORS = 1024
_STEPS = 200


class _Layer(NamedTuple):
    """Weight (labels, numbers) and bias (labels)."""

    weight: Tensor
    bias: Tensor


class Likeness:
    """Labels texts with one encoder."""

    def __init__(self, encoder: TextEncoder, stopping: Callable[[], bool]) -> None:
        """`stopping` says when nobody wants the scores any more."""
        self._encoder = encoder
        self._stopping = stopping
        self._layers: OrderedDict[Task, _Layer] = OrderedDict()
        self._labels: dict[str, Tensor] = {}

    def score(
        self,
        texts: Sequence[str],
        tasks: Sequence[Task],
        *,
        apart: bool = False,
        exact: bool = True,  # noqa: ARG002 - it always is
    ) -> list[list[float]]:
        """For each text the score of each label of its task: shares that sum to 1.

        apart: instead how likely each label fits, whatever the others.
        """
        sums = self._sums(texts, tasks)
        if apart:
            return [torch.sigmoid(APART * (each / SHARPNESS - ALIKE)).tolist() for each in sums]
        return [torch.softmax(each, 0).tolist() for each in sums]

    def _sums(self, texts: Sequence[str], tasks: Sequence[Task]) -> list[Tensor]:
        layers = self._layers_of(tasks)
        rows = self._encode(texts)
        return [layer.weight @ row + layer.bias for layer, row in zip(layers, rows, strict=True)]

    def _layers_of(self, tasks: Sequence[Task]) -> list[_Layer]:
        """The layer of each task; the vectors of what is new in them are computed together."""
        fresh = dict.fromkeys(task for task in tasks if task not in self._layers)
        wanted = dict.fromkeys(text for task in fresh for text in _texts(task) if text not in self._labels)
        vectors = self._labels | dict(zip(wanted, self._encode(list(wanted)), strict=True))
        layers = {task: _layer(task, vectors) for task in fresh}
        found = [layers[task] if task in layers else self._layers[task] for task in tasks]
        if not self._stopping():  # else some are missing
            self._keep(layers, vectors)
        return found

    def _keep(self, layers: dict[Task, _Layer], vectors: dict[str, Tensor]) -> None:
        self._labels = vectors if len(vectors) <= _KEPT_VECTORS else {}
        self._layers.update(layers)
        while len(self._layers) > _KEPT_TASKS:
            self._layers.popitem(last=False)

    def _encode(self, texts: Sequence[str]) -> Any:
        return self._encoder.encode(texts, stopping=self._stopping) if texts else []


def _texts(task: Task) -> list[str]:
    """What of the task must be encoded."""
    described = [description for description in task.descriptions if description]
    return [*map(TEMPLATE.format, task.names), *described, *(text for text, _ in task.examples)]


def _layer(task: Task, vectors: dict[str, Tensor]) -> _Layer:
    """The labels' vectors, moved by the examples."""
    named = [vectors[TEMPLATE.format(name)] for name in task.names]
    both = [
        functional.normalize(vector + vectors[text], dim=0) if text else vector
        for vector, text in zip(named, task.descriptions, strict=True)
    ]
    start = SHARPNESS * torch.stack(both)
    if not task.examples:
        return _Layer(start, torch.zeros(len(task.names)))
    rows = torch.stack([vectors[text] for text, _ in task.examples])
    return fitted(rows, torch.tensor([place for _, place in task.examples]), start)


def fitted(rows: Tensor, places: Tensor, start: Tensor) -> _Layer:
    """The likeliest logistic regression of `places` (of labels) on `rows` where weights are expected around `start`."""
    rows, start = rows.double(), start.double()
    weight, bias = start.clone().requires_grad_(), torch.zeros(len(start), dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = functional.cross_entropy(rows @ weight.T + bias, places, reduction="sum")
        value = value + TRUST / 2 * ((weight - start) ** 2).sum() + TRUST * 5 * (bias**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    return _Layer(weight.detach().float(), bias.detach().float())
