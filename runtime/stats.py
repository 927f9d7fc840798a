"""What the model calls of a run came to: counted always, shown by `plan run --stats`."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class FunctionStats:
    """The calls of one function, by its full name (`nlp.sentiment`)."""

    calls: int = 0
    batches: int = 0
    items: int = 0
    """Calls that were answered in batches: fewer than `calls` where identical calls shared an answer."""
    exact: bool = True
    """Whether no answer hung on what it was batched with: neither `exact=false` nor a model that cannot do it."""

    @property
    def mean_size(self) -> float:
        """Items in a batch, on average."""
        return self.items / self.batches if self.batches else 0.0


@dataclass(slots=True)
class Stats:
    """Model calls of a run. Times are in seconds, on the clock of the workers where not said otherwise."""

    answered: int = 0
    failed: int = 0
    shared: int = 0
    """Calls that waited for the answer of an identical call in flight."""
    cache_hits: int = 0
    replayed: int = 0
    """Calls whose outcome the journal of the run knew."""
    batches: int = 0
    items: int = 0
    """Calls that batches held; one that was tried again counts each time."""
    filled: float = 0.0
    """Sum of the batches' fill: their share of the largest batch or of the largest cost, whichever is more."""
    critical_path: float = 0.0
    """The longest chain of calls of which each needed the one before."""
    busy: float = 0.0
    """Summed time of workers in batches."""
    workers: int = 0
    """Most batches that could run at once, over all models in use."""
    makespan: float = 0.0
    """From the start of the run to its end."""
    loading: float = 0.0
    """Time in which a model was being loaded."""
    interpreter_seconds: float = 0.0
    """CPU time of the thread that ran the plan."""
    functions: dict[str, FunctionStats] = field(default_factory=dict[str, FunctionStats])

    @property
    def calls(self) -> int:
        """Calls that the plan made, identical ones counted each time."""
        return sum(function.calls for function in self.functions.values())

    @property
    def fill(self) -> float:
        """How full batches were on average, from 0 to 1."""
        return self.filled / self.batches if self.batches else 0.0

    @property
    def mean_size(self) -> float:
        """Items in a batch, on average."""
        return self.items / self.batches if self.batches else 0.0

    @property
    def lower_bound(self) -> float:
        """No order of the same batches could have been faster than this."""
        return max(self.critical_path, self.busy / self.workers if self.workers else 0.0)

    @property
    def interpreter_seconds_per_call(self) -> float:
        """CPU time of the plan's thread for each call."""
        return self.interpreter_seconds / self.calls if self.calls else 0.0
