"""What the runtime and a worker say to each other: items, answers, failures, and what a worker is told at its start."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .jobs import Batch, Inbox

Report = Callable[[int, int], None]


@dataclass(slots=True)
class Item:
    """One call in a batch: `item["text"]` is its argument `text`, as plain Python data."""

    function: str
    arguments: Mapping[str, Any]
    seed: int = 0
    """Where the answer is sampled, the seed to sample with: equal seeds and arguments must give equal answers."""
    exact: bool = True
    """Whether the answer must not depend on what it is batched with (`exact=`); the same for all items of a batch."""

    def __getitem__(self, name: str) -> Any:
        """The argument called `name`; one that the call left out has its default."""
        return self.arguments[name]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with what it cost. A worker may also give the bare value."""

    value: Any
    tokens: int = 0
    """Tokens read and written, counted against `--max-tokens`."""


class Failure(Exception):  # noqa: N818 - authors give it back as an answer as often as they raise it
    """A call failed. Put it in the place of one answer of a batch, or raise it for all of them.

    kind: what a plan's `catch` sees as `e.kind`; "call" unless a closer one of the language fits.
    message: what is wrong, for the person who wrote the plan.
    retryable: whether the same call may well succeed a moment later.
    """

    def __init__(self, message: str, *, kind: str = "call", retryable: bool = False, hint: str = "") -> None:
        """Keep what is to be told; `hint` says what to do about it."""
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.retryable = retryable
        self.hint = hint


_LONGEST_NAME = 4096
_LARGEST_SECRET = 1 << 16
"""Bytes."""


class Secrets(Mapping[str, str]):
    """Secrets by name, read from the environment or a file when they are asked for; never shown."""

    def __init__(self, sources: Mapping[str, Mapping[str, str]], folder: str = "") -> None:
        """`sources` is `[plugins.NAME.secrets]` of plan.toml: `{env = "NAME"}` or `{file = "path"}` for each name.

        Relative paths are seen from `folder`.
        """
        self._sources = sources
        self._folder = folder
        self._seen: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """The secret called `name`; raises `Failure` where it is not named, or what it names is not there."""
        if name not in self._seen:
            self._seen[name] = self._read(name)
        return self._seen[name]

    def _read(self, name: str) -> str:
        source = self._sources.get(name)
        hint = f'name it under secrets in plan.toml: {name} = {{env = "{name.upper()}"}}'
        named = source.get("env", source.get("file")) if isinstance(source, Mapping) else None
        if source is None or not isinstance(named, str) or not named or "\0" in named or len(named) > _LONGEST_NAME:
            raise Failure(f"the secret `{name}` is not set", hint=hint)
        if "env" in source:
            value = os.environ.get(source["env"])
            if value is None:
                raise Failure(f"the secret `{name}` needs the environment variable {source['env']}, which is not set")
            return value
        try:
            with Path(self._folder, Path(source["file"]).expanduser()).open("rb") as file:
                text = file.read(_LARGEST_SECRET + 1)
            if len(text) > _LARGEST_SECRET:
                raise Failure(f"the file of the secret `{name}` is too large for a secret: {source['file']}")
            return text.decode("utf-8").strip()
        except (OSError, UnicodeDecodeError, RuntimeError) as error:
            raise Failure(f"the file of the secret `{name}` cannot be read: {source['file']}") from error

    def learn(self, values: Mapping[str, str]) -> None:
        """Take over secrets that were read elsewhere: for a process that cannot read them itself."""
        self._seen.update(values)

    def known(self) -> dict[str, str]:
        """All that can be read here; what cannot is told when it is asked for."""
        found: dict[str, str] = {}
        for name in self._sources:
            with contextlib.suppress(Failure):
                found[name] = self[name]
        return found

    def __iter__(self) -> Any:
        """The names."""
        return iter(self._sources)

    def __len__(self) -> int:
        """How many are named."""
        return len(self._sources)

    def __repr__(self) -> str:
        """Names only."""
        return f"Secrets({', '.join(self._sources)})"

    def hide(self, text: str) -> str:
        """`text` without the secrets read so far."""
        for value in self._seen.values():
            if value:
                text = text.replace(value, "•••")
        return text


@dataclass(frozen=True, slots=True)
class Context:
    """What a worker is told when it loads.

    model: which model to hold: a name or a folder.
    settings: `[plugins.NAME]` of plan.toml.
    report: `report(done, total)` shows how far a long load or batch is.
    stopping: whether the work in hand is no longer wanted (time-out, Ctrl-C); long computations look at it and stop.
    threads: how many threads the worker may compute with.
    cache_folder: where it may keep what is dear to make; shared with other runs.
    net: the hosts that the plan may reach, as `Permissions` has them; for workers that reach other machines.
    """

    model: str
    cache_folder: Path
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    secrets: Secrets = field(default_factory=lambda: Secrets({}))
    report: Report = lambda _done, _total: None
    stopping: Callable[[], bool] = lambda: False
    threads: int = 1
    net: tuple[str, ...] | None = None


