"""`plan show`: what it tells of runs of every kind, and how soon."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from .conftest import Command
from .journals import made


def test_a_run_that_failed_is_shown_with_its_error_and_place(plan: Command):
    run = made("failed", calls=20, arguments={"texts": ["a", "b", "c", "d"], "most": 3})
    done = plan("show", run.id)
    assert 0 == done.code
    for part in (
        f"run        {run.id}",
        'arguments  texts = 4 elements: ["a", "b", "c"]',
        "           most = 3",
        "state      failed, 20 calls, 126 tokens, 1 min 0 s",
        "it is wrong",
        "--> a.plan:2:12",
        "fake.fake_label  fake      20       1      1        2     126      0.0",
        "append  /nowhere/out      1  2023-11-14",
        "Judge     20       1",
    ):
        assert part in done.out


def test_calls_are_shown_with_what_they_were_asked_and_gave(plan: Command):
    made(calls=20)
    done = plan("show", "--calls", 3)
    assert 9 == len(done.out.splitlines())
    assert "18  fake.fake_label  fake  a.plan:2  answered" in done.out
    assert '→ {label: "positive", score: 0.5}' in done.out
    assert "19  fake.fake_label  fake  a.plan:2  from the cache" in done.out
    assert "→ call: it " in done.out
    assert 60 == len(plan("show", "--calls").out.splitlines())


def test_nothing_that_a_model_says_drives_the_terminal(plan: Command):
    made("failed", calls=20, name="a\x1b[2J.plan", arguments={"x\x1b[1m": "\x07"}, task="\x9b31m")
    for arguments in (("show",), ("show", "--calls"), ("runs",)):
        done = plan(*arguments)
        assert set() == set("\x1b\x07\x9b") & set(done.out + done.err), arguments


def test_data_for_programs_holds_the_same(plan: Command):
    run = made("failed", calls=20)
    data = json.loads(plan("show", "--json").out)
    assert (run.id, "failed", 20, 126) == (data["id"], data["state"], data["calls"], data["tokens"])
    assert {"file": "a.plan", "line": 2} == {key: data["error"]["where"][key] for key in ("file", "line")}
    assert "it is wrong" == data["error"]["message"]
    [function] = data["functions"]
    assert (18, 1, 1, 2) == (function["answered"], function["failed"], function["known"], function["batches"])
    assert ["Judge", "Write"] == [step["step"] for step in data["steps"]]
    calls = json.loads(plan("show", "--json", "--calls", 2).out)
    assert {"kind": "call", "message": "it \x1b[31mbroke", "hint": ""} == calls[1]["error"]
    assert "text 19 \x1b]0;title\x07" == calls[0]["arguments"]["text"]


def test_the_result_is_shown_where_there_is_one(plan: Command, folder: Path):
    (folder / "a.plan").write_text(
        'task main() -> str => fake_text("x")\n'.replace("=>", "{ return").replace(")\n", ") }\n")
    )
    assert 0 == plan("run", "a.plan").code
    assert '"reply to: x"\n' == plan("show", "--output").out
    made("interrupted", began=time.time())
    runs = json.loads(plan("runs", "--json").out)
    stopped = next(run["id"] for run in runs if run["state"] == "interrupted")
    done = plan("show", stopped, "--output")
    assert (2, True) == (done.code, "has no result: it is not done (interrupted)" in done.err)


def test_a_page_is_written(plan: Command, folder: Path):
    made(calls=20)
    assert 0 == plan("show", "--html", "page.html").code
    assert "<html" in (folder / "page.html").read_text()
    done = plan("show", "--html", "no/such/page.html")
    assert (2, "plan: no/such/page.html cannot be written: No such file or directory\n") == (done.code, done.err)


def test_there_may_be_nothing_to_show(plan: Command):
    done = plan("show")
    assert (2, True) == (done.code, "there is no run to show" in done.err)


def test_a_run_in_a_folder_that_nobody_may_write_is_shown(plan: Command):
    run = made(calls=20)
    for path in (run.journal, run.path):
        path.chmod(0o555)
    done = plan("show", run.id)
    run.path.chmod(0o700)
    assert 0 == done.code
    assert "20 calls" in done.out


@pytest.mark.parametrize("command", [("show",), ("runs",), ("show", "--calls", "10")])
def test_sixty_thousand_calls_are_shown(plan: Command, command: tuple[str, ...]):
    made("failed", calls=60_000)
    done = plan(*command)
    assert 0 == done.code


def test_a_journal_under_another_version_is_told(plan: Command):
    import sqlite3

    run = made()
    db = sqlite3.connect(run.journal)
    db.execute("PRAGMA user_version=2")
    db.close()
    done = plan("show")
    assert (2, True) == (done.code, "it has version 2, and this planlang reads 1" in done.err)


def test_a_journal_with_a_trigger_is_not_read(plan: Command):
    import sqlite3

    run = made()
    db = sqlite3.connect(run.journal)
    db.execute("CREATE TRIGGER t AFTER INSERT ON calls BEGIN DELETE FROM calls; END")
    db.close()
    done = plan("show")
    assert (2, True) == (done.code, "it holds what no journal holds" in done.err)


def test_rows_that_no_journal_holds_are_damage(plan: Command):
    import sqlite3

    run = made(calls=20)
    for column, value in (
        ("outcome", b"\xc1\xff"),
        ("kind", "many"),
        ("arguments", 7),
        ("batch", "x"),
        ("asked", "now"),
    ):
        db = sqlite3.connect(run.journal)
        [(before,)] = db.execute(f"SELECT {column} FROM calls WHERE number = 5")  # noqa: S608 - our own names
        db.execute(f"UPDATE calls SET {column} = ? WHERE number = 5", (value,))  # noqa: S608 - as above
        db.commit()
        for command in (("show",), ("show", "--calls"), ("show", "--json")):
            done = plan(*command)
            assert (2, True) == (done.code, "is damaged" in done.err), (column, command)
        assert 0 == plan("runs").code
        db.execute(f"UPDATE calls SET {column} = ? WHERE number = 5", (before,))  # noqa: S608 - as above
        db.commit()
        db.close()
    assert 0 == plan("show").code


def test_a_place_outside_of_every_file_is_left_out(plan: Command):
    import sqlite3

    run = made("failed", calls=20)
    db = sqlite3.connect(run.journal)
    db.execute("UPDATE calls SET site = ?", (2**62,))
    db.execute('UPDATE sessions SET start = 5000, "end" = 9000')
    db.commit()
    db.close()
    done = plan("show")
    assert 0 == done.code
    assert "it is wrong" in done.out
    assert os.linesep in done.out
