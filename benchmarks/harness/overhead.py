"""What planlang itself costs, on its real workers: `python -m harness.overhead KIND SIZE …`, in a process of its own.

KIND is `calls` (a loop of SIZE instant calls, each with a conditional), `batches` (the same in batches of about 10 ms),
or `chain` or `short_chain` (SIZE dependent calls of about 50 ms each, as a served model takes for a short answer, or of
10 ms, as a small encoder does). With `journal` behind it the run keeps a journal, with `cache` it uses an (empty) cache
of answers. A first run of one call, which loads the model, is not measured. The one line printed is a JSON object:

- `us_per_call`: CPU time of the plan's thread for each call, in µs;
- `seconds`: wall time of the run;
- `bytes_per_call`: size of the journal's files at the end, for each call;
- `peak_mb`: the most memory that the process held, in MB of 10^6 bytes;
- `ratio`: wall time of the run divided by the time that workers were busy;
- `us_beside`: µs of wall time for each call in which no worker was busy.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from planlang.plugins.loader import Plugins
from planlang.runtime.answer_cache import AnswerCache
from planlang.runtime.engine import Engine
from planlang.runtime.journal.journal import Journal
from planlang.runtime.run import RunOptions

from . import virtual_plugin
from .virtual_shapes import FOLDER

KINDS = {
    "calls": ("overhead", "turns", 0.0),
    "batches": ("overhead", "turns", 0.42),
    "chain": ("chain", "length", 0.0625),
    "short_chain": ("chain", "length", 0.0125),
}
"""The plan, its task's parameter, and the real seconds for each second of the pretend models."""


def main() -> None:
    kind, size, *kept = sys.argv[1:]
    print(json.dumps(measure(kind, int(size), kept)))


def measure(kind: str, size: int, kept: Sequence[str] = ()) -> dict[str, float]:
    """The figures of one run; `kept` holds `journal`, `cache`, both or nothing."""
    plan, parameter, pace = KINDS[kind]
    plugins = Plugins([], {"models": virtual_plugin})
    loaded = Engine(plugins).load(FOLDER / f"{plan}.plan")
    found = []
    options = RunOptions(settings=virtual_plugin.settings(pace), on_stats=found.append)
    loaded.run("main", {parameter: 1}, options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = options.journal = Journal.begin(folder, {}) if "journal" in kept else None
        cache = options.cache = AnswerCache(folder / "answers") if "cache" in kept else None
        start = time.perf_counter()
        loaded.run("main", {parameter: size}, options)
        wall = time.perf_counter() - start
        for each in (journal, cache):
            if each is not None:
                each.close()
        used = sum(file.stat().st_size for file in (folder / "journal.sqlite", *folder.glob("outbox/*")) if journal)
    plugins.close()
    stats = found[-1]
    if stats.calls != size:
        raise ValueError(f"{stats.calls} calls were made in place of {size}")
    return {
        "us_per_call": stats.interpreter_seconds_per_call * 1e6,
        "seconds": wall,
        "bytes_per_call": used / size,
        "peak_mb": peak_memory() / 1e6,
        "ratio": wall / stats.busy,
        "us_beside": (wall - stats.busy) / size * 1e6,
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
