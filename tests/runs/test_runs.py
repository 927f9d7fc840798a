"""`plan runs`: the list, and removing what is old."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planlang.runs import pruning as run_pruning
from planlang.runtime.journal.folder import RunFolder

from .conftest import Command
from .journals import age, made


def dated(day: int, state: str = "done", **more: object) -> RunFolder:
    """A run whose name is of that day."""
    run = made(state, **more)
    return RunFolder(run.path.rename(run.path.with_name(f"202501{day:02}-101500-{chr(96 + day) * 4}")))


def names(plan: Command, *options: str) -> list[str]:
    """The last letters of the runs that are listed."""
    return [run["id"][-1] for run in json.loads(plan("runs", "--all", "--json", *options).out)]


def test_runs_are_listed_newest_first_with_state_and_cost(plan: Command):
    dated(1, calls=20, task="main")
    dated(2, "failed")
    dated(3, "running")
    done = plan("runs")
    lines = done.out.splitlines()
    assert ["run", "began", "plan", "state", "calls", "tokens", "time"] == lines[0].split()
    assert ["20250103", "20250102", "20250101"] == [line[:8] for line in lines[1:]]
    assert "stopped short" in lines[1]
    assert "a.plan       failed" in lines[2]
    assert ["a.plan", "main", "done", "20", "126", "1", "min", "0", "s"] == lines[3].split()[3:]


def test_only_the_last_are_listed_where_there_are_many(plan: Command):
    for day in range(1, 26):
        dated(day)
    lines = plan("runs").out.splitlines()
    assert 22 == len(lines)
    assert "… and 5 older ones; `plan runs --all` lists them" == lines[-1]
    assert 5 == len(plan("runs", "-n", 3).out.splitlines())


def test_there_may_be_no_runs(plan: Command):
    assert plan("runs").out.startswith("no runs: ")
    assert "[]\n" == plan("runs", "--json").out
    assert "removed 0 runs (0 B)\n" == plan("runs", "prune").out


def test_prune_keeps_ten_and_what_is_not_done(plan: Command):
    dated(1, "failed")
    for day in range(2, 15):
        dated(day)
    done = plan("runs", "prune", "--dry-run")
    assert "would remove 3 runs" in done.out
    assert 14 == len(names(plan))
    assert "removed 3 runs" in plan("runs", "prune").out
    assert list("nmlkjihgfea") == names(plan)


def test_prune_takes_a_number_and_an_age(plan: Command):
    for day in range(1, 6):
        age(dated(day), 10 - day)
    assert 0 == plan("runs", "prune", "--older", "7.5d").code
    assert list("edc") == names(plan)[:3]
    assert "removed 1 run (" in plan("runs", "prune", "--keep", 2, "--older", "1d").out
    assert list("ed") == names(plan)
    assert 0 == plan("runs", "prune", "--keep", 1).code
    assert ["e"] == names(plan)
    assert 0 == plan("runs", "prune", "--all").code
    assert [] == names(plan)


def test_a_run_that_is_being_run_is_never_removed(plan: Command):
    held = dated(1, "running").lock()
    dated(2)
    assert 0 == plan("runs", "prune", "--all").code
    assert ["a"] == names(plan)
    held.release()


@pytest.mark.parametrize("words", [("--keep", "3"), ("prune", "--all", "--keep", "3"), ("prune", "-n", "3"), ("what",)])
def test_mistakes_on_the_command_line_are_usage_errors(plan: Command, words: tuple[str, ...]):
    assert 2 == plan("runs", *words).code


def test_old_runs_go_by_themselves_when_another_begins(plan: Command, folder: Path, monkeypatch: pytest.MonkeyPatch):
    (folder / "plan.toml").write_text("[runs]\nkeep = 3\n")
    (folder / "a.plan").write_text('print(fake_text("x"))\n')
    age(dated(1, "failed"), 40)
    age(dated(2, "failed"), 20)
    for day in range(3, 8):
        dated(day)
    assert 0 == plan("run", "a.plan").code
    assert list("gfeb") == names(plan)[1:]


def test_runs_that_take_much_room_go_by_themselves(folder: Path):
    for day in range(1, 6):
        run = dated(day)
        (run.path / "outbox" / "1.log").parent.mkdir(exist_ok=True)
        (run.path / "outbox" / "1.log").write_bytes(b"x" * 1_000_000)
    run_pruning.prune_by_itself({"runs": {"size": "2.5 MB"}})
    from planlang.runtime.journal.folder import all_runs

    assert list("ed") == [run.id[-1] for run in all_runs()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("keep = 0", "`keep` must be a number of runs, at least 1"),
        ('size = "much"', "`size`: `much` is not a size"),
        ("kept = 1", "there is no setting `kept` in [runs]"),
    ],
)
def test_wrong_settings_are_told_with_their_line(plan: Command, folder: Path, text: str, message: str):
    (folder / "plan.toml").write_text(f"[runs]\n{text}\n")
    (folder / "a.plan").write_text("print(1)\n")
    done = plan("run", "a.plan")
    assert 2 == done.code
    assert message in done.err
    assert "plan.toml:2" in done.err
