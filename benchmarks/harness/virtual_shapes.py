"""The shapes of model-calling programs: their inputs, and a reference that makes their calls with what each hangs on.

A reference is the shape once more, by hand, in Python: it gives the result and the exact set of calls that the plan
must give, and the dependences from which `virtual_bound` computes what no schedule can beat. A call hangs on the calls
that its arguments are made of and on the conditions that decide whether it is made: no more, whatever the plan says.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .virtual_bound import Calls, Made
from .virtual_models import fraction

FOLDER = Path(__file__).parents[1] / "plans"


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape: `inputs(size)` are the task's arguments, `reference(calls, **inputs)` gives the task's result.

    sizes: the one that figures are stated for; one for tests; one for workers that really take their time.
    sampled: whether answers hang on seeds; planlang's come from its call identities, and its result is not compared.
    files: whether it reads the files of a folder and writes those of another.
    """

    name: str
    title: str
    sizes: tuple[int, int, int]
    inputs: Callable[[int], dict[str, Any]]
    reference: Callable[..., Any]
    sampled: bool = False
    files: bool = False

    @property
    def plan(self) -> Path:
        """The file of its plan."""
        return FOLDER / f"{self.name}.plan"


def texts(count: int, kind: str) -> list[str]:
    """`count` different texts of 10 to 50 words."""
    return [f"{kind} {i}: " + "word " * (8 + int(fraction(kind, i) * 40)) + "end" for i in range(count)]


# ── triage ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def triage(calls: Calls, reviews: list[str]) -> list[str]:
    """A reply hangs on the mood of its own review."""
    replies = []
    for review in reviews:
        mood = calls.make("sentiment", text=review)
        if mood.value["label"] == "negative":
            replies.append(calls.make("generate", [mood], prompt=f"Reply politely to: {review}").value)
    return replies


# ── map and reduce ───────────────────────────────────────────────────────────────────────────────────────────────────


def map_reduce(calls: Calls, documents: list[str]) -> str:
    """A summary of summaries hangs on the ten that it is made of."""
    notes = [calls.make("summarize", text=document) for document in documents]
    while len(notes) > 1:
        groups = [notes[i : i + 10] for i in range(0, len(notes), 10)]
        notes = [calls.make("summarize", group, text="\n".join(n.value for n in group)) for group in groups]
    return notes[0].value


def filter_map_join(calls: Calls, query: str, documents: list[str]) -> str:
    """A summary hangs on whether its own document matters."""
    notes = []
    for document in documents:
        relevance = calls.make("similarity", a=query, b=document)
        if relevance.value > 0.5:
            notes.append(calls.make("summarize", [relevance], text=document).value)
    return "\n".join(notes)


def count_labels(calls: Calls, texts: list[str]) -> dict[str, int]:
    """No call hangs on another."""
    totals: dict[str, int] = {}
    for text in texts:
        label = calls.make("classify", text=text, labels=["bug", "praise", "question", "spam"]).value["label"]
        totals[label] = totals.get(label, 0) + 1
    return totals


def files(calls: Calls, source: str, target: str) -> int:
    """No call hangs on another; files take no time."""
    names = sorted(path.name for path in Path(source).iterdir())
    for name in names:
        summary = calls.make("summarize", text=Path(source, name).read_text(encoding="utf-8")).value
        Path(target, name).write_text(summary, encoding="utf-8")
    return len(names)


# ── search ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def tree_of_thoughts(calls: Calls, question: str, depth: int = 4, enough: float = 0.999) -> str:
    """A thought hangs on all scores of the level before; a score on its thought."""
    kept, scores = [("", 0.0)], list[Made]()
    for step in range(depth):
        grown, level = [], list[Made]()
        for text, _ in kept:
            for i in range(5):
                prompt = f"Step {step}.{i} towards {question}, after: {text}"
                said = calls.make("generate", scores, prompt=prompt)
                score = calls.make("similarity", [said], a=question, b=f"{text} {said.value}")
                level.append(score)
                grown.append((f"{text} {said.value}", score.value))
        kept, scores = sorted(grown, key=lambda thought: thought[1], reverse=True)[:5], level
        if kept[0][1] > enough:
            break
    return kept[0][0]


def search(calls: Calls, queries: list[str], candidates: list[str]) -> list[str]:
    """A candidate is looked at only if the one before it did not fit."""
    found = []
    for query in queries:
        best, before = "nothing", list[Made]()
        for candidate in candidates:
            fit = calls.make("similarity", before, a=query, b=candidate)
            before = [fit]
            if fit.value > 0.9:
                best = candidate
                break
        found.append(best)
    return found


def decompose(calls: Calls, problems: list[str], depth: int = 3) -> list[str]:
    """Parts hang on their own list, an answer on those of its parts."""
    return [_solve(calls, problem, depth, []).value for problem in problems]


