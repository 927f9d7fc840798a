"""Trains the head of `sentiment` (a linear layer on the default encoder) and measures it on what it has not seen.

`python -m planlang.plugins.nlp.train_sentiment FOLDER` reads the rated sentences in FOLDER and writes
`sentiment.safetensors`. One half of the reviews trains, the other half tests; sentences of one review stay together.
"""

# transformers, torch and safetensors leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from planlang.runtime.folders import cache_folder

from . import ENCODER, heads, models
from .encoding import text_encoder
from .judges import HEAD, HEAD_LAYERS, LABELS
from .loading import prepare

FILES = ("amazon_review_sentences.csv", "movie_review_sentences.csv")
THRESHOLD = 0.5
"""Ratings run from -4 to 4; those at most this far from 0 count as neutral."""
DECAY = 1.0
"""Weight of the squared norm against the summed loss. A tenth of it gives scores that are surer and less true."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its mean rating. `testing` says which half its review is in."""

    text: str
    rating: float
    testing: bool

    @property
    def label(self) -> int:
        """The place of its label in LABELS."""
        return 0 if self.rating < -THRESHOLD else 2 if self.rating > THRESHOLD else 1


def read(folder: Path) -> Iterator[Sentence]:
    """The rated sentences of FILES in `folder`."""
    for name in FILES:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                review = f"{name} {row['id'].split('_')[0]}"
                testing = hashlib.sha256(review.encode()).digest()[0] % 2 == 1
                yield Sentence(row["text"], float(row["rating"]), testing)


def train(vectors: Any, labels: Any) -> tuple[Any, Any]:
    """Weight and bias of the multinomial logistic regression of `labels` on `vectors`."""
    weight = torch.zeros(len(LABELS), vectors.shape[1], requires_grad=True)
    bias = torch.zeros(len(LABELS), requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=300, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimiser.zero_grad()
        value = torch.nn.functional.cross_entropy(vectors @ weight.T + bias, labels, reduction="sum")
        value = value + DECAY / 2 * (weight**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    return weight.detach(), bias.detach()


def main(folder: str) -> None:
    """Train, measure, save."""
    prepare(threads=2)
    model = models.locate(ENCODER, cache_folder())
    sentences = list(read(Path(folder)))
    vectors = text_encoder(model).encode([s.text for s in sentences], HEAD_LAYERS)
    labels = torch.tensor([s.label for s in sentences])
    testing = torch.tensor([s.testing for s in sentences])
    weight, bias = train(vectors[~testing], labels[~testing])
    _measure(torch.softmax(vectors @ weight.T + bias, dim=1), sentences)
    heads.save_head(heads.Head(weight, bias, LABELS, HEAD_LAYERS, ENCODER, heads.weights_digest(model)), HEAD)


def _measure(probabilities: Any, sentences: list[Sentence]) -> None:
    rows = [(p, s) for p, s in zip(probabilities, sentences, strict=True) if s.testing]
    clear = [(p, s) for p, s in rows if abs(s.rating) > 1.5]
    sure = [(p, s) for p, s in rows if float(p[0]) > 0.9]
    for title, some in (("all", rows), ("rated beyond ±1.5", clear), ("called negative above 0.9", sure)):
        right = sum(int(p.argmax()) == s.label for p, s in some) / len(some)
        print(f"{title}: {right:.3f} right of {len(some)} sentences not trained on")  # noqa: T201 - this is a command


if __name__ == "__main__":
    main(sys.argv[1])
