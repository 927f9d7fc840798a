"""One run that is killed again and again until it has come to its end, and what that shows."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from . import victims
from .counter import BEGAN, FINISHED, Counter, Report
from .moments import Alarm, Moment, draw
from .programs import Program

PATIENCE = 180.0
"""Seconds after which a session that has not ended is taken for stuck."""
Start = Callable[[Path, Path], Program]
"""Makes a program for an empty folder and a counter's socket."""


@dataclass
class Kill:
    """A kill, and what it cost. known: the marks of the calls that the records held then."""

    moment: Moment
    session: int
    at: float
    known: set[str]
    repeated: list[str] = field(default_factory=list)
    """Calls that were reported finished before it, and began again after it."""
    journalled_repeated: list[str] = field(default_factory=list)
    """The same of calls that the records held."""


@dataclass
class Survival:
    """What came of a run: its kills, what it showed, and what its workers reported."""

    kills: list[Kill]
    outcome: dict[str, bytes]
    reports: list[Report]
    seconds: float
    warm_up: float
    again: list[str]
    """Calls that were made again although nothing was killed between."""


class StuckError(Exception):
    """A session ended with an error of its own, or did not end."""


def undisturbed(start: Start, folder: Path) -> Survival:
    """The run if nobody kills it."""
    return survive(start, folder, victims.INTERPRETER, [], Random(0), None)  # noqa: S311 - not used


def survive(  # noqa: PLR0913, PLR0917 - all that a run of the test is
    start: Start, folder: Path, kind: str, ways: Sequence[str], random: Random, like: Survival | None
) -> Survival:
    """A run that is killed once for each of `ways`, if it lasts so long. `like` is the undisturbed one."""
    folder.mkdir(parents=True)
    counter = Counter(folder / "counter")
    program = start(folder, counter.path)
    kills: list[Kill] = []
    left = list(ways)
    began = time.monotonic()
    session = 0
    try:
        while True:
            session += 1
            process = program.start()
            try:
                ended = _attend(process, program, counter, kind, left, random, like, kills, session)
            finally:
                process.kill()
                process.wait()
            if ended:
                break
        seconds = time.monotonic() - began
    finally:
        counter.close()
    reports = counter.reports()
    first = reports[0].at - began if reports else seconds
    again = _count_repeats(reports, kills)
    return Survival(kills, program.outcome(), reports, seconds, first, again)


def _attend(  # noqa: PLR0913, PLR0917 - see `survive`
    process: subprocess.Popen[bytes], program: Program, counter: Counter, kind: str, left: list[str], random: Random,
    like: Survival | None, kills: list[Kill], session: int,
) -> bool:  # fmt: skip
    """Kill in the course of a session; whether the run came to its end."""
    while left and like is not None:
        moment = draw(random, left[0], like.warm_up, like.seconds - like.warm_up)
        alarm = Alarm(counter, moment)
        while process.poll() is None and not alarm.wait(0.05):
            pass
        if process.poll() is not None:
            break
        if not victims.kill(kind, process.pid, alarm.last):
            continue
        left.pop(0)
        if kind != victims.ACTOR:
            _wait(process)
        kills.append(Kill(moment, session, counter.now(), program.known(alive=kind == victims.ACTOR)))
        if kind == victims.INTERPRETER:
            return False
        if kind == victims.RAYLET and process.returncode != 0:
            return False
    code = _wait(process)
    if code != 0:
        raise StuckError(f"session {session} ended with {code}")
    return True


def _wait(process: subprocess.Popen[bytes]) -> int:
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        raise StuckError(f"a session did not end within {PATIENCE:g} s") from None


def _count_repeats(reports: list[Report], kills: list[Kill]) -> list[str]:
    """Charge each call that was made again to the kill before; gives those that no kill explains."""
    finished: set[str] = set()
    begun: dict[str, float] = {}
    unexplained = []
    for report in reports:
        for mark in report.marks:
            if report.what == FINISHED:
                finished.add(mark)
                continue
            if report.what == BEGAN and mark in begun:
                kill = next((each for each in reversed(kills) if begun[mark] < each.at <= report.at), None)
                if kill is None:
                    unexplained.append(mark)
                elif mark in finished:
                    kill.repeated.append(mark)
                for each in kills:
                    if each.at <= report.at and mark in each.known:
                        each.journalled_repeated.append(mark)
                        break
            begun[mark] = report.at
    return unexplained
