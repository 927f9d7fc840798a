"""One run of very many calls, killed in the middle and resumed: whether it slows down, what it takes, how it is shown.

    python tests/soak/scale.py --calls 60000

Calls are answered at once, so what is measured is planlang alone: CPU time for each call at the start and at the end of
each session, how fast what the journal knows is passed over, memory, and how long `plan show` takes. The last line is
one JSON object.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from soak.killing.counter import FINISHED, Counter, Report
from soak.killing.programs import PlanRun

PLAN = Path(__file__).parent / "scale_plans" / "scale.plan"


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=60_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(json.dumps(measure(given.calls, Path(folder))) + "\n")


def measure(calls: int, folder: Path) -> dict[str, float | bool]:
    """Run undisturbed, and killed in the middle; the figures of both."""
    calm = _Watched(calls, folder / "calm")
    whole = calm.session()
    killed = _Watched(calls, folder / "killed")
    before = killed.session(end_after=calls // 2)
    after = killed.session()
    shown = time.perf_counter()
    subprocess.run(killed.program.command("show"), env=killed.program.environment, check=True, capture_output=True)
    shown = time.perf_counter() - shown
    counted = [mark for each in killed.counter.reports() if each.what == FINISHED for mark in each.marks]
    return {
        "calls": calls,
        "same_outcome": calm.program.outcome() == killed.program.outcome(),
        "calls_made_twice": len(counted) - len(set(counted)),
        "us_per_call": round(whole.cost(0.05, 0.95), 1),
        "end_to_start_undisturbed": round(whole.cost(0.75, 0.95) / whole.cost(0.05, 0.25), 3),
        "end_to_start_before_the_kill": round(before.cost(0.75, 0.95) / before.cost(0.05, 0.25), 3),
        "end_to_start_after_it": round(after.cost(0.75, 0.95) / after.cost(0.05, 0.25), 3),
        "end_after_it_to_start_before": round(after.cost(0.75, 0.95) / before.cost(0.05, 0.25), 3),
        "replay_seconds": round(after.first, 2),
        "replayed_calls_per_second": round((calls - after.calls) / after.first),
        "peak_mb": round(whole.peak_mb, 1),
        "peak_mb_resumed": round(after.peak_mb, 1),
        "show_seconds": round(shown, 2),
    }


class _Session:
    """What a session showed.

    first: seconds to its first call, start-up included; points: (calls finished, CPU seconds).
    """

    def __init__(self, reports: list[Report], began: float, peak_mb: float) -> None:
        done = 0
        self.points: list[tuple[int, float]] = []
        for report in reports:
            if report.what == FINISHED:
                done += len(report.marks)
                self.points.append((done, report.seconds))
        self.calls = done
        self.first = reports[0].at - began
        self.peak_mb = peak_mb

    def cost(self, start: float, end: float) -> float:
        """CPU time of the process for each call, in µs, between two parts of the session."""
        inside = [point for point in self.points if start * self.calls <= point[0] <= end * self.calls]
        (first, since), (last, until) = inside[0], inside[-1]
        return (until - since) / (last - first) * 1e6


class _Watched:
    """A run of the plan, session by session."""

    def __init__(self, calls: int, folder: Path) -> None:
        folder.mkdir()
        self.counter = Counter(folder / "counter")
        words = ("main", "--calls", str(calls))
        self.program = PlanRun(PLAN, folder, self.counter.path, scale=0.0, words=words)

    def session(self, end_after: int | None = None) -> _Session:
        """A session, killed after so many calls."""
        began = self.counter.now()
        enough = threading.Event()
        self.counter.on_report = partial(_count_down, left=[end_after or 0], enough=enough.set)
        process = self.program.start()
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, _peak_mb(process.pid))
            if enough.wait(0.05) and end_after is not None:
                process.kill()
        code = process.wait()
        if (code != 0) == (end_after is None):
            raise ValueError(f"the session ended with {code}")
        self.counter.now()
        return _Session([each for each in self.counter.reports() if each.at >= began], began, peak)


def _count_down(report: Report, left: list[int], enough: Callable[[], None]) -> None:
    left[0] -= len(report.marks)
    if left[0] <= 0:
        enough()


def _peak_mb(process: int) -> float:
    try:
        lines = Path(f"/proc/{process}/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
