"""What the journal costs: time of the interpreter for each call, time of a whole run, bytes on the disk.

Loops of instant calls (and of calls in batches of 10 ms) run with and without a journal, in processes of their own that
take turns. Prints a table; the last line is one JSON object of the figures.

- `us_per_call_plain`, `us_per_call_journal`, `us_per_call_journalled`: CPU time of the plan's thread for each call
  without journal, with it, and with journal and cache of answers; the least of the rounds;
- `journal_us_per_call`: what the journal alone adds;
- `journal_bytes_per_call`: size of the journal's files at the end of the run;
- `journal_wall_ratio`: wall time with journal divided by that without, in batches of 10 ms; the least of each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEPT = {"plain": (), "journal": ("journal",), "journal and cache": ("journal", "cache")}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that all works, not to measure")
    parser.add_argument("--calls", type=int, default=100_000, help="of the loop of instant calls (default 100,000)")
    options = parser.parse_args()
    rounds, calls, batched = (1, 2_000, 640) if options.quick else (5, options.calls, 19_200)
    instant = [{name: _run("calls", calls, kept) for name, kept in KEPT.items()} for _ in range(rounds)]
    slow = [{name: _run("batches", batched, kept) for name, kept in KEPT.items()} for _ in range(rounds)]
    print(f"{'kept':20}{'µs a call':>12}{'bytes a call':>15}{'seconds':>10}{'10 ms batches, s':>20}")
    for name in KEPT:
        row = [_least(instant, name, figure) for figure in ("us_per_call", "bytes_per_call", "seconds")]
        print(f"{name:20}{row[0]:12.2f}{row[1]:15.0f}{row[2]:10.2f}{_least(slow, name, 'seconds'):20.3f}")
    print(json.dumps(figures(instant, slow)))


def figures(instant: list[dict[str, Any]], slow: list[dict[str, Any]]) -> dict[str, float]:
    """The figures of the last line."""
    plain, journal, both = (_least(instant, name, "us_per_call") for name in KEPT)
    ratio = _least(slow, "journal", "seconds") / _least(slow, "plain", "seconds")
    return {
        "us_per_call_plain": round(plain, 2),
        "us_per_call_journal": round(journal, 2),
        "us_per_call_journalled": round(both, 2),
        "journal_us_per_call": round(journal - plain, 2),
        "journal_bytes_per_call": round(_least(instant, "journal", "bytes_per_call")),
        "journal_wall_ratio": round(ratio, 4),
    }


def _least(rounds: list[dict[str, Any]], name: str, figure: str) -> float:
    return min(each[name][figure] for each in rounds)


def _run(kind: str, size: int, kept: tuple[str, ...]) -> dict[str, float]:
    command = [sys.executable, "-m", "harness.overhead", kind, str(size), *kept]
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
