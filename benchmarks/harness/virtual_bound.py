"""The least time in which a set of dependent calls can be answered: what a makespan is compared with.

A shape's calls are recorded with what each depends on (its arguments and the conditions above it, nothing else), in
`Calls`. `Calls.bound()` is the greatest of these, each of which no schedule whatever can beat:

- *critical path*: along a chain of dependent calls, each takes at least the time of a batch that holds it alone;
- *capacity*: n calls of one model take at least the batches that n calls fill, shared evenly by its workers (`least`);
- *both*: of one model's calls take those that cannot start before h, and after each of which at least t remains to be
  done: all together they end no earlier than h + their capacity bound + t. For every h and every t.

The same is asked of what lies before each call with several predecessors (a join): it cannot start before all of them
are answered, however many workers there are for the rest. Nothing is taken from what a scheduler did, and what a
schedule cannot avoid but these do not see (say, that a batch is hardly ever exactly full) is not in the bound.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import virtual_models
from .virtual_models import DEFAULT_MODEL, MODELS, Service


@dataclass(eq=False, slots=True)
class Made:
    """One call of a shape: its answer, its model, and the calls that must be answered before it can be made."""

    number: int
    function: str
    arguments: Mapping[str, Any]
    model: str
    units: float
    alone: float
    """Seconds of a batch that holds this call alone."""
    after: tuple[Made, ...]
    value: Any
    head: float = 0.0
    """Seconds before which it cannot start."""


@dataclass(slots=True)
class Calls:
    """The calls that sequential execution of a shape makes, with their dependences."""

    made: list[Made] = field(default_factory=list)

    def make(
        self, function: str, after: Iterable[Made] = (), model: str | None = None, seed: int = 0, **arguments: Any
    ) -> Made:
        """Record a call that needs the answers of `after`, and answer it."""
        model = model or DEFAULT_MODEL[function]
        units = virtual_models.units(function, arguments)
        value = virtual_models.answer(function, arguments, seed)
        alone = MODELS[model].seconds([units])
        call = Made(len(self.made), function, arguments, model, units, alone, tuple(dict.fromkeys(after)), value)
        self.made.append(call)
        return call

    def critical_path(self) -> float:
        """Seconds of the longest chain of dependent calls, each answered alone."""
        ends: dict[Made, float] = {}
        for call in self.made:
            ends[call] = call.alone + max((ends[before] for before in call.after), default=0.0)
        return max(ends.values(), default=0.0)

    def capacity(self) -> float:
        """Seconds that the busiest model needs for its calls if all could be made at once."""
        return max((least(MODELS[model], group) for model, group in _by_model(self.made).items()), default=0.0)

    def bound(self) -> float:
        """The greatest of the bounds that this module's first lines explain, in seconds."""
        known: dict[tuple[Made, ...], float] = {}
        for call in self.made:
            if call.after not in known:
                known[call.after] = self._earliest(call.after)
            call.head = known[call.after]
        followed = {before for call in self.made for before in call.after}
        return self._earliest(tuple(call for call in self.made if call not in followed))

    def _earliest(self, before: Sequence[Made]) -> float:
        """When all of `before` can be answered at the earliest; their own heads are known."""
        earliest = max((call.head + call.alone for call in before), default=0.0)
        if len(before) < 2:
            return earliest
        tails = _tails(before)
        for model, group in _by_model(tails).items():
            earliest = max(earliest, _windowed(MODELS[model], group, tails))
        return earliest


def least(service: Service, calls: Sequence[Made]) -> float:
    """Seconds in which workers of `service` can answer `calls` at best, all known at once."""
    each = [service.each + service.per_unit * call.units for call in calls]
    return _least(service, len(each), sum(each), min(each))


def _least(service: Service, count: int, total: float, smallest: float) -> float:
    """The same for `count` calls that add `total` seconds to their batches, each of them at least `smallest`.

    With m batches on at most k workers the busiest has at least the mean, and at least ceil(m/k) batches; m is at least
    what full batches need, and more of them pay only while workers are idle.
    """
    fewest = math.ceil(count / service.max_batch)
    batches = max(fewest, min(count, service.workers))
    mean = (service.start * batches + total) / min(batches, service.workers)
    return max(mean, math.ceil(fewest / service.workers) * (service.start + smallest))


def _by_model(calls: Iterable[Made]) -> dict[str, list[Made]]:
    groups: dict[str, list[Made]] = defaultdict(list)
    for call in calls:
        groups[call.model].append(call)
    return groups


def _tails(ends: Sequence[Made]) -> dict[Made, float]:
    """Every call at or before `ends`, with the seconds that must pass between its answer and the last of them."""
    tails = dict.fromkeys(ends, 0.0)
    waiting = list(ends)
    for call in waiting:  # first find them all: a tail is known only when everything after it is
        for before in call.after:
            if before not in tails:
                tails[before] = 0.0
                waiting.append(before)
    for call in sorted(waiting, key=lambda call: -call.number):
        for before in call.after:
            tails[before] = max(tails[before], tails[call] + call.alone)
    return tails


def _windowed(service: Service, calls: list[Made], tails: Mapping[Made, float]) -> float:
    """The greatest head + capacity + tail over sets of calls: those with a head, or a tail, of at least so much."""
    by_head = sorted(calls, key=lambda call: call.head, reverse=True)
    by_tail = sorted(calls, key=lambda call: tails[call], reverse=True)
    return max(_prefixes(service, by_head, tails), _prefixes(service, by_tail, tails))


def _prefixes(service: Service, calls: list[Made], tails: Mapping[Made, float]) -> float:
    """The bound of every beginning of `calls`, the greatest; sums are carried along, so that this is linear."""
    best = total = 0.0
    head = tail = smallest = math.inf
    for count, call in enumerate(calls, 1):
        head, tail, smallest = min(head, call.head), min(tail, tails[call]), min(smallest, call.units)
        total += service.each + service.per_unit * call.units
        best = max(best, head + _least(service, count, total, service.each + service.per_unit * smallest) + tail)
    return best
