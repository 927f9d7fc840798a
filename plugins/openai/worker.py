"""The worker of all functions that a remote model answers. It computes nothing: it asks, several calls at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from planlang.plugins import Answer, Context, Failure, Item, TypeValue

from . import jsons, texts
from .asking import Asker, Manner, Message
from .client import Client
from .endpoints import endpoint_of
from .structured import Structured, Wanted, one_of, text_like, value_of_type

if TYPE_CHECKING:
    from planlang.lang.types import Type

_TEXTS_TOGETHER = 32
"""Texts that are embedded in one request; every other call is a request of its own."""
_MOST_SAMPLES = 1000


class RemoteModel:
    """A model behind an endpoint."""

    max_batch = _TEXTS_TOGETHER
    max_cost = float(_TEXTS_TOGETHER)
    concurrent = 1

    def load(self, context: Context) -> None:
        """Find out where the model is; nothing is sent yet."""
        endpoint = endpoint_of(context.model, context.settings)
        key = context.secrets[endpoint.key] if endpoint.key is not None else None
        self.concurrent = endpoint.concurrency
        self._client = Client(endpoint, key, context.net, context.stopping)
        self._asker = Asker(self._client, endpoint)
        self._structured = Structured(self._asker)

    def cost(self, item: Item) -> float:
        """Texts to be embedded share a request."""
        return 1.0 if item.function == "nlp.embed" else self.max_cost

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    # ── texts and values ─────────────────────────────────────────────────────────────────────────────────────────────

    def generate(self, batch: Sequence[Item]) -> list[Any]:
        """What the model answers to each prompt."""
        return _each(batch, lambda item: self._written(texts.chat(item["prompt"], item["system"]), item))

    def chat(self, batch: Sequence[Item]) -> list[Any]:
        """What the model says next in each chat."""
        return _each(batch, lambda item: self._written(_messages(item["messages"]), item))

    def samples(self, batch: Sequence[Item]) -> list[Any]:
        """Several answers to each prompt."""
        return _each(batch, self._samples)

    def extract(self, batch: Sequence[Item]) -> list[Any]:
        """The facts in each text as a value of a type."""

        def one(item: Item) -> Answer:
            question = texts.extraction(item["text"], item.arguments.get("instructions"))
            return self._value(question, item, _wanted(_type(item["schema"])))

        return _each(batch, one)

    def choose(self, batch: Sequence[Item]) -> list[Any]:
        """One of the options of each call."""
        return _each(batch, self._choose)

    def _written(self, messages: Sequence[Message], item: Item) -> Answer:
        """A text, or what `schema` or `pattern` of the call ask for."""
        wanted = _asked_for(item)
        if wanted is not None:
            return self._value(messages, item, wanted)
        said = self._asker.texts(messages, Manner.of(item))
        return Answer(said.text, said.tokens)

    def _value(self, messages: Sequence[Message], item: Item, wanted: Wanted) -> Answer:
        value, tokens = self._structured.value(messages, Manner.of(item), wanted)
        return Answer(value, tokens)

    def _samples(self, item: Item) -> Answer:
        n = item["n"]
        if not 1 <= n <= _MOST_SAMPLES:
            raise Failure(f"n must be from 1 to {_MOST_SAMPLES:,}, not {n}", kind="value")
        messages, manner = texts.chat(item["prompt"], item.arguments.get("system")), Manner.of(item)
        wanted = _asked_for(item)
        if wanted is None:
            said = self._asker.all_texts(messages, manner, n)
            return Answer(said.texts, said.tokens)
        each = [self._structured.value(messages, manner._replace(seed=manner.seed + i), wanted) for i in range(n)]
        return Answer([value for value, _ in each], sum(tokens for _, tokens in each))

    def _choose(self, item: Item) -> Answer:
        values = _options(item["options"])
        named = {value if isinstance(value, str) else json.dumps(value): value for value in values}
        question = texts.decision(item["prompt"], list(named), item.arguments.get("system"))
        name, tokens = self._structured.value(question, Manner(), one_of(list(named)))
        return Answer(named[name], tokens)

    # ── labels and vectors ───────────────────────────────────────────────────────────────────────────────────────────

    def classify(self, batch: Sequence[Item]) -> list[Any]:
        """The label that the model names for each text: it has the score 1, since it says nothing of the others."""
        return _each(batch, self._classify)

    def _classify(self, item: Item) -> Answer:
        labels = _labels(item["labels"])
        question = texts.labelling(item["text"], labels, _examples(item.arguments.get("examples")))
        label, tokens = self._structured.value(question, Manner(), one_of(list(labels)))
        scores = {each: 1.0 if each == label else 0.0 for each in labels}
        return Answer({"label": label, "score": 1.0, "scores": scores}, tokens)

    def embed(self, batch: Sequence[Item]) -> list[Any]:
        """The vector of each text, of length one."""
        from planlang.plugins.nlp.vector import Vector

        rows, tokens = self._asker.vectors([item["text"] for item in batch])
        share, rest = divmod(tokens, len(batch))
        spent = [share + (place < rest) for place in range(len(batch))]
        return [Answer(Vector.of(_unit(row)), each) for row, each in zip(rows, spent, strict=True)]

    def vectors(self, batch: Sequence[Item]) -> list[Any]:
        """The vectors of the texts of each call, some in a request."""
        return _each(batch, self._vectors)

    def _vectors(self, item: Item) -> Answer:
        from planlang.plugins.nlp.vector import Vector

        found: list[Vector] = []
        spent = 0
        for start in range(0, len(item["texts"]), _TEXTS_TOGETHER):
            rows, tokens = self._asker.vectors(item["texts"][start : start + _TEXTS_TOGETHER])
            found += [Vector.of(_unit(row)) for row in rows]
            spent += tokens
        return Answer(found, spent)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def summarize(self, batch: Sequence[Item]) -> list[Any]:
        """Each text in few words."""
        return _each(batch, lambda item: self._plain(texts.summary(item["text"], item.arguments.get("max_words"))))

    def translate(self, batch: Sequence[Item]) -> list[Any]:
        """Each text in another language."""

        def one(item: Item) -> Answer:
            return self._plain(texts.translation(item["text"], item["to"], item.arguments.get("source")))

        return _each(batch, one)

    def answer(self, batch: Sequence[Item]) -> list[Any]:
        """The answer to each question that its text holds."""
        return _each(batch, self._answer)

    def _answer(self, item: Item) -> Answer:
        question = texts.reading(item["question"], item["context"])
        wanted = value_of_type(texts.ANSWER, _answer_in(item["context"]))
        value, tokens = self._structured.value(question, Manner(max_tokens=1024), wanted)
        return Answer(value, tokens)

    def _plain(self, messages: Sequence[Message]) -> Answer:
        said = self._asker.texts(messages, Manner(max_tokens=4096))
        if said.cut:
            raise Failure("the answer is longer than 4,096 tokens", kind="value", hint="split the text")
        return Answer(said.text.strip(), said.tokens)


def _each(batch: Sequence[Item], answer: Callable[[Item], Answer]) -> list[Any]:
    """The answer to each item; what is wrong with one is told of that one."""

    def one(item: Item) -> Any:
        try:
            return answer(item)
        except Failure as failure:
            return failure

    return [one(item) for item in batch]


def _messages(given: Sequence[Any]) -> list[Message]:
    if not given:
        raise Failure("a chat needs at least one message", kind="value")
    return [{"role": message["role"], "content": message["content"]} for message in given]


def _asked_for(item: Item) -> Wanted | None:
    """What `schema` or `pattern` of a call ask for; None for any text."""
    from planlang.lang.types import STR

    pattern = item.arguments.get("pattern")
    type_ = _type(item.arguments.get("schema", str))
    if pattern is not None:
        if type_ != STR:
            raise Failure("`schema` and `pattern` cannot both be given", kind="value")
        return text_like(pattern)
    return None if type_ == STR else _wanted(type_)


def _type(given: Any) -> Type:
    """The type that an argument names; texts where it was left out."""
    from planlang.lang.types import STR

    return given.type if isinstance(given, TypeValue) else STR


def _wanted(type_: Type) -> Wanted:
    from planlang.plugins.nlp.schemas import from_json, json_schema  # pyright: ignore[reportMissingImports] - comes with extract
    from planlang.runtime.errors import PlanError
    from planlang.runtime.validate import validate
    from planlang.runtime.values import from_python

    def check(text: str) -> Any:
        try:
            value = from_json(text, type_)
            validate(from_python(value), type_, "it")
        except PlanError as error:
            raise ValueError(error.message) from None
        return value

    return value_of_type(json_schema(type_), check)


def _options(given: Any) -> list[Any]:
    """The options of `choose`: a list, or the values of a type of literals."""
    from planlang.plugins.nlp.schemas import literals  # pyright: ignore[reportMissingImports] - comes with extract

    values = literals(_type(given)) if isinstance(given, TypeValue) else given
    if not values:
        raise Failure("there is nothing to choose from", kind="value", hint="options is a list, or a type of literals")
    return values


def _labels(given: Any) -> dict[str, str]:
    """Labels with their descriptions, or "" where they have none."""
    if isinstance(given, dict):
        return {str(label): str(about) for label, about in cast(dict[Any, Any], given).items()}
    if given is None:
        raise Failure("a remote model needs labels", kind="value", hint='classify(text, ["one", "other"])')
    return dict.fromkeys(map(str, _options(given)), "")


def _examples(given: Any) -> list[tuple[str, str]]:
    return [(str(each["text"]), str(each["label"])) for each in given or []]


def _answer_in(context: str) -> Callable[[str], Any]:
    """Checks an answer with its quote, which must stand in the text."""

    def check(text: str) -> Any:
        found = jsons.read(text)
        said = cast(dict[str, Any], found) if isinstance(found, dict) else {}
        answer, quote = said.get("answer"), said.get("quote")
        if isinstance(answer, str) and isinstance(quote, str) and quote in context:
            return {"answer": answer, "quote": quote, "score": 1.0 if quote else 0.0}
        raise ValueError("it must be an object with the texts `answer` and `quote`, and the quote stand in the text")

    return check


def _unit(numbers: Sequence[float]) -> list[float]:
    """The same direction, of length one."""
    length = sum(number * number for number in numbers) ** 0.5
    return [number / length for number in numbers] if length > 0 else list(numbers)
