"""Functions that make models of one's own, and measure them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from planlang.plugins import WritePath, function, worker
from planlang.plugins.nlp import tuned
from planlang.plugins.nlp.measuring import Evaluation
from planlang.plugins.nlp.model_value import Epoch, Model

from .common import DIGEST, ENCODER

_TRAINING_DIGEST = "planlang.plugins.nlp.digests:training"
Rows = list[dict[str, Any]]


@worker(
    "planlang.plugins.nlp.trainer:Trainer",
    model=ENCODER,
    digest=_TRAINING_DIGEST,
    direct="planlang.plugins.nlp.training_rows:finetune",
    model_argument="base",
)
def finetune(  # noqa: PLR0913 - each is an option that plans use by name
    base: Annotated[str | Model, "the model to begin with: a name, a folder, or one that was fine-tuned before"],
    train: Annotated[Rows, "rows with a text and its label"],
    *,
    dev: Annotated[Rows | None, "rows to measure on after each epoch; not trained on"] = None,
    text: Annotated[str, "the field that holds the text"] = "text",
    label: Annotated[str, "the field that holds the label"] = "label",
    method: Annotated[
        Literal["head", "full", "lora"],
        "head: a layer on the model's vectors, in seconds; full: all weights; lora: small ones, merged in the end",
    ] = "head",
    epochs: Annotated[int | None, "passes over the rows: 3 if left out; with a head until it gets no better"] = None,
    lr: Annotated[float | None, "learning rate: 5e-5 for full and 1e-3 for lora if left out"] = None,
    batch: Annotated[int, "rows for each step; for full and lora"] = 16,
    warmup: Annotated[float, "the share of steps in which the learning rate rises; for full and lora"] = 0.1,
    early_stop: Annotated[
        int | None, "ends after so many epochs without a better dev loss; the best one counts"
    ] = None,
    layers: Annotated[list[int] | None, "for a head: whose vectors it sees; the last four if left out"] = None,
    seed: Annotated[int, "equal seeds and rows give equal weights"] = 0,
    name: Annotated[str, "what to call the model"] = "",
) -> Model:  # type: ignore[empty-body] - its worker answers
    """A model of one's own: `base`, trained to give the labels of `train`.

    Any model call takes it as `model=`. The same rows and options give the same weights, and are trained on once.
    """


@function
def history(model: Annotated[Model, "what `finetune` gave"]) -> list[Epoch]:
    """How `model` did after each epoch of its training."""
    return model.manifest["history"]


@worker(
    "planlang.plugins.nlp.labeler:Labeler.label_rows",
    model=ENCODER,
    digest=DIGEST,
    direct="planlang.plugins.nlp.training_rows:evaluate",
    model_argument="model",
)
def evaluate(
    model: Annotated[str | Model, "what `finetune` gave, or any model that classifies texts"],
    rows: Annotated[Rows, "rows with a text and its label, which the model was not trained on"],
    *,
    text: Annotated[str, "the field that holds the text"] = "text",
    label: Annotated[str, "the field that holds the label"] = "label",
    labels: Annotated[
        list[str] | dict[str, str] | None,
        "for a model without labels of its own: what to choose from; those of the rows if left out",
    ] = None,
) -> Evaluation:  # type: ignore[empty-body] - its worker answers
    """How well `model` finds the labels of `rows`, with 95 % intervals by bootstrap.

    `evals.evaluate` of the standard library measures a function of the plan in the same way.
    """


@function(effect="change", writes=tuned.saved_folder)
def save_model(
    model: Annotated[Model, "what `finetune` gave"], name: Annotated[str, 'what `model="…"` calls it from then on']
) -> None:
    """Keep `model` on this machine under `name`, in the place of what had that name. `plan models` lists it."""
    tuned.save(model, name)


@function(effect="observation")
def load_model(name: Annotated[str, "the name that it was saved under"]) -> Model:
    """The model that was saved under `name`."""
    return tuned.load(name)


@function(effect="change")
def export_model(model: Model, path: Annotated[str, WritePath, "a folder that is not there yet, or empty"]) -> None:
    """Write `model` to a folder that works without this program: an ordinary one of transformers, with a README.

    A head comes with the files of its encoder.
    """
    from planlang.plugins.nlp.exports import export

    export(model, path)


FUNCTIONS: tuple[Any, ...] = (finetune, evaluate, history, save_model, load_model, export_model)