class Worker(Protocol):
    """Holds one model. `load` is called once, before the first batch, in the thread that runs the batches.

    A class that also has `prepare(batch)` gets what that gave as a second argument of `run` (see docs/plugins.md).
    """

    def load(self, context: Context) -> None:
        """Get ready; raise `Failure` if that cannot be."""
        ...

    def run(self, batch: Sequence[Item]) -> Sequence[Any]:
        """One answer (or `Answer`, or `Failure`) for each item, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class WorkerKind:
    """Which class of worker answers a function, known without importing it.

    name: a name that is the same for all functions that can share a loaded worker.
    create: imports the class and makes an instance.
    needs: what the task states that makes the calls, as (resource, value, optional); a cluster reserves it.
    digest: what tells the model of a name, under the plugin's settings, from any other; costs no loading.
    remote: whether its workers reach other machines: they are told what the plan may reach, and never loaded twice.
    """

    plugin: str
    name: str
    create: Callable[[], Any]
    needs: tuple[tuple[str, Any, bool], ...] = ()
    digest: Callable[[str, Mapping[str, Any]], str] | None = None
    remote: bool = False


OpenContext = Callable[[Report, Callable[[], bool]], Context]
"""Makes the context of one worker from its `report` and `stopping`."""

Measure = Callable[[Sequence[Item]], "list[tuple[float, Hashable] | Failure]"]
"""Cost and batch key of each item; items with different keys never share a batch. A Failure fails its item."""


@dataclass(slots=True)
class Capacity:
    """How much a pool takes, known once its model is loaded.

    workers: how many batches run at the same time; it may grow while the pool works.
    ahead: how many batches more the pool likes to hold, so that no worker waits for the interpreter. They are cut only
        where a whole batch is waiting.
    max_batch, max_cost: the most items, and the largest summed cost, of a batch.
    measure: None where every item costs 1 and any items may share a batch.
    exact: whether an answer has the same bits whatever it is batched with.
    """

    workers: int = 1
    ahead: int = 0
    max_batch: int = 32
    max_cost: float = float("inf")
    measure: Measure | None = None
    exact: bool = True


class PoolLike(Protocol):
    """Workers that hold one model, as the dispatcher of a run sees them. Called from the interpreter's thread only."""

    @property
    def capacity(self) -> Capacity | None:
        """None until the model is loaded."""
        ...

    @property
    def closed(self) -> bool:
        """Whether it has ended: what is started now fails, and `Workers.pool` makes another."""
        ...

    def open(self, inbox: Inbox) -> None:
        """Load the model if it is not.

        Posts `Ready(self)` or `Unloadable(self, failure)` to `inbox` once it is known, and `Closed(self)` if the pool
        ends before the run.
        """
        ...

    def start(self, batch: Batch) -> None:
        """Run `batch` as soon as a worker is free, in the order of starts.

        Calls `batch.began(now)` when a worker begins, from which `timeout=` counts, and in the end
        `batch.finish(outcomes, seconds)`, with an answer (or `Answer`, or `Failure`) for each of `batch.items`.
        """
        ...

    def stop(self, batch: Batch) -> None:
        """Nobody waits for `batch` any more: drop it, or tell the worker to stop. It need not be finished."""
        ...

    def tend(self) -> None:
        """Called now and then while somebody waits: replace workers that do not stop."""
        ...

    def grow(self, waiting: float) -> None:
        """So many full batches wait beside those that were started: add a worker if that is worth it."""
        ...


class Workers(Protocol):
    """What runs batches: threads of this process, actors of a cluster, or a simulation with a clock of its own."""

    def pool(
        self, kind: WorkerKind, model: str, settings: Hashable, open_context: OpenContext, most: int | None = None
    ) -> PoolLike:
        """The pool of `model` for workers of `kind` with these `settings`, the same for equal arguments.

        most: how many workers it may have at most; None leaves it to the pool.
        """
        ...

    def now(self) -> float:
        """Seconds on the clock of these workers; only differences mean something."""
        ...

    def wait(self, inbox: Inbox, timeout: float | None) -> None:
        """Return when something was posted to `inbox`, or after `timeout` seconds, or now and then for no reason.

        Called when the interpreter has nothing to run until then. Workers in virtual time do not sleep here: they
        advance their clock to their next event (at most by `timeout`), and post all that happens at that instant.
        """
        ...

    def close(self) -> None:
        """End all workers."""
        ...


def max_batch(worker: Any) -> int:
    """The largest batch that `worker` takes: its attribute `max_batch`, else 32."""
    return max(1, int(getattr(worker, "max_batch", 32)))


def max_cost(worker: Any) -> float:
    """The largest summed cost of a batch: its attribute `max_cost`, else no bound."""
    return float(getattr(worker, "max_cost", "inf"))


def exact(worker: Any) -> bool:
    """Whether answers do not depend on what they are batched with: its attribute `exact`, else true."""
    return bool(getattr(worker, "exact", True))


def cost(worker: Any, item: Item) -> float:
    """What `item` costs in the worker's own measure (tokens, say): its method `cost`, else 1."""
    measure = getattr(worker, "cost", None)
    return float(measure(item)) if measure else 1.0


def batch_key(worker: Any, item: Item) -> Hashable:
    """Items share a batch only if this is equal: its method `batch_key`, else None."""
    key = getattr(worker, "batch_key", None)
    return key(item) if key else None
