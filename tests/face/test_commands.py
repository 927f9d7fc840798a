"""The other commands: check, fmt, test, explain, plugins, and what all have in common."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from planlang.cli import COMMANDS

from .conftest import Command

WRONG = "let total = 1\nprint(totl)\n"


def test_check_finds_nothing_in_a_good_plan(plan: Command):
    done = plan("check", "a.plan", a__plan="print(1)\n")
    assert (0, "a.plan: nothing to complain about\n") == (done.code, done.out)


def test_check_shows_what_is_wrong_and_ends_with_two(plan: Command):
    done = plan("check", "a.plan", a__plan=WRONG)
    assert 2 == done.code
    assert "--> a.plan:2:7" in done.out
    assert "`plan explain" in done.out


def test_check_as_json_is_a_list_of_findings(plan: Command):
    [found] = json.loads(plan("check", "--json", "a.plan", a__plan=WRONG).out)
    assert ("error", "a.plan", 2, 7, 2, 11) == tuple(
        found[key] for key in ("severity", "file", "line", "column", "end_line", "end_column")
    )
    assert found["code"].startswith("PL02")


def test_check_looks_through_folders_but_not_into_hidden_ones(plan: Command, folder: Path):
    (folder / "sub").mkdir()
    (folder / ".hidden").mkdir()
    (folder / "sub" / "a.plan").write_text(WRONG)
    (folder / ".hidden" / "b.plan").write_text(WRONG)
    assert ["sub/a.plan"] == [d["file"] for d in json.loads(plan("check", "--json", ".").out)]


def test_check_reads_standard_input(plan: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(WRONG))
    assert "--> <stdin>:2:7" in plan("check", "-").out


UGLY = "let  x=1 # one\nprint( x )"
TIDY = "let x = 1 # one\nprint(x)\n"


def test_fmt_puts_a_file_into_the_standard_layout(plan: Command, folder: Path):
    assert "a.plan formatted\n" == plan("fmt", "a.plan", a__plan=UGLY).out
    assert TIDY.split() == (folder / "a.plan").read_text().split()
    assert "" == plan("fmt", "a.plan").out


def test_fmt_check_changes_nothing_and_ends_with_one(plan: Command, folder: Path):
    done = plan("fmt", "--check", "a.plan", a__plan=UGLY)
    assert (1, "a.plan would change\n") == (done.code, done.out)
    assert UGLY == (folder / "a.plan").read_text()


def test_fmt_diff_shows_the_change(plan: Command):
    out = plan("fmt", "--diff", "a.plan", a__plan=UGLY).out
    assert "-let  x=1 # one\n" in out
    assert "\n-print( x )\n\\ No newline at end of file\n+let x = 1" in out


def test_fmt_is_a_filter_for_a_dash(plan: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(UGLY))
    assert TIDY.split() == plan("fmt", "-").out.split()


def test_fmt_leaves_a_broken_file_as_it_is(plan: Command, folder: Path):
    done = plan("fmt", "a.plan", a__plan="let x = (\n")
    assert 2 == done.code
    assert "a.plan:1" in done.err
    assert "let x = (\n" == (folder / "a.plan").read_text()


TESTS = """\
fn double(x: int) -> int {
  return x * 2
}
test "doubles" {
  assert double(2) == 4
}
test "is wrong" {
  assert double(2) == 5, "no"
}
"""


def test_tests_are_run_and_counted(plan: Command):
    done = plan("test", a__plan=TESTS)
    assert 1 == done.code
    assert "ok a.plan: doubles" in done.out
    assert "FAILED a.plan: is wrong" in done.out
    assert "error[assert]: no" in done.out
    assert done.out.endswith("1 passed, 1 failed\n")


def test_tests_are_chosen_by_a_part_of_their_title(plan: Command):
    done = plan("test", "-k", "double", a__plan=TESTS)
    assert (0, "1 passed, 0 failed") == (done.code, done.out.splitlines()[-1])


def test_results_of_tests_as_json(plan: Command):
    results = json.loads(plan("test", "--json", a__plan=TESTS).out)
    assert [("doubles", True), ("is wrong", False)] == [(r["title"], r["passed"]) for r in results]
    assert "assert" == results[1]["error"]["kind"]


def test_explain_prints_the_page_of_a_code_however_it_is_written(plan: Command):
    page = plan("explain", "PL0203").out
    assert page.startswith("# PL0203: ")
    assert page == plan("explain", "pl203").out == plan("explain", "203").out


def test_explain_without_a_code_lists_them_all(plan: Command):
    lines = plan("explain").out.splitlines()
    assert len(lines) > 20
    assert sorted(lines) == lines


def test_explain_knows_when_there_is_no_such_code(plan: Command):
    done = plan("explain", "PL9999")
    assert 2 == done.code
    assert "there is no code PL9999" in done.err


def test_explain_tells_of_functions_wherever_they_come_from(plan: Command):
    assert plan("explain", "sorted").out.startswith("sorted(xs: list[T]")
    assert "model call of the plugin `nlp`" in plan("explain", "nlp.embed").out
    assert plan("explain", "texts.chunk").out.startswith("fn chunk(text: str")
    assert "  Split: Two parts of a list of rows.\n" in plan("explain", "datasets").out


@pytest.mark.parametrize(("name", "near"), [("sortd", "sorted"), ("text", "texts"), ("texts.chnk", "texts.chunk")])
def test_explain_guesses_what_was_meant(plan: Command, name: str, near: str):
    done = plan("explain", name)
    assert 2 == done.code
    assert f"did you mean `{near}`?" in done.err


def test_plugins_lists_functions_with_their_signatures(plan: Command):
    out = plan("plugins").out
    assert "sentiment(text: str)" in out
    assert "model call" in out


def test_models_shows_where_they_are_and_what_pins_them(plan: Command):
    done = plan("models", "all-MiniLM-L6-v2")
    name, digest, _ = done.out.splitlines()
    assert (0, "all-MiniLM-L6-v2", "  sha256:") == (done.code, name, digest[:9])


def test_models_tells_of_one_that_is_not_there(plan: Command):
    done = plan("models", "show", "org/nothing")
    assert (1, "", True) == (done.code, done.out, "`plan models get org/nothing` fetches it" in done.err)


def test_a_plugin_whose_folder_is_there_already_is_a_usage_error(plan: Command, tmp_path: Path):
    (tmp_path / "plan-mine").mkdir()
    done = plan("plugins", "new", "mine", "--in", str(tmp_path))
    assert (2, "") == (done.code, done.out)
    assert done.err.startswith("plan: there is already a ")


def test_plugins_as_json_has_name_signature_and_effect(plan: Command):
    [nlp] = [p for p in json.loads(plan("plugins", "--json").out)["plugins"] if p["name"] == "nlp"]
    effects = {f["name"]: f["effect"] for f in nlp["functions"]}
    assert "model" == effects["generate"]


def test_an_unknown_plugin_is_a_usage_error(plan: Command):
    assert 2 == plan("plugins", "nlx").code


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(plan: Command, name: str):
    done = plan(name, "--help")
    assert (0, "") == (done.code, done.err)
    assert f"usage: plan {name}" in done.out


def test_the_overview_names_every_command(plan: Command):
    done = plan("--help")
    assert 0 == done.code
    assert [] == [name for name in COMMANDS if f"\n  {name}" not in done.out]


def test_without_a_command_the_overview_is_a_usage_error(plan: Command):
    done = plan()
    assert (2, "") == (done.code, done.out)
    assert "usage: plan COMMAND" in done.err


def test_the_version_is_told(plan: Command):
    assert plan("--version").out.startswith("planlang ")
