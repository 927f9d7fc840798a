"""What the page knows of a run is what its journal says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trace_runs import REVIEWS, TEXTS, data, large, run

from planlang.runtime.journal.errors import RunFolderError
from planlang.runtime.journal.folder import RunFolder
from planlang.runtime.journal.store import FAILED, SHARED
from planlang.trace.page import page_data


def of_function(found: dict[str, Any], name: str) -> list[int]:
    """The rows of the calls of one function."""
    number = found["functions"].index(name)
    return [row for row, function in enumerate(found["calls"]["function"]) if function == number]


def marked(found: dict[str, Any], place: int) -> str:
    """The text of the plan at a place."""
    file, line, start, end_line, end = found["places"][place]
    assert line == end_line
    text = "".join(part for _, part in found["sources"][file]["lines"][line - 1])
    units = text.encode("utf-16-le")
    return units[2 * start : 2 * end].decode("utf-16-le")


def test_each_call_has_its_input_answer_place_and_step(reviewed: RunFolder):
    found = data(reviewed)
    rows = of_function(found, "fake.fake_label")
    texts = [found["calls"]["given"][row][0][2] for row in rows]
    assert sorted([*TEXTS, TEXTS[0], "broken"]) == sorted(texts)
    row = rows[texts.index("so so")]
    assert [1, '{label: "neutral", score: 0.5}', 0] == found["calls"]["gave"][row]
    assert "fake_label(review)" == marked(found, found["calls"]["place"][row])
    assert "Score every review" == found["steps"][found["calls"]["step"][row]]


def test_every_answered_call_stands_in_a_batch_that_began_after_it_was_asked(reviewed: RunFolder):
    found = data(reviewed)
    calls, batches = found["calls"], found["batches"]
    for row, batch in enumerate(calls["batch"]):
        if calls["kind"][row] == 0:
            at = batches["number"].index(batch)
            assert calls["asked"][row] <= batches["began"][at] + 0.05
            assert calls["answered"][row] == pytest.approx(batches["began"][at] + batches["seconds"][at], abs=1e-4)


def test_a_shared_answer_names_the_call_that_was_made(reviewed: RunFolder):
    calls = data(reviewed)["calls"]
    shared = calls["kind"].index(SHARED)
    made = calls["number"].index(calls["same"][shared])
    assert calls["given"][made] == calls["given"][shared]


def test_a_failure_that_a_catch_saw_is_told_in_full(reviewed: RunFolder):
    calls = data(reviewed)["calls"]
    kind, message, _ = calls["gave"][calls["kind"].index(FAILED)]
    assert ("call", True) == (kind, "the text is broken" in message)


def test_changes_are_listed_in_order_with_what_they_wrote(reviewed: RunFolder, tmp_path: Path):
    effects = data(reviewed)["effects"]
    assert ["append"] * 3 == effects["name"]
    assert ["done"] * 3 == effects["state"]
    sizes = [[part[2] for part in given[1:]] for given in effects["given"]]
    lines = (tmp_path / "out.txt").read_bytes().splitlines(keepends=True)
    assert [["0", str(len(lines[0]))], [str(len(lines[0])), str(len(lines[1]))]] == sizes[:2]
    assert {str(tmp_path / "out.txt")} == {given[0][2] for given in effects["given"]}


def test_a_change_that_was_begun_last_before_a_stop_is_in_doubt(tmp_path: Path):
    text = 'task main(out: str) -> any { append(out, "a")\n append(out, "b")\n return fake_label("broken") }\n'
    assert ["done", "begun"] == data(run(tmp_path, text, out=str(tmp_path / "out.txt")))["effects"]["state"]


def test_cost_adds_up_to_the_calls_of_the_run(reviewed: RunFolder):
    found = data(reviewed)
    functions, steps = found["cost"]["functions"], found["cost"]["steps"]
    total = found["run"]["calls"]
    assert (total, total) == (sum(one["calls"] for one in functions), sum(one["calls"] for one in steps))
    assert found["run"]["tokens"] == sum(one["tokens"] for one in functions)
    assert (1, 1) == (sum(one["failed"] for one in functions), sum(one["shared"] for one in functions))


def test_each_call_and_effect_of_a_resumed_run_is_in_its_session(resumed: RunFolder):
    found = data(resumed)
    assert ["failed", "done"] == [session["state"] for session in found["sessions"]]
    (extra,) = [row for row, given in enumerate(found["calls"]["given"]) if given[0][2] == "bad extra"]
    assert 2 == found["calls"]["session"][extra]
    assert {1} == {found["calls"]["session"][row] for row in range(extra) if found["calls"]["kind"][row] == 0}
    read = found["effects"]["name"].index("read")
    assert 2 == found["effects"]["session"][read]
    assert {1} == {session for row, session in enumerate(found["effects"]["session"]) if row < read}


def test_an_error_has_its_place_and_the_stack_of_the_plan(tmp_path: Path):
    text = "fn deep(n: int) -> int {\n  if n == 0 { return [1][5] }\n  return deep(n - 1)\n}\n"
    text += (
        'task main() -> int {\n  step "Down"\n  fake_label("x")\n  for i in range(3) { if i == 2 { return deep(2) } }\n'
    )
    text += "  return 0\n}\n"
    found = data(run(tmp_path, text))
    (session,) = found["sessions"]
    assert ("failed", "index", "[1][5]") == (session["state"], session["kind"], marked(found, session["place"]))
    assert ["main", "deep", "deep", "deep"] == [frame["function"] for frame in session["stack"]]
    assert (("Down", [3]), "deep(2)") == (
        (session["stack"][0]["step"], session["stack"][0]["turns"]),
        marked(found, session["stack"][0]["place"]),
    )


def test_places_count_as_a_browser_counts(tmp_path: Path):
    found = data(run(tmp_path, 'task main() -> any {\n  let a = ["🙂🙂", fake_label("x🙂")]\n  return a\n}\n'))
    assert 'fake_label("x🙂")' == marked(found, found["calls"]["place"][0])


def test_long_texts_are_cut_and_what_is_missing_is_said(tmp_path: Path):
    of = run(tmp_path, "task main(x: str) -> any { return fake_text(x) }\n", x="y" * 200_000)
    kind, text, left = data(of)["calls"]["given"][0][0][1:]
    assert (0, 50_000, 150_000) == (kind, len(text), left)
    assert 70 == len(page_data(of.path, budget=100)["calls"]["given"][0][0][2])


def test_large_runs_are_cut_to_the_budget(tmp_path: Path):
    found = page_data(large(tmp_path / "20260101-000000-abcd", 400, 2000), budget=100_000)
    shown = sum(len(given[0][2].encode()) for given in found["calls"]["given"])
    assert 400 == len(found["calls"]["number"])
    assert 40_000 < shown < 100_000


def test_a_run_without_calls_has_a_page_too(tmp_path: Path):
    found = data(run(tmp_path, 'task main(out: str) -> int { write(out, "x")\n return 1 }\n', out=str(tmp_path / "o")))
    assert ([], ["write"]) == (found["calls"]["number"], found["effects"]["name"])


def test_a_damaged_journal_is_told_in_plain_words(reviewed: RunFolder):
    journal = reviewed.path / "journal.sqlite"
    journal.write_bytes(journal.read_bytes()[:3000])
    for more in reviewed.path.glob("journal.sqlite-*"):
        more.unlink()
    with pytest.raises(RunFolderError, match=f"journal of run {reviewed.id} is damaged"):
        data(reviewed)


def test_facts_leave_settings_out(tmp_path: Path):
    facts = data(run(tmp_path, REVIEWS, reviews=TEXTS, out=str(tmp_path / "out.txt")))["run"]["facts"]
    assert "plan run reviews.plan" == dict(facts)["Command"]
    assert "--allow-read --allow-write" == dict(facts)["Permissions"]
    assert "settings" not in dict(facts)
