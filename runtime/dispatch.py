"""The model calls of one run: counted, handed to the pool of their model, waited for, and their errors told."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from weakref import WeakKeyDictionary

from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.folders import cache_folder
from planlang.runtime.progress import CallsDone, CallsStarted, Event
from planlang.runtime.run import Run
from planlang.runtime.workers.local import Job, LocalWorkers, Pool
from planlang.runtime.workers.protocol import Answer, Context, Failure, Item, Secrets, WorkerKind

_WAIT = 0.1
"""Seconds between two looks at deadlines and interrupts while a call is waited for."""


@dataclass(frozen=True, slots=True)
class Call:
    """A model call as the plan made it.

    arguments: every argument by name, as plain Python data.
    model: `model=` of the call; None for the default.
    accept: turns the worker's answer into a plan value; raises `PlanError` where it is not what was declared.
    """

    function: str
    kind: WorkerKind
    method: str
    arguments: Mapping[str, Any]
    default_model: str
    accept: Callable[[Any], Any]
    model: str | None = None
    timeout: float | None = None
    retries: int = 2
    seed: int | None = None


class Pending:
    """A call that was made: its value is not known yet, or is."""

    __slots__ = ("_call", "_dispatcher", "_pool", "job")

    def __init__(self, dispatcher: Dispatcher, call: Call, pool: Pool, job: Job) -> None:
        """Made by `Dispatcher.submit`."""
        self._dispatcher = dispatcher
        self._call = call
        self._pool = pool
        self.job = job

    def result(self) -> Any:
        """Wait for the answer and give it as a plan value; raises the `PlanError` that the call failed with."""
        try:
            self._dispatcher.wait(self.job, self._pool)
        except BaseException:
            self._pool.cancel(self.job)
            raise
        return self._dispatcher.conclude(self._call, self.job, self._pool)


class Dispatcher:
    """The model calls of one run."""

    def __init__(self, run: Run, workers: LocalWorkers) -> None:
        """Calls of `run` go to `workers`."""
        self._options = run.options
        self._workers = workers
        self._changed = threading.Condition()
        self._events: deque[Event] = deque()
        self._unloadable: dict[Pool, Failure] = {}
        self._made = 0
        self._done = 0
        self._tokens = 0

    def submit(self, call: Call) -> Pending:
        """Make `call`; raises `LimitError` where the run's calls or tokens are used up."""
        self._count_call()
        pool = self._pool(call)
        item = Item(call.function, call.arguments, self._seed(call))
        job = Job(item, call.method, self, call.timeout, call.retries)
        if pool in self._unloadable:
            self.settle(job, self._unloadable[pool])
        else:
            pool.submit(job)
        self.tell(CallsStarted(self._made))
        return Pending(self, call, pool, job)

    def _count_call(self) -> None:
        limits = self._options.limits
        if limits.max_calls is not None and self._made >= limits.max_calls:
            raise LimitError(f"the plan reached its limit of {limits.max_calls:,} model calls", "raise --max-calls")
        self._check_tokens()
        self._made += 1

    def _check_tokens(self) -> None:
        most = self._options.limits.max_tokens
        if most is not None and self._tokens > most:
            raise LimitError(f"the plan reached its limit of {most:,} tokens", "raise --max-tokens, or ask for less")

    def _seed(self, call: Call) -> int:
        """The seed of a sampled answer: of the run and the call's place among its calls, or of `seed=` alone."""
        what = ("seed", call.seed) if call.seed is not None else ("call", self._options.seed, self._made)
        return int.from_bytes(hashlib.sha256(repr(what).encode()).digest()[:7], "big")

    def _pool(self, call: Call) -> Pool:
        models = self._options.models
        name = call.function.rpartition(".")[2]
        model = call.model or models.get(call.function) or models.get(name) or models.get("") or call.default_model
        settings, secrets, folder = plugin_settings(self._options.settings, call.kind.plugin)

        def open_context(report: Callable[[int, int], None], stopping: Callable[[], bool]) -> Context:
            return Context(model, cache_folder(), settings, Secrets(secrets, folder), report, stopping)

        key = json.dumps([settings, secrets, folder], sort_keys=True, default=str)
        return self._workers.pool(call.kind, model, key, open_context)

    # ── called from worker threads ───────────────────────────────────────────────────────────────────────────────────

    def tell(self, event: Event) -> None:
        """Keep `event` for the watcher, who is told in the plan's own thread."""
        if self._options.on_progress is not None:
            with self._changed:
                self._events.append(event)
                self._changed.notify_all()

    def settle(self, job: Job, outcome: Any) -> None:
        """Take the outcome of `job`, unless it has one."""
        with self._changed:
            if not job.settled:
                job.outcome = outcome
                job.settled = True
                self._done += 1
                self._changed.notify_all()
        self.tell(CallsDone(self._done))

    # ── called from the plan's thread ────────────────────────────────────────────────────────────────────────────────

    def wait(self, job: Job, pool: Pool) -> None:
        """Return when `job` is settled; pass events on and look after deadlines meanwhile."""
        while True:
            self.pass_on()
            with self._changed:
                if job.settled:
                    break
                if not self._events:
                    left = None if job.deadline is None else job.deadline - time.monotonic()
                    self._changed.wait(_WAIT if left is None else min(_WAIT, max(left, 0.001)))
            pool.tend()
        self.pass_on()

    def pass_on(self) -> None:
        """Tell the watcher what happened."""
        watcher = self._options.on_progress
        while watcher is not None and self._events:
            watcher(self._events.popleft())

    def conclude(self, call: Call, job: Job, pool: Pool) -> Any:
        """The value of a settled `job`; raises what it failed with."""
        outcome = job.outcome
        if isinstance(outcome, Failure):
            if job.load_failed:
                self._unloadable[pool] = outcome
            raise _error(call, job, outcome) from (outcome.__cause__ or outcome)
        if isinstance(outcome, Answer):
            self._tokens += outcome.tokens
            self._check_tokens()
            outcome = outcome.value
        return call.accept(outcome)


