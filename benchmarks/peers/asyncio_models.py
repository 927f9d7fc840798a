"""What an asyncio program needs beside its shape: a limit for each model, and a batcher with a 10 ms timer."""

from __future__ import annotations

import asyncio
from typing import Any

from harness import virtual_models
from harness.virtual_models import DEFAULT_MODEL, MODELS, Service

TIMER = 0.010
"""Seconds that the first call of a batch waits for company."""


class Batcher:
    """Calls of one function on one model: a batch goes when it is full, or 10 ms after its first call came."""

    def __init__(self, function: str, service: Service, free: asyncio.Semaphore) -> None:
        """`free` counts the model's idle workers."""
        self.function = function
        self.service = service
        self.free = free
        self.waiting: list[tuple[dict[str, Any], int, asyncio.Future[Any]]] = []
        self.timer: asyncio.TimerHandle | None = None
        self.running: set[asyncio.Task[None]] = set()

    async def call(self, arguments: dict[str, Any], seed: int) -> Any:
        """The answer to one call."""
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        self.waiting.append((arguments, seed, future))
        if len(self.waiting) == self.service.max_batch:
            self.cut()
        elif self.timer is None:
            self.timer = loop.call_later(TIMER, self.cut)
        return await future

    def cut(self) -> None:
        """Send what waits."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        batch, self.waiting = self.waiting, []
        task = asyncio.ensure_future(self.run(batch))
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def run(self, batch: list[tuple[dict[str, Any], int, asyncio.Future[Any]]]) -> None:
        """Wait for a worker, and for its answers."""
        units = [virtual_models.units(self.function, arguments) for arguments, _, _ in batch]
        async with self.free:
            await asyncio.sleep(self.service.seconds(units))
        for arguments, seed, future in batch:
            future.set_result(virtual_models.answer(self.function, arguments, seed))


class Models:
    """The functions on models, as coroutines."""

    def __init__(self) -> None:
        self.free = {name: asyncio.Semaphore(service.workers) for name, service in MODELS.items()}
        self.batchers: dict[tuple[str, str], Batcher] = {}

    async def _call(self, function: str, model: str | None = None, seed: int = 0, **arguments: Any) -> Any:
        model = model or DEFAULT_MODEL[function]
        if (function, model) not in self.batchers:
            self.batchers[function, model] = Batcher(function, MODELS[model], self.free[model])
        return await self.batchers[function, model].call(arguments, seed)

    async def sentiment(self, text: str) -> dict[str, Any]:
        """How a text sounds."""
        return await self._call("sentiment", text=text)

    async def classify(self, text: str, labels: list[str]) -> dict[str, Any]:
        """Which label fits."""
        return await self._call("classify", text=text, labels=labels)

    async def similarity(self, a: str, b: str) -> float:
        """How alike two texts are."""
        return await self._call("similarity", a=a, b=b)

    async def summarize(self, text: str) -> str:
        """A text, shorter."""
        return await self._call("summarize", text=text)

    async def generate(self, prompt: str, model: str | None = None, seed: int = 0) -> str:
        """What a language model answers."""
        return await self._call("generate", prompt=prompt, model=model, seed=seed)
