"""Runs generated programs in all forms for hours on all cores, and keeps what disagrees, made small.

    python tests/soak/equivalence.py --programs 200000

goes on where it was stopped. Its folder (build/soak/equivalence unless `--folder` names another) holds a file for each
chunk of programs, and a plan for each disagreement. Ends with 1 if there was any.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

CHUNK = 500
TIMINGS = 4
"""Schedules under which each program runs: compiling it is what takes the time."""
MEMORY = 8 * 1024**3
"""Bytes of address space that a worker may take: a program must not take the machine with it."""
_KEPT = 5
"""Disagreements of a chunk that are made small; more only take time."""


def main() -> int:
    """Run all chunks that are not done, and say what came of all."""
    given = _parser().parse_args()
    folder: Path = given.folder.resolve()
    (folder / "found").mkdir(parents=True, exist_ok=True)
    if given.chunk is not None:
        _run_chunk(given.chunk, given.chunk + CHUNK, folder)
        return 0
    starts = range(given.first, given.first + given.programs, CHUNK)
    began = time.monotonic()
    with ThreadPoolExecutor(given.jobs) as pool:
        for number, _ in enumerate(pool.map(lambda start: _finish_chunk(start, folder), starts), 1):
            if number % 10 == 0 or number == len(starts):
                sys.stdout.write(f"{_summary(folder, starts)}, {time.monotonic() - began:.0f} s\n")
                sys.stdout.flush()
    total = _counts(folder, starts)
    return 1 if total["disagree"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=int, default=200_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at the same time")
    parser.add_argument(
        "--folder", type=Path, default=Path("build/soak/equivalence"), help="where to keep what is done"
    )
    parser.add_argument("--chunk", type=int, help=argparse.SUPPRESS)
    return parser


# --- the process that watches ----------------------------------------------------------------------------


def _finish_chunk(start: int, folder: Path) -> None:
    """Run a chunk in processes of its own until it is done; one that dies has met a program that kills it."""
    while not (state := _state(folder, start))["done"]:
        done = subprocess.run(
            [sys.executable, __file__, "--chunk", str(start), "--folder", str(folder)], cwd="/", check=False
        )
        after = _state(folder, start)
        if not after["done"] and after["next"] == state["next"] and done.returncode != 0:
            after["next"] += 1
            after["counts"]["disagree"] = after["counts"].get("disagree", 0) + 1
            _keep(folder, state["next"], f"the process ended with {done.returncode}", "")
            _save(folder, start, after)


def _state(folder: Path, start: int) -> dict[str, Any]:
    try:
        return json.loads((folder / f"{start}.json").read_text("utf-8"))
    except FileNotFoundError:
        return {"next": start, "done": False, "counts": {}}


def _save(folder: Path, start: int, state: dict[str, Any]) -> None:
    path = folder / f"{start}.json"
    path.with_suffix(".new").write_text(json.dumps(state), "utf-8")
    path.with_suffix(".new").rename(path)


def _counts(folder: Path, starts: range) -> Counter[str]:
    total: Counter[str] = Counter()
    for start in starts:
        total.update(_state(folder, start)["counts"])
    return total


def _summary(folder: Path, starts: range) -> str:
    counts = _counts(folder, starts)
    return ", ".join(f"{name} {counts[name]:,}" for name in sorted(counts))


def _keep(folder: Path, seed: int, found: str, small: str) -> None:
    """A disagreement, as a plan with a note above it."""
    note = "".join(f"# {line}\n" for line in f"seed {seed}\n{found}".splitlines())
    (folder / "found" / f"{seed}.plan").write_text(note + small, "utf-8")


# --- the process that runs programs ----------------------------------------------------------------------


def _run_chunk(start: int, end: int, folder: Path) -> None:
    from flow.agreement import Comparer, a_comparer
    from flow.programs import seeded_program

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    state = _state(folder, start)
    counts: Counter[str] = Counter(state["counts"])

    def note(seed: int) -> None:
        _save(folder, start, {"next": seed + 1, "done": seed + 1 == end, "counts": counts})

    def one(comparer: Comparer, seed: int) -> bool:
        """Whether the process can go on after this program."""
        text, timings = seeded_program(seed), tuple(range(seed, seed + TIMINGS))
        found = _compared(comparer, text, timings, counts)
        if not found:
            return True
        counts["disagree"] += 1
        hangs = any("it hangs" in each for each in found)
        small = text if hangs or counts["disagree"] > _KEPT else comparer.made_small(text, timings, found)
        _keep(folder, seed, "\n".join(found), small)
        return not hangs

    with a_comparer() as comparer:
        for seed in range(state["next"], end):
            goes_on = one(comparer, seed)
            if not goes_on or (seed + 1) % 20 == 0 or seed + 1 == end:
                note(seed)
            if not goes_on:
                os._exit(0)  # what hangs still runs in a thread; the next process goes on from here


def _compared(comparer: Any, text: str, timings: tuple[int, ...], counts: Counter[str]) -> list[str]:
    """The disagreements; counts what kind of program it was."""
    from flow.agreement import RefusedError

    try:
        found = comparer.disagreements(text, timings)
    except RefusedError:
        counts["left out"] += 1
        return []
    counts["compared"] += 1
    counts["runs"] += len(timings) + 2
    last = comparer.last
    counts["calls"] += len(last.calls)
    counts["failed"] += last.error is not None
    counts["caught"] += last.caught > 0
    return found


if __name__ == "__main__":
    sys.exit(main())
