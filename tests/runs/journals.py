"""Journals as runs would have left them, written row by row."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from planlang.runtime.flow.context import site_of
from planlang.runtime.journal.folder import RunFolder, create
from planlang.runtime.journal.packing import pack
from planlang.runtime.journal.store import ANSWERED, CACHED, CHANGE, FAILED, Store

TEXT = 'step "Judge"\nlet mood = fake_label("x")\nprint(mood.label)\n'
SITE = site_of(0, 24, 39)


def facts(**more: Any) -> dict[str, Any]:
    """What a run begins with."""
    return {
        "plan": "/nowhere/a.plan", "name": "a.plan", "sources": [["0", "a.plan", TEXT]], "paths": ["/nowhere/a.plan"],
        "task": None, "arguments": {}, "parent": None, **more,
    }  # fmt: skip


def made(state: str = "done", calls: int = 0, began: float = 1_700_000_000.0, **more: Any) -> RunFolder:
    """The folder of a run with so many calls, ten in a batch, the last of them failed and the one before cached."""

    def fill(path: Path) -> None:
        store = Store.create(path / "journal.sqlite")
        store.put_meta(facts(**more))
        ended = None if state == "running" else began + 60
        store.change(
            "INSERT INTO sessions VALUES (1, ?, ?, ?, ?, 0, 24, 39, 1, 'local')",
            [(began, ended, state, "it is wrong" if state == "failed" else None)],
        )
        store.add("calls", [_call(n, calls) for n in range(1, calls + 1)])
        store.add(
            "batches",
            [(n, 1, "worker", "fake.fake_label", "fake", n * 0.01, 0.01, 10) for n in range(1, calls // 10 + 1)],
        )
        store.add(
            "effects", [(1, b"e" * 16, CHANGE, "append", SITE, "Write", pack(["/nowhere/out", 0, 5]), None, 59.0)]
        )
        store.commit()
        store.close()

    run, lock, _ = create(fill)
    lock.release()
    return run


def _call(number: int, count: int) -> tuple[Any, ...]:
    kind = FAILED if number == count else CACHED if number == count - 1 else ANSWERED
    outcome = ["call", "it \x1b[31mbroke", ""] if kind == FAILED else [{"label": "positive", "score": 0.5}, 7]
    identity = number.to_bytes(16, "big")
    batch = (number - 1) // 10 + 1 if kind == ANSWERED else None
    arguments = pack({"text": f"text {number} \x1b]0;title\x07", "seconds": 0.0})
    return (identity, identity, "fake.fake_label", "fake", SITE, "Judge", arguments, pack(outcome), kind, batch,
            number * 0.001)  # fmt: skip


def age(run: RunFolder, days: float) -> None:
    """Let a run be as old as that."""
    import os

    at = time.time() - days * 86_400
    for path in (*run.path.iterdir(), run.path):
        os.utime(path, (at, at))
