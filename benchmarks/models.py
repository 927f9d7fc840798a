"""How fast plain loops over model calls run: against transformers by hand, in batches with care, and one by one.

The plans are loops of three lines (`plans/models_*.plan`), on the default models and on real reviews. Each workload
runs in turns, plan and both versions by hand, all on one thread of torch and with one loaded model; what they answer
is compared before their times are. Prints a table; the last line is one JSON object: how many times as fast the plan
is (above 1 the plan is faster; medians of rounds).
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DATA = HERE.parent / "examples" / "data" / "amazon_review_sentences.csv"
LABELS = ["sound", "picture", "battery", "price", "customer support", "ease of use", "delivery", "software"]
MOST_TOKENS = 40
THREADS = 1
NAIVE_SECONDS = 30.0

Run = Callable[[list[str]], list[Any]]


class WrongAnswersError(Exception):
    """Two versions answer differently, so their times say nothing."""


@dataclass(frozen=True, slots=True)
class Workload:
    """The same work three times. `alike` says whether two answers are the same but for rounding."""

    name: str
    size: int
    plan: Run
    by_hand: Run
    naive: Run
    alike: Callable[[Any, Any], bool]


def main() -> None:
    options = _arguments()
    reviews = mixed_reviews()
    found: dict[str, float] = {}
    print(f"{'workload':12}{'texts':>7}{'plan, s':>10}{'by hand, s':>12}{'naive, s':>10}{'/by hand':>10}{'/naive':>8}")
    for workload in workloads():
        if options.workloads and workload.name not in options.workloads:
            continue
        size = max(4, workload.size // 8) if options.quick else workload.size
        seconds = measure(workload, spread(reviews, size), 1 if options.quick else options.rounds)
        plan, by_hand, naive = (statistics.median(seconds[version]) for version in ("plan", "by_hand", "naive"))
        others = {"handwritten": "by_hand", "naive": "naive"}
        ratios = {other: paired(seconds[version], seconds["plan"]) for other, version in others.items()}
        found |= {f"{workload.name}_vs_{other}": round(ratio, 3) for other, ratio in ratios.items()}
        print(
            f"{workload.name:12}{size:7}{plan:10.2f}{by_hand:12.2f}{naive:10.2f}"
            f"{ratios['handwritten']:10.2f}{ratios['naive']:8.2f}",
            flush=True,
        )
    print(json.dumps(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", help="only these: embed, sentiment, classify, generate")
    parser.add_argument("--rounds", type=int, default=5, help="runs of plan and batches by hand (default 5)")
    parser.add_argument("--quick", action="store_true", help="few texts, one round: to see that all works")
    return parser.parse_args()


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def mixed_reviews() -> list[str]:
    """Real texts of mixed length: a sentence of a review, or two, or up to six."""
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    reviews: dict[str, list[str]] = {}
    for row in rows:
        reviews.setdefault(row["id"].split("_")[0], []).append(row["text"])
    lengths = (1, 1, 2, 1, 1, 3, 1, 1, 1, 2, 1, 6)
    return [
        " ".join(sentences[start : start + lengths[(i + start) % len(lengths)]])
        for i, sentences in enumerate(reviews.values())
        for start in range(0, len(sentences), 4)
    ]


def spread(texts: list[str], count: int) -> list[str]:
    """`count` of them from all over."""
    return [texts[i * len(texts) // count] for i in range(count)]


# ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────────


def measure(workload: Workload, texts: list[str], rounds: int) -> dict[str, list[float]]:
    """Seconds of each round by version, in turns. The naive version has no more turns once it took NAIVE_SECONDS."""
    versions = {"plan": workload.plan, "by_hand": workload.by_hand, "naive": workload.naive}
    for run in (workload.plan, workload.by_hand):
        run(texts[:4])  # loads the model
    seconds: dict[str, list[float]] = {version: [] for version in versions}
    for _ in range(rounds):
        answers = {}
        for version, run in versions.items():
            if version != "naive" or sum(seconds["naive"]) < NAIVE_SECONDS:
                start = time.perf_counter()
                answers[version] = run(texts)
                seconds[version].append(time.perf_counter() - start)
        check(workload, answers)
    return seconds


def check(workload: Workload, answers: dict[str, list[Any]]) -> None:
    """Raise WrongAnswersError where versions answer differently. One in fifty may: the sums are rounded differently."""
    expected = answers.pop("by_hand")
    for version, found in answers.items():
        wrong = sum(not workload.alike(a, b) for a, b in zip(expected, found, strict=True))
        if wrong > len(expected) // 50 + 1:
            raise WrongAnswersError(f"{workload.name}: {wrong} of {len(expected)} answers differ ({version})")


def paired(slower: list[float], faster: list[float]) -> float:
    """The median of the ratios of runs that happened one after the other; `slower` may have had fewer rounds."""
    return statistics.median(a / b for a, b in zip(slower, faster, strict=False))


# ── workloads ────────────────────────────────────────────────────────────────────────────────────────────────────────


def workloads() -> list[Workload]:
    """The four, with all models found and those by hand loaded."""
    from harness.models_by_hand import ByHand

    from planlang.plugins.nlp import ENCODER, GENERATOR, models
    from planlang.plugins.nlp.judges import HEAD
    from planlang.plugins.nlp.loading import prepare
    from planlang.runtime.folders import cache_folder

    prepare(THREADS)
    hand = ByHand(models.locate(ENCODER, cache_folder()), HEAD, models.locate(GENERATOR, cache_folder()))

    def replies(write: Callable[[list[str], int], list[str]]) -> Run:
        return lambda texts: write([f"Write a polite reply to this review: {text}" for text in texts], MOST_TOKENS)

    return [
        Workload("embed", 480, planned("embed"), hand.embed, hand.embed_naively, same_vector),
        Workload("sentiment", 480, planned("sentiment"), hand.sentiment, hand.sentiment_naively, same_score),
        Workload(
            "classify",
            32,
            planned("classify", labels=LABELS),
            lambda texts: hand.classify(texts, LABELS),
            lambda texts: hand.classify_naively(texts, LABELS),
            same_score,
        ),
        Workload(
            "generate", 32, planned("generate"), replies(hand.generate), replies(hand.generate_naively), str.__eq__
        ),
    ]


def planned(name: str, **arguments: Any) -> Run:
    """Runs the plan of that name, with one worker for each model; workers stay loaded from run to run."""
    from planlang.plugins.loader import load
    from planlang.runtime.engine import Engine
    from planlang.runtime.run import RunOptions
    from planlang.runtime.values import from_python

    engine = Engine(load(installed=False))
    plan = engine.load(HERE / "plans" / f"models_{name}.plan")
    options = {"workers": {"per_model": 1}}

    def run(texts: list[str]) -> list[Any]:
        given = {key: from_python(value) for key, value in (arguments | {"texts": texts}).items()}
        return list(plan.run(None, given, RunOptions(settings=options)))

    return run


def same_vector(expected: Any, found: Any) -> bool:
    """Vectors as tensors, or as planlang has them."""
    import torch

    rows = [
        torch.frombuffer(bytearray(row.numbers), dtype=torch.float32) if hasattr(row, "numbers") else row
        for row in (expected, found)
    ]
    return bool(torch.allclose(rows[0], rows[1], atol=1e-4))


def same_score(expected: Any, found: Any) -> bool:
    """Records with a label and a score."""
    return expected["label"] == found["label"] and abs(expected["score"] - found["score"]) < 1e-3


if __name__ == "__main__":
    main()
