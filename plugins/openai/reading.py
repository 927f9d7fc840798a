"""A remote model as the workers of `nlp` that read texts see a language model: prompts in, texts out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from planlang.plugins import Answer, Failure
from planlang.plugins.nlp.rounds import Ask, Written
from planlang.plugins.nlp.sentences import pieces

from . import jsons, texts
from .asking import Asker, Manner
from .structured import Structured, Wanted, value_of

_FORM = '{"answer": <text or null>, "quote": <words of the text that say it, or null>}'
_SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": ["string", "null"]}, "quote": {"type": ["string", "null"]}},
    "required": ["answer", "quote"],
    "additionalProperties": False,
}
_ANSWER = 512
"""Tokens of an answer with its quote."""
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

    def cut(self, text: str, around: str) -> list[str]:
        """`text` in pieces that have room beside `around` and an answer."""
        room = self.longest - self.count(around) - 2 * _ANSWER
        if room < _ANSWER:
            raise Failure("the question is too long for the model", kind="value", hint="shorten it, or raise context=")
        return pieces(text, self.count, room)

    def write(self, asks: Sequence[Ask]) -> list[Written | Failure]:
        """What is written for each, greedily."""
        return [self._write(ask) for ask in asks]

    def _write(self, ask: Ask) -> Written | Failure:
        try:
            said = self._asker.texts(texts.chat(ask.prompt), Manner(max_tokens=ask.most))
        except Failure as failure:
            return failure
        return Written(said.text.strip(), said.tokens, not said.cut)


def answered(structured: Structured, reader: Reader, question: str, context: str) -> Answer:
    """`{text, quote, score}`: what the first piece of `context` says that says anything to `question`."""
    nothing = {"text": None, "quote": None, "score": 0.0}
    tokens = 0
    for piece in reader.cut(context, question) if question.strip() and context.strip() else ():
        asked = texts.reading(question, piece)
        value, used = structured.value(asked, Manner(max_tokens=_ANSWER), _quoted_from(piece))
        tokens += used
        if value is not None:
            return Answer(value, tokens)
    return Answer(nothing, tokens)


def _quoted_from(context: str) -> Wanted:
    """An answer with its quote, which must stand in `context`; None where the text says nothing."""

    def check(text: str) -> dict[str, Any] | None:
        found = jsons.read(text)
        said = cast(dict[str, Any], found) if isinstance(found, dict) else {}
        answer, quote = said.get("answer"), said.get("quote")
        if "answer" not in said or not all(each is None or isinstance(each, str) for each in (answer, quote)):
            raise ValueError(f"it must be like this: {_FORM}")
        if not answer:
            return None
        verbatim = _verbatim(quote or answer, context)
        if verbatim is None:
            raise ValueError("the quote does not stand in the text")
        return {"text": answer, "quote": verbatim, "score": 1.0}

    return value_of(_SCHEMA, _FORM, check)


def _verbatim(quote: str, context: str) -> str | None:
    """`quote` as it stands in `context`, whose spaces, marks at the ends and capitals may be others."""
    words = quote.strip().strip("\"'“”.…").split()
    found = re.search(r"\s+".join(map(re.escape, words)), context, re.IGNORECASE) if words else None
    return found[0] if found else None
