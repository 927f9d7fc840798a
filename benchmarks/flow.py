"""How near plans come to the least time that their calls could take, and what each call costs the interpreter.

Every shape under `plans/` runs in virtual time on pretend models (`harness/virtual_models.py`); its makespan is
divided by a lower bound (`harness/virtual_bound.py`). Beside it the same shape by hand: with asyncio in virtual time;
and, where `--peers PYTHON` names an interpreter that has them, with LangChain and DSPy on a server that really takes
its time, which planlang's workers then do as well. Prints a table; the last line is one JSON object of the figures.
"""

from __future__ import annotations

import argparse
import ast
import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness import virtual_loop, virtual_runs
from harness.virtual_shapes import SHAPES, Shape, files_of, inputs
from harness.virtual_workers import PacedClock
from peers import asyncio_shapes
from peers.asyncio_models import Models

HERE = Path(__file__).parent
PEERS = ("langchain", "dspy")
COLUMNS = ("plan", "asyncio", "paced", *PEERS)
TITLES = {"plan": "plan", "asyncio": "asyncio", "paced": "plan, paced", "langchain": "LangChain", "dspy": "DSPy"}
WIDTHS = {column: max(8, len(title) + 2) for column, title in TITLES.items()}


def main() -> None:
    options = _arguments()
    chosen = [shape for shape in SHAPES if not options.shapes or shape.name in options.shapes]
    peers = paced_peers(chosen, options.peers, options.pace) if options.peers else {}
    print(_heading())
    table = {}
    for shape in chosen:
        row = table[shape.name] = measure(shape, shape.sizes[1 if options.quick else 0])
        if options.peers:
            row |= paced(shape, options.pace, peers)
        print(_row(shape, row), flush=True)
    found = figures(table)
    if not options.shapes:
        found |= overhead(options.quick)
    print(json.dumps(found))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shapes", nargs="*", help="only these shapes, and no overhead")
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that all works, not to measure")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter with langchain-core and dspy")
    parser.add_argument("--pace", type=float, default=0.25, help="real seconds for a second of a model (default 0.25)")
    return parser.parse_args()


# ── makespans ────────────────────────────────────────────────────────────────────────────────────────────────────────


def measure(shape: Shape, size: int) -> dict[str, float]:
    """Calls, bound, and makespans in virtual time divided by the bound, of the plan and of asyncio."""
    with inputs(shape, size) as given:
        expected, calls = virtual_runs.reference(shape, given)
        found = virtual_runs.plan(shape, given)
        virtual_runs.check(shape, expected, found)
        by_hand, seconds = virtual_loop.run(asyncio_program(shape, given))
        if files_of(given, by_hand) != expected.result:
            raise virtual_runs.WrongError(f"asyncio does another thing than {shape.name}")
    plain = max(calls.critical_path(), calls.capacity())
    return {
        "calls": len(calls.made),
        "bound": expected.seconds,
        "plain_bound": plain,
        "plan": found.seconds / expected.seconds,
        "asyncio": seconds / expected.seconds,
    }


async def asyncio_program(shape: Shape, given: dict[str, Any]) -> Any:
    """The shape by hand, on models with batchers of their own."""
    return await getattr(asyncio_shapes, shape.name)(Models(), **given)


def paced(shape: Shape, pace: float, peers: dict[str, dict[str, float | None]]) -> dict[str, float]:
    """Real times of the plan and of peers divided by the bound, at the size for that."""
    with inputs(shape, shape.sizes[2]) as given:
        expected, _ = virtual_runs.reference(shape, given)
        found = virtual_runs.plan(shape, given, PacedClock(pace))
        virtual_runs.check(shape, expected, found)
    seconds = {"paced": found.seconds} | {peer: by_shape[shape.name] for peer, by_shape in peers.items()}
    return {column: value / expected.seconds for column, value in seconds.items() if value is not None}


def paced_peers(shapes: list[Shape], python: str, pace: float) -> dict[str, dict[str, float | None]]:
    """Real seconds, in the models' own time, by peer and shape; None where a peer failed."""
    names = [shape.name for shape in shapes]
    found = {}
    for peer in PEERS:
        command = [python, "-m", "peers.run", peer, str(pace), *names]
        found[peer] = _last_json(command)
    return found


def _last_json(command: list[str]) -> Any:
    done = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


# ── overhead ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def overhead(quick: bool) -> dict[str, float]:
    """What planlang costs on its real workers; each figure from processes of their own.

    CPU time of a busy machine is more, never less: the least of several runs is what the work itself takes.
    """
    calls, turns, length, rounds = (1000, 2000, 10, 1) if quick else (100_000, 1_000_000, 200, 3)
    chain = _overhead("chain", length)
    short = [_overhead("short_chain", length)["ratio"] for _ in range(rounds)]
    costs = [_overhead("calls", calls)["us_per_call"] for _ in range(rounds + 2)]
    kept = [_overhead("calls", calls, "journal", "cache")["us_per_call"] for _ in range(rounds + 2)]
    return {
        "chain_ratio": round(chain["ratio"], 4),
        "chain_of_10_ms_calls_ratio": round(statistics.median(short), 4),
        "chain_us_beside_calls": round(chain["us_beside"], 1),
        "us_per_call": round(min(costs), 2),
        "us_per_call_journalled": round(min(kept), 2),
        "million_turns_mb": round(_overhead("calls", turns)["peak_mb"], 1),
    }


def _overhead(kind: str, size: int, *kept: str) -> dict[str, float]:
    return _last_json([sys.executable, "-m", "harness.overhead", kind, str(size), *kept])


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────────


def lines_of_code(shape: Shape, peer: str | None = None) -> int:
    """Lines that hold more than comments and closing brackets, of the shape's plan or of a peer's function for it.

    A peer is read, not imported: it may not be installed here.
    """
    text = shape.plan.read_text(encoding="utf-8")
    if peer is not None:
        text = (HERE / "peers" / f"{peer}_shapes.py").read_text(encoding="utf-8")
        name = shape.reference.__name__
        function = next(node for node in ast.parse(text).body if getattr(node, "name", "") == name)
        text = ast.get_source_segment(text, function) or ""
    return sum(1 for line in text.splitlines() if line.strip(" )]}") and not line.strip().startswith("#"))


def figures(table: dict[str, dict[str, float]]) -> dict[str, float]:
    """The figures of the last line that are about shapes: the worst ratio of makespan and bound, and every one."""
    ratios = {f"{name}_makespan_ratio": round(row["plan"], 4) for name, row in table.items()}
    return {"worst_makespan_ratio": max(ratios.values())} | ratios


def _heading() -> str:
    columns = "".join(f"{TITLES[column]:>{WIDTHS[column]}}" for column in COLUMNS)
    return f"{'makespan / bound':34}{'calls':>6}{'bound, s':>10}{columns}   lines"


def _row(shape: Shape, row: dict[str, float]) -> str:
    cells = {column: f"{row[column]:.3f}" if column in row else "—" for column in COLUMNS}
    columns = "".join(f"{cells[column]:>{WIDTHS[column]}}" for column in COLUMNS)
    lines = [lines_of_code(shape, peer) for peer in (None, "asyncio", *PEERS)]
    return f"{shape.title:34}{row['calls']:>6.0f}{row['bound']:>10.2f}{columns}   {'/'.join(map(str, lines))}"


if __name__ == "__main__":
    main()
