"""Asks many mixed calls of the functions on models again and again, batched otherwise each time: one hash of answers.

    python tests/soak/exactness.py --calls 500 --rounds 3

Each round takes all calls in a new order and cuts them into groups of random size; the calls of a group are under way
together. The first round on local workers makes one call at a time. Then come rounds on Ray (`--on local` leaves them
out), where all is mixed: more models than its actors have room for take turns, and one call at a time would load a
model for each. Prints a hash of all answers for each round; ends with 1 where two differ.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from planlang.plugins.loader import load
from planlang.plugins.opaque import Opaque
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions
from planlang.runtime.values import from_python

HERE = Path(__file__).parent
DATA = HERE.parents[1] / "examples" / "data" / "amazon_review_sentences.csv"
FUNCTIONS = (
    "sentiment", "analyze_sentiment", "classify", "classify by a language model", "classify with examples",
    "classify_multi", "embed", "similarity", "rank", "cluster", "duplicates", "search", "answer", "entities",
    "detect_language", "tokens", "count_tokens", "find_pii", "mask", "generate", "generate, drawn",
    "generate, with a system text", "generate, by a pattern", "chat", "samples", "extract", "choose", "summarize",
)  # fmt: skip
LARGEST = 100
"""Calls that are under way together at most."""


def main() -> int:
    """Run all rounds; 1 where answers differ."""
    given = _parser().parse_args()
    calls = mixed_calls(given.calls, given.seed)
    seen: set[str] = set()
    for place in given.on.split(","):
        asking = Asking(place)
        for number in range(given.rounds) if place == "local" else range(given.rounds, 2 * given.rounds):
            began = time.monotonic()
            answers = asking.answers(calls, groups(len(calls), number))
            seen.add(told(answers))
            sys.stdout.write(f"{place:6} round {number}: {told(answers)} in {time.monotonic() - began:.0f} s\n")
            sys.stdout.flush()
        asking.close()
    return 0 if len(seen) == 1 else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=500, help="how many")
    parser.add_argument("--rounds", type=int, default=3, help="how often, on each kind of worker")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of calls")
    parser.add_argument("--on", default="local,ray", help="kinds of workers")
    return parser


def mixed_calls(count: int, seed: int, functions: tuple[str, ...] = FUNCTIONS) -> list[dict[str, str]]:
    """Calls of all `functions` in turn, on sentences of reviews, and on whole ones."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    with DATA.open(encoding="utf-8", newline="") as file:
        sentences = [row["text"] for row in csv.DictReader(file)]

    def text() -> str:
        start, size = chance.randrange(len(sentences)), chance.choice((1, 1, 1, 1, 2, 4))
        return " ".join(sentences[start : start + size])

    return [{"function": functions[i % len(functions)], "text": text(), "other": text()} for i in range(count)]


def groups(count: int, number: int) -> Iterator[list[int]]:
    """The numbers of the calls of each group: for round 0, one each."""
    chance = random.Random(number)  # noqa: S311 - no secret
    order = chance.sample(range(count), count) if number else list(range(count))
    while order:
        size = chance.randint(1, LARGEST) if number else 1
        yield order[:size]
        order = order[size:]


def told(answers: list[Any]) -> str:
    """A hash of all answers."""
    return hashlib.sha256(json.dumps([plain(answer) for answer in answers]).encode()).hexdigest()[:16]


def plain(value: Any) -> Any:
    """An answer as data of JSON; floats are exact there, and values of other types stand as their digests."""
    if isinstance(value, Opaque):
        return value.digest()
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


class Asking:
    """Makes calls with workers of one kind, which stay loaded."""

    def __init__(self, place: str) -> None:
        """`place` is local or ray."""
        self._plugins = load(installed=False)
        self._plan = Engine(self._plugins).load(HERE / "plans" / "exactness.plan")
        self._place = place

    def answers(self, calls: list[dict[str, str]], cut: Iterator[list[int]]) -> list[Any]:
        """The answer of each call; those of a group of `cut` are under way together."""
        found: list[Any] = [None] * len(calls)
        for group in cut:
            given = {"calls": from_python([calls[i] for i in group])}
            for i, answer in zip(group, self._plan.run(None, given, RunOptions(on=self._place)), strict=True):
                found[i] = answer
        return found

    def close(self) -> None:
        """Let the workers go."""
        self._plugins.close()


if __name__ == "__main__":
    sys.exit(main())
