"""Kills runs at chosen moments, as if the process had ended there, and lets them go on."""

from __future__ import annotations

import io
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from flow import models
from flow.agreement import Comparer, Outcome, told
from flow.world import PERMISSIONS, World

from planlang.runtime.display import literal
from planlang.runtime.engine import Plan
from planlang.runtime.errors import PlanError
from planlang.runtime.journal import outbox, output
from planlang.runtime.journal.journal import Journal
from planlang.runtime.journal.store import Store
from planlang.runtime.kept import Kept
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.standard import files, rows

MOST_CALLS = 20_000


_ADD = outbox.Outbox.add


class Killed(BaseException):
    """The process ends here."""


class Scythe:
    """Counts the moments at which a process may end, and ends it at one of them, for good."""

    def __init__(self) -> None:
        self.left: float = float("inf")
        self.dead = False
        self.kept: Counter[bytes] = Counter()
        """How often each call was answered and its answer kept."""

    def aim(self, left: float) -> None:
        """End after so many moments."""
        self.left, self.dead = left, False

    def moment(self) -> None:
        """A process may end here."""
        self.left -= 1
        if self.dead or self.left < 0:
            self.dead = True
            raise Killed

    def _note(self, batch: outbox.Finished) -> None:
        for tags, packed in zip(batch.tags, batch.packed, strict=True):
            if packed is not None:
                self.kept.update(tags)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Before and after everything that leaves a trace outside the process."""
        places: list[tuple[Any, str]] = [
            (Journal, "flush"), (Journal, "begin_change"), (Journal, "changed"), (Journal, "caught"), (Journal, "end"),
            (Store, "commit"), (outbox.Outbox, "add"), (outbox.Outbox, "empty"), (output.Output, "flush"),
            (Kept, "answered"), (files, "write_bytes"), (files, "append_bytes"), (rows, "write_bytes"),
        ]  # fmt: skip
        with ExitStack() as stack:
            for where, name in places:
                stack.enter_context(mock.patch.object(where, name, self._around(getattr(where, name))))
            yield

    def _around(self, original: Any) -> Any:
        def around(*args: Any, **named: Any) -> Any:
            self.moment()
            result = original(*args, **named)
            if original is _ADD:
                self._note(args[1])
            self.moment()
            return result

        return around


class Buffered(io.StringIO):
    """A stream that shows nothing before it is flushed, as a pipe does."""

    def __init__(self, target: io.StringIO) -> None:
        super().__init__()
        self._target = target
        self._held = ""

    def write(self, text: str, /) -> int:
        """Hold `text` back."""
        self._held += text
        return len(text)

    def flush(self) -> None:
        """Show what was held back."""
        held, self._held = self._held, ""
        if held:
            self._target.write(held)


class Survivor:
    """Runs programs that are killed again and again, and go on."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world = world
        self.comparer = Comparer(world)
        self.folder = folder
        self.scythe = Scythe()
        self.deaths = 0

    def undisturbed(self, text: str, timing: int) -> tuple[Plan, Outcome]:
        """The program, and what it shows if nobody disturbs it."""
        plan = self.comparer.load(text)
        return plan, self.comparer.run(plan, timing)

    def survived(self, plan: Plan, timing: int, random: Random, name: str) -> Outcome:
        """What the program shows if it is killed at random moments."""
        self.world.reset()
        models.forget()
        self.scythe.kept.clear()
        folder = self.folder / name
        folder.mkdir()
        outcome = Outcome()
        reach = 20.0
        alive = True
        first = True
        while alive:
            reach *= 1.5  # so that it comes to an end
            self.scythe.aim(random.uniform(0, reach))
            self.comparer._workers.restart(timing + self.deaths)
            journal = None
            try:
                with self.scythe.watching():
                    self.scythe.left += 2  # making the journal is not what is tried here
                    journal = Journal.begin(folder, {}) if first else Journal.resume(folder)
                    first = False
                    self._go(plan, journal, outcome)
                    journal.close()
                alive = False
            except Killed:
                self.deaths += 1
                if journal is not None:
                    _end_process(journal)
        outcome.log, outcome.files = self.world.log, self.world.files()
        outcome.calls = frozenset(models.CALLS)
        return outcome

    def _go(self, plan: Plan, journal: Journal, outcome: Outcome) -> None:
        out, err = Buffered(self.world.out), Buffered(self.world.err)
        options = RunOptions(PERMISSIONS, Limits(max_calls=MOST_CALLS), out=out, err=err, journal=journal)
        try:
            outcome.result = literal(plan.run(options=options))
        except PlanError as error:
            outcome.error = told(error)


def _end_process(journal: Journal) -> None:
    """What the system does with what a process had open: nothing that was not written is written."""
    with suppress(Exception):
        journal.store._db.rollback()
    journal.store._db.close()
    journal.shown.close()
    if journal._outbox._descriptor is not None:
        os.close(journal._outbox._descriptor)