def _error(call: Call, job: Job, failure: Failure) -> PlanError:
    tries = f" (tried {job.attempts} times)" if job.attempts > 1 else ""
    name = call.function.rpartition(".")[2]
    return PlanError(failure.kind, f"`{name}` failed: {failure.message}{tries}", failure.hint)


def plugin_settings(settings: Mapping[str, Any], plugin: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The settings of `plugin` in plan.toml, where its secrets come from, and the folder that paths are seen from."""
    table = plugin_table(settings, plugin)
    own = {key: value for key, value in table.items() if key not in {"secrets", "version"}}
    return own, _table(table, "secrets", f"plugins.{plugin}.secrets"), str(settings.get("folder", ""))


def plugin_table(settings: Mapping[str, Any], plugin: str) -> dict[str, Any]:
    """`[plugins.NAME]` of plan.toml; empty where there is none. Raises `PlanError` where something else stands."""
    return _table(_table(settings, "plugins", "plugins"), plugin, f"plugins.{plugin}")


def _table(holder: Mapping[str, Any], key: str, name: str) -> dict[str, Any]:
    table = holder.get(key, {})
    if not isinstance(table, dict):
        raise PlanError("value", f"`{name}` in plan.toml must be a table", f"write its settings below [{name}]")
    return cast(dict[str, Any], table)


_dispatchers: WeakKeyDictionary[Run, Dispatcher] = WeakKeyDictionary()


def dispatcher(run: Run, workers: LocalWorkers) -> Dispatcher:
    """The dispatcher of `run`, made at its first model call."""
    found = _dispatchers.get(run)
    if found is None:
        found = _dispatchers[run] = Dispatcher(run, workers)
    return found
