"""The worker of `answer`: what a text says to a question, with the sentence that says it. Three ways, by the model.

- An encoder gives the sentence that is closest to the question in meaning. This is the default: on 29 questions of our
  own (benchmarks/quality_answers.py) it finds the right sentence more often than the default language model.
- A model that was trained to answer questions (extractive, as on SQuAD) gives the words within it.
- A language model writes the answer, and cannot but take words of the text.
"""

# transformers and torch leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from planlang.plugins import Answer, Context, Failure, Item

from . import models
from .loading import alone, load_tokenizer, load_weights, prepare
from .rounds import Ask, Work, answer_together
from .sentences import pieces, sentences
from .text_models import Causal

NOTHING = {"text": None, "quote": None, "score": 0.0}
"""The answer where the text says nothing."""
_LEAST_LIKENESS = 0.4
"""Below, the closest sentence does not answer the question: right for 19 of 20 that have an answer and 6 of 9 that have
none (benchmarks/quality_answers.py)."""


class _Answers(Protocol):
    def answer(self, batch: Sequence[Item]) -> list[Any]:
        """`{text, quote, score}` for each question with its context."""
        ...


class Answerer:
    """Holds an encoder, a model trained to answer questions, or a language model."""

    max_batch = 32
    max_cost = 8192

    @alone
    def load(self, context: Context) -> None:
        """Find and load the model that `context` names."""
        prepare(context.threads)
        folder = models.locate(context.model, context.cache_folder)
        architecture = " ".join(models.read_config(folder).get("architectures") or [])
        if "ForQuestionAnswering" in architecture:
            self._answers: _Answers = _Reader(folder, context.stopping)
        elif "ForCausalLM" in architecture:
            self._answers = _Writer(Causal(folder, context), context.stopping)
        elif "For" in architecture:
            raise Failure(
                f"`{context.model}` does not answer questions: it is a {architecture}",
                hint="name a question answering model, an encoder or a language model, or leave model= out",
            )
        else:
            self._answers = _Closest(folder, context.stopping)

    def cost(self, item: Item) -> int:
        """Roughly its tokens."""
        return (len(item["question"]) + len(item["context"])) // 4 + 8

    def run(self, batch: Sequence[Item]) -> list[Any]:
        """`{text, quote, score}` for each question."""
        asked = [i for i, item in enumerate(batch) if item["question"].strip() and item["context"].strip()]
        found: list[Any] = [dict(NOTHING) for _ in batch]
        for i, answer in zip(asked, self._answers.answer([batch[i] for i in asked]) if asked else [], strict=True):
            found[i] = answer
        return found


def _quoting(context: str, start: int, end: int) -> str:
    """The sentences of `context` that `context[start:end]` stands in."""
    place, found = 0, ""
    for sentence in sentences(context):
        if place < end and start < place + len(sentence):
            found += sentence
        place += len(sentence)
    return found.strip()


class _Closest:
    """The sentence whose vector is closest to the question's."""

    def __init__(self, folder: Path, stopping: Callable[[], bool]) -> None:
        from .encoding import text_encoder

        self._encoder = text_encoder(folder)
        self._stopping = stopping

    def answer(self, batch: Sequence[Item]) -> list[Any]:
        cut = [[found for each in sentences(item["context"]) if (found := each.strip())] for item in batch]
        texts = dict.fromkeys([item["question"] for item in batch] + [each for some in cut for each in some])
        vectors = dict(zip(texts, self._encoder.encode(list(texts), stopping=self._stopping), strict=True))
        return [self._best(vectors, item["question"], some) for item, some in zip(batch, cut, strict=True)]

    def _best(self, vectors: dict[str, Any], question: str, cut: list[str]) -> dict[str, Any]:
        likeness = [float(vectors[question] @ vectors[each]) for each in cut]
        best = max(range(len(cut)), key=likeness.__getitem__)
        score = min(1.0, max(0.0, likeness[best]))
        if score < _LEAST_LIKENESS:
            return NOTHING | {"score": score}
        return {"text": cut[best], "quote": cut[best], "score": score}


