"""The shapes in asyncio: a coroutine for whatever can go on by itself, `gather` for many of them."""

from __future__ import annotations

from asyncio import gather
from collections import Counter
from pathlib import Path

from .asyncio_models import Models


async def triage(models: Models, reviews: list[str]) -> list[str]:
    async def one(review: str) -> str | None:
        mood = await models.sentiment(review)
        if mood["label"] != "negative":
            return None
        return await models.generate(f"Reply politely to: {review}")

    replies = await gather(*(one(review) for review in reviews))
    return [reply for reply in replies if reply is not None]


triage_continue = triage


async def map_reduce(models: Models, documents: list[str]) -> str:
    notes = await gather(*(models.summarize(document) for document in documents))
    while len(notes) > 1:
        groups = [notes[i : i + 10] for i in range(0, len(notes), 10)]
        notes = await gather(*(models.summarize("\n".join(group)) for group in groups))
    return notes[0]


async def tree_of_thoughts(models: Models, question: str, depth: int = 4, enough: float = 0.999) -> str:
    async def grow(depth: int, i: int, text: str) -> tuple[str, float]:
        said = await models.generate(f"Step {depth}.{i} towards {question}, after: {text}")
        text = f"{text} {said}"
        return text, await models.similarity(question, text)

    kept = [("", 0.0)]
    for step in range(depth):
        grown = await gather(*(grow(step, i, text) for text, _ in kept for i in range(5)))
        kept = sorted(grown, key=lambda thought: thought[1], reverse=True)[:5]
        if kept[0][1] > enough:
            break
    return kept[0][0]


async def vote(models: Models, questions: list[str]) -> list[str]:
    async def one(question: str) -> str:
        answers = await gather(*(models.generate(question, seed=i) for i in range(16)))
        votes = Counter(answer.split()[0] for answer in answers)
        return votes.most_common(1)[0][0]

    return await gather(*(one(question) for question in questions))


async def skeleton(models: Models, questions: list[str]) -> list[str]:
    async def one(question: str) -> str:
        points = await models.generate(f"List the points of an answer to: {question}")
        prompts = [f"Write out this point of {question}: {point}" for point in points.splitlines()]
        return "\n\n".join(await gather(*(models.generate(prompt) for prompt in prompts)))

    return await gather(*(one(question) for question in questions))


async def chain(models: Models, length: int = 200) -> str:
    sentence = "Once upon a time"
    for i in range(length):
        sentence = await models.generate(f"Sentence {i}, after: {sentence}")
    return sentence


async def dialogues(models: Models, topics: list[str]) -> list[int]:
    async def one(topic: str) -> int:
        said, turns = topic, 0
        while turns < 20 and not said.endswith("yes"):
            if turns % 2 == 0:
                said = await models.generate(f"About {topic}: answer {said}", model="optimist")
            else:
                said = await models.generate(f"About {topic}: doubt {said}", model="sceptic")
            turns += 1
        return turns

    return await gather(*(one(topic) for topic in topics))


async def filter_map_join(models: Models, query: str, documents: list[str]) -> str:
    async def one(document: str) -> str | None:
        if await models.similarity(query, document) <= 0.5:
            return None
        return await models.summarize(document)

    notes = await gather(*(one(document) for document in documents))
    return "\n".join(note for note in notes if note is not None)


async def files(models: Models, source: str, target: str) -> int:
    names = _names(source)
    summaries = await gather(*(models.summarize(_read(source, name)) for name in names))
    for name, summary in zip(names, summaries, strict=True):
        _write(target, name, summary)
    return len(names)


def _names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def _read(folder: str, name: str) -> str:
    return Path(folder, name).read_text(encoding="utf-8")


def _write(folder: str, name: str, text: str) -> None:
    Path(folder, name).write_text(text, encoding="utf-8")


async def count_labels(models: Models, texts: list[str]) -> dict[str, int]:
    labels = ["bug", "praise", "question", "spam"]
    answers = await gather(*(models.classify(text, labels) for text in texts))
    return dict(Counter(answer["label"] for answer in answers))


async def search(models: Models, queries: list[str], candidates: list[str]) -> list[str]:
    async def one(query: str) -> str:
        for candidate in candidates:
            if await models.similarity(query, candidate) > 0.9:
                return candidate
        return "nothing"

    return await gather(*(one(query) for query in queries))


async def decompose(models: Models, problems: list[str], depth: int = 3) -> list[str]:
    async def solve(problem: str, depth: int) -> str:
        labels = ["easy", "hard", "hard", "hard"]
        if depth == 0 or (await models.classify(problem, labels))["label"] == "easy":
            return await models.generate(f"Solve: {problem}")
        parts = await models.generate(f"List the parts of: {problem}")
        answers = await gather(*(solve(f"{problem} / {part}", depth - 1) for part in parts.splitlines()))
        return await models.generate(f"Put together: {'; '.join(answers)}")

    return await gather(*(solve(problem, depth) for problem in problems))
