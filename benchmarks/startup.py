"""How fast the command starts and checks: CPU time of whole processes, start-up of the interpreter included.

Prints a table; the last line is one JSON object of the figures. Ratios are medians of runs that alternate with
`python -c "import lark, pluggy"`, the cost of merely importing a parser and a plugin manager.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.large_plan import large_plan

IMPORT = [sys.executable, "-c", "import lark, pluggy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=21, help="runs of each command (default 21)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(Path(folder), rounds)
    print(json.dumps(figures))


def measure(folder: Path, rounds: int) -> dict[str, float]:
    """All figures, from `rounds` alternating runs; plans and compile cache live in `folder`."""
    hello, large = folder / "hello.plan", folder / "large.plan"
    hello.write_text('print("hello")\n', encoding="utf-8")
    large.write_text(large_plan(2000), encoding="utf-8")
    plan = _command()
    commands = {
        "import lark, pluggy": IMPORT,
        "plan run hello.plan": [*plan, "run", str(hello)],
        "plan --help": [*plan, "--help"],
        "plan run, 2,000 lines": [*plan, "run", str(large)],
    }
    warm = os.environ | {"PLANLANG_CACHE": str(folder / "cache")}
    for command in commands.values():
        cpu_seconds(command, warm)  # fills the compile cache
    seconds = _alternate(commands, warm, rounds)
    seconds["plan check, 2,000 lines, cold"] = _cold_checks([*plan, "check", str(large)], folder)
    _table(seconds)
    return _figures(seconds)


def _command() -> list[str]:
    script = Path(sys.executable).with_name("plan")
    return [str(script)] if script.exists() else [sys.executable, "-P", "-m", "planlang"]


def cpu_seconds(command: list[str], environment: dict[str, str]) -> float:
    """User and system time of one run of `command`; raises CalledProcessError if it fails."""
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tempfile.gettempdir()
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def _alternate(commands: dict[str, list[str]], environment: dict[str, str], rounds: int) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            seconds[name].append(cpu_seconds(command, environment))
    return seconds


def _cold_checks(command: list[str], folder: Path, rounds: int = 3) -> list[float]:
    return [cpu_seconds(command, os.environ | {"PLANLANG_CACHE": str(folder / f"cold{i}")}) for i in range(rounds)]


def _table(seconds: dict[str, list[float]]) -> None:
    baseline = seconds["import lark, pluggy"]
    print(f"{'command':32}{'CPU, s':>8}{'/ import':>10}")
    for name, spent in seconds.items():
        against = f"{_ratio(spent, baseline):.2f}" if len(spent) == len(baseline) else ""
        print(f"{name:32}{statistics.median(spent):8.3f}{against:>10}")


def _figures(seconds: dict[str, list[float]]) -> dict[str, float]:
    baseline, hello = seconds["import lark, pluggy"], seconds["plan run hello.plan"]
    added = statistics.median(a - b for a, b in zip(seconds["plan run, 2,000 lines"], hello, strict=True))
    return {
        "run_vs_import": round(_ratio(hello, baseline), 3),
        "help_vs_import": round(_ratio(seconds["plan --help"], baseline), 3),
        "check_2000_lines_s": round(statistics.median(seconds["plan check, 2,000 lines, cold"]), 3),
        "cached_2000_lines_s": round(added, 3),
    }


def _ratio(numerator: list[float], denominator: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(numerator, denominator, strict=True))


if __name__ == "__main__":
    main()
