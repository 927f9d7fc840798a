"""A thread that does one thing after another: what others ask it for, and what Ray's calls end with."""

from __future__ import annotations

import contextlib
import time
import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from planlang.runtime.workers.jobs import Inbox, Message
from planlang.runtime.workers.protocol import Failure

from .requirements import LOST

_TURN = 0.25
"""Seconds between two looks at what time brings about."""


class Mailbox(ABC):
    """All that a pool decides is decided in its thread, so that nothing needs a lock."""

    def __init__(self) -> None:
        """`serve` is the body of the thread."""
        self._mail: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._inboxes: list[weakref.ref[Inbox]] = []
        self._over = False

    def serve(self) -> None:
        """Do what is asked for, until the end."""
        looked = time.monotonic()
        while not self._over:
            try:
                self._do_next()
                if time.monotonic() > looked + _TURN and not self._over:
                    looked = time.monotonic()
                    self._look_after()
            except Exception as error:  # noqa: BLE001 - whatever Ray raises where it has broken down
                self._fail(_broken_down(error))
        self._settle_late_mail()

    def _do_next(self) -> None:
        with contextlib.suppress(Empty):
            act = self._mail.get(timeout=_TURN)
            act()

    @abstractmethod
    def _look_after(self) -> None:
        """Do what time brings about; called now and then."""

    @abstractmethod
    def _fail(self, failure: Failure) -> None:
        """There is no cluster any more."""

    def _settle_late_mail(self) -> None:
        """Batches that were started while the pool ended are refused too."""
        while True:
            try:
                act = self._mail.get_nowait()
            except Empty:
                return
            with contextlib.suppress(Exception):  # Ray has ended, or is about to
                act()

    def _tell(self, news: Message) -> None:
        for each in self._inboxes:
            inbox = each()
            if inbox is not None:
                inbox.post(news)

    def _when_done(self, call: Any, then: Callable[[Any], Any]) -> None:
        """Do `then` in the pool's thread, with what comes of `call`: its answer, or the exception."""

        def done(future: Any) -> None:
            error = future.exception()
            self._mail.put(partial(then, future.result() if error is None else error))

        call.future().add_done_callback(done)


def _broken_down(error: Exception) -> Failure:
    lines = str(error).strip().splitlines()
    failure = Failure(f"the Ray cluster has broken down: {lines[0][:200] if lines else 'it gave no reason'}")
    failure.hint = LOST
    failure.__cause__ = error
    return failure
