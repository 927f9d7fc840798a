"""How fast plain loops over model calls run: against transformers by hand, in batches with care, and one by one.

The plans are loops of three lines (`plans/models_*.plan`), on the default models and on real reviews. Each workload
runs in turns, plan and rivals, all on one thread of torch and with models loaded; what they answer is compared before
their times are. Times are CPU times of the process, which other programs disturb least. Prints a table; the last line
is one JSON object: how many times as fast the plan is (above 1 the plan is faster; medians of rounds). With `--memory`,
processes of their own say how much memory each takes.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

from harness.model_workloads import Workload, mixed_reviews, spread, workloads

PATIENCE = 30.0
"""Seconds after which a rival that is no reference has no more turns."""
SHORT = {"handwritten": "by hand", "sentence_transformers": "s-t"}
"""Rivals as the table has them."""


class WrongAnswersError(Exception):
    """Two versions answer differently, so their times say nothing."""


def main() -> None:
    options = _arguments()
    if options.peak:
        print(peak(options.workloads[0], options.peak, quick=options.quick))
        return
    reviews = mixed_reviews()
    found: dict[str, float] = {}
    for workload in workloads():
        if options.workloads and workload.name not in options.workloads:
            continue
        size = max(4, workload.size // 8) if options.quick else workload.size
        if options.memory:
            found |= memory(workload, quick=options.quick)
            continue
        seconds = measure(workload, spread(reviews, size), 1 if options.quick else options.rounds)
        found |= _ratios(workload.name, seconds)
        print(_line(workload.name, size, seconds), flush=True)
    print(json.dumps(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="*", help="only these: embed, sentiment, classify, generate …")
    parser.add_argument("--rounds", type=int, default=5, help="turns of plan and batches by hand (default 5)")
    parser.add_argument("--quick", action="store_true", help="few texts, one round: to see that all works")
    parser.add_argument("--memory", action="store_true", help="the most memory that each takes, in MB")
    parser.add_argument("--peak", help=argparse.SUPPRESS)
    return parser.parse_args()


def _ratios(name: str, seconds: dict[str, list[float]]) -> dict[str, float]:
    rivals = (rival for rival in seconds if rival != "plan")
    return {f"{name}_vs_{rival}": round(paired(seconds[rival], seconds["plan"]), 3) for rival in rivals}


def _line(name: str, size: int, seconds: dict[str, list[float]]) -> str:
    shown = [f"{name:14}{size:5} texts  plan {statistics.median(seconds['plan']):6.2f} s"]
    for rival, each in seconds.items():
        if rival != "plan":
            ratio = paired(each, seconds["plan"])
            shown.append(f"{SHORT.get(rival, rival)} {statistics.median(each):6.2f} s ({ratio:.2f})")
    return "  ".join(shown)


# ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────────


def measure(workload: Workload, texts: list[str], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each round by version, in turns. Rivals but the first have no more once they took PATIENCE."""
    versions = {"plan": workload.plan, **workload.rivals}
    reference = next(iter(workload.rivals))
    for run in versions.values():
        run(texts[:1])  # loads the model
    seconds: dict[str, list[float]] = {version: [] for version in versions}
    for _ in range(rounds):
        answers = {}
        for version, run in versions.items():
            if version in {"plan", reference} or sum(seconds[version]) < PATIENCE:
                start = time.process_time()
                answers[version] = run(texts)
                seconds[version].append(time.process_time() - start)
        check(workload, answers, reference)
    return seconds


def check(workload: Workload, answers: dict[str, list[Any]], reference: str) -> None:
    """Raise WrongAnswersError where versions answer differently. One in fifty may: the sums are rounded differently."""
    expected = answers.pop(reference)
    for version, found in answers.items():
        wrong = sum(not workload.alike(a, b) for a, b in zip(expected, found, strict=True))
        if wrong > len(expected) // 50 + 1:
            raise WrongAnswersError(f"{workload.name}: {wrong} of {len(expected)} answers differ ({version})")


def paired(slower: list[float], faster: list[float]) -> float:
    """The median of the ratios of runs that happened one after the other; `slower` may have had fewer rounds."""
    return statistics.median(a / b for a, b in zip(slower, faster, strict=False))


def memory(workload: Workload, *, quick: bool) -> dict[str, float]:
    """The most memory in MB that a process takes for plan and rivals, each in one of its own."""
    found: dict[str, float] = {}
    for version in ("plan", *workload.rivals):
        asked = [sys.executable, __file__, workload.name, "--peak", version, *(["--quick"] if quick else [])]
        done = subprocess.run(asked, check=True, capture_output=True, text=True)
        found[f"{workload.name}_{version}_mb"] = float(done.stdout.splitlines()[-1])
    print(workload.name, *(f"{name.split('_', 1)[1]} {size:.0f}" for name, size in found.items()), flush=True)
    return found


def peak(name: str, version: str, *, quick: bool) -> float:
    """Do the work once, and give the most memory that this process took, in MB."""
    workload = next(each for each in workloads() if each.name == name)
    run = {"plan": workload.plan, **workload.rivals}[version]
    run(spread(mixed_reviews(), max(4, workload.size // 8) if quick else workload.size))
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


if __name__ == "__main__":
    main()
