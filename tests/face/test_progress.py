"""The status line: what it says, and that it leaves nothing behind."""

from __future__ import annotations

import io

import pytest

from planlang import progress
from planlang.progress import Above, StatusLine
from planlang.runtime.progress import CallsDone, CallsStarted, ModelLoading, StepStarted, WorkReported


class Terminal(io.StringIO):
    """Keeps what is written, and what a person would see of it on one line."""

    def isatty(self) -> bool:
        """A terminal it is."""
        return True

    @property
    def seen(self) -> str:
        """Each line after its last erasure."""
        lines = [line.rpartition("\x1b[2K")[2] for line in self.getvalue().split("\n")]
        return "\n".join(lines)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, as the status line sees it; set `clock[0]`."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def test_a_quick_run_shows_nothing(clock: list[float]):
    terminal = Terminal()
    status = StatusLine(terminal)
    status.on_progress(StepStarted("One"))
    status.erase()
    assert "" == terminal.getvalue()


def test_step_calls_and_rate_are_shown(clock: list[float]):
    terminal = Terminal()
    status = StatusLine(terminal)
    status.on_progress(StepStarted("Score every review"))
    status.on_progress(CallsStarted(1))
    clock[0] += 10
    status.on_progress(CallsStarted(1301))
    clock[0] += 10
    status.on_progress(CallsDone(1300))
    assert "Score every review · 1,300 model calls done · 65.0/s" == terminal.seen


def test_waiting_calls_are_counted(clock: list[float]):
    status = StatusLine(Terminal())
    status.on_progress(CallsStarted(50))
    status.on_progress(CallsDone(3))
    assert "3 of 50 model calls done" == status.text()


def test_loading_a_model_is_shown_at_once_until_it_is_done(clock: list[float]):
    terminal = Terminal()
    status = StatusLine(terminal)
    clock[0] += 1
    status.on_progress(ModelLoading("MiniLM"))
    assert "loading MiniLM …" == terminal.seen
    status.on_progress(ModelLoading("MiniLM", done=True))
    assert "running" == terminal.seen


def test_work_of_a_worker_is_shown(clock: list[float]):
    status = StatusLine(Terminal())
    status.on_progress(WorkReported("train", 3, 10))
    assert "train 3/10" == status.text()


def test_what_a_plan_prints_stands_above_the_line(clock: list[float]):
    terminal = Terminal()
    status = StatusLine(terminal)
    out = Above(terminal, status)
    clock[0] += 1
    status.on_progress(StepStarted("One"))
    out.write("printed\n")
    clock[0] += 1
    status.on_progress(StepStarted("Two"))
    assert "printed\nTwo" == terminal.seen
    status.erase()
    assert "printed\n" == terminal.seen


def test_a_title_cannot_drive_the_terminal(clock: list[float]):
    terminal = Terminal()
    status = StatusLine(terminal)
    clock[0] += 1
    status.on_progress(StepStarted("\x1b[31mred\nline"))
    assert "\\u{1b}[31mred\\u{a}line" == terminal.seen


def test_drawing_pauses_between_events(clock: list[float]):
    terminal = Terminal()
    status = StatusLine(terminal)
    clock[0] += 1
    for number in range(1000):
        status.on_progress(CallsDone(number))
    assert 1 == terminal.getvalue().count("\r")


def test_a_new_input_of_a_session_starts_anew(clock: list[float]):
    status = StatusLine(Terminal())
    status.on_progress(CallsStarted(5))
    status.reset()
    assert "running" == status.text()
