"""A remote model as the workers of `nlp` that read texts see a language model: prompts in, texts out."""

from __future__ import annotations

from collections.abc import Sequence

from planlang.plugins import Failure
from planlang.plugins.nlp.rounds import Ask, Written

from . import texts
from .asking import Asker, Manner

_BYTES = 3
"""Bytes of UTF-8 that a token has at least, in all but odd texts: only the server knows it exactly."""


class Reader:
    """Answers prompts: see `nlp.text_models.TextModel`."""

    def __init__(self, asker: Asker, longest: int) -> None:
        """longest: the most tokens of a prompt and its answer together."""
        self.longest = longest
        self._asker = asker

    def count(self, text: str) -> int:
        """Roughly the tokens of a text, rather too many than too few."""
        return len(text.encode("utf-8", "replace")) // _BYTES + 1

    def write(self, asks: Sequence[Ask]) -> list[Written | Failure]:
        """What is written for each, greedily."""
        return [self._write(ask) for ask in asks]

    def _write(self, ask: Ask) -> Written | Failure:
        try:
            said = self._asker.texts(texts.chat(ask.prompt), Manner(max_tokens=ask.most))
        except Failure as failure:
            return failure
        return Written(said.text.strip(), said.tokens, not said.cut)
