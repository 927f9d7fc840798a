"""Paired measurements: one process for each language, all driven in turns, so that a busy machine hits all alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .suite import Program

BENCHMARKS = Path(__file__).parents[1]


class WrongResultError(Exception):
    """Two languages computed different things, so their times say nothing."""


class Worker:
    """A process that runs one program in one language. `missing` says why it cannot, if it cannot."""

    def __init__(self, engine: str, program: Program) -> None:
        """Start the process and wait until it is ready."""
        self.engine = engine
        self.program = program
        path = [str(BENCHMARKS), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "harness.worker", engine, program.name],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
            cwd=BENCHMARKS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.missing: str | None = self._answer().get("missing")

    def run(self, size: int) -> tuple[float, Any]:
        """CPU seconds and the result of one run."""
        if self._process.stdin is None:
            raise RuntimeError("the worker has no standard input")
        self._process.stdin.write(f"{size}\n")
        self._process.stdin.flush()
        answer = self._answer()
        return answer["cpu"], answer["result"]

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"{self.engine} broke down on {self.program.name}")
        return json.loads(line)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def times(workers: list[Worker], program: Program, rounds: int) -> dict[str, list[float]]:
    """CPU seconds of each worker in each round, by engine; raises WrongResultError where results differ."""
    seconds: dict[str, list[float]] = {w.engine: [] for w in workers}
    sizes = [program.small] + [program.size] * rounds
    for turn, size in enumerate(sizes):
        expected: Any = None
        for position, worker in enumerate(workers):
            spent, result = worker.run(size)
            expected = result if position == 0 else expected
            if result != expected:
                raise WrongResultError(f"{program.name}({size}): {worker.engine} gives {result}, not {expected}")
            if turn > 0:
                seconds[worker.engine].append(spent)
    return seconds


def ratio(numerator: list[float], denominator: list[float]) -> float:
    """The median of the ratios of runs that happened one after the other."""
    return statistics.median(a / b for a, b in zip(numerator, denominator, strict=True))


def geometric_mean(ratios: list[float]) -> float:
    """The mean for ratios."""
    return statistics.geometric_mean(ratios)
