"""How good search is: `index` and `search` beside BM25 and TF-IDF, on two sets of questions with one right answer each.

    python benchmarks/quality_retrieval.py [--wordnet FOLDER]

- *documentation*: functions of numpy, scipy and scikit-learn as they are installed. The question is the first line of
  a docstring (what the function does, in a sentence), the document is all the rest of it, without the name.
- *dictionary*: synsets of WordNet (Debian's wordnet-base; FOLDER holds data.noun and data.verb). The question is an
  example of use, the document is the definition, in which the word itself does not stand.

Prints a table and, as its last line, a JSON object.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import math
import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from harness.intervals import shown

import planlang

_MODULES = ("numpy", "numpy.linalg", "numpy.fft", "numpy.random", "scipy.stats", "scipy.signal", "scipy.optimize",
            "scipy.linalg", "scipy.interpolate", "scipy.special", "scipy.ndimage", "scipy.sparse", "sklearn.metrics",
            "sklearn.preprocessing", "sklearn.linear_model", "sklearn.cluster", "sklearn.ensemble",
            "sklearn.model_selection", "sklearn.feature_extraction.text", "sklearn.decomposition")  # fmt: skip
_QUESTIONS = 1000
_DOCUMENTS = 4000
_SHORTEST = 120
_LONGEST = 1500
"""Characters of a document: a longer one is cut for all three."""
_DEPTH = 10
"""How far down a right answer counts for the reciprocal rank."""

_SEARCH = """
task main(documents: list[str], questions: list[str], k: int) -> list[list[int]] {
  let all = index([{id: i, text: t} for i, t in enumerate(documents)], vectors=[embed(t) for t in documents])
  return [[hit.row.id for hit in search(all, q, k=k)] for q in questions]
}
"""


class Task(NamedTuple):
    """Documents, and for each question the number of the one that answers it."""

    name: str
    documents: list[str]
    questions: list[tuple[str, int]]


Ranker = Callable[[list[str], list[str]], list[list[int]]]
"""For each question, the numbers of the documents, best first."""


def by_meaning(documents: list[str], questions: list[str]) -> list[list[int]]:
    """As a plan does it."""
    return planlang.load(_SEARCH).main(documents=documents, questions=questions, k=_DEPTH)


def by_tfidf(documents: list[str], questions: list[str]) -> list[list[int]]:
    """Cosine of TF-IDF vectors, English stop words left out (scikit-learn)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer: Any = TfidfVectorizer(stop_words="english", sublinear_tf=True)
    rows = vectorizer.fit_transform(documents)
    return _best(vectorizer.transform(questions) @ rows.T)


def by_bm25(documents: list[str], questions: list[str], k1: float = 1.2, b: float = 0.75) -> list[list[int]]:
    """Okapi BM25 (Robertson and others 1994), English stop words left out."""
    from scipy.sparse import csr_array
    from sklearn.feature_extraction.text import CountVectorizer

    vectorizer: Any = CountVectorizer(stop_words="english")
    counts = csr_array(vectorizer.fit_transform(documents), dtype=float)
    lengths = counts.sum(axis=1)
    rarity = np.log1p((len(documents) - (counts > 0).sum(axis=0) + 0.5) / ((counts > 0).sum(axis=0) + 0.5))
    norm = k1 * (1 - b + b * lengths / lengths.mean())
    rows = counts.tocoo()
    weights = rarity[rows.col] * rows.data * (k1 + 1) / (rows.data + norm[rows.row])
    return _best(vectorizer.transform(questions) @ csr_array((weights, (rows.row, rows.col)), shape=counts.shape).T)


def _best(scores: Any) -> list[list[int]]:
    return [list(map(int, np.argsort(-row, kind="stable")[:_DEPTH])) for row in scores.toarray()]


def documentation() -> Task:
    """Functions of libraries: what they do in a sentence, and the page that says so."""
    found: dict[str, str] = {}
    for module in map(importlib.import_module, _MODULES):
        for name, thing in sorted(vars(module).items()):
            text = inspect.getdoc(thing) or ""
            question, _, rest = text.partition("\n\n")
            question = " ".join(question.split())
            bare = re.sub(rf"\b{re.escape(name)}\b", "", rest).strip()[:_LONGEST]
            if 20 < len(question) < 200 and len(bare) >= _SHORTEST and "(" not in question:
                found.setdefault(question, bare)
    return _drawn("documentation", list(found.items()))


def dictionary(folder: Path) -> Task:
    """Words in use, and their definitions."""
    pairs: list[tuple[str, str]] = []
    for file in ("data.noun", "data.verb"):
        for line in (folder / file).read_text(encoding="utf-8").splitlines():
            definition, *examples = re.split(r';\s*(?=")', line.partition(" | ")[2].strip())
            if examples and not line.startswith("  ") and len(examples[0].split()) > 4:
                pairs.append((examples[0].strip('"; '), definition))
    return _drawn("dictionary", pairs)


def _drawn(name: str, pairs: list[tuple[str, str]]) -> Task:
    """Some of the pairs, the same each time."""
    chosen = random.Random(0).sample(pairs, min(_DOCUMENTS, len(pairs)))  # noqa: S311 - not a secret
    questions = [(question, number) for number, (question, _) in enumerate(chosen[:_QUESTIONS])]
    return Task(name, [document for _, document in chosen], questions)


def measured(task: Task, ranker: Ranker) -> tuple[list[float], list[float]]:
    """For each question, whether the right document is among the first five, and 1 by its rank (0 beyond ten)."""
    ranked = ranker(task.documents, [question for question, _ in task.questions])
    recall, reciprocal = [], []
    for found, (_, right) in zip(ranked, task.questions, strict=True):
        rank = found.index(right) + 1 if right in found else math.inf
        recall.append(float(rank <= 5))
        reciprocal.append(1 / rank)
    return recall, reciprocal


def rows(tasks: list[Task]) -> Iterator[dict[str, Any]]:
    """A row of the table for each task and way to search."""
    ways: dict[str, Ranker] = {"search": by_meaning, "BM25": by_bm25, "TF-IDF": by_tfidf}
    for task in tasks:
        for way, ranker in ways.items():
            recall, reciprocal = measured(task, ranker)
            yield {"task": task.name, "way": way, "documents": len(task.documents), "questions": len(recall),
                   "recall@5": shown(recall), "MRR@10": shown(reciprocal)}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    folder: Path = parser.parse_args().wordnet
    tasks = [documentation()]
    if (folder / "data.noun").is_file():
        tasks.append(dictionary(folder))
    else:
        print(f"there is no WordNet in {folder}: without it")
    found: list[dict[str, Any]] = []
    print("| task | documents | way | recall@5 | MRR@10 |\n|---|---|---|---|---|")
    for row in rows(tasks):
        found.append(row)
        print("| {task} | {documents:,} | {way} | {recall@5} | {MRR@10} |".format(**row), flush=True)
    print(json.dumps({"retrieval": found}))


if __name__ == "__main__":
    main()
