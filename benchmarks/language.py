"""How fast plans run: the same programs in the plan language, CPython, and other embedded languages.

Prints a table of CPU time ratios; the last line is one JSON object of the figures. Below 1 the plan language is faster.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from contextlib import ExitStack

from harness.engines import PEERS
from harness.measure import Worker, geometric_mean, ratio, times
from harness.suite import PROGRAMS, Program

COLUMNS = {"cpython": ("plan", "cpython"), "metered": ("metered", "plan")} | {peer: ("plan", peer) for peer in PEERS}
"""What each ratio divides by what."""

TITLES = {
    "cpython": "CPython",
    "metered": "unmetered",
    "monty": "pydantic-monty",
    "starlark_go": "starlark-go",
    "starlark_rust": "starlark-rust",
}
WIDTHS = {column: len(title) + 3 for column, title in TITLES.items()}


def main() -> None:
    options = _arguments()
    chosen = [p for p in PROGRAMS if not options.programs or p.name in options.programs]
    print(_heading())
    table = {}
    for program in chosen:
        seconds = measure(program, options.rounds, options.peers)
        table[program.name] = ratios(seconds)
        print(_row(program.name, min(seconds["plan"]), table[program.name]), flush=True)
    twelve = [table[p.name] for p in chosen if not p.further]
    print(_row("mean of twelve", None, _summary(twelve, geometric_mean)))
    print(_row("mean of all", None, _summary(table.values(), geometric_mean)))
    print(_row("worst", None, _summary(table.values(), max)))
    print(json.dumps(figures(twelve, list(table.values()))))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", nargs="*", help="only these programs")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program in each language (default 5)")
    parser.add_argument("--peers", nargs="*", default=PEERS, choices=PEERS, help="only these peers (default all)")
    return parser.parse_args()


def measure(program: Program, rounds: int, peers: Iterable[str]) -> dict[str, list[float]]:
    """CPU seconds of each run by engine; of `peers` those that are installed and can run the program."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(engine, program)) for engine in ("cpython", "plan", "metered", *peers)]
        return times([w for w in workers if w.missing is None], program, rounds)


def ratios(seconds: dict[str, list[float]]) -> dict[str, float]:
    """The columns of the table that could be measured."""
    return {
        column: ratio(seconds[above], seconds[below])
        for column, (above, below) in COLUMNS.items()
        if above in seconds and below in seconds
    }


def _summary(rows: Iterable[dict[str, float]], combine: Callable[[list[float]], float]) -> dict[str, float]:
    rows = list(rows)
    columns = {column: [row[column] for row in rows if column in row] for column in COLUMNS}
    return {column: combine(found) for column, found in columns.items() if found}


def figures(twelve: list[dict[str, float]], rows: list[dict[str, float]]) -> dict[str, float]:
    """The figures of the last line: means of the twelve programs that the aims are stated for, worst of all rows."""
    means, worst = _summary(twelve, geometric_mean), _summary(rows, max)
    names = {"cpython": ("geomean_vs_cpython", "worst_vs_cpython"), "metered": ("metered_ratio", "metered_worst")}
    names |= {peer: (f"vs_{peer}_geomean", f"vs_{peer}_worst") for peer in PEERS}
    found = {}
    for column, (mean_name, worst_name) in names.items():
        if column in means:
            found[mean_name] = round(means[column], 3)
            found[worst_name] = round(worst[column], 3)
    found["geomean_vs_cpython_all"] = round(_summary(rows, geometric_mean)["cpython"], 3)
    return found


def _heading() -> str:
    return f"{'program':14}{'plan, s':>9}" + "".join(f"{'/' + TITLES[c]:>{WIDTHS[c]}}" for c in COLUMNS)


def _row(name: str, seconds: float | None, found: dict[str, float]) -> str:
    cells = {column: f"{found[column]:.2f}" if column in found else "—" for column in COLUMNS}
    spent = f"{seconds:.3f}" if seconds is not None else ""
    return f"{name:14}{spent:>9}" + "".join(f"{cells[column]:>{WIDTHS[column]}}" for column in COLUMNS)


if __name__ == "__main__":
    main()
