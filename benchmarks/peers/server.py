"""A model server for peers that call it from threads: it really sleeps, and batches by itself as serving engines do.

Its workers take what waits as soon as they are free, up to the largest batch: callers need no batcher of their own.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from typing import Any

from harness import virtual_models
from harness.virtual_models import DEFAULT_MODEL, MODELS


class _Waiting:
    """A call that came in, and its answer once it is there."""

    def __init__(self, function: str, arguments: dict[str, Any], seed: int) -> None:
        self.function = function
        self.arguments = arguments
        self.seed = seed
        self.answer: Any = None
        self.answered = threading.Event()


class Server:
    """Serves all pretend models, `pace` real seconds for each second of theirs, until it is closed."""

    def __init__(self, pace: float) -> None:
        self.pace = pace
        self._changed = {model: threading.Condition() for model in MODELS}
        self._queues: dict[str, dict[str, deque[_Waiting]]] = {model: defaultdict(deque) for model in MODELS}
        self._closed = False
        for model, service in MODELS.items():
            for _ in range(service.workers):
                threading.Thread(target=self._work, args=(model,), daemon=True).start()

    def call(self, function: str, model: str | None = None, seed: int = 0, **arguments: Any) -> Any:
        """The answer to one call; blocks until it is there."""
        model = model or DEFAULT_MODEL[function]
        call = _Waiting(function, arguments, seed)
        with self._changed[model]:
            self._queues[model][function].append(call)
            self._changed[model].notify()
        call.answered.wait()
        return call.answer

    def _work(self, model: str) -> None:
        while batch := self._next(model):
            units = [virtual_models.units(call.function, call.arguments) for call in batch]
            time.sleep(self.pace * MODELS[model].seconds(units))
            for call in batch:
                call.answer = virtual_models.answer(call.function, call.arguments, call.seed)
                call.answered.set()

    def _next(self, model: str) -> list[_Waiting]:
        """The calls of the longest queue, once there are any; empty at the end."""
        with self._changed[model]:
            while not self._closed:
                queue = max(self._queues[model].values(), key=len, default=deque[_Waiting]())
                if queue:
                    return [queue.popleft() for _ in range(min(len(queue), MODELS[model].max_batch))]
                self._changed[model].wait()
        return []

    def close(self) -> None:
        """End all workers."""
        self._closed = True
        for changed in self._changed.values():
            with changed:
                changed.notify_all()
