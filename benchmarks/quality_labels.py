"""How good labels are: `sentiment` and `classify` beside word lists, bags of words, cosines and a plain prompt.

    python benchmarks/quality_labels.py [--wordnet FOLDER] [--finetune METHOD …] [--only sentiment|zero|few|tuned]

- *sentiment*: rated sentences of reviews that the shipped head was not trained on.
- *zero*: labels without examples. *few*: with 1, 4 and 16 examples of each label, three drawings each.
- *tuned*: `finetune` on the training half of the rated sentences, by each METHOD.

FOLDER holds WordNet's data.noun (Debian's wordnet-base). Prints tables and, as its last line, a JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from harness import labels_by_hand as by_hand
from harness.intervals import interval_of, shown
from harness.labelled import Labelled, Set, definitions, reviews, sentences

import planlang
from planlang.plugins.nlp import ENCODER, GENERATOR, models
from planlang.runtime.folders import cache_folder

_MOST = 600
"""Texts of a set."""
_FEWER = 200
"""Texts of a set for what a language model is asked."""
_DRAWINGS = 3

_SENTIMENT = """
task main(texts: list[str], model: str) -> list[[str, str]] {
  return [[sentiment(t, model=model).label, analyze_sentiment(t, model=model)] for t in texts]
}
"""
_CLASSIFY = """
task main(texts: list[str], labels: any, examples: any, model: str) -> list[str] {
  return [classify(t, labels, examples=examples, model=model).label for t in texts]
}
"""
_EMBED = """
task main(texts: list[str]) -> list[vector] { return [embed(t) for t in texts] }
"""
_TUNE = """
task main(train: list[any], texts: list[str], method: str, seed: int) -> list[str] {
  let tuned = finetune("all-MiniLM-L6-v2", train, method=method, seed=seed)
  return [classify(t, model=tuned).label for t in texts]
}
"""
_PLANS: dict[str, Any] = {}


def plan(source: str, **arguments: Any) -> Any:
    """What the task of a plan gives; models stay loaded from one to the next."""
    if source not in _PLANS:
        _PLANS[source] = planlang.load(source)
    return _PLANS[source].main(**arguments)


def vectors(texts: Sequence[str]) -> Any:
    """An array with a row for each text."""
    return np.stack([np.frombuffer(vector.save(), dtype="<f4") for vector in plan(_EMBED, texts=list(texts))])


# ── sentiment ────────────────────────────────────────────────────────────────────────────────────────────────────────


def sentiment_rows() -> Iterator[dict[str, Any]]:
    """Each way to tell how sentences sound, with three labels and with two (sentences that are not neutral)."""
    train = [(s.text, s.label) for s in sentences() if not s.testing]
    test = [(s.text, s.label) for s in sentences() if s.testing]
    texts = [text for text, _ in test]
    yield _sentiment("`sentiment`", test, plan(_SENTIMENT, texts=texts, model=ENCODER))
    scores = by_hand.vader(texts)
    three = ["negative" if s <= -0.05 else "positive" if s >= 0.05 else "neutral" for s in scores]
    yield _sentiment(
        "VADER", test, list(zip(three, ["positive" if s > 0 else "negative" for s in scores], strict=True))
    )
    found = by_hand.bag_of_words(train, texts)
    sides = ["positive" if shares["positive"] > shares["negative"] else "negative" for shares in found]
    likeliest = [max(shares, key=shares.__getitem__) for shares in found]
    yield _sentiment("TF-IDF + logistic regression", test, list(zip(likeliest, sides, strict=True)))
    some = random.Random(0).sample(test, 2 * _FEWER)  # noqa: S311 - not a secret
    few = [text for text, _ in some]
    yield _sentiment("`sentiment`, the same 400", some, plan(_SENTIMENT, texts=few, model=ENCODER))
    yield _sentiment("`sentiment`, SmolLM2-135M", some, plan(_SENTIMENT, texts=few, model=GENERATOR))
    prompt = by_hand.Prompt(str(models.locate(GENERATOR, cache_folder())))
    three = prompt.choose(few, ["positive", "negative", "neutral"])
    two = prompt.choose(few, ["positive", "negative"])
    yield _sentiment("a prompt, SmolLM2-135M", some, list(zip(three, two, strict=True)))


def _sentiment(way: str, test: Sequence[Labelled], found: Sequence[Sequence[str]]) -> dict[str, Any]:
    three = [(label, answer[0]) for (_, label), answer in zip(test, found, strict=True)]
    two = [float(label == answer[1]) for (_, label), answer in zip(test, found, strict=True) if label != "neutral"]
    low, high = interval_of(_macro_f1, three)
    f1 = f"{_macro_f1(three):.3f} [{low:.3f}, {high:.3f}]"
    accuracy = shown([float(expected == actual) for expected, actual in three])
    return {"way": way, "sentences": len(test), "accuracy": accuracy, "macro F1": f1, "two labels": shown(two)}


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """The mean of the F1 of each label."""
    each: list[float] = []
    for label in ("negative", "neutral", "positive"):
        right = sum(expected == actual == label for expected, actual in pairs)
        said = sum(actual == label for _, actual in pairs)
        there = sum(expected == label for expected, _ in pairs)
        each.append(2 * right / (said + there) if said + there else 0.0)
    return sum(each) / len(each)


# ── labels without and with examples ─────────────────────────────────────────────────────────────────────────────────


def zero_rows(sets: Sequence[Set]) -> Iterator[dict[str, Any]]:
    """Each way to label texts of which none was seen."""
    prompt = by_hand.Prompt(str(models.locate(GENERATOR, cache_folder())))
    for data in sets:
        texts, names = [text for text, _ in data.test], list(data.labels)
        yield _row(data, "`classify`", _classified(texts, names))
        yield _row(data, "`classify`, described", _classified(texts, data.labels))
        places = np.argmax(vectors(texts) @ vectors(names).T, axis=1)
        yield _row(data, "cosine with the label's name", [names[int(place)] for place in places])
        yield _row(data, "`classify`, SmolLM2-135M", _classified(texts[:_FEWER], names, model=GENERATOR))
        described = _classified(texts[:_FEWER], data.labels, model=GENERATOR)
        yield _row(data, "`classify`, described, SmolLM2-135M", described)
        yield _row(data, "a prompt, SmolLM2-135M", prompt.choose(texts[:_FEWER], names))


def few_rows(sets: Sequence[Set]) -> Iterator[dict[str, Any]]:
    """Each way to learn from few examples; a text counts as the share of drawings in which it was right."""
    for data in sets:
        ways = _ways_to_learn(data)
        for count in (1, 4, 16):
            drawn = [_drawn(data, count, seed) for seed in range(_DRAWINGS)]
            for way, label in ways.items():
                each = [_right(data, label(some)) for some in drawn]
                yield {"set": data.name, "examples": count, "way": way, "accuracy": shown(np.mean(each, axis=0))}


def _ways_to_learn(data: Set) -> dict[str, Callable[[list[Labelled]], list[str]]]:
    """What labels the texts of `data` from examples."""
    texts = [text for text, _ in data.test]
    tests = vectors(texts)
    return {
        "`classify`": lambda some: _classified(texts, list(data.labels), some),
        "logistic regression on vectors": lambda some: by_hand.regression(*_seen(some), tests),
        "nearest example": lambda some: by_hand.nearest(*_seen(some), tests),
        "TF-IDF + logistic regression": lambda some: _likeliest(by_hand.bag_of_words(some, texts)),
    }


def _drawn(data: Set, count: int, seed: int) -> list[Labelled]:
    chance = random.Random(seed)  # noqa: S311 - not a secret
    return [one for name in data.labels for one in chance.sample([t for t in data.train if t[1] == name], count)]


def _seen(some: Sequence[Labelled]) -> tuple[Any, list[str]]:
    return vectors([text for text, _ in some]), [label for _, label in some]


def _likeliest(found: Sequence[dict[str, float]]) -> list[str]:
    return [max(shares, key=shares.__getitem__) for shares in found]


def _classified(
    texts: Sequence[str], labels: Any, some: Sequence[Labelled] | None = None, model: str = ENCODER
) -> list[str]:
    examples = [{"text": text, "label": label} for text, label in some] if some else None
    return plan(_CLASSIFY, texts=list(texts), labels=labels, examples=examples, model=model)


def _right(data: Set, found: Sequence[str]) -> list[float]:
    return [float(label == answer) for (_, label), answer in zip(data.test, found, strict=False)]


def _row(data: Set, way: str, found: Sequence[str]) -> dict[str, Any]:
    return {"set": data.name, "way": way, "texts": len(found), "accuracy": shown(_right(data, found))}


# ── fine-tuned ───────────────────────────────────────────────────────────────────────────────────────────────────────


def tuned_rows(methods: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Models that were trained on half of the reviews, on sentences of the other half, by how they sound."""
    train = [{"text": s.text, "label": s.label} for s in sentences() if not s.testing]
    test = [(s.text, s.label) for s in sentences() if s.testing]
    for method in methods:
        found = plan(_TUNE, train=train, texts=[text for text, _ in test], method=method, seed=0)
        yield _sentiment(f'`finetune`, method="{method}"', test, [(label, label) for label in found])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wordnet", type=Path, default=Path("/usr/share/wordnet"))
    parser.add_argument("--finetune", nargs="*", default=[], choices=["head", "lora", "full"])
    parser.add_argument("--only", choices=["sentiment", "zero", "few", "tuned"])
    chosen = parser.parse_args()
    sets = [reviews(_MOST)]
    if (chosen.wordnet / "data.noun").is_file():
        sets += definitions(chosen.wordnet, _MOST)
    else:
        print(f"there is no WordNet in {chosen.wordnet}: without it")
    parts: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
        "sentiment": sentiment_rows,
        "zero": lambda: zero_rows(sets),
        "few": lambda: few_rows(sets),
        "tuned": lambda: tuned_rows(chosen.finetune),
    }
    found = {name: _table(rows()) for name, rows in parts.items() if chosen.only in (None, name)}
    print(json.dumps(found))


def _table(rows: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    """Print the rows as they come, as a table; gives them."""
    found: list[dict[str, Any]] = []
    for row in rows:
        if not found:
            print(f"\n| {' | '.join(row)} |\n|{'---|' * len(row)}")
        found.append(row)
        print(f"| {' | '.join(map(str, row.values()))} |", flush=True)
    return found


if __name__ == "__main__":
    main()
