"""The worker of `translate`: an encoder-decoder that was trained for it, sentence by sentence, or a language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from planlang.plugins import Answer, Context, Failure, Item

from .language_detector import likeliest
from .language_names import language_of
from .loading import alone, prepare
from .reading_digests import no_translation_model
from .rounds import Ask, Work, Written, answer_together
from .sentences import pieces, sentences
from .seq2seq import Seq2Seq
from .text_models import EncoderDecoder, TextModel, open_model
from .translation import Languages

_PROMPT = "Translate the following text{source} into {to}. Answer with the translation only.\n\n{text}"
_AROUND = 64
"""Tokens of the prompt and the chat around a text."""


class Translator:
    """Holds a translation model."""

    max_batch = 32

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        if not context.model:
            raise no_translation_model()
        prepare(context.threads)
        self._stopping = context.stopping
        self._model: TextModel = open_model(context, "translate")
        self._trained: tuple[Seq2Seq, Languages] | None = None
        if isinstance(self._model, EncoderDecoder):
            self._trained = self._model.model, Languages(self._model.model, context.model)

    @classmethod
    def of(cls, model: TextModel, stopping: Callable[[], bool]) -> Translator:
        """One that asks `model`, a language model that is there already."""
        made = cls()
        made._model, made._trained, made._stopping = model, None, stopping
        return made

    def cost(self, item: Item) -> int:
        """Roughly the tokens read and written."""
        return len(item["text"]) // 2 + 16

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """The translation of each text."""
        if self._trained is None:
            works = [self._ask(item["text"], item["to"], item["source"]) for item in batch]
            return answer_together(works, self._model.write, self._stopping)
        return [self._translate(*self._trained, item) for item in batch]

    # ── encoder-decoders: sentence by sentence, as they were trained ─────────────────────────────────────────────────

    def _translate(self, model: Seq2Seq, languages: Languages, item: Item) -> Answer | Failure:
        text: str = item["text"]
        if not _has_letters(text):
            return Answer(text)
        parts: list[str] = []
        tokens = 0
        try:
            pair = languages.pair(text, item["to"], item["source"], likeliest)
            room = model.longest - len(languages.numbers("", pair)) - 2
            for piece in (part for sentence in sentences(text) for part in pieces(sentence, self._model.count, room)):
                bare = piece.strip()
                found = bare
                if _has_letters(bare):
                    found, used = self._write(model, languages.numbers(bare, pair), pair.target)
                    tokens += used
                start = piece.index(bare)
                parts += [piece[:start], found, piece[start + len(bare) :]]
        except Failure as failure:
            return failure
        return Answer("".join(parts), tokens)

    def _write(self, model: Seq2Seq, numbers: list[int], first: int | None) -> tuple[str, int]:
        if self._stopping():
            raise Failure("it was stopped")
        most = min(model.longest - 1, 3 * len(numbers) + 32)
        text, tokens, ended = model.write(numbers, most, self._stopping, first)
        if not ended:
            raise _endless(most)
        return text, tokens

    # ── language models: as many sentences at a time as have room ────────────────────────────────────────────────────

    def _ask(self, text: str, to: str, source: str | None) -> Work:
        if not _has_letters(text):
            return text
        room = (self._model.longest - _AROUND) // 4
        cut = pieces(text, self._model.count, room)
        asks: list[Ask] = []
        for piece in cut:
            start = f" from {_name(source)}" if source else ""
            prompt = _PROMPT.format(source=start, to=_name(to), text=piece.strip())
            asks.append(Ask(prompt, 3 * self._model.count(piece) // 2 + 64))
        written: list[Written] = yield asks
        for ask, each in zip(asks, written, strict=True):
            if not each.ended:
                raise _endless(ask.most)
        ends = [piece[len(piece.rstrip()) :] for piece in cut]
        return "".join(each.text + end for each, end in zip(written, ends, strict=True))


def _name(language: str) -> str:
    known = language_of(language)
    return known.name if known else language


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))


def _endless(most: int) -> Failure:
    return Failure(
        f"the model did not come to the end of its translation within {most:,} tokens: it repeats itself",
        hint="another model may do; this one may not know the languages",
    )
