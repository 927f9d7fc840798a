"""`plan run`: options from signatures, results, exit codes."""

from __future__ import annotations

import io
import json

import pytest

from .conftest import Command

GREET = """\
## Greet people.
task main(names: list[str] "who is there", loud: bool = false, times: int = 1) -> list[str] {
  let greetings = []
  for name in names {
    let text = "Hello {name}" * times
    greetings.push(if loud then upper(text) else text)
  }
  return greetings
}
"""


def test_a_plan_prints_and_ends_well(plan: Command):
    done = plan("run", "a.plan", a__plan='print("hello")\n')
    assert (0, "hello\n", "") == (done.code, done.out, done.err)


def test_a_file_alone_is_run(plan: Command):
    assert "hello\n" == plan("./a.plan", a__plan='#!/usr/bin/env plan\nprint("hello")\n').out


def test_the_result_is_json_in_a_pipe(plan: Command):
    done = plan("run", "a.plan", "--names", '["Ada", "Bo"]', a__plan=GREET)
    assert ["Hello Ada", "Hello Bo"] == json.loads(done.out)


def test_a_flag_sets_a_bool_and_its_negation_clears_it(plan: Command):
    assert ["HELLO ADA"] == json.loads(plan("run", "a.plan", "--names", '["Ada"]', "--loud", a__plan=GREET).out)
    assert ["Hello Ada"] == json.loads(plan("run", "a.plan", "--names", '["Ada"]', "--no-loud").out)


def test_a_list_of_texts_is_read_from_a_file_line_by_line(plan: Command):
    done = plan("run", "a.plan", "--names", "@names.txt", a__plan=GREET, names__txt="Ada\nBo\n")
    assert ["Hello Ada", "Hello Bo"] == json.loads(done.out)


def test_a_column_of_a_table_is_read_as_a_list(plan: Command):
    done = plan("run", "a.plan", "--names", "@n.csv:name", a__plan=GREET, n__csv='id,name\n1,"Ada, L."\n2,Bo\n')
    assert ["Hello Ada, L.", "Hello Bo"] == json.loads(done.out)


def test_standard_input_is_read_for_a_dash(plan: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Ada\nBo\n"))
    assert ["Hello Ada", "Hello Bo"] == json.loads(plan("run", "a.plan", "--names", "-", a__plan=GREET).out)


def test_a_plan_can_come_from_standard_input(plan: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("print(1 + 1)"))
    assert "2\n" == plan("run", "-").out


def test_with_json_only_the_result_is_on_standard_output(plan: Command):
    done = plan("run", "a.plan", "--json", a__plan='task main() -> int {\n  print("working")\n  return 3\n}\n')
    assert ("3\n", "working\n") == (done.out, done.err)


def test_nothing_is_shown_for_none_unless_json_is_asked_for(plan: Command):
    source = "task main() -> none {\n}\n"
    assert "" == plan("run", "a.plan", a__plan=source).out
    assert "null\n" == plan("run", "a.plan", "--json").out


def test_the_help_of_a_plan_shows_its_goal_options_and_result(plan: Command):
    expected = """\
usage: plan run a.plan --names … [--loud …] [--times …]

Greet people.

  --names  list[str]  who is there (required)
  --loud   bool       (default false)
  --times  int        (default 1)

Gives list[str].
"""
    assert plan("run", "a.plan", "--help", a__plan=GREET).out.startswith(expected)


TWO = 'task one() -> str {\n  return "1"\n}\ntask two(n: int) -> int {\n  return n\n}\n'


def test_a_task_is_chosen_by_name(plan: Command):
    assert "2\n" == plan("run", "a.plan", "two", "--n", "2", a__plan=TWO).out


def test_without_main_no_task_of_several_runs_and_a_note_says_so(plan: Command):
    done = plan("run", "a.plan", a__plan=f"print(0)\n{TWO}")
    assert (0, "0\n") == (done.code, done.out)
    assert "no task was named, so none ran: a.plan has one, two" in done.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "a.plan", "tow"], "a.plan has no task `tow`\n  hint: did you mean `two`?"),
        (["run", "a.plan", "two"], "the task `two` needs --n\n  hint: --n takes int"),
        (["run", "a.plan", "two", "--m", "3"], "the task `two` has no option --m\n  hint: did you mean --n?"),
        (["run", "a.plan", "two", "--size", "3"], "the task `two` has no option --size\n  hint: it has --n"),
        (["run", "a.plan", "two", "--n"], "--n needs a value\n  hint: --n takes int"),
        (["run", "a.plan", "two", "--n", "1", "--n", "2"], "--n is given twice"),
        (["run", "a.plan", "--n", "2"], "--n belongs to no task\n  hint: name one of its tasks: one, two"),
        (["run", "b.plan"], "there is no file b.plan\n  hint: did you mean a.plan?"),
        (["run", "."], ". is a folder\n  hint: name a file in it"),
        (["run", "a.plan", "--max-time", "soon"], "argument --max-time: `soon` is not a time such as 30s, 10m or 2h"),
        (["run", "a.plan", "--alow-read"], "--alow-read belongs to no task\n  hint: did you mean --allow-read?"),
        (
            ["run", "--alow-read", "a.plan"],
            "no FILE stands before or behind --alow-read\n  hint: did you mean --allow-read?",
        ),
        (["run"], "run: the following arguments are required: FILE"),
        (["rn", "a.plan"], "there is no command `rn`\n  hint: did you mean `plan run`?"),
    ],
)
def test_mistakes_on_the_command_line_are_usage_errors(plan: Command, words: list[str], message: str):
    done = plan(*words, a__plan=TWO)
    assert 2 == done.code
    assert message in done.err
    assert "" == done.out


