"""The shapes in DSPy: a module for whatever can go on by itself, and its parallel runner for many of them.

Modules call the server as a DSPy module may call any tool; prompts are not optimised and nothing is parsed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import dspy

from .server import Server


class Models:
    """The functions on models, as plain calls that block."""

    def __init__(self, server: Server) -> None:
        for name in ("sentiment", "classify", "similarity", "summarize", "generate"):
            setattr(self, name, partial(server.call, name))


class Step(dspy.Module):
    """A function as a module."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, value: Any) -> Any:
        """The function of `value`."""
        return self.function(value)


def parallel(function: Callable[[Any], Any], values: Iterable[Any]) -> list[Any]:
    """`function` of each of `values`, on 128 threads."""
    runner = dspy.Parallel(num_threads=128, disable_progress_bar=True, timeout=0)
    step = Step(function)
    return runner([(step, {"value": value}) for value in values])


def triage(models: Any, reviews: list[str]) -> list[str]:
    def one(review: str) -> list[str]:
        if models.sentiment(text=review)["label"] != "negative":
            return []
        return [models.generate(prompt=f"Reply politely to: {review}")]

    return [reply for replies in parallel(one, reviews) for reply in replies]


triage_continue = triage


def map_reduce(models: Any, documents: list[str]) -> str:
    notes = parallel(lambda document: models.summarize(text=document), documents)
    while len(notes) > 1:
        groups = [notes[i : i + 10] for i in range(0, len(notes), 10)]
        notes = parallel(lambda group: models.summarize(text="\n".join(group)), groups)
    return notes[0]


def tree_of_thoughts(models: Any, question: str, depth: int = 4, enough: float = 0.999) -> str:
    def grow(step: tuple[int, int, str]) -> tuple[str, float]:
        depth, i, text = step
        text = f"{text} {models.generate(prompt=f'Step {depth}.{i} towards {question}, after: {text}')}"
        return text, models.similarity(a=question, b=text)

    kept = [("", 0.0)]
    for step in range(depth):
        grown = parallel(grow, [(step, i, text) for text, _ in kept for i in range(5)])
        kept = sorted(grown, key=lambda thought: thought[1], reverse=True)[:5]
        if kept[0][1] > enough:
            break
    return kept[0][0]


def vote(models: Any, questions: list[str]) -> list[str]:
    samples = [(question, i) for question in questions for i in range(16)]
    answers = parallel(lambda sample: models.generate(prompt=sample[0], seed=sample[1]), samples)
    said = [answer.split()[0] for answer in answers]
    return [Counter(said[i : i + 16]).most_common(1)[0][0] for i in range(0, len(said), 16)]


def skeleton(models: Any, questions: list[str]) -> list[str]:
    def one(question: str) -> str:
        points = models.generate(prompt=f"List the points of an answer to: {question}").splitlines()
        write = partial("Write out this point of {}: {}".format, question)
        return "\n\n".join(parallel(lambda point: models.generate(prompt=write(point)), points))

    return parallel(one, questions)


def chain(models: Any, length: int = 200) -> str:
    sentence = "Once upon a time"
    for i in range(length):
        sentence = models.generate(prompt=f"Sentence {i}, after: {sentence}")
    return sentence


def dialogues(models: Any, topics: list[str]) -> list[int]:
    def one(topic: str) -> int:
        said, turns = topic, 0
        while turns < 20 and not said.endswith("yes"):
            if turns % 2 == 0:
                said = models.generate(prompt=f"About {topic}: answer {said}", model="optimist")
            else:
                said = models.generate(prompt=f"About {topic}: doubt {said}", model="sceptic")
            turns += 1
        return turns

    return parallel(one, topics)


def filter_map_join(models: Any, query: str, documents: list[str]) -> str:
    def one(document: str) -> list[str]:
        if models.similarity(a=query, b=document) <= 0.5:
            return []
        return [models.summarize(text=document)]

    return "\n".join(note for notes in parallel(one, documents) for note in notes)


def files(models: Any, source: str, target: str) -> int:
    names = sorted(path.name for path in Path(source).iterdir())
    summaries = parallel(lambda name: models.summarize(text=Path(source, name).read_text(encoding="utf-8")), names)
    for name, summary in zip(names, summaries, strict=True):
        Path(target, name).write_text(summary, encoding="utf-8")
    return len(names)


def count_labels(models: Any, texts: list[str]) -> dict[str, int]:
    labels = ["bug", "praise", "question", "spam"]
    return dict(Counter(a["label"] for a in parallel(lambda text: models.classify(text=text, labels=labels), texts)))


def search(models: Any, queries: list[str], candidates: list[str]) -> list[str]:
    def one(query: str) -> str:
        for candidate in candidates:
            if models.similarity(a=query, b=candidate) > 0.9:
                return candidate
        return "nothing"

    return parallel(one, queries)


def decompose(models: Any, problems: list[str], depth: int = 3) -> list[str]:
    def solve(step: tuple[str, int]) -> str:
        problem, depth = step
        labels = ["easy", "hard", "hard", "hard"]
        if depth == 0 or models.classify(text=problem, labels=labels)["label"] == "easy":
            return models.generate(prompt=f"Solve: {problem}")
        parts = models.generate(prompt=f"List the parts of: {problem}").splitlines()
        answers = parallel(solve, [(f"{problem} / {part}", depth - 1) for part in parts])
        return models.generate(prompt=f"Put together: {'; '.join(answers)}")

    return parallel(solve, [(problem, depth) for problem in problems])
