"""Runs to look at, and a browser to look at them with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from trace_browser import Browser, installed
from trace_runs import REVIEWS, TEXTS, resume, run

from planlang.runtime.journal.folder import RunFolder


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests."""
    if installed() is None:
        pytest.skip("no browser is installed: Chromium, or what CHROMIUM names")
    with Browser(tmp_path_factory.mktemp("profile")) as found:
        found.size(1280, 800)
        yield found


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own for runs."""
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def reviewed(tmp_path: Path) -> RunFolder:
    """A run that is done: six reviews, three replies, three changes, one call shared, one failed and caught."""
    return run(tmp_path, REVIEWS, reviews=TEXTS, out=str(tmp_path / "out.txt"))


@pytest.fixture
def resumed(tmp_path: Path) -> RunFolder:
    """A run that failed for want of a file, and was done in a second session."""
    arguments = {"reviews": TEXTS, "out": str(tmp_path / "out.txt"), "extra": str(tmp_path / "extra.txt")}
    of = run(tmp_path, REVIEWS, **arguments)
    (tmp_path / "extra.txt").write_text("bad extra", encoding="utf-8")
    resume(of, tmp_path / "reviews.plan", **arguments)
    return of
