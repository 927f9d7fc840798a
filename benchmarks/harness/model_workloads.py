"""The workloads of `models.py`: each is a plan of three lines, and the same work by others."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]
DATA = FOLDER.parent / "examples" / "data" / "amazon_review_sentences.csv"
LABELS = ["sound", "picture", "battery", "price", "customer support", "ease of use", "delivery", "software"]
MANY_LABELS = [
    *LABELS, "memory card", "lens", "zoom", "flash", "menu", "size and weight", "buttons", "screen", "headphones",
    "radio", "voice dialing", "ring tones", "reception", "keyboard", "warranty", "manual", "accessories", "colour",
    "design", "speed", "printing", "installation", "file formats", "film mode", "viewfinder", "storage space", "cable",
    "charger", "noise", "brand", "gift", "comparison with others",
]  # fmt: skip
EXAMPLES = {
    "The speaker phone is very functional and I use it in the car, very audible even with freeway noise.": "sound",
    "It takes wonderful pictures in the evening, with hardly any noise, and the colours are what I saw.": "picture",
    "Charge it for an hour and it runs for two days, even if I play with it on the train.": "battery",
    "For what it costs there is nothing better on the market; I would buy it again at twice the money.": "price",
    "I called three times and each time somebody else told me that nobody knew about my broken device.": "support",
    "You need a degree to find your way through the menus, and the manual is of no help at all.": "ease of use",
    "It arrived a day early, well packed, and everything that was promised was in the box.": "delivery",
    "The program that came with it crashes whenever I plug the thing in, and there is no update.": "software",
    "It is so small that I keep losing it in my bag, which is a compliment, I suppose.": "size",
    "After two weeks the little wheel on the side fell off and could not be put back.": "buttons",
}
MOST_TOKENS = 40
MOST_TOKENS_OF_A_PART = 6
TITLE_TOKENS = 12
SAMPLES = 8
THREADS = 1

Run = Callable[[list[str]], list[Any]]


@dataclass(frozen=True, slots=True)
class Workload:
    """The same work several times.

    rivals: others that do it, by name; the first is the reference that all answers are compared with.
    alike: whether two answers are the same but for rounding.
    """

    name: str
    size: int
    plan: Run
    rivals: dict[str, Run]
    alike: Callable[[Any, Any], bool]


def workloads() -> list[Workload]:
    """All of them; models are loaded when they are first used."""
    from harness.models_by_hand import ByHand
    from planlang.plugins.nlp import ENCODER, GENERATOR, models
    from planlang.plugins.nlp.judges import HEAD
    from planlang.plugins.nlp.loading import prepare
    from planlang.runtime.folders import cache_folder

    prepare(THREADS)
    hand = ByHand(models.locate(ENCODER, cache_folder()), HEAD, models.locate(GENERATOR, cache_folder()))
    return [
        Workload(
            "embed",
            480,
            planned("embed"),
            {"handwritten": hand.embed, "naive": hand.embed_naively, "sentence_transformers": hand.embed_by_library},
            same_vector,
        ),
        Workload(
            "sentiment",
            480,
            planned("sentiment"),
            {"handwritten": hand.sentiment, "naive": hand.sentiment_naively},
            same_score,
        ),
        _labels("classify", 32, hand, LABELS),
        _labels("classify_many", 12, hand, MANY_LABELS, naive=False),
        _prompts("generate", 32, hand, "Write a polite reply to this review: {}", MOST_TOKENS),
        _prompts("few_shot", 48, hand, f"{few_shots()}\n\nReview: {{}}\nPart:", MOST_TOKENS_OF_A_PART),
        _titles("samples", 12, hand),
    ]


def _labels(name: str, size: int, hand: Any, labels: list[str], *, naive: bool = True) -> Workload:
    rivals: dict[str, Run] = {"handwritten": lambda texts: hand.classify(texts, labels)}
    if naive:
        rivals["naive"] = lambda texts: hand.classify_naively(texts, labels)
    return Workload(name, size, planned("classify", labels=labels), rivals, same_score)


def _prompts(name: str, size: int, hand: Any, prompt: str, most: int) -> Workload:
    def batched(texts: list[str]) -> list[Any]:
        return hand.generate([prompt.format(text) for text in texts], most)

    def naive(texts: list[str]) -> list[Any]:
        return hand.generate_naively([prompt.format(text) for text in texts], most)

    given = {"examples": few_shots()} if name == "few_shot" else {}
    return Workload(name, size, planned(name, **given), {"handwritten": batched, "naive": naive}, str.__eq__)


def _titles(name: str, size: int, hand: Any) -> Workload:
    def batched(texts: list[str]) -> list[Any]:
        prompts = [f"Write a short title for this review.\n\n{text}" for text in texts]
        return hand.samples(prompts, SAMPLES, TITLE_TOKENS)

    plan = long_texts(planned(name, n=SAMPLES))
    return Workload(name, size, plan, {"handwritten": long_texts(batched)}, same_number)


def few_shots() -> str:
    """The examples as the head of a prompt: about 300 tokens."""
    shown = "\n\n".join(f"Review: {text}\nPart: {part}" for text, part in EXAMPLES.items())
    return f"Say in one or two words which part of the product each review is about.\n\n{shown}"


def planned(name: str, **arguments: Any) -> Run:
    """Runs the plan of that name, with one worker for each model; workers stay loaded from run to run."""
    from planlang.plugins.loader import load
    from planlang.runtime.engine import Engine
    from planlang.runtime.run import RunOptions
    from planlang.runtime.values import from_python

    engine = Engine(load(installed=False))
    plan = engine.load(FOLDER / "plans" / f"models_{name}.plan")
    options = {"workers": {"per_model": 1}}

    def run(texts: list[str]) -> list[Any]:
        given = {key: from_python(value) for key, value in (arguments | {"texts": texts}).items()}
        return list(plan.run(None, given, RunOptions(settings=options)))

    return run


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


def long_texts(run: Run) -> Run:
    """`run` on texts of 200 to 300 words, each made of some of the reviews."""
    reviews = mixed_reviews()

    def longer(texts: list[str]) -> list[Any]:
        return run([" ".join([text, *reviews[i * 9 : i * 9 + 9]])[:1200] for i, text in enumerate(texts)])

    return longer


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


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


def same_number(expected: Any, found: Any) -> bool:
    """Lists of texts drawn by chance: as many, and none is empty."""
    return len(expected) == len(found) and all([*expected, *found])
