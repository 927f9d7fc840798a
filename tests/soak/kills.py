"""Kills plans at seeded moments, lets them go on, and compares them with undisturbed runs.

    python tests/soak/kills.py --kills 200
    python tests/soak/kills.py --kills 60 --victim actor
    python tests/soak/kills.py --kills 100 --dbos PYTHON

Each run is killed up to four times, by SIGKILL, and resumed each time. Its output, byte by byte over all its
sessions, and its files must be those of the undisturbed run, and no call that its journal holds may be made again.
`--dbos` does the same with a DBOS program (benchmarks/peers/dbos_steps.py) under an interpreter that has `dbos`.
Prints a table; the last line is one JSON object. Ends with 1 if anything differed.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from soak.killing import victims
from soak.killing.dbos_program import MODES, DbosRun
from soak.killing.moments import ANY, BATCH, END
from soak.killing.programs import PLANS, PlanRun
from soak.killing.runs import Start, StuckError, Survival, survive, undisturbed

WAYS = (ANY, BATCH, ANY, END)
"""In turn: half of the kills at any moment, the others around the ends of batches."""


class Workload(NamedTuple):
    """Something to run: a plan, or the peer's program in one of its forms."""

    name: str
    start: Start


def main() -> int:
    """Run the test, and say what came of it."""
    given = _parser().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kills-", dir=given.folder))
    tally = Tally()
    workloads = _workloads(given)
    with ThreadPoolExecutor(given.jobs) as pool:
        calm = dict(zip(workloads, pool.map(partial(_calm, folder=folder), workloads), strict=True))
        number = 0
        while tally.kills < given.kills and not tally.wrong:
            numbers = range(number, number + 2 * given.jobs)
            chosen = [workloads[each % len(workloads)] for each in numbers]
            work = partial(_one, given=given, folder=folder, calm=calm)
            for each, workload, found in zip(numbers, chosen, pool.map(work, chosen, numbers), strict=True):
                tally.add(workload, each, found, calm[workload])
                if not tally.wrong:
                    shutil.rmtree(folder / str(each), ignore_errors=True)
            number += len(numbers)
    told = [tally.table(given.victim), *tally.wrong]
    if tally.wrong:
        told.append(f"kept in {folder}")
    else:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write("\n".join([*told, json.dumps(tally.figures(given.victim, workloads)), ""]))
    return 1 if tally.wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help="at least so many")
    parser.add_argument("--each", type=int, default=4, help="how often a run is killed at most")
    parser.add_argument("--victim", choices=victims.KINDS, default=victims.INTERPRETER)
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--scale", type=float, default=1.0, help="1: batches take 20 to 200 ms")
    parser.add_argument("--jobs", type=int, default=3, help="how many runs at the same time")
    parser.add_argument("--plans", nargs="*", help="only these (or of DBOS, these forms)")
    parser.add_argument("--folder", type=Path, help="where to make the folders of runs")
    parser.add_argument("--dbos", metavar="PYTHON", help="an interpreter that has dbos: kill its program instead")
    return parser


def _workloads(given: argparse.Namespace) -> list[Workload]:
    if given.dbos:
        return [
            Workload(f"dbos, {mode}", partial(DbosRun, mode=mode, python=given.dbos, scale=given.scale))
            for mode in MODES
            if not given.plans or mode in given.plans
        ]
    on = "local" if given.victim == victims.INTERPRETER else "ray"
    return [
        Workload(plan.stem, partial(PlanRun, plan, scale=given.scale, on=on))
        for plan in PLANS
        if not given.plans or plan.stem in given.plans
    ]


def _calm(workload: Workload, folder: Path) -> Survival:
    found = undisturbed(workload.start, folder / f"calm {workload.name}")
    if found.again:
        raise ValueError(f"{workload.name} makes calls twice: nothing can be told from it")
    return found


def _one(
    workload: Workload, number: int, given: argparse.Namespace, folder: Path, calm: dict[Workload, Survival]
) -> Survival | None:
    """One run; None where it got stuck."""
    random = Random(given.seed * 1_000_003 + number)  # noqa: S311 - moments, not secrets
    first = random.randrange(len(WAYS))
    ways = [WAYS[(first + turn) % len(WAYS)] for turn in range(given.each)]
    try:
        return survive(workload.start, folder / str(number), given.victim, ways, random, calm[workload])
    except StuckError as error:
        sys.stderr.write(f"{workload.name} {number}: {error}\n")
        return None


class Tally:
    """What all runs came to."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.rows: dict[tuple[str, str], list[int]] = {}
        """For each workload and way of killing: kills, those of sessions that went on, calls repeated, journalled."""
        self.wrong: list[str] = []
        self.runs = 0

    @property
    def kills(self) -> int:
        """All kills so far."""
        return sum(row[0] for row in self.rows.values())

    def add(self, workload: Workload, number: int, found: Survival | None, calm: Survival) -> None:
        """Count a run in."""
        self.runs += 1
        if found is None:
            self.wrong.append(f"run {number} ({workload.name}) did not come to its end")
            return
        for kill in found.kills:
            row = self.rows.setdefault((workload.name, kill.moment.way), [0, 0, 0, 0])
            for place, more in enumerate((1, kill.session > 1, len(kill.repeated), len(kill.journalled_repeated))):
                row[place] += more
        names = {**calm.outcome, **found.outcome}
        differing = [name for name in names if calm.outcome.get(name) != found.outcome.get(name)]
        if differing:
            self.wrong.append(f"run {number} ({workload.name}) differs in {', '.join(sorted(differing))}")
        if found.again:
            self.wrong.append(f"run {number} ({workload.name}) made {len(found.again)} calls again without a kill")
        if any(kill.journalled_repeated for kill in found.kills):
            self.wrong.append(f"run {number} ({workload.name}) made calls again that its journal held")

    def table(self, victim: str) -> str:
        """A row for each workload and each way."""
        lines = [f"{'killed: ' + victim:38}{'kills':>7}{'resumed':>9}{'repeated':>10}{'journalled':>12}{'per 100':>9}"]
        groups: dict[str, list[int]] = {}
        for (name, way), row in sorted(self.rows.items()):
            for group in (name, way, "all"):
                groups[group] = [a + b for a, b in zip(groups.get(group, [0] * 4), row, strict=True)]
        for group, row in sorted(groups.items(), key=lambda each: each[0] == "all"):
            lines.append(f"{group:38}{row[0]:7}{row[1]:9}{row[2]:10}{row[3]:12}{100 * row[2] / row[0]:9.2f}")
        return "\n".join(lines)

    def figures(self, victim: str, workloads: list[Workload]) -> dict[str, float | str]:
        """The same as figures."""
        kills, resumed, repeated, journalled = map(sum, zip(*self.rows.values(), strict=True))
        by_way = {}
        for way in WAYS:
            rows = [row for (_, each), row in self.rows.items() if each == way]
            if rows:
                by_way[way] = round(100 * sum(row[2] for row in rows) / sum(row[0] for row in rows), 2)
        return {
            "victim": victim,
            "workloads": len(workloads),
            "runs": self.runs,
            "kills": kills,
            "kills_during_resume": resumed,
            "runs_that_differ": len(self.wrong),
            "journalled_calls_repeated": journalled,
            "finished_calls_repeated": repeated,
            "finished_calls_repeated_per_100_kills": round(100 * repeated / max(1, kills), 2),
            **{f"per 100 kills at {way}": rate for way, rate in by_way.items()},
        }


if __name__ == "__main__":
    sys.exit(main())
