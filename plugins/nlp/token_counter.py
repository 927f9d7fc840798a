"""The worker of `tokens` and `count_tokens`: the tokenizer of a model, without its weights."""

# transformers leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence

from planlang.plugins import Context, Item

from . import models
from .loading import alone, load_tokenizer, prepare


class TokenCounter:
    """Holds a tokenizer."""

    max_batch = 512

    @alone
    def load(self, context: Context) -> None:
        """Find and load the tokenizer of the model that `context` names."""
        prepare(context.threads)
        self._tokenizer = load_tokenizer(models.locate(context.model, context.cache_folder))

    def count(self, batch: Sequence[Item]) -> list[int]:
        """How many tokens each text has."""
        return [len(self._numbers(item["text"])) for item in batch]

    def cut(self, batch: Sequence[Item]) -> list[list[str]]:
        """The part of the text that each token stands for, for each text."""
        return [self._parts(item["text"]) for item in batch]

    def _numbers(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"]

    def _parts(self, text: str) -> list[str]:
        if not self._tokenizer.is_fast:
            return [self._tokenizer.decode([number], skip_special_tokens=False) for number in self._numbers(text)]
        places = self._tokenizer(text, add_special_tokens=False, truncation=False, return_offsets_mapping=True)
        parts: list[str] = []
        end = 0
        for first, last in places["offset_mapping"]:
            parts.append(text[max(first, end) : last])  # a character of several tokens stands with the first
            end = max(end, last)
        return parts
