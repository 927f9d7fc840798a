"""`plan run` and `plan resume` together: what goes on, what is refused, what is told."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_models import BATCHES, forget

from .conftest import LAUNCH, Command

PLAN = """
task main(texts: list[str], most: int = 3) -> int {
  let bad = 0
  for i, text in enumerate(texts) {
    if fake_label(text).label == "negative" {
      bad += 1
      print(text)
    }
    append("done.txt", text + "\\n")
    assert i < most, "too many"
  }
  return bad
}
"""
TEXTS = ["a good day", "a bad day", "an awful day", "a great day", "hate it", "love it"]
Start = Callable[..., "subprocess.Popen[str]"]
Runs = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def written(folder: Path) -> None:
    """The plan and its input."""
    (folder / "a.plan").write_text(PLAN)
    (folder / "in.txt").write_text("\n".join(TEXTS) + "\n")
    forget()


def asked() -> int:
    """How many texts models were asked about since this was asked last."""
    count = sum(map(len, BATCHES))
    forget()
    return count


def run_to_limit(plan: Command, *options: object) -> str:
    """A run that stops at its limit of three calls; gives its name."""
    done = plan(
        "run", "--allow-write", "--max-calls", 3, "--no-cache", *options, "a.plan", "--texts", "@in.txt", "--most", 9
    )
    assert 3 == done.code
    assert 3 == asked()
    assert "--max-calls N` goes on from here" in done.err
    return done.err.rpartition("`plan resume ")[2].split()[0]


# ── going on ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_limit_can_be_raised_and_nothing_is_done_twice(plan: Command, folder: Path):
    name = run_to_limit(plan)
    assert "a good day\na bad day\nan awful day\n" == (folder / "done.txt").read_text()
    done = plan("resume", name, "--max-calls", 6)
    assert (0, "hate it\n3\n") == (done.code, done.out)
    assert 3 == asked()
    assert "".join(f"{text}\n" for text in TEXTS) == (folder / "done.txt").read_text()


def test_a_limit_counts_from_the_beginning_of_the_run(plan: Command):
    run_to_limit(plan)
    done = plan("resume", "--max-calls", 4)
    assert 3 == done.code
    assert 1 == asked()
    done = plan("resume")
    assert 3 == done.code
    assert 0 == asked()


def test_without_a_name_the_latest_that_is_not_done_goes_on_and_is_told(plan: Command, folder: Path):
    name = run_to_limit(plan)
    (folder / "b.plan").write_text('print(fake_label("fine").label)\n')
    assert 0 == plan("run", "b.plan").code
    done = plan("resume", "--max-calls", 9)
    assert f"plan: goes on with run {name}: a.plan main, limit, 3 calls answered\n" == done.err
    assert 0 == done.code


def test_what_was_shown_can_be_shown_again(plan: Command):
    run_to_limit(plan)
    assert "a bad day\nan awful day\nhate it\n3\n" == plan("resume", "--max-calls", 9, "--show-output").out


def test_a_failed_run_goes_on_and_a_fork_takes_a_changed_plan(plan: Command, folder: Path):
    done = plan("run", "--allow-write", "--no-cache", "a.plan", "--texts", "@in.txt")
    assert 1 == done.code
    assert "tries again from here; with --fork also after changes of the plan" in done.err
    name = done.err.rpartition("`plan resume ")[2].partition("`")[0]
    again = plan("resume", name)
    assert 1 == again.code
    assert "too many" in again.err
    (folder / "a.plan").write_text(PLAN.replace("most: int = 3", "most: int = 9"))
    (folder / "done.txt").unlink()
    forked = plan("resume", name, "--fork")
    assert (0, "a bad day\nan awful day\nhate it\n3\n") == (forked.code, forked.out)
    assert len(TEXTS) == asked()
    assert "".join(f"{text}\n" for text in TEXTS) == (folder / "done.txt").read_text()


def test_a_run_that_is_done_shows_its_result(plan: Command):
    run_to_limit(plan)
    plan("resume", "--max-calls", 9)
    done = plan("resume", "2")
    assert (0, "3\n") == (done.code, done.out)
    assert "is done since" in done.err
    assert "there is no run that is not done" in plan("resume").err


def test_a_run_that_was_forked_is_not_what_goes_on_by_itself(plan: Command):
    run_to_limit(plan)
    assert 0 == plan("resume", "--fork", "--max-calls", 9).code
    assert 2 == plan("resume").code


def test_reports_as_json_say_which_run(plan: Command, runs: Runs):
    done = plan("run", "--json", "--allow-write", "--max-calls", 2, "a.plan", "--texts", "@in.txt")
    assert 3 == done.code
    assert runs() == [json.loads(done.out)["run"]]
    assert "limit" == json.loads(done.out)["error"]["kind"]
    again = plan("resume", "--json", "--max-calls", 9, "--quiet")
    assert "too many" == json.loads(again.out)["error"]["message"]


def test_the_folder_rights_and_seed_of_the_run_are_used(plan: Command, folder: Path, tmp_path: Path):
    run_to_limit(plan, "--seed", 7)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    import os

    os.chdir(elsewhere)
    assert 0 == plan("resume", "--max-calls", 9).code
    assert 6 == len((folder / "done.txt").read_text().splitlines())
    assert [] == list(elsewhere.iterdir())


def test_a_plan_from_standard_input_goes_on(plan: Command, monkeypatch: pytest.MonkeyPatch):
    import io

    text = 'for word in ["a", "b", "c"] {\n  print(fake_text(word))\n}\n'
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert 3 == plan("run", "--max-calls", 2, "-").code
    assert "reply to: c\n" == plan("resume", "--max-calls", 3).out


def test_plans_that_only_compute_leave_nothing(plan: Command, folder: Path, runs: Runs):
    (folder / "c.plan").write_text("print(1 + 1)\n")
    assert 0 == plan("run", "c.plan").code
    assert [] == runs()


def test_a_journal_can_be_switched_off(plan: Command, runs: Runs):
    done = plan("run", "--no-journal", "--allow-write", "--max-calls", 2, "a.plan", "--texts", "@in.txt")
    assert 3 == done.code
    assert "plan resume" not in done.err
    assert [] == runs()


# ── what has changed ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_plan_is_refused_with_the_difference(plan: Command, folder: Path):
    name = run_to_limit(plan)
    (folder / "a.plan").write_text(PLAN.replace("bad += 1", "bad += 2"))
    done = plan("resume", "--max-calls", 9)
    assert 2 == done.code
    assert "a.plan has changed:" in done.err
    assert "-      bad += 1\n" in done.err
    assert "+      bad += 2\n" in done.err
    assert f"`plan resume {name} --fork`" in done.err
    assert 0 == asked()
    assert "hate it\n6\n" == plan("resume", "--fork", "--max-calls", 9).out[-10:]


def test_a_changed_input_is_refused_with_the_first_row_that_differs(plan: Command, folder: Path):
    run_to_limit(plan)
    (folder / "in.txt").write_text("\n".join([TEXTS[0], "another day", *TEXTS[2:], "one more"]))
    done = plan("resume", "--max-calls", 9)
    assert 2 == done.code
    assert (
        "--texts @in.txt has changed: 6 rows when the run began, 7 now; the first that differs is number 2" in done.err
    )
    assert '  - "a bad day"\n  + "another day"\n' in done.err
    assert (0, 5) == (plan("resume", "--fork", "--max-calls", 9).code, asked())


def test_an_input_that_cannot_be_read_any_more_is_a_change(plan: Command, folder: Path):
    run_to_limit(plan)
    (folder / "in.txt").write_bytes(b"\xff\xfe")
    done = plan("resume")
    assert 2 == done.code
    assert "--texts @in.txt has changed: " in done.err


def test_a_changed_import_is_refused_and_one_that_has_gone_is_not_missed(plan: Command, folder: Path):
    (folder / "h.plan").write_text('fn word(n: int) -> str => "word {n}"\n')
    (folder / "b.plan").write_text('import "./h.plan" as h\nfor i in range(3) {\n  print(fake_text(h.word(i)))\n}\n')
    assert 3 == plan("run", "--max-calls", 2, "b.plan").code
    (folder / "h.plan").write_text('fn word(n: int) -> str => "words {n}"\n')
    done = plan("resume", "--max-calls", 3)
    assert 2 == done.code
    assert "h.plan has changed:" in done.err
    (folder / "h.plan").unlink()
    done = plan("resume", "--max-calls", 3)
    assert (0, "reply to: word 2\n") == (done.code, done.out)
    assert "gone since then, and taken from the journal: h.plan" in done.err


def test_a_plan_and_an_input_that_have_gone_are_taken_from_the_journal(plan: Command, folder: Path):
    run_to_limit(plan)
    (folder / "a.plan").unlink()
    (folder / "in.txt").unlink()
    done = plan("resume", "--max-calls", 9)
    assert (0, "hate it\n3\n") == (done.code, done.out)
    assert "gone since then, and taken from the journal: a.plan, in.txt" in done.err


def test_a_folder_that_has_gone_is_told(plan: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    there = tmp_path / "there"
    there.mkdir()
    (there / "b.plan").write_text('fail fake_text("x")\n')
    monkeypatch.chdir(there)
    assert 1 == plan("run", "b.plan").code
    (there / "b.plan").unlink()
    there.rmdir()
    done = plan("resume")
    assert 2 == done.code
    assert f"the folder {there}, in which run " in done.err


def test_another_version_of_planlang_is_refused(plan: Command, monkeypatch: pytest.MonkeyPatch):
    run_to_limit(plan)
    monkeypatch.setattr("planlang.__version__", "9.9")
    done = plan("resume", "--max-calls", 9)
    assert 2 == done.code
    assert "planlang has changed: version " in done.err
    assert "when the run began, 9.9 now" in done.err


def test_another_model_is_refused(plan: Command, monkeypatch: pytest.MonkeyPatch):
    run_to_limit(plan)
    monkeypatch.setattr("planlang.runtime.pools.model_of", lambda target, options: ("fake", "sha256:new"))
    done = plan("resume", "--max-calls", 9)
    assert 2 == done.code
    assert "the model `fake`, which answers `fake.fake_label`, has changed:" in done.err
    assert "  + sha256:new\n" in done.err


SLOW = """
let first = fake_label("bad")
let second = fake_label("good {first.label}")
print(first.label)
print(second.label)
print(fake_text("last {second.label}", seconds=3.0))
"""
"""Shows two lines at once, and the third after three seconds."""


# ── trouble ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_ctrl_c_keeps_the_journal_and_says_how_to_go_on(plan: Command, start: Start, folder: Path, runs: Runs):
    (folder / "s.plan").write_text(SLOW)
    process = start("run", "s.plan")
    assert process.stdout is not None
    assert "negative\n" == process.stdout.readline()
    assert "positive\n" == process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    [name] = runs()
    assert (130, f"interrupted\nplan: `plan resume {name}` goes on from here\n") == (process.returncode, said)
    assert "interrupted" == json.loads(plan("runs", "--json").out)[0]["state"]


def test_a_killed_run_stopped_short_and_goes_on(plan: Command, start: Start, folder: Path):
    (folder / "s.plan").write_text(SLOW)
    process = start("run", "s.plan")
    assert process.stdout is not None
    assert "negative\n" == process.stdout.readline()
    assert "positive\n" == process.stdout.readline()
    assert "running" == json.loads(plan("runs", "--json").out)[0]["state"]
    second = plan("resume", "2")
    assert 2 == second.code
    assert f"is being run by process {process.pid} since" in second.err
    process.kill()
    process.wait()
    process.stdout.close()
    assert "stopped short" == json.loads(plan("runs", "--json").out)[0]["state"]
    assert "stopped short" in plan("show").out
    forget()
    done = plan("resume")
    assert (0, "reply to: last positive\n") == (done.code, done.out)
    assert [["last positive"]] == BATCHES
    shown = plan("show").out
    assert 1 == shown.count(", stopped short after ")
    assert 1 == shown.count(", done after ")


def journal_of(tmp_path: Path) -> Path:
    [file] = (tmp_path / "state" / "runs").glob("*/journal.sqlite")
    return file


@pytest.mark.parametrize("damage", [b"", b"SQLite format 3\0" + b"x" * 5000, b"\0" * 4096, b"no database at all"])
def test_a_damaged_journal_is_told_and_disturbs_no_list(plan: Command, tmp_path: Path, damage: bytes):
    name = run_to_limit(plan)
    journal_of(tmp_path).write_bytes(damage)
    for command in (("resume", name), ("resume", name, "--fork"), ("show", name), ("show", name, "--html", "x.html")):
        done = plan(*command)
        assert 2 == done.code, command
        assert f"the journal of run {name} is damaged" in done.err
        assert "Traceback" not in done.err
    listed = plan("runs")
    assert 0 == listed.code
    assert "damaged" in listed.out
    assert 2 == plan("resume").code
    assert 0 == plan("runs", "prune", "--all").code
    assert "no runs" in plan("runs").out


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sources", b"\xc0"),
        ("arguments", b"\x93\x01\x02\x03"),
        ("limits", b"\x81\xa9max_calls\xa1x"),
        ("cwd", b"\x01"),
        ("words", b"\xff"),
        ("permissions", b"\x81\xa4read\xa1x"),
        ("seed", b"\xa1x"),
    ],
)
def test_a_journal_with_strange_facts_is_damaged(plan: Command, tmp_path: Path, key: str, value: bytes):
    name = run_to_limit(plan)
    with sqlite3.connect(journal_of(tmp_path)) as db:
        db.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
    db.close()
    done = plan("resume", name)
    assert (2, True) == (done.code, "is damaged" in done.err)
    assert "internal error" not in done.err
    assert "internal error" not in plan("show", name).err


def test_a_torn_end_of_the_journal_costs_its_last_rows_only(plan: Command, start: Start, folder: Path, tmp_path: Path):
    (folder / "s.plan").write_text(SLOW)
    process = start("run", "s.plan")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.readline()
    time.sleep(0.7)
    process.kill()
    process.wait()
    process.stdout.close()
    log = journal_of(tmp_path).with_name("journal.sqlite-wal")
    data = log.read_bytes()
    log.write_bytes(data[: len(data) - 1000])
    done = plan("resume", "--max-calls", 2)
    assert 3 == done.code
    assert "Traceback" not in done.err


def test_a_folder_that_cannot_be_written_is_told_before_anything_runs(
    plan: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "file"))
    done = plan("run", "--allow-write", "a.plan", "--texts", "@in.txt")
    assert 2 == done.code
    assert "this run cannot be journalled" in done.err
    assert "--no-journal" in done.err
    assert 0 == asked()


FILLS = """
let n = 0
for i in range(200) {
  n += len(fake_text("{i} " + "x" * 3000))
  if i % 20 == 0 {
    append("done.txt", "{i}\\n")
  }
}
print(n)
"""


WRITES = """
for i in range(6) {
  append("done.txt", "{i} {now()}\\n")
  print(i)
  assert i < 3 or len(list_files(".", "go")) > 0
}
"""


def test_a_full_disk_stops_the_run_and_nothing_is_lost(plan: Command, folder: Path):
    """No file may grow beyond a bound: to those who write it, that is what a full disk is."""
    (folder / "f.plan").write_text(FILLS)
    words = [
        sys.executable,
        "-P",
        "-c",
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (400_000,) * 2)\n{LAUNCH}",
    ]
    done = subprocess.run(
        [*words, "run", "--no-cache", "--allow-write", "f.plan"], capture_output=True, text=True, check=False
    )
    assert (3, "") == (done.returncode, done.stdout)
    assert "cannot be written: " in done.stderr
    assert "error[limit]: " in done.stderr
    assert "` goes on from here" in done.stderr
    known = plan("show").out
    assert " 0 calls" not in known
    again = plan("resume", "--stats")
    expected = sum(len(f"reply to: {i} ") + 3000 for i in range(200))
    assert (0, f"{expected}\n") == (again.code, again.out)
    assert "".join(f"{i}\n" for i in range(0, 200, 20)) == (folder / "done.txt").read_text()
    assert 0 < asked() < 200


def test_a_run_that_its_guard_kills_says_how_to_go_on(folder: Path, runs: Runs):
    """The guard comes four seconds early here, when the run itself sees no reason to stop."""
    (folder / "s.plan").write_text('append("done.txt", "once\\n")\nprint(fake_text("x", seconds=60.0))\n')
    code = LAUNCH.replace("sys.exit(main())", "from planlang import overtime\novertime.GRACE = -4.0\nsys.exit(main())")
    words = [sys.executable, "-P", "-c", code, "run", "--allow-write", "--max-time", "8", "s.plan"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    [name] = runs()
    way = f"plan: `plan resume {name} --max-time TIME` goes on from here"
    said = f"error[limit]: the plan reached its time limit of 8 s\n{way}\n"
    assert (3, said) == (done.returncode, done.stderr)


def test_a_plan_without_models_goes_on_with_its_changes(plan: Command, folder: Path):
    (folder / "w.plan").write_text(WRITES)
    rights = ("--allow-write", "--allow-read")
    done = plan("run", *rights, "w.plan")
    assert (1, "0\n1\n2\n3\n") == (done.code, done.out)
    before = (folder / "done.txt").read_text()
    assert 4 == len(before.splitlines())
    again = plan("resume")
    assert (1, "") == (again.code, again.out)
    assert before == (folder / "done.txt").read_text()
