"""The worker: imported at the first call, so what it needs may be heavy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planlang.plugins import Context, Failure, Item


class ToneModel:
    """Stands for a real model: it looks at the share of capital letters."""

    max_batch = 32

    def load(self, context: Context) -> None:
        """Load what takes long, once: `context.model` says which model, `context.settings` is from plan.toml."""
        self.threshold = float(context.settings.get("threshold", 0.5))

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """One answer for each call of the batch, in their order; a Failure for one that has none."""
        return [self._tone(item["text"]) for item in batch]

    def _tone(self, text: str) -> Any:
        letters = [character for character in text if character.isalpha()]
        if not letters:
            return Failure("there is no letter in the text", kind="value")
        share = sum(character.isupper() for character in letters) / len(letters)
        loud = share >= self.threshold
        return {"label": "loud" if loud else "calm", "score": share if loud else 1 - share}
