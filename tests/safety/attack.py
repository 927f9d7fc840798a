"""Runs one hostile plan in a process of its own and measures what it costs."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CPU_SECONDS = 2.0
"""What an attack may cost; the wall clock is allowed more, since the machine may be busy."""
WALL_SECONDS = 20.0
MEGABYTES = 500
LEAKS = re.compile(
    r"Traceback|internal error|<class |<function|<built-in| object at 0x|NoneType|PlanList|PlanDict|RecursionError"
    r"|MemoryError|OverflowError|TypeError|ValueError|AttributeError|KeyError|IndexError|ZeroDivisionError|root:x:0:0"
)
"""What never reaches a user: Python's own words, addresses, and the contents of /etc/passwd."""


@dataclass(frozen=True, slots=True)
class Attack:
    """A hostile plan. `title` says what it tries.

    source: the plan, or a function that makes it. flags: of `plan run`. exits: the exit codes that are in order
    (1 the plan failed, 2 check errors, 3 a limit; 0 where the plan is harmless). says: what the output has to match.
    """

    title: str
    source: str | Callable[[], str]
    flags: tuple[str, ...] = ()
    exits: tuple[int, ...] = (1, 2, 3)
    says: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attack did: its exit code, its output and errors together, CPU and wall seconds, and peak memory."""

    exit: int
    text: str
    cpu: float
    wall: float
    megabytes: float


def run(attack: Attack, folder: Path) -> Outcome:
    """Run the attack with `folder` as its working folder."""
    source = attack.source if isinstance(attack.source, str) else attack.source()
    path = folder / "attack.plan"
    path.write_text(source, encoding="utf-8", errors="surrogatepass")
    return command(["run", path.name, *attack.flags], folder)


def command(arguments: list[str], folder: Path) -> Outcome:
    """Run `plan` with `arguments` and measure it."""
    with tempfile.TemporaryFile() as out:
        start = os.times().elapsed
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "planlang", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=_contain,  # noqa: PLW1509 - it only sets limits
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = os.times().elapsed - start
        out.seek(0)
        text = out.read(1_000_000).decode("utf-8", errors="replace")
    return Outcome(process.returncode, text, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def _contain() -> None:
    """What ends an attack that gets through, so that the tests go on."""
    resource.setrlimit(resource.RLIMIT_CPU, (15, 15))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (6 * 2**30, 6 * 2**30))
    signal.alarm(60)


def repel(attack: Attack, folder: Path) -> Outcome:
    """Run the attack and see that it came to nothing; the figures are printed."""
    outcome = run(attack, folder)
    figures = f"exit {outcome.exit}, {outcome.cpu:.2f} s CPU, {outcome.megabytes:.0f} MB"
    told = f"{attack.title}: {figures}\n{outcome.text[-1500:]}"
    print(told)  # noqa: T201 - pytest shows it with -rP
    assert outcome.exit in attack.exits, told
    assert LEAKS.search(outcome.text) is None, told
    assert re.search(attack.says, outcome.text) is not None, told
    assert outcome.cpu < CPU_SECONDS, told
    assert outcome.wall < WALL_SECONDS, told
    assert outcome.megabytes < MEGABYTES, told
    return outcome
