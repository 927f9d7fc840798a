"""The shapes in LangChain: runnables, `.batch` over what is alike, with a limit on threads.

Where every element can go on by itself, the whole of what is done with it is one runnable, so that `.batch` overlaps
the stages of different elements.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableLambda

from .server import Server

MANY = {"max_concurrency": 128}


class Models:
    """The functions on models, as runnables that take a dict of arguments."""

    def __init__(self, server: Server) -> None:
        for name in ("sentiment", "classify", "similarity", "summarize", "generate"):
            setattr(self, name, RunnableLambda(lambda arguments, name=name: server.call(name, **arguments), name=name))


def triage(models: Any, reviews: list[str]) -> list[str]:
    def one(review: str) -> str | None:
        mood = models.sentiment.invoke({"text": review})
        if mood["label"] != "negative":
            return None
        return models.generate.invoke({"prompt": f"Reply politely to: {review}"})

    return [reply for reply in RunnableLambda(one).batch(reviews, MANY) if reply is not None]


triage_continue = triage


def map_reduce(models: Any, documents: list[str]) -> str:
    notes = models.summarize.batch([{"text": document} for document in documents], MANY)
    while len(notes) > 1:
        groups = [notes[i : i + 10] for i in range(0, len(notes), 10)]
        notes = models.summarize.batch([{"text": "\n".join(group)} for group in groups], MANY)
    return notes[0]


def tree_of_thoughts(models: Any, question: str, depth: int = 4, enough: float = 0.999) -> str:
    def grow(step: tuple[int, int, str]) -> tuple[str, float]:
        depth, i, text = step
        said = models.generate.invoke({"prompt": f"Step {depth}.{i} towards {question}, after: {text}"})
        text = f"{text} {said}"
        return text, models.similarity.invoke({"a": question, "b": text})

    kept = [("", 0.0)]
    for step in range(depth):
        grown = RunnableLambda(grow).batch([(step, i, text) for text, _ in kept for i in range(5)], MANY)
        kept = sorted(grown, key=lambda thought: thought[1], reverse=True)[:5]
        if kept[0][1] > enough:
            break
    return kept[0][0]


def vote(models: Any, questions: list[str]) -> list[str]:
    samples = [{"prompt": question, "seed": i} for question in questions for i in range(16)]
    said = [answer.split()[0] for answer in models.generate.batch(samples, MANY)]
    return [Counter(said[i : i + 16]).most_common(1)[0][0] for i in range(0, len(said), 16)]


def skeleton(models: Any, questions: list[str]) -> list[str]:
    def one(question: str) -> str:
        points = models.generate.invoke({"prompt": f"List the points of an answer to: {question}"})
        prompts = [{"prompt": f"Write out this point of {question}: {point}"} for point in points.splitlines()]
        return "\n\n".join(models.generate.batch(prompts))

    return RunnableLambda(one).batch(questions, MANY)


def chain(models: Any, length: int = 200) -> str:
    sentence = "Once upon a time"
    for i in range(length):
        sentence = models.generate.invoke({"prompt": f"Sentence {i}, after: {sentence}"})
    return sentence


def dialogues(models: Any, topics: list[str]) -> list[int]:
    def one(topic: str) -> int:
        said, turns = topic, 0
        while turns < 20 and not said.endswith("yes"):
            if turns % 2 == 0:
                said = models.generate.invoke({"prompt": f"About {topic}: answer {said}", "model": "optimist"})
            else:
                said = models.generate.invoke({"prompt": f"About {topic}: doubt {said}", "model": "sceptic"})
            turns += 1
        return turns

    return RunnableLambda(one).batch(topics, MANY)


def filter_map_join(models: Any, query: str, documents: list[str]) -> str:
    def one(document: str) -> str | None:
        if models.similarity.invoke({"a": query, "b": document}) <= 0.5:
            return None
        return models.summarize.invoke({"text": document})

    return "\n".join(note for note in RunnableLambda(one).batch(documents, MANY) if note is not None)


def files(models: Any, source: str, target: str) -> int:
    names = sorted(path.name for path in Path(source).iterdir())
    read = RunnableLambda(lambda name: {"text": Path(source, name).read_text(encoding="utf-8")})
    for name, summary in zip(names, (read | models.summarize).batch(names, MANY), strict=True):
        Path(target, name).write_text(summary, encoding="utf-8")
    return len(names)


def count_labels(models: Any, texts: list[str]) -> dict[str, int]:
    labels = ["bug", "praise", "question", "spam"]
    answers = models.classify.batch([{"text": text, "labels": labels} for text in texts], MANY)
    return dict(Counter(answer["label"] for answer in answers))


def search(models: Any, queries: list[str], candidates: list[str]) -> list[str]:
    def one(query: str) -> str:
        for candidate in candidates:
            if models.similarity.invoke({"a": query, "b": candidate}) > 0.9:
                return candidate
        return "nothing"

    return RunnableLambda(one).batch(queries, MANY)


def decompose(models: Any, problems: list[str], depth: int = 3) -> list[str]:
    def solve(step: tuple[str, int]) -> str:
        problem, depth = step
        question = {"text": problem, "labels": ["easy", "hard", "hard", "hard"]}
        if depth == 0 or models.classify.invoke(question)["label"] == "easy":
            return models.generate.invoke({"prompt": f"Solve: {problem}"})
        parts = models.generate.invoke({"prompt": f"List the parts of: {problem}"}).splitlines()
        answers = RunnableLambda(solve).batch([(f"{problem} / {part}", depth - 1) for part in parts])
        return models.generate.invoke({"prompt": f"Put together: {'; '.join(answers)}"})

    return RunnableLambda(solve).batch([(problem, depth) for problem in problems], MANY)
