"""Calls on their way to a worker and back."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from planlang.runtime.progress import Event

from .protocol import Item


class Owner(Protocol):
    """Whose jobs these are; told from worker threads."""

    def tell(self, event: Event) -> None:
        """Something worth showing happened."""
        ...

    def settle(self, job: Job, outcome: Any) -> None:
        """`job` has its outcome: an answer or a Failure. Only the first one counts."""
        ...


class Job:
    """One call on its way: what is asked, and once it is settled, what came of it."""

    __slots__ = ("attempts", "cost", "deadline", "item", "load_failed", "method", "outcome", "owner", "retries",
                 "settled", "timeout")  # fmt: skip

    def __init__(self, item: Item, method: str, owner: Owner, timeout: float | None, retries: int) -> None:
        """`timeout` counts in seconds from when a worker starts; `retries` is how often a failure is tried again."""
        self.item = item
        self.method = method
        self.owner = owner
        self.timeout = timeout
        self.retries = retries
        self.attempts = 0
        self.cost = 1.0
        self.deadline: float | None = None
        self.settled = False
        self.load_failed = False
        self.outcome: Any = None


def fill(queue: deque[Job], most: int, room: float) -> list[Job]:
    """Take a batch from the front of `queue`: at most `most` jobs that cost at most `room`, and one at least."""
    batch: list[Job] = []
    while queue and len(batch) < most and not (batch and queue[0].cost > room):
        job = queue.popleft()
        if not job.settled:
            batch.append(job)
            room -= job.cost
    return batch
