"""Functions that make models of one's own, and measure them."""

from __future__ import annotations

from typing import Annotated, Any

from planlang.plugins import function
from planlang.plugins.nlp.model_value import Epoch, Model


@function
def history(model: Annotated[Model, "what `finetune` gave"]) -> list[Epoch]:
    """How `model` did after each epoch of its training."""
    return model.manifest["history"]


FUNCTIONS: tuple[Any, ...] = (history,)
