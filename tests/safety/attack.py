"""Runs one hostile plan in a process of its own and measures what it costs."""

from __future__ import annotations

import os
import re
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
_MEASURED = Path(__file__).with_name("measured.py")
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
    with tempfile.TemporaryFile() as out, tempfile.NamedTemporaryFile("r", encoding="ascii") as figures:
        start = os.times().elapsed
        subprocess.run(
            [sys.executable, "-IS", str(_MEASURED), figures.name, sys.executable, "-P", "-m", "planlang", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            check=True,
        )
        wall = os.times().elapsed - start
        out.seek(0)
        text = out.read(1_000_000).decode("utf-8", errors="replace")
        code, cpu, kibibytes = figures.read().split()
    return Outcome(int(code), text, float(cpu), wall, int(kibibytes) / 1024)


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
