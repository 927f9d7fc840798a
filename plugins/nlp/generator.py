"""The worker of `generate`: a causal language model that writes the answers to many prompts together."""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from planlang.plugins import Answer, Context, Failure, Item

from . import models
from .loading import alone, prepare

if TYPE_CHECKING:  # torch is imported when a model is loaded
    from .writing import Row

_KEPT_BYTES = 768 << 20
"""Memory for the keys and values of the texts that are being written."""


class Generator:
    """Holds a language model. Greedy unless a temperature is given; then drawn from the call's own seed."""

    max_batch = 64
    max_cost = 16_384.0

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        folder = models.locate(context.model, context.cache_folder)
        config = models.read_config(folder)
        architecture = " ".join(config.get("architectures") or [])
        if "ForCausalLM" not in architecture:
            raise Failure(
                f"`{context.model}` does not write texts: it is a {architecture or 'model of unknown kind'}",
                hint="name a causal language model, or leave model= out",
            )
        from .language import language_model
        from .writing import Writer

        self._language = language_model(folder)
        places = _KEPT_BYTES // self._language.bytes_per_token
        self.max_cost = float(places)
        self._writer = Writer(self._language, places, context.stopping, context.report)

    def cost(self, item: Item) -> int:
        """Roughly the tokens that its text may have."""
        return (len(item["prompt"]) + len(item["system"] or "")) // 4 + 32 + max(1, item["max_tokens"])

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """The text that follows each prompt."""
        rows = [self._row(item) for item in batch]
        self._writer.write([row for row in rows if not isinstance(row, Failure)])
        return [row if isinstance(row, Failure) else Answer(row.text, row.start + len(row.written)) for row in rows]

    def _row(self, item: Item) -> Row | Failure:
        from .writing import Row

        if wrong := _wrong_options(item):
            return Failure(wrong, kind="value")
        most = item["max_tokens"]
        stops = [item["stop"]] if isinstance(item["stop"], str) else item["stop"] or []
        choose = _chooser(item["temperature"], item["top_p"], item.seed)
        row = Row(self._language.span(item["prompt"], item["system"]), most, [stop for stop in stops if stop], choose)
        if row.start + most > self._language.longest:
            return Failure(
                f"the prompt has {row.start:,} tokens and the answer may have {most:,}, "
                f"and the model takes at most {self._language.longest:,} together",
                kind="value",
                hint="shorten the prompt, split it, or lower max_tokens",
            )
        return row


def _wrong_options(item: Item) -> str:
    if item["max_tokens"] < 1:
        return f"max_tokens must be at least 1, not {item['max_tokens']}"
    if not 0 <= item["temperature"] <= 100:
        return f"temperature must be between 0 and 100, not {item['temperature']:g}"
    if not 0 < item["top_p"] <= 1:
        return f"top_p must be above 0 and at most 1, not {item['top_p']:g}"
    return ""


def _chooser(temperature: float, top_p: float, seed: int) -> Callable[[Any], int]:
    """Picks the next token from the logits: the likeliest, or one drawn by chance from `seed`."""
    import torch

    if temperature == 0:
        return lambda logits: int(logits.argmax())
    chance = torch.Generator().manual_seed(seed)

    def draw(logits: Any) -> int:
        probabilities = torch.softmax(logits.double() / max(temperature, 1e-4), dim=0)
        if top_p < 1:
            ordered, places = probabilities.sort(descending=True, stable=True)
            before = ordered.cumsum(dim=0) - ordered  # what is likelier sums to this; the first is always kept
            probabilities = probabilities.scatter(0, places, ordered.where(before < top_p, 0.0))
        return int(torch.multinomial(probabilities, 1, generator=chance))

    return draw
