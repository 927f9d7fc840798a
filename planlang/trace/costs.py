"""What a run's calls came to, by function and model, and by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from planlang.runtime.journal.rows import BatchRow, CallRow
from planlang.runtime.journal.store import CACHED, FAILED, SHARED, TAKEN


@dataclass(slots=True)
class Cost:
    """The calls of one function on one model, or of one step. seconds: of workers."""

    name: str
    model: str = ""
    calls: int = 0
    failed: int = 0
    cached: int = 0
    shared: int = 0
    taken: int = 0
    batches: int = 0
    items: int = 0
    tokens: int = 0
    seconds: float = 0.0

    def add(self, call: CallRow) -> None:
        """Count a call in."""
        self.calls += 1
        self.failed += call.kind == FAILED
        self.cached += call.kind == CACHED
        self.shared += call.kind == SHARED
        self.taken += call.kind == TAKEN
        if call.batch is not None:
            self.tokens += call.tokens


class Costs:
    """Adds up calls and batches, one at a time."""

    def __init__(self, batches: Iterable[BatchRow]) -> None:
        """Begin with the batches."""
        self._functions: dict[tuple[str, str], Cost] = {}
        self._steps: dict[str, Cost] = {}
        self._share: dict[int, float] = {}
        for batch in batches:
            cost = self._function(batch.function, batch.model)
            cost.batches += 1
            cost.items += batch.size
            cost.seconds += batch.seconds
            self._share[batch.number] = batch.seconds / max(1, batch.size)

    def _function(self, function: str, model: str) -> Cost:
        return self._functions.setdefault((function, model), Cost(function, model))

    def add(self, call: CallRow) -> None:
        """Count a call in; of its batch's time its step has the call's share."""
        self._function(call.function, call.model).add(call)
        step = self._steps.setdefault(call.step, Cost(call.step))
        step.add(call)
        if call.batch is not None:
            step.seconds += self._share.get(call.batch, 0.0)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """Both tables, functions by their calls, steps in the order of their first call."""
        functions = sorted(self._functions.values(), key=lambda cost: -cost.calls)
        return {"functions": [asdict(cost) for cost in functions], "steps": [asdict(c) for c in self._steps.values()]}
