"""What is killed: `plan run` and `plan resume` as a user starts them, each run in folders of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Protocol

from . import records

SOAK = Path(__file__).resolve().parent.parent
PLANS = tuple(sorted((SOAK / "plans").glob("*.plan")))
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*(Z|\+00:00)?")
_OURS = ("plan.toml",)
_QUIET = {"RAY_DEDUP_LOGS": "0", "RAY_USAGE_STATS_ENABLED": "0"}


class Program(Protocol):
    """Something that can be started in a folder, killed, and started again to go on."""

    def start(self) -> subprocess.Popen[bytes]:
        """A session in a process of its own: the first, or one that goes on."""
        ...

    def known(self, *, alive: bool) -> set[str]:
        """The marks of calls that its records hold. `alive`: it is running; then only what workers have left."""
        ...

    def outcome(self) -> dict[str, bytes]:
        """What the run has come to: output and files. Times of day are replaced by their number."""
        ...


class PlanRun:
    """A run of a plan."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that shapes a run
        self, plan: Path, folder: Path, counter: Path, scale: float, on: str = "local", words: tuple[str, ...] = ()
    ) -> None:
        """`folder` is empty, `counter` the counter's socket, `scale` stretches the time of batches.

        words: the task and its options.
        """
        self.plan = plan
        self.folder = folder
        self.on = on
        self._sessions = 0
        self.work = folder / "work"
        self.work.mkdir()
        (self.work / plan.name).write_bytes(plan.read_bytes())
        settings = f'[plugins.slow]\ncounter = "{counter}"\nscale = {scale}\n'
        (self.work / "plan.toml").write_text(settings, "utf-8")
        self._words = words
        self.environment = _environment(folder)

    @property
    def run(self) -> Path | None:
        """The run's folder; None before there is one."""
        return next((lock.parent for lock in (self.folder / "state" / "runs").glob("[0-9]*/lock")), None)

    def start(self) -> subprocess.Popen[bytes]:
        """`plan run`, or `plan resume` where there is a run."""
        self._sessions += 1
        words = ["run", self.plan.name, *self._words, "--seed", "7", "--on", self.on]
        words += ["--allow-read=.", "--allow-write=."]
        if (run := self.run) is not None:
            words = ["resume", run.name]
        with (
            (self.folder / f"out.{self._sessions}").open("wb") as out,
            (self.folder / f"err.{self._sessions}").open("wb") as err,
        ):
            return subprocess.Popen(
                self.command(*words, "--quiet"), cwd=self.work, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            )  # fmt: skip

    def command(self, *words: str) -> list[str]:
        """`plan` with these words."""
        return [sys.executable, "-m", "planlang", *words]

    def known(self, *, alive: bool) -> set[str]:
        """See `Program`."""
        if self.run is None:
            return set()
        return records.left_by_workers(self.run) if alive else records.known(self.run)

    def outcome(self) -> dict[str, bytes]:
        """See `Program`."""
        found = {}
        for stream in ("out", "err") if self.on == "local" else ("out",):  # Ray's own threads complain on the other
            files = [self.folder / f"{stream}.{number}" for number in range(1, self._sessions + 1)]
            found[f"<{stream}>"] = b"".join(file.read_bytes() for file in files)
        for file in sorted(self.work.rglob("*")):
            if file.is_file() and file.name not in (*_OURS, self.plan.name):
                found[str(file.relative_to(self.work))] = file.read_bytes()
        return _without_times(found)


def _environment(folder: Path) -> dict[str, str]:
    """A state and a cache of the run's own, and the plugin as if it were installed."""
    site = folder / "site" / "plan_slow-1.0.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: plan-slow\nVersion: 1.0\n", "ascii")
    (site / "entry_points.txt").write_text("[planlang]\nslow = plan_slow\n", "ascii")
    paths = [str(folder / "site"), str(SOAK / "plugin"), *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLANLANG_", "RAY_"))}
    return kept | _QUIET | {
        "PLANLANG_STATE": str(folder / "state"),
        "PLANLANG_CACHE": str(folder / "cache"),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONSAFEPATH": "1",
    }  # fmt: skip


def _without_times(found: dict[str, bytes]) -> dict[str, bytes]:
    """Times of day, which no two runs share, as numbers in the order of their first appearance."""
    numbers: dict[bytes, bytes] = {}

    def number(match: re.Match[bytes]) -> bytes:
        return numbers.setdefault(match[0], b"<time %d>" % (len(numbers) + 1))

    return {name: _TIME.sub(number, data) for name, data in found.items()}
