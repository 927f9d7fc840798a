"""The worker of `finetune`: makes a model of one's own out of `context.model` and labelled rows."""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planlang.plugins import Context, Failure, Item

from . import digests, heads, models, tuned
from .loading import alone, prepare
from .model_value import Epoch, Manifest, Model
from .training_rows import Rows

if TYPE_CHECKING:  # torch is imported when something is trained
    from .training_heads import Samples

_DEFAULT_LAYERS = 4
"""A head sees so many of the last layers: the last alone says more of what a text is about than of how it sounds."""
_CHUNK = 256
"""Texts that are encoded between two looks at whether anybody still waits."""


class Trainer:
    """Fine-tunes one base model, which is loaded when it is needed."""

    max_batch = 1

    @alone
    def load(self, context: Context) -> None:
        """Find the base model."""
        self._context = context
        self._base = models.locate(context.model, context.cache_folder)

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """A `Model` for each item."""
        return [self._train(item) for item in batch]

    def _train(self, item: Item) -> Model:
        train = Rows(*item["train"])
        dev = Rows(*item["dev"]) if item["dev"] is not None else None
        labels = train.distinct
        with tuned.making(tuned.made_folder(self._context.cache_folder)) as fresh:
            if item["method"] == "head":
                history = self._head(fresh, item, train, dev, labels)
            else:
                history = self._network(fresh, item, train, dev, labels)
            if self._context.stopping():
                raise Failure("the training was stopped")
            return tuned.keep(fresh, self._manifest(item, train, labels, history))

    # ── method="head" ────────────────────────────────────────────────────────────────────────────────────────────────

    def _head(self, fresh: Path, item: Item, train: Rows, dev: Rows | None, labels: list[str]) -> list[Epoch]:
        """Train a head and leave it in `fresh`."""
        prepare(self._context.threads)
        from .training_heads import fit

        layers = tuple(item["layers"] or self._default_layers())
        samples = self._samples([train] if dev is None else [train, dev], layers, labels)
        found = fit(
            samples[0],
            samples[1] if dev is not None else None,
            len(labels),
            epochs=item["epochs"],
            patience=item["early_stop"],
            stopping=self._context.stopping,
        )
        encoder = heads.weights_digest(self._base)
        head = heads.Head(found.weight, found.bias, tuple(labels), layers, self._context.model, encoder)
        heads.save_head(head, fresh / heads.HEAD)
        return found.history

    def _default_layers(self) -> list[int]:
        return list(range(-min(_DEFAULT_LAYERS, self._depth()), 0))

    def _depth(self) -> int:
        if not (self._base / "config.json").is_file():
            raise Failure(
                f"`{self._context.model}` is a head, which has no layers of its own to train on",
                kind="value",
                hint="give the encoder that it was trained on, or another model",
            )
        return int(models.read_config(self._base).get("num_hidden_layers") or 1)

    def _samples(self, parts: list[Rows], layers: tuple[int, ...], labels: list[str]) -> list[Samples]:
        """The vectors of all rows, part by part, with the places of their labels."""
        import torch

        from .encoding import text_encoder
        from .training_heads import Samples

        depth = self._depth()
        for layer in layers:
            if not -depth - 1 <= layer <= depth:
                raise Failure(f"there is no layer {layer}: `{self._context.model}` has {depth}", kind="value")
        encoder = text_encoder(self._base)
        texts = [text for rows in parts for text in rows.texts]
        vectors: list[Any] = []
        for start in range(0, len(texts), _CHUNK):
            if self._context.stopping():
                raise Failure("the training was stopped")
            vectors.append(encoder.encode(texts[start : start + _CHUNK], layers))
            self._context.report(min(start + _CHUNK, len(texts)), len(texts))
        places = {label: i for i, label in enumerate(labels)}
        targets = [torch.tensor([places[label] for label in rows.labels]) for rows in parts]
        split = torch.cat(vectors).split([len(rows.texts) for rows in parts])
        return [Samples(*each) for each in zip(split, targets, strict=True)]

    # ── method="full" and "lora" ─────────────────────────────────────────────────────────────────────────────────────

    def _network(self, fresh: Path, item: Item, train: Rows, dev: Rows | None, labels: list[str]) -> list[Epoch]:
        """Train the network in a process of its own, which leaves it in `fresh`."""
        from .training_job import run

        self._depth()
        places = {label: i for i, label in enumerate(labels)}
        job = {
            "base": str(self._base),
            "name": self._context.model,
            "folder": str(fresh),
            "labels": labels,
            "train": [train.texts, [places[label] for label in train.labels]],
            "dev": [dev.texts, [places[label] for label in dev.labels]] if dev is not None else None,
            "threads": self._context.threads,
            **{key: item[key] for key in ("method", "epochs", "lr", "batch", "warmup", "early_stop", "seed")},
        }
        return run(job, self._context.report, self._context.stopping)

    # ── what it says of itself ───────────────────────────────────────────────────────────────────────────────────────

    def _manifest(self, item: Item, train: Rows, labels: list[str], history: list[Epoch]) -> Manifest:
        shaping = ("epochs", "layers", "early_stop") if item["method"] == "head" else (
            "epochs", "lr", "batch", "warmup", "early_stop", "seed"
        )  # fmt: skip
        base = tuned.shown(self._context.model)
        return {
            "name": item["name"] or f"{base}-{item['method']}",
            "base": base,
            "base_digest": digests.files_digest(self._context.model),
            "method": item["method"],
            "labels": labels,
            "options": {key: item[key] for key in shaping if item[key] is not None},
            "data": train.digest(),
            "rows": len(train.texts),
            "history": history,
            "licence": models.licence(self._base),
            "made_with": {name: metadata.version(name) for name in _made_with(item["method"])},
            "files": {},
        }


def _made_with(method: str) -> tuple[str, ...]:
    return ("torch", "transformers", *(("peft",) if method == "lora" else ()))
