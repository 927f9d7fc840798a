"""The interactive session: inputs and answers, commands, completion, colours; with and without a terminal."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from planlang.repl.completion import PlanCompleter, open_call
from planlang.repl.core import Repl
from planlang.repl.highlighting import pieces
from planlang.repl.piped import inputs
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions
from planlang.runtime.session import Session

from .conftest import Command, Done


class Talk:
    """A session that answers what it was told."""

    def __init__(self) -> None:
        """Begin."""
        self.out, self.err = io.StringIO(), io.StringIO()
        self.session = Session(Engine(), RunOptions(out=self.out, err=self.err))
        self.repl = Repl(self.session, self.out, self.err)

    def say(self, *texts: str) -> str:
        """The answer to the last of `texts`, errors included."""
        for text in texts:
            self.out.seek(0), self.out.truncate(), self.err.seek(0), self.err.truncate()
            self.repl.feed(text)
        return self.out.getvalue() + self.err.getvalue()


@pytest.fixture
def talk(folder: Path) -> Talk:
    return Talk()


def test_an_expression_shows_its_value_as_a_literal(talk: Talk):
    assert "3\n" == talk.say("1 + 2")
    assert '"a"\n' == talk.say('"a"')
    assert "{a: [1, none]}\n" == talk.say("{a: [1, none]}")


def test_none_and_statements_show_nothing(talk: Talk):
    assert "" == talk.say("none")
    assert "" == talk.say("let x = 3")
    assert "x\n" == talk.say('print("x")')


def test_names_stay_and_can_be_declared_anew(talk: Talk):
    assert "[1, 2]\n" == talk.say("let xs = [1]", "xs.push(2)", "xs")
    assert '"b"\n' == talk.say('let xs = "b"', "xs")


def test_functions_and_types_stay(talk: Talk):
    assert "10\n" == talk.say("type N = int", "fn twice(x: N) -> N {\n  return x * 2\n}", "twice(5)")


def test_the_last_value_is_an_underscore(talk: Talk):
    assert "6\n" == talk.say("1 + 1", "_ * 3")
    assert "6\n" == talk.say("let y = 1", "_")


def test_names_survive_every_kind_of_error(talk: Talk):
    talk.say("let x = 1")
    for wrong in ["x +", "nme", "[1][5]", 'fail "no"', "let x: str = 3", ":nonsense", "if x {", "assert false", '"']:
        assert talk.say(wrong), wrong
        assert "1\n" == talk.say("x"), wrong


def test_an_error_shows_its_place(talk: Talk):
    shown = talk.say("let xs = [1]", "xs[2]")
    assert shown.startswith("error[index]: ")
    assert " 1 | xs[2]\n" in shown


def test_changes_before_a_failure_stay(talk: Talk):
    assert "[1]\n" == talk.say("let xs = []", "xs.push(1)\nfail 'no'", "xs")


def test_the_type_of_an_expression_is_told_without_running_it(talk: Talk):
    assert "list[int]\n" == talk.say("let xs = [1]", ":type xs")
    assert "x\n" not in talk.say(':type print("x")')


def test_time_shows_the_value_and_how_long_it_took(talk: Talk):
    shown = talk.say(":time 1 + 1")
    assert shown.startswith("2\n")
    assert shown.rstrip().endswith(" s")


def test_a_file_can_be_loaded(talk: Talk, folder: Path):
    (folder / "a.plan").write_text("let limit = 3\nfn f() -> int {\n  return limit\n}\n")
    assert "3\n" == talk.say(":load a.plan", "f()")
    assert "cannot be read" in talk.say(":load none.plan")


def test_what_ran_can_be_saved_and_runs_again(talk: Talk, folder: Path):
    talk.say("let x = 2", "nonsense(", "fn f() {\n  return x\n}", ":save s.plan")
    assert "let x = 2\nfn f() {\n  return x\n}\n" == (folder / "s.plan").read_text()
    assert "is there already" in talk.say(":save s.plan")


def test_reset_forgets_all_names(talk: Talk):
    assert "no name `x`" in talk.say("let x = 1", ":reset", "x")


def test_help_lists_commands_and_explains_names(talk: Talk):
    assert ":time EXPRESSION" in talk.say(":help")
    assert talk.say(":help sorted").startswith("sorted")
    assert "model call" in talk.say(":help sentiment")
    assert "model call" in talk.say(":help nlp.generate")
    assert "did you mean `sorted`?" in talk.say(":help sortd")
    assert "Does it." in talk.say("## Does it.\nfn own(a) {\n  return a\n}", ":help own")


def test_an_unknown_command_suggests_the_nearest(talk: Talk):
    assert "did you mean :type?" in talk.say(":tpye x")


def test_quit_ends_the_session(talk: Talk):
    assert not talk.repl.feed(":quit")


# --- completion ------------------------------------------------------------------------------------------------------


def offered(talk: Talk, before: str) -> list[str]:
    """What is offered where the cursor stands after `before`."""
    found = PlanCompleter(talk.session).get_completions(Document(before, len(before)), CompleteEvent())
    return [completion.text for completion in found]


def test_names_functions_and_keywords_are_completed(talk: Talk):
    talk.say("let reviews = [1]")
    assert "reviews" == offered(talk, "print(rev")[0]
    assert "sentiment" in offered(talk, "senti")
    assert "while" in offered(talk, "whi")


def test_fields_of_known_values_are_completed(talk: Talk):
    talk.say('let order = {customer: {name: "Ada", age: 3}, rows: [{id: 1}]}')
    assert ["customer"] == offered(talk, "order.cust")
    assert {"name", "age"} <= set(offered(talk, "order.customer."))
    assert ["id"] == offered(talk, "order.rows[0].i")[:1]


def test_functions_that_take_the_value_are_completed_after_a_dot(talk: Talk):
    talk.say('let text = "a b"')
    assert "upper" in offered(talk, "text.up")
    assert "sorted" not in offered(talk, "text.so")


def test_members_of_plugins_are_completed(talk: Talk):
    assert "similarity" in offered(talk, "nlp.sim")


def test_named_arguments_are_completed(talk: Talk):
    assert "max_tokens=" in offered(talk, 'generate("x", max')


def test_texts_and_comments_are_not_completed(talk: Talk):
    assert [] == offered(talk, '"prin')
    assert [] == offered(talk, "1 # prin")


def test_commands_are_completed(talk: Talk):
    assert ["type"] == offered(talk, ":ty")
    assert "sorted" in offered(talk, ":help sort")


@pytest.mark.parametrize("junk", ["", "\x00", '"{', "((((", "a.b.c.", ":", ":type ", "x[0].", "\ud800", "'", "#", "}"])
def test_completion_and_colours_never_fail(talk: Talk, junk: str):
    offered(talk, junk)
    assert junk == "".join(piece[1] for piece in pieces(junk))


@pytest.mark.parametrize(
    ("before", "call"),
    [("f(a, ", "f"), ("f(g(1), ", "f"), ("nlp.embed(", "nlp.embed"), ("f(1)", None), ("[f, ", None), ("", None)],
)
def test_the_call_around_the_cursor_is_known(before: str, call: str | None):
    assert call == open_call(before)


def test_colours_tell_keywords_texts_numbers_and_comments_apart():
    styles = {text: style for style, text, *_ in pieces('let x = "a" + 1 # c')}
    assert "class:plan.keyword" == styles["let"]
    assert "class:plan.text" == styles['"a"']
    assert "class:plan.number" == styles["1"]
    assert "class:plan.comment" == styles[" # c"]


# --- without a terminal ----------------------------------------------------------------------------------------------


def piped(plan: Command, monkeypatch: pytest.MonkeyPatch, text: str, *options: str) -> Done:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return plan("repl", *options)


def test_piped_inputs_are_answered_without_prompts(plan: Command, monkeypatch: pytest.MonkeyPatch):
    done = piped(plan, monkeypatch, "let x = 20\nx + 1\n_ * 2\n")
    assert (0, "21\n42\n", "") == (done.code, done.out, done.err)


def test_the_exit_code_tells_whether_any_input_failed(plan: Command, monkeypatch: pytest.MonkeyPatch):
    done = piped(plan, monkeypatch, "nme\n1\n")
    assert (1, "1\n") == (done.code, done.out)
    assert "<input 1>:1:1" in done.err


def test_a_file_can_be_loaded_first(plan: Command, monkeypatch: pytest.MonkeyPatch, folder: Path):
    (folder / "a.plan").write_text("let n = 5\n")
    assert "5\n" == piped(plan, monkeypatch, "n\n", "a.plan").out


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("1\n2\n", ["1", "2"]),
        ("if a {\n  b()\n}\nelse {\n  c()\n}\nd\n", ["if a {\n  b()\n}\nelse {\n  c()\n}", "d"]),
        ("x\n  .f()\n  .g()\n1\n", ["x\n  .f()\n  .g()", "1"]),
        ("f(1,\n2)\n", ["f(1,\n2)"]),
        ('"""\na\n"""\n:type x\n1', ['"""\na\n"""', ":type x", "1"]),
        ("f(\n", ["f("]),
        ("\n\n1\n\n", ["1"]),
    ],
)
def test_inputs_take_as_many_lines_as_they_need(text: str, split: list[str]):
    assert split == [part.strip() for part in inputs(io.StringIO(text)) if part.strip()]
