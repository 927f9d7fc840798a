"""Calls of the pretend models on one kind of worker, as a run makes them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from planlang.plugins.loader import Plugins, load
from planlang.runtime.calls import Job
from planlang.runtime.dispatch import Dispatcher, dispatcher
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run, RunOptions
from planlang.runtime.workers.places import workers_of

from . import models


class Place:
    """One kind of worker with the plugin, and what its workers wrote down."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.log = folder / "log"
        self.plugins: Plugins = load({"models": models}, installed=False)

    @property
    def lines(self) -> list[list[str]]:
        """What was written down: process, and words."""
        return [line.split() for line in self.log.read_text(encoding="utf-8").splitlines()] if self.log.exists() else []

    def noted(self, word: str) -> list[list[str]]:
        """The lines that begin with `word`, without it; the process stands first."""
        return [[line[0], *line[2:]] for line in self.lines if line[1] == word]

    def run(self, **options: Any) -> Run:
        """A run whose workers are here. `settings` are those of the plugin, `workers` those of [workers]."""
        own = {"log": str(self.log), **options.pop("settings", {})}
        tables = {"plugins": {"models": own}, "workers": options.pop("workers", {})}
        needs = options.pop("needs", ())
        run = Run(RunOptions(settings=tables, on=self.kind, **options))
        run.needs = needs
        return run

    def asking(self, function: str = "echo", **options: Any) -> Asking:
        return Asking(self, function, self.run(**options))


class Asking:
    """The calls of one run to one function; `answers` has each text's answer, or error."""

    def __init__(self, place: Place, function: str, run: Run) -> None:
        self.run_ = run
        workers = workers_of(place.plugins, place.kind, {})
        self.dispatcher: Dispatcher = dispatcher(run, workers)
        self.answers: dict[str, Any] = {}
        self.errors: dict[str, PlanError] = {}
        self._maker = place.plugins.bind_call("models", function, run)

    def ask(self, text: str, seconds: float = 0.0, more: Any = None, **options: Any) -> Job:
        def done(job: Job) -> None:
            try:
                self.answers[text] = self.dispatcher.result(job)
            except PlanError as error:
                self.answers[text] = error.message
                self.errors[text] = error

        arguments = (text, seconds) if more is None else (text, seconds, more)
        return self.dispatcher.submit(self._maker.make(arguments, options, int), done)

    def finish(self) -> dict[str, Any]:
        """Wait for all; what came of each text."""
        while self.dispatcher.pump(wait=True):
            pass
        return self.answers


def eventually(true: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()
