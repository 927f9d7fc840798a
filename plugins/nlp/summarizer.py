"""The worker of `summarize`: a language model, or an encoder-decoder that was trained for it.

A text that is longer than the model takes at once is cut between sentences, its parts are summarized, and so are the
summaries, until one is left (map and reduce). All texts of a batch go through these rounds together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from planlang.plugins import Context, Failure, Item

from .loading import alone, prepare
from .rounds import Ask, Work, answer_together
from .sentences import pieces, sentences
from .text_models import EncoderDecoder, TextModel, open_model

_PROMPT = "Write a short summary ({words} words at most) of this text. Use only what it says.\n\n{text}"
"""Of four that were tried on the default model, the one whose summaries stay closest to the text."""
_PIECE = 1200
"""Tokens of a part. Small language models lose the thread of longer texts, whatever they can take."""
_AROUND = 8
"""Tokens that a model puts around a text."""
_SHRINK = 6
"""Summaries of parts have at most as many words as this share of their tokens, so that few rounds are needed."""
_LEAST_WORDS = 8
_WORD = re.compile(r"[぀-ヿ㐀-鿿가-힣]|[^\s぀-ヿ㐀-鿿가-힣]+")
"""A word: what stands between spaces, or a character of a script that has none."""


class Summarizer:
    """Holds a model that summarizes."""

    max_batch = 32
    max_cost = 16_384.0

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        self._hold(open_model(context, "summarize"), context.stopping)

    @classmethod
    def of(cls, model: TextModel, stopping: Callable[[], bool]) -> Summarizer:
        """One that asks `model`, which is there already."""
        made = cls()
        made._hold(model, stopping)
        return made

    def _hold(self, model: TextModel, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._model = model
        self._prefix = _prefix(self._model)
        room = (
            self._model.longest // 2 if self._prefix is None else self._model.longest - self._model.count(self._prefix)
        )
        self._piece = max(1, min(_PIECE, room - _AROUND))

    def cost(self, item: Item) -> int:
        """Roughly the tokens read and written."""
        return len(item["text"]) // 4 + 2 * max(1, item["max_words"]) + 32

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """The summary of each text."""
        works = [self._summary(item["text"], item["max_words"]) for item in batch]
        return answer_together(works, self._model.write, self._stopping)

    def _summary(self, text: str, max_words: int) -> Work:
        if max_words < 1:
            raise Failure(f"max_words must be at least 1, not {max_words}", kind="value")
        text = text.strip()
        while count_words(text) > max_words:
            parts = pieces(text, self._model.count, self._piece)
            words = min(max_words, max(_LEAST_WORDS, self._piece // _SHRINK))
            written = yield [self._ask(part.strip(), words) for part in parts]
            found = "\n".join(shortened(each.text, words) for each in written)
            if count_words(found) >= count_words(text):  # a model that does not summarize must not do so for ever
                return shortened(found, max_words)
            text = found
        return text

    def _ask(self, text: str, words: int) -> Ask:
        prompt = _PROMPT.format(words=words, text=text) if self._prefix is None else self._prefix + text
        return Ask(prompt, min(2 * words + 16, self._model.longest // 3))


def _prefix(model: TextModel) -> str | None:
    """What an encoder-decoder expects before a text; None for language models, which are asked in words."""
    if not isinstance(model, EncoderDecoder):
        return None
    config = model.model.config
    tasks: dict[str, Any] = getattr(config, "task_specific_params", None) or {}
    usual = "summarize: " if config.model_type in ("t5", "mt5", "umt5", "longt5") else ""
    task: dict[str, Any] = tasks.get("summarization") or {}
    return task.get("prefix", usual)


def count_words(text: str) -> int:
    """The words of a text."""
    return len(_WORD.findall(text))


def shortened(text: str, max_words: int) -> str:
    """The sentences of `text` from its beginning that have at most `max_words` words together.

    Where its first sentence has more, so many words of it, and `…`. A last sentence without an end is left out.
    """
    whole = sentences(text.strip())
    if len(whole) > 1 and whole[-1].rstrip()[-1:].isalnum():
        whole.pop()
    kept = ""
    for sentence in whole:
        if count_words(kept + sentence) > max_words:
            break
        kept += sentence
    if kept.strip() or not whole:
        return kept.strip()
    ends = [match.end() for match in _WORD.finditer(whole[0])]
    return whole[0][: ends[max_words - 1]].rstrip(",;:–- ") + "…"  # noqa: RUF001 - dashes of any length
