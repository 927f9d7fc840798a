"""Plans as Python functions."""

from __future__ import annotations

import inspect
import io
import subprocess
import sys
from pathlib import Path

import fake_models
import pytest

import planlang

SOURCE = """\
## Count words.
##
## Case does not matter.
task main(texts: list[str] "any texts", least: int = 1) -> dict[int] {
  let found = {}
  for text in texts {
    for word in split(lower(text)) {
      found[word] = (found[word] ?? 0) + 1
    }
  }
  return {k: n for k, n in items(found) if n >= least}
}

task shout(text: str) -> str {
  print(text)
  return upper(text)
}
"""


def test_a_task_takes_and_gives_plain_python_values():
    result = planlang.load(SOURCE).main(texts=["a b", "B"])
    assert {"a": 1, "b": 2} == result
    assert dict is type(result)


def test_a_task_takes_arguments_by_position_too():
    assert {"b": 2} == planlang.load(SOURCE).main(("a b", "B"), 2)


def test_a_path_and_a_text_that_ends_in_plan_are_files(tmp_path: Path):
    path = tmp_path / "words.plan"
    path.write_text(SOURCE)
    assert "X" == planlang.load(path).shout("x") == planlang.load(str(path)).shout("x")


def test_a_missing_file_is_pythons_own_error(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        planlang.load(tmp_path / "none.plan")


def test_tasks_have_names_documentation_and_signatures():
    task = planlang.load(SOURCE).main
    assert "Count words.\n\nCase does not matter.\n\ntexts: any texts" == inspect.getdoc(task)
    assert "(texts: 'list[str]', least: int = 1) -> 'dict[int]'" == str(inspect.signature(task))
    assert "main" == task.__name__


def test_tasks_are_listed_and_complete():
    plan = planlang.load(SOURCE)
    assert ["main", "shout"] == list(plan.tasks)
    assert {"main", "shout", "tasks"} <= set(dir(plan))


def test_an_unknown_task_is_an_attribute_error_that_names_the_others():
    with pytest.raises(AttributeError, match="it has main, shout"):
        planlang.load(SOURCE).missing  # noqa: B018 - the access is what fails


@pytest.mark.parametrize(
    ("values", "named", "message"),
    [
        ((), {}, "needs texts"),
        (([], 1, 2), {}, "takes 2 arguments, 3 were given"),
        (([],), {"texts": []}, "got 'texts' twice"),
        ((), {"text": []}, "has no parameter 'text'"),
    ],
)
def test_wrong_arguments_are_type_errors(values: tuple[object, ...], named: dict[str, object], message: str):
    with pytest.raises(TypeError, match=message):
        planlang.load(SOURCE).main(*values, **named)


def test_a_value_of_the_wrong_type_is_a_plan_error():
    with pytest.raises(planlang.PlanError) as caught:
        planlang.load(SOURCE).main(texts=["a", 3])
    assert "value" == caught.value.kind


def test_what_a_plan_cannot_hold_is_a_plan_error():
    with pytest.raises(planlang.PlanError):
        planlang.load(SOURCE).main(texts=[object()])


def test_mistakes_are_found_when_the_plan_is_loaded():
    with pytest.raises(planlang.CheckError) as caught:
        planlang.load("print(nme)", name="mine")
    assert "mine:1:7" in str(caught.value)
    assert "--> mine:1:7" in planlang.render(caught.value)


def test_an_error_has_kind_place_and_text():
    with pytest.raises(planlang.PlanError) as caught:
        planlang.load('task main() -> none {\n  fail "no"\n}\n').main()
    assert ("fail", "no", "<source>:2:3") == (caught.value.kind, caught.value.message, str(caught.value.place))


def test_limits_are_errors_of_their_own():
    with pytest.raises(planlang.LimitError):
        planlang.load("task main() -> none {\n  while true {\n  }\n}\n", max_steps=50).main()


def test_nothing_is_allowed_that_was_not_granted(tmp_path: Path):
    (tmp_path / "a.txt").write_text("text")
    source = f"task main() -> str {{\n  return read('{tmp_path / 'a.txt'}')\n}}\n"
    with pytest.raises(planlang.CheckError):
        planlang.load(source)
    assert "text" == planlang.load(source, allow_read=tmp_path).main()
    with pytest.raises(planlang.PlanError) as caught:
        planlang.load(source, allow_read=[tmp_path / "other"]).main()
    assert "permission" == caught.value.kind


def test_printing_goes_where_the_caller_wants_it():
    out = io.StringIO()
    planlang.load(SOURCE, out=out).shout("x")
    assert "x\n" == out.getvalue()


def test_runs_do_not_see_each_others_changes():
    given = ["b"]
    plan = planlang.load('task main(xs: list[str]) -> list[str] {\n  xs.push("a")\n  return sorted(xs)\n}\n')
    assert ["a", "b"] == plan.main(given) == plan.main(given)
    assert ["b"] == given


def test_the_top_level_runs_before_a_task():
    out = io.StringIO()
    plan = planlang.load('print("first")\ntask main() -> int {\n  return 1\n}\n', out=out)
    assert (1, 1) == (plan.run(), plan.main())
    assert "first\nfirst\n" == out.getvalue()


def test_a_run_that_failed_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`plan resume` goes on with what the error names, and does nothing twice."""
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    file = tmp_path / "out.txt"
    source = (
        f'task main(word: str) -> int {{\n  append("{file}", word)\n  return len(read_lines("{tmp_path}/late"))\n}}\n'
    )
    plan = planlang.load(source, allow_read=tmp_path, allow_write=tmp_path, journal=True)
    with pytest.raises(planlang.PlanError, match="there is no file") as caught:
        plan.main("once")
    (tmp_path / "late").write_text("a\nb\n")
    command = [sys.executable, "-m", "planlang", "resume", caught.value.run, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ("2\n", "once") == (done.stdout, file.read_text()), done.stderr


def test_answers_of_earlier_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """They come from the cache, if the caller wants it."""
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path))
    fake_models.forget()
    plugins = {"fake": fake_models}
    for cache, made in ((True, 1), (True, 1), (False, 2)):
        plan = planlang.load('task main() -> str {\n  return fake_text("a")\n}\n', plugins=plugins, cache=cache)
        assert "reply to: a" == plan.main()
        assert made == len(fake_models.BATCHES)
