"""What planlang itself costs, on its real workers: `python -m harness.overhead KIND SIZE`, in a process of its own.

KIND is `calls` (a loop of SIZE instant calls, each with a conditional) or `chain` (SIZE dependent calls of about 10 ms
each). The one line printed is a JSON object of figures:

- `us_per_call`: CPU time of the plan's thread for each call, in µs;
- `peak_mb`: the most memory that the process held, in MB of 10^6 bytes;
- `ratio`: wall time of the run divided by the time that workers were busy.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from planlang.plugins.loader import Plugins
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions

from . import virtual_plugin
from .virtual_shapes import FOLDER

KINDS = {"calls": ("overhead", "turns", 0.0), "chain": ("chain", "length", 0.0125)}
"""The plan, its task's parameter, and the real seconds for each second of the pretend models."""


def main() -> None:
    kind, size = sys.argv[1:]
    print(json.dumps(measure(kind, int(size))))


def measure(kind: str, size: int) -> dict[str, float]:
    """The figures of one run."""
    plan, parameter, pace = KINDS[kind]
    plugins = Plugins([], {"models": virtual_plugin})
    loaded = Engine(plugins).load(FOLDER / f"{plan}.plan")
    loaded.program("plain")
    found = []
    options = RunOptions(settings=virtual_plugin.settings(pace), on_stats=found.append)
    start = time.perf_counter()
    loaded.run("main", {parameter: size}, options)
    wall = time.perf_counter() - start
    plugins.close()
    stats = found[0]
    if stats.calls != size:
        raise ValueError(f"{stats.calls} calls were made in place of {size}")
    return {
        "us_per_call": stats.interpreter_seconds_per_call * 1e6,
        "peak_mb": peak_memory() / 1e6,
        "ratio": wall / stats.busy if stats.busy else 0.0,
        "wall": wall,
    }


def peak_memory() -> int:
    """Bytes. What Linux counts for this program alone; its `getrusage` also counts the process that started it."""
    try:
        lines = Path("/proc/self/status").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