def _solve(calls: Calls, problem: str, depth: int, before: list[Made]) -> Made:
    if depth > 0:
        labels = ["easy", "hard", "hard", "hard"]
        before = [calls.make("classify", before, text=problem, labels=labels)]
    if depth == 0 or before[0].value["label"] == "easy":
        return calls.make("generate", before, prompt=f"Solve: {problem}")
    parts = calls.make("generate", before, prompt=f"List the parts of: {problem}")
    answers = [_solve(calls, f"{problem} / {part}", depth - 1, [parts]) for part in parts.value.splitlines()]
    joined = "; ".join(answer.value for answer in answers)
    return calls.make("generate", answers, prompt=f"Put together: {joined}")


# ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def vote(calls: Calls, questions: list[str]) -> list[str]:
    """No call hangs on another."""
    chosen = []
    for question in questions:
        said = [calls.make("generate", prompt=question, temperature=0.8, seed=i).value.split()[0] for i in range(16)]
        chosen.append(Counter(said).most_common(1)[0][0])
    return chosen


def skeleton(calls: Calls, questions: list[str]) -> list[str]:
    """A section hangs on the skeleton of its own article."""
    articles = []
    for question in questions:
        points = calls.make("generate", prompt=f"List the points of an answer to: {question}")
        prompts = [f"Write out this point of {question}: {point}" for point in points.value.splitlines()]
        articles.append("\n\n".join(calls.make("generate", [points], prompt=prompt).value for prompt in prompts))
    return articles


def chain(calls: Calls, length: int = 200) -> str:
    """Every call hangs on the one before."""
    sentence, before = "Once upon a time", list[Made]()
    for i in range(length):
        before = [calls.make("generate", before, prompt=f"Sentence {i}, after: {sentence}")]
        sentence = before[0].value
    return sentence


def dialogues(calls: Calls, topics: list[str]) -> list[int]:
    """An utterance hangs on the one before in its own dialogue."""
    lengths = []
    for topic in topics:
        said, turns, before = topic, 0, list[Made]()
        while turns < 20 and not said.endswith("yes"):
            manner, agent = (("answer", "optimist"), ("doubt", "sceptic"))[turns % 2]
            before = [calls.make("generate", before, model=agent, prompt=f"About {topic}: {manner} {said}")]
            said = before[0].value
            turns += 1
        lengths.append(turns)
    return lengths


# ── all of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _many(parameter: str, kind: str) -> Callable[[int], dict[str, Any]]:
    return lambda size: {parameter: texts(size, kind)}


def _search_inputs(size: int) -> dict[str, Any]:
    return {"queries": texts(size, "query"), "candidates": texts(10, "candidate")}


def _filter_inputs(size: int) -> dict[str, Any]:
    return {"query": "what matters", "documents": texts(size, "document")}


def _tree_inputs(size: int) -> dict[str, Any]:
    return {"question": "how to begin", "depth": size}


REVIEWS = _many("reviews", "review")
SHAPES = (
    Shape("triage", "triage cascade, 10,000 rows", (10_000, 60, 3000), REVIEWS, triage),
    Shape("triage_continue", "the same with continue", (10_000, 60, 3000), REVIEWS, triage),
    Shape("map_reduce", "map-reduce, 1,000 documents", (1000, 40, 300), _many("documents", "document"), map_reduce),
    Shape("tree_of_thoughts", "tree of thoughts, 5 wide, 4 deep", (4, 2, 4), _tree_inputs, tree_of_thoughts),
    Shape("vote", "vote of 16 samples, 200 times", (200, 5, 40), _many("questions", "question"), vote, sampled=True),
    Shape("skeleton", "skeletons of 500 articles", (500, 5, 150), _many("questions", "question"), skeleton),
    Shape("chain", "chain of 200 calls", (200, 10, 40), lambda size: {"length": size}, chain),
    Shape("dialogues", "50 dialogues of two agents", (50, 5, 50), _many("topics", "topic"), dialogues),
    Shape("filter_map_join", "filter, map, join, 1,000 texts", (1000, 40, 300), _filter_inputs, filter_map_join),
    Shape("files", "read, call, write, 500 files", (500, 20, 300), lambda _size: {}, files, files=True),
    Shape("count_labels", "counts of labels, 10,000 texts", (10_000, 60, 2000), _many("texts", "text"), count_labels),
    Shape("search", "searches with break, 500 queries", (500, 10, 200), _search_inputs, search),
    Shape("decompose", "recursive decomposition, 100 times", (100, 3, 30), _many("problems", "problem"), decompose),
)
"""In the order of the table."""


@contextmanager
def inputs(shape: Shape, size: int) -> Iterator[dict[str, Any]]:
    """The arguments of the shape's task; its files are there meanwhile."""
    if not shape.files:
        yield shape.inputs(size)
        return
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in"), Path(folder, "out")
        source.mkdir()
        target.mkdir()
        for i, text in enumerate(texts(size, "file")):
            Path(source, f"{i:05}.txt").write_text(text, encoding="utf-8")
        yield {"source": str(source), "target": str(target)}


def files_of(given: dict[str, Any], result: Any) -> Any:
    """`result`, and what was written where the arguments name a folder for that; the folder is empty afterwards."""
    if "target" not in given:
        return result
    written = sorted(Path(given["target"]).iterdir())
    content = [(path.name, path.read_text(encoding="utf-8")) for path in written]
    for path in written:
        path.unlink()
    return result, content
