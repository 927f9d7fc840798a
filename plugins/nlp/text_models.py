"""Models that turn a prompt into a text, behind one door: causal language models and encoder-decoders."""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from planlang.plugins import Context, Failure

from . import models
from .rounds import Ask, Written

KEPT_BYTES = 768 << 20
"""Memory for the keys and values of the texts that are being written."""


class TextModel(Protocol):
    """Answers prompts."""

    longest: int
    """The most tokens of a prompt and its answer together (language models), or of either (encoder-decoders)."""

    def count(self, text: str) -> int:
        """The tokens of a text, without what is put around it."""
        ...

    def write(self, asks: Sequence[Ask]) -> list[Written | Failure]:
        """What is written for each, greedily: the likeliest token each time, or as an encoder-decoder searches."""
        ...


def open_model(context: Context, what: str) -> TextModel:
    """The model that `context` names; raises `Failure` for one of another kind.

    what: what such a model must do, for the message: "summarize".
    """
    folder = models.locate(context.model, context.cache_folder)
    config = models.read_config(folder)
    architecture = " ".join(config.get("architectures") or [])
    if "ForCausalLM" in architecture:
        return Causal(folder, context)
    if config.get("is_encoder_decoder") and ("ForConditionalGeneration" in architecture or "MTModel" in architecture):
        return EncoderDecoder(folder, context)
    raise Failure(
        f"`{context.model}` does not {what}: it is a {architecture or 'model of unknown kind'}",
        hint="name a language model, or an encoder-decoder that was trained for it",
    )


class Causal:
    """A causal language model: prompts are chats, all of a batch are written together."""

    def __init__(self, folder: Path, context: Context) -> None:
        """Load the model in `folder`."""
        from .language import language_model
        from .writing import Writer

        self.language = language_model(folder)
        self.longest = self.language.longest
        self.places = KEPT_BYTES // self.language.bytes_per_token
        self._writer = Writer(self.language, self.places, context.stopping, context.report)

    def count(self, text: str) -> int:
        """The tokens of a text."""
        return len(self.language.tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"])

    def write(self, asks: Sequence[Ask]) -> list[Written | Failure]:
        """The model's answers to the prompts, each as a chat of its own."""
        rows = [self._row(ask) for ask in asks]
        self._writer.write([row for row in rows if not isinstance(row, Failure)])
        return [row if isinstance(row, Failure) else self._written(row) for row in rows]

    def _row(self, ask: Ask) -> Any:
        from .writing import Row

        span = self.language.chat_span([{"role": "user", "content": ask.prompt}])
        row = Row(span, ask.most, [], ask.choose or _likeliest)
        if row.start + ask.most > self.longest:
            return Failure(
                f"the prompt has {row.start:,} tokens and the answer may have {ask.most:,}, "
                f"and the model takes at most {self.longest:,} together",
                kind="value",
            )
        return row

    def _written(self, row: Any) -> Written:
        return Written(row.text, row.start + len(row.written), len(row.written) < row.most)


def _likeliest(logits: Any) -> int:
    return int(logits.argmax())


class EncoderDecoder:
    """An encoder-decoder: prompts go in as they are, one by one."""

    def __init__(self, folder: Path, context: Context) -> None:
        """Load the model in `folder`."""
        from .seq2seq import seq2seq

        self.model = seq2seq(folder)
        self.longest = self.model.longest
        self._stopping = context.stopping

    def count(self, text: str) -> int:
        """The tokens of a text."""
        return len(self.model.numbers(text, special=False))

    def write(self, asks: Sequence[Ask]) -> list[Written | Failure]:
        """The model's answers."""
        return [self._one(ask) for ask in asks]

    def _one(self, ask: Ask) -> Written | Failure:
        try:
            return Written(*self.model.write(self.model.numbers(ask.prompt), ask.most, self._stopping))
        except Failure as failure:
            return failure
