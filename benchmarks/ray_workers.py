"""What it costs to run models in actors of a Ray cluster: throughput against threads of this process, and start-up.

The same calls of `embed` (a real encoder, on review sentences) are made in turns on threads and on as many actors, all
with one thread of torch, once the models are loaded. What they answer is compared before their times are. Start-up is
measured apart: from nothing to the first answer. Prints a table; the last line is one JSON object. Needs Ray.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any

from models import mixed_reviews, spread

from planlang.plugins.loader import Plugins, load
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions
from planlang.runtime.stats import Stats
from planlang.runtime.values import from_python, to_python

PLAN = """
task main(texts: list[str]) -> list[vector] {
  return [embed(text, cache=false) for text in texts]
}
"""


def main() -> None:
    options = _arguments()
    reviews = mixed_reviews()
    texts = spread(reviews, min(options.texts, len(reviews)))
    sides = {place: Side(place, options.workers) for place in ("local", "ray")}
    startup = {place: side.first_answer(texts[:1]) for place, side in sides.items()}
    for side in sides.values():
        side.warm_up(texts)
    seconds: dict[str, list[float]] = {place: [] for place in sides}
    answers: dict[str, Any] = {}
    for _ in range(options.rounds):
        for place, side in sides.items():
            took, answers[place] = side.run(texts)
            seconds[place].append(took)
        assert answers["local"] == answers["ray"], "the two answer differently, so their times say nothing"
    print(f"{len(texts)} texts, {options.workers} workers each, {options.rounds} rounds in turns, medians")
    print(f"{'':8}{'texts/s':>10}{'workers':>9}{'batches':>9}{'first answer, s':>17}")
    for place, side in sides.items():
        speed = len(texts) / statistics.median(seconds[place])
        print(f"{place:8}{speed:10.0f}{side.workers:9}{side.batches:9}{startup[place]:17.2f}")
    ratio = statistics.median(a / b for a, b in zip(seconds["local"], seconds["ray"], strict=True))
    found = {"ray_vs_local": round(ratio, 3), "startup_s": round(startup["ray"] - startup["local"], 2)}
    for side in sides.values():
        side.close()
    print(json.dumps(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1000, help="how many sentences (default 1000)")
    parser.add_argument("--workers", type=int, default=2, help="threads, and actors (default 2)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each (default 5)")
    return parser.parse_args()


class Side:
    """One kind of worker."""

    def __init__(self, place: str, workers: int) -> None:
        self._plugins: Plugins = load()
        self._plan = Engine(self._plugins).load(text=PLAN)
        self._options = RunOptions(on=place, settings={"workers": {"per_model": workers}}, on_stats=self._note)
        self._most = workers
        self.workers = 0
        self.batches = 0

    def _note(self, stats: Stats) -> None:
        self.workers, self.batches = stats.workers, stats.batches

    def run(self, texts: list[str]) -> tuple[float, Any]:
        """Seconds, and the vectors."""
        arguments = {"texts": from_python(texts)}
        start = time.perf_counter()
        vectors = self._plan.run("main", arguments, self._options)
        return time.perf_counter() - start, [vector.save() for vector in to_python(vectors)]

    def first_answer(self, texts: list[str]) -> float:
        """Seconds from nothing to an answer."""
        return self.run(texts)[0]

    def warm_up(self, texts: list[str]) -> None:
        """Run until all workers hold the model."""
        for _ in range(4):
            self.run(texts)
            if self.workers >= self._most:
                return

    def close(self) -> None:
        """Let go of the model."""
        self._plugins.close()


if __name__ == "__main__":
    main()