class _Reader:
    """A model that says where in a text an answer begins and ends. Long texts are read in windows that overlap."""

    _WINDOW, _LONGEST_ANSWER = 384, 30

    def __init__(self, folder: Path, stopping: Callable[[], bool]) -> None:
        from transformers import AutoModelForQuestionAnswering

        self._model = load_weights(AutoModelForQuestionAnswering, folder)
        self._tokenizer = load_tokenizer(folder)
        if not self._tokenizer.is_fast:
            raise Failure("the model's tokenizer does not say where in the text its tokens stand")
        longest = min(self._tokenizer.model_max_length, self._model.config.max_position_embeddings - 2)
        self._window = min(self._WINDOW, longest)
        self._stopping = stopping

    def answer(self, batch: Sequence[Item]) -> list[Any]:
        return [self._one(item["question"], item["context"]) for item in batch]

    def _one(self, question: str, context: str) -> Any:
        if self._stopping():
            return Failure("it was stopped")
        size = len(self._tokenizer(question)["input_ids"])
        if size > self._window // 2:
            text = f"the question has {size:,} tokens, and the model takes at most {self._window // 2:,}"
            return Failure(text, kind="value", hint="shorten it")
        read = self._tokenizer(
            question, context, truncation="only_second", max_length=self._window, stride=self._window // 4,
            return_overflowing_tokens=True, return_offsets_mapping=True,
        )  # fmt: skip
        found = [self._window_answer(read, i) for i in range(len(read["input_ids"]))]
        score, start, end = max(found)
        tokens = sum(map(len, read["input_ids"]))
        if start == end:
            return Answer(NOTHING | {"score": score}, tokens)
        return Answer({"text": context[start:end], "quote": _quoting(context, start, end), "score": score}, tokens)

    def _window_answer(self, read: Any, number: int) -> tuple[float, int, int]:
        """Score, start and end of the best answer in a window; start is end where "none" is likelier than any."""
        import torch

        names = [name for name in ("input_ids", "token_type_ids", "attention_mask") if name in read]
        with torch.inference_mode():
            out = self._model(**{name: torch.tensor([read[name][number]]) for name in names})
        inside = torch.tensor([part == 1 for part in read.sequence_ids(number)])
        inside[0] = True  # the first token stands for "no answer"
        starts, ends = (
            torch.softmax(each[0].masked_fill(~inside, float("-inf")), 0) for each in (out.start_logits, out.end_logits)
        )
        likely = torch.outer(starts, ends).triu().tril(self._LONGEST_ANSWER - 1)
        likely[0, 1:] = 0
        none = float(likely[0, 0])
        likely[0, 0] = 0
        score, place = float(likely.max()), int(likely.argmax())
        first, last = divmod(place, likely.shape[1])
        if score <= none:
            return 0.0, 0, 0
        places = read["offset_mapping"][number]
        return min(1.0, score), places[first][0], places[last][1]


class _Writer:
    """A language model whose answers are words of the text: others cannot be written (llguidance's substrings)."""

    _PROMPT = "{context}\n\nQuestion: {question}\nAnswer with words of the text above, as short as possible."
    _MOST = 48

    def __init__(self, model: Causal, stopping: Callable[[], bool]) -> None:
        import llguidance.hf

        self._model = model
        self._stopping = stopping
        self._tokens = llguidance.hf.from_tokenizer(model.language.tokenizer)

    def answer(self, batch: Sequence[Item]) -> list[Any]:
        works = [self._work(item["question"], item["context"]) for item in batch]
        return answer_together(works, self._model.write, self._stopping)

    def _work(self, question: str, context: str) -> Work:
        """Each part of a long text is asked; the surest answer counts."""
        room = self._model.longest - self._MOST - self._model.count(question) - 64
        if room < 64:
            raise Failure("the question is too long for the model", kind="value", hint="shorten it")
        parts = pieces(context, self._model.count, room)
        pickers = [_Picker(self._tokens, part) for part in parts]
        written = yield [
            Ask(self._PROMPT.format(context=part.strip(), question=question), self._MOST, picker)
            for part, picker in zip(parts, pickers, strict=True)
        ]
        score, best = max((picker.score, -i) for i, picker in enumerate(pickers))
        text = written[-best].text
        start = parts[-best].find(text) if text else -1
        if start < 0:
            return NOTHING | {"score": score}
        return {"text": text, "quote": _quoting(parts[-best], start, start + len(text)), "score": score}


class _Picker:
    """Picks the likeliest token of those that go on with words of a text; remembers how likely they were."""

    def __init__(self, tokens: Any, text: str) -> None:
        import llguidance

        unit = "substring_words" if " " in text.strip() else "substring_chars"
        grammar = f"start: %regex {json.dumps({unit: text.strip()}, ensure_ascii=False)}"
        self._matcher = llguidance.LLMatcher(tokens, llguidance.grammar_from("lark", grammar))
        self._likely: list[float] = []

    def __call__(self, logits: Any) -> int:
        import numpy as np
        import torch

        bits = np.frombuffer(self._matcher.compute_bitmask(), dtype=np.uint8)
        allowed = torch.from_numpy(np.unpackbits(bits, bitorder="little")[: len(logits)].astype(bool))
        likely = torch.log_softmax(logits, 0)
        token = int(likely.masked_fill(~allowed, float("-inf")).argmax())
        self._likely.append(float(likely[token]))
        self._matcher.consume_token(token)
        return token

    @property
    def score(self) -> float:
        """The geometric mean of how likely the model found each token, among all that it knows."""
        from math import exp

        return exp(sum(self._likely) / len(self._likely)) if self._likely else 0.0
