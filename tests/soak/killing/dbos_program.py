"""The peer that is killed: the same kind of work as a DBOS workflow on SQLite, which DBOS recovers at its launch."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

SOAK = Path(__file__).resolve().parent.parent
SCRIPT = SOAK.parent.parent / "benchmarks" / "peers" / "dbos_steps.py"
MODES = ("one call after the other", "a step per call", "a step per batch")


class DbosRun:
    """A run of `benchmarks/peers/dbos_steps.py`."""

    def __init__(self, folder: Path, counter: Path, mode: str, python: str, scale: float) -> None:
        """`mode` is one of `MODES`, `python` an interpreter that has dbos."""
        self.folder = folder
        self._words = [python, str(SCRIPT), mode, str(folder), str(counter), str(scale)]

    def start(self) -> subprocess.Popen[bytes]:
        """Begin the workflow, or let DBOS recover it."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                self._words, cwd=self.folder, env={**os.environ, "PYTHONPATH": str(SOAK / "plugin")},
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip

    def known(self, *, alive: bool) -> set[str]:
        """Nothing: what DBOS holds of a call is its own affair."""
        return set()

    def outcome(self) -> dict[str, bytes]:
        """The workflow's result."""
        return {"result": (self.folder / "result.json").read_bytes()}
