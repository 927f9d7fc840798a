"""The worker of all functions that a remote model answers. It computes nothing: it asks, several calls at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from planlang.lang.types import BOOL, STR, LiteralType, union
from planlang.plugins import Answer, Context, Failure, Item, TypeValue

from . import texts
from .asking import Asker, Manner, Message
from .client import Client
from .endpoints import endpoint_of
from .reading import Reader, answered
from .structured import Structured, Wanted, one_of, some_of, text_like, value_of_type

if TYPE_CHECKING:
    from planlang.plugins.nlp.tasks import Task

_TEXTS_TOGETHER = 32
"""Texts that are embedded in one request; every other call is a request of its own."""
_MOST_SAMPLES = 1000


class RemoteModel:
    """A model behind an endpoint."""

    max_batch = _TEXTS_TOGETHER
    max_cost = float(_TEXTS_TOGETHER)
    concurrent = 1
    exact = False
    """What a server batches, and how, is its own affair."""

    def load(self, context: Context) -> None:
        """Find out where the model is; nothing is sent yet."""
        endpoint = endpoint_of(context.model, context.settings)
        key = context.secrets[endpoint.key] if endpoint.key is not None else None
        self.concurrent = endpoint.concurrency
        self._client = Client(endpoint, key, context.net, context.stopping)
        self._asker = Asker(self._client, endpoint)
        self._structured = Structured(self._asker)
        self._reader = Reader(self._asker, endpoint.context)
        self._stopping = context.stopping

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
            return self._value(question, item, value_of_type(item["schema"].type))

        return _each(batch, one)

    def choose(self, batch: Sequence[Item]) -> list[Any]:
        """One of the options of each call."""

        def one(item: Item) -> Answer:
            task = _task(item, "options")
            question = texts.decision(item["prompt"], task.names)
            name, tokens = self._structured.value(question, Manner(), one_of(task.names))
            return Answer(task.values[task.names.index(name)], tokens)

        return _each(batch, one)

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

    # ── labels and vectors ───────────────────────────────────────────────────────────────────────────────────────────

    def classify(self, batch: Sequence[Item]) -> list[Any]:
        """The label that the model names for each text: it has the score 1, since it says nothing of the others."""
        return _each(batch, lambda item: self._label(item["text"], _task(item)))

    def _label(self, text: str, task: Task) -> Answer:
        question = texts.labelling(text, task)
        name, tokens = self._structured.value(question, Manner(), one_of(task.names))
        scores = {each: 1.0 if each == name else 0.0 for each in task.names}
        return Answer({"label": task.values[task.names.index(name)], "score": 1.0, "scores": scores}, tokens)

    def classify_multi(self, batch: Sequence[Item]) -> list[Any]:
        """The labels that the model names for each text, with the score 1."""

        def one(item: Item) -> Answer:
            task = _task(item)
            question = texts.labelling(item["text"], task, several=True)
            names, tokens = self._structured.value(question, Manner(), some_of(task.names))
            scores = {each: 1.0 if each in names else 0.0 for each in task.names}
            return Answer({"labels": [task.values[task.names.index(name)] for name in names], "scores": scores}, tokens)

        return _each(batch, one)

    def sentiment(self, batch: Sequence[Item]) -> list[Any]:
        """How each text sounds."""
        return self._moods(batch, ("positive", "negative", "neutral"), lambda found: {**found, "score": 1.0})

    def analyze_sentiment(self, batch: Sequence[Item]) -> list[Any]:
        """Whether each text sounds more positive or more negative."""
        return self._moods(batch, ("positive", "negative"), lambda found: found["label"])

    def _moods(
        self, batch: Sequence[Item], labels: Sequence[str], answer: Callable[[dict[str, Any]], Any]
    ) -> list[Any]:
        from planlang.plugins.nlp.tasks import task_of

        task = task_of(list(labels))

        def one(item: Item) -> Answer:
            found = self._label(item["text"], task)
            return Answer(answer({"label": found.value["label"]}), found.tokens)

        return _each(batch, one)

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
        """Each text in few words, as the summarizer of language models has it: long ones in rounds."""
        from planlang.plugins.nlp.summarizer import Summarizer

        return Summarizer.of(self._reader, self._stopping).run(batch)

    def answer(self, batch: Sequence[Item]) -> list[Any]:
        """What each text says to its question."""
        return _each(batch, lambda item: answered(self._structured, self._reader, item["question"], item["context"]))

    def translate(self, batch: Sequence[Item]) -> list[Any]:
        """Each text in another language, as the translator of language models has it."""
        from planlang.plugins.nlp.translator import Translator

        return Translator.of(self._reader, self._stopping).run(batch)


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
    schema, pattern = item.arguments.get("schema"), item.arguments.get("pattern")
    form = schema.type if isinstance(schema, TypeValue) and schema.type != STR else None
    if form is not None and pattern is not None:
        raise Failure("schema= and pattern= do not go together", kind="value", hint="give one of them")
    wanted = value_of_type(form) if form is not None else text_like(pattern) if pattern is not None else None
    if wanted is not None and item.arguments.get("stop"):
        raise Failure("stop= does not go with schema= or pattern=: they say where the answer ends", kind="value")
    return wanted


def _task(item: Item, name: str = "labels") -> Task:
    """The labels, or options, of a call."""
    from planlang.plugins.nlp.tasks import task_of

    given = item[name]
    if given is None:
        hint = 'name them: classify(text, ["one", "other"])'
        raise Failure("a remote model has no labels of its own", kind="value", hint=hint)
    if isinstance(given, TypeValue) and given.type == BOOL:
        given = TypeValue("bool", union(LiteralType(value=True), LiteralType(value=False)))
    return task_of(given, item.arguments.get("examples"))


def _unit(numbers: Sequence[float]) -> list[float]:
    """The same direction, of length one."""
    length = sum(number * number for number in numbers) ** 0.5
    return [number / length for number in numbers] if length > 0 else list(numbers)
