"""Questions in the form of `/chat/completions`, and what servers answer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from planlang.plugins import Failure, Item

from .client import Client, Refused
from .endpoints import Endpoint

Message = dict[str, str]

_SEEDS = (1 << 31) - 1
"""Seeds that every server takes."""
_MOST_STOPS = 4


class Manner(NamedTuple):
    """How a text is to be written: the options that `generate` and the like have."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int = 0
    options: Mapping[str, Any] = {}

    @classmethod
    def of(cls, item: Item) -> Manner:
        """What `item` says; raises `Failure` for what no model can do."""
        given = item.arguments
        stop = given.get("stop") or []
        found = cls(
            given.get("max_tokens", 256),
            given.get("temperature", 0.0),
            given.get("top_p", 1.0),
            tuple(each for each in ([stop] if isinstance(stop, str) else stop) if each),
            item.seed,
            given.get("options") or {},
        )
        if wrong := found.wrong():
            raise Failure(wrong, kind="value")
        return found

    def wrong(self) -> str:
        """What is out of range; "" where nothing is."""
        if self.max_tokens < 1:
            return f"max_tokens must be at least 1, not {self.max_tokens}"
        if not 0 <= self.temperature <= 100:
            return f"temperature must be between 0 and 100, not {self.temperature:g}"
        if not 0 < self.top_p <= 1:
            return f"top_p must be above 0 and at most 1, not {self.top_p:g}"
        if len(self.stop) > _MOST_STOPS:
            return f"remote models take at most {_MOST_STOPS} texts in `stop`"
        taken = sorted(_OWN & self.options.keys())
        return f"`{taken[0]}` cannot be one of the further options" if taken else ""

    def fields(self) -> dict[str, Any]:
        """As a request has it; what says nothing is left out."""
        found: dict[str, Any] = {**self.options, "max_tokens": self.max_tokens, "temperature": self.temperature}
        if self.top_p < 1:
            found["top_p"] = self.top_p
        if self.stop:
            found["stop"] = list(self.stop)
        if self.seed:
            found["seed"] = self.seed & _SEEDS
        return found


_OWN = frozenset(("messages", "model", "stream", "n", "max_tokens", "max_completion_tokens", "temperature", "top_p",
                  "stop", "seed", "response_format", "tools", "tool_choice", "functions", "logprobs"))  # fmt: skip
"""Fields of a request that further options cannot set."""


class Said(NamedTuple):
    """What a model wrote: its texts, the tokens read and written, and whether the last text was cut off."""

    texts: list[str]
    tokens: int
    cut: bool = False

    @property
    def text(self) -> str:
        """The first text."""
        return self.texts[0]


class Asker:
    """Asks one model for texts and vectors; used by several threads."""

    def __init__(self, client: Client, endpoint: Endpoint) -> None:
        """`endpoint` says what the model is called."""
        self._client = client
        self._model = endpoint.model
        self._extra = dict(endpoint.extra)
        self._limit = "max_tokens"

    def texts(
        self, messages: Sequence[Message], manner: Manner, n: int = 1, wanted: Mapping[str, Any] | None = None
    ) -> Said:
        """Up to `n` answers to a chat. wanted: the `response_format`; raises `Refused` where the server takes none."""
        question = {"model": self._model, "messages": list(messages), **self._extra, **manner.fields()}
        if n > 1:
            question["n"] = n
        if wanted is not None:
            question["response_format"] = wanted
        return _said(self._ask(question))

    def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Newer servers call the limit of an answer otherwise; they say so themselves."""
        limit, most = self._limit, question.pop("max_tokens")
        try:
            return self._client.ask("/chat/completions", {**question, limit: most})
        except Refused as refused:
            if limit != "max_tokens" or "max_completion_tokens" not in refused.told:
                raise
        self._limit = "max_completion_tokens"
        return self._client.ask("/chat/completions", {**question, self._limit: most})

    def all_texts(self, messages: Sequence[Message], manner: Manner, n: int) -> Said:
        """Exactly `n` answers, asked for again where the server gives fewer at a time."""
        texts: list[str] = []
        tokens = 0
        while len(texts) < n:
            said = self.texts(messages, manner._replace(seed=manner.seed + len(texts)), n - len(texts))
            texts += said.texts
            tokens += said.tokens
        return Said(texts[:n], tokens)

    def vectors(self, texts: Sequence[str]) -> tuple[list[list[float]], int]:
        """The embedding of each text, and the tokens read."""
        answer = self._client.ask("/embeddings", {"model": self._model, "input": list(texts)})
        rows: Any = answer.get("data")
        if not isinstance(rows, list) or len(cast(list[Any], rows)) != len(texts):
            raise odd("not one vector for each text")
        found: list[list[float]] = []
        for place, row in enumerate(sorted(cast(list[Any], rows), key=_place)):
            numbers: Any = cast(dict[str, Any], row).get("embedding") if isinstance(row, dict) else None
            if not isinstance(numbers, list) or not numbers or not all(map(_is_number, cast(list[Any], numbers))):
                raise odd("what is no vector")
            if _place(row) not in (place, -1):
                raise odd("vectors out of order")
            found.append(cast(list[float], numbers))
        return found, _tokens(answer)


def odd(what: str) -> Failure:
    """The error for a server that gives something else than was asked for."""
    return Failure(f"the server gave {what}", hint="does it speak OpenAI's API?")


def _place(row: Any) -> int:
    index = cast(dict[str, Any], row).get("index") if isinstance(row, dict) else None
    return index if isinstance(index, int) else -1


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e30


def _said(answer: Mapping[str, Any]) -> Said:
    choices: Any = answer.get("choices")
    if not isinstance(choices, list) or not choices:
        raise odd("no text")
    texts: list[str] = []
    reason = None
    for choice in cast(list[Any], choices):
        message: Any = cast(dict[str, Any], choice).get("message") if isinstance(choice, dict) else None
        if not isinstance(message, dict):
            raise odd("no text")
        said = cast(dict[str, Any], message)
        reason = cast(dict[str, Any], choice).get("finish_reason")
        if said.get("refusal") or reason == "content_filter":
            raise Failure("the model declines to answer", hint="its provider filters what it may be asked and say")
        content = said.get("content")
        if not isinstance(content, str) and content is not None:
            raise odd("no text")
        texts.append(content or "")
    return Said(texts, _tokens(answer), reason == "length")


def _tokens(answer: Mapping[str, Any]) -> int:
    usage: Any = answer.get("usage")
    total = cast(dict[str, Any], usage).get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) and 0 <= total < 1 << 40 else 0