def test_a_value_that_does_not_fit_names_its_option(plan: Command):
    done = plan("run", "a.plan", "two", "--n", "many", a__plan=TWO)
    assert 2 == done.code
    assert "--n" in done.err
    assert "many" in done.err


def test_rows_in_a_pipe_that_are_no_json_are_told_how_a_csv_file_is_given(
    plan: Command, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.stdin", io.StringIO("id,city\n1,Paris\n"))
    done = plan("run", "a.plan", "--xs", "-", a__plan="task main(xs: list[{id: int}]) -> int { return len(xs) }")
    assert 2 == done.code
    assert "a CSV file is given as @name.csv" in done.err


def test_a_plan_with_mistakes_does_not_start(plan: Command):
    done = plan("run", "a.plan", a__plan="print(1)\nprint(nme)\n")
    assert (2, "") == (done.code, done.out)
    assert "a.plan:2:7" in done.err


def test_a_plan_that_fails_ends_with_one_and_its_place(plan: Command):
    done = plan("run", "a.plan", a__plan='print("before")\nlet xs = [1]\nprint(xs[3])\n')
    assert (1, "before\n") == (done.code, done.out)
    assert done.err.startswith("error[index]: ")
    assert "--> a.plan:3:7" in done.err


def test_a_failure_as_json_holds_kind_place_and_stack(plan: Command):
    source = 'fn f() {\n  fail {kind: "mine", message: "no"}\n}\nf()\n'
    done = plan("run", "--json", "a.plan", a__plan=source)
    error = json.loads(done.out)["error"]
    assert (1, "mine", "no") == (done.code, error["kind"], error["message"])
    assert ("a.plan", 2) == (error["where"]["file"], error["where"]["line"])
    assert ["", "f"] == [frame["function"] for frame in error["stack"]]


def test_a_limit_ends_with_three(plan: Command):
    done = plan("run", "a.plan", "--max-steps", "100", a__plan="let n = 0\nwhile true {\n  n += 1\n}\n")
    assert 3 == done.code
    assert "100 steps" in done.err


def test_limits_come_from_plan_toml(plan: Command):
    loop = "let n = 0\nwhile true {\n  n += 1\n}\n"
    assert 3 == plan("run", "a.plan", a__plan=loop, plan__toml="[limits]\nmax-steps = 100\n").code


def test_a_missing_permission_names_its_flag_before_anything_runs(plan: Command):
    done = plan("run", "a.plan", a__plan='print("x")\nprint(read("a.plan"))\n')
    assert (2, "") == (done.code, done.out)
    assert "--allow-read" in done.err


def test_a_granted_permission_lets_the_plan_read(plan: Command):
    done = plan("run", "--allow-read", "a.plan", a__plan='print(read("b.txt"))\n', b__txt="text")
    assert "text\n" == done.out


def test_the_seed_decides_what_is_random(plan: Command):
    source = "print(random_int(1, 1000000000))\n"
    first = plan("run", "a.plan", "--seed", "7", a__plan=source).out
    assert first == plan("run", "a.plan", "--seed", "7").out
    assert first != plan("run", "a.plan", "--seed", "8").out


def test_quiet_leaves_warnings_out(plan: Command):
    source = "let a = [1]\nlet f = fn() => a\na.push(2)\nprint(f())\n"
    loud = plan("run", "a.plan", a__plan=source)
    assert (0, "[1]\n") == (loud.code, loud.out)
    assert "warning" in loud.err
    assert "" == plan("run", "-q", "a.plan").err


def test_an_opaque_result_is_still_shown(plan: Command):
    done = plan("run", "a.plan", a__plan="task main() -> any {\n  return {f: fn(x) => x, deep: [1, {a: none}]}\n}\n")
    assert 0 == done.code
    assert {"a": None} == json.loads(done.out)["deep"][1]
