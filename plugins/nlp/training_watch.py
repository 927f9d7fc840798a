"""What looks on while a network is trained: it tells how far it is, and ends it where it gets no better."""

# transformers leaves most of its types open.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from transformers import TrainerCallback

from planlang.plugins import Failure

Tell = Callable[[dict[str, Any]], None]

_MEASURED = {"dev_loss": "eval_loss", "accuracy": "eval_accuracy", "f1": "eval_f1"}


class Watch(TrainerCallback):
    """Tells `{step, of}` and `{epoch: {…}}`, and keeps the weights of the best epoch where `patience` is given."""

    def __init__(self, tell: Tell, patience: int | None) -> None:
        """patience: epochs without a better loss on dev rows after which the training ends."""
        self._tell = tell
        self._patience = patience
        self._loss = 0.0
        self._losses: list[float] = []
        self._best: dict[str, Any] = {}

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002 - the signature is that of transformers
        """A batch was learnt from."""
        self._tell({"step": state.global_step, "of": state.max_steps})

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002 - the signature is that of transformers
        """An epoch is over: its mean loss is known, and what it gives on dev rows is not yet."""
        if "loss" not in logs:
            return
        self._loss = float(logs["loss"])
        if not math.isfinite(self._loss):
            raise Failure("the training went astray: its loss is no number any more", hint="try a smaller lr")
        if args.eval_strategy == "no":
            self._tell_epoch(state, {})

    def on_evaluate(
        self,
        args: Any,  # noqa: ARG002 - the signature is that of transformers
        state: Any,
        control: Any,
        metrics: Any = None,
        model: Any = None,
        **_: Any,
    ) -> None:
        """The dev rows were measured."""
        self._tell_epoch(state, metrics)
        if self._patience is None:
            return
        self._losses.append(metrics["eval_loss"])
        best = self._losses.index(min(self._losses))
        if best == len(self._losses) - 1:
            self._best = {name: part.detach().clone() for name, part in model.named_parameters() if part.requires_grad}
        if len(self._losses) - 1 - best >= self._patience:
            control.should_training_stop = True

    def put_back_best(self, model: Any) -> None:
        """Give `model` the weights of its best epoch, where those were kept."""
        for name, parameter in model.named_parameters():
            if name in self._best:
                parameter.data.copy_(self._best[name])

    def _tell_epoch(self, state: Any, metrics: Any) -> None:
        measured = {name: metrics.get(key) for name, key in _MEASURED.items()}
        self._tell({"epoch": {"epoch": round(state.epoch), "train_loss": self._loss, **measured}})
