"""Plugins as plans see them, from the plan's text to its result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import fake_models
import pytest
from plugin_sources import Colour, Source

import planlang
from planlang import CheckError, PlanError
from planlang.plugins import Context, Item, WritePath, function, worker
from planlang.plugins.testing import Runner
from planlang.runtime.permissions import Permissions


@function(name="twice")
def twice_text(text: str) -> str:
    """The text, two times."""
    return text * 2


@function(name="twice")
def twice_number(number: int) -> int:
    """The number, doubled."""
    return number * 2


@function
def paint(name: str) -> Colour:
    """A colour."""
    return Colour(name)


@function(effect="change")
def note(path: Annotated[str, WritePath], text: str) -> None:
    """Add a line to a file."""
    with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - as a plugin's author would
        file.write(text + "\n")


@pytest.fixture(scope="module")
def plan() -> Iterator[Runner]:
    given = {"fake": fake_models, "one": Source(twice_text, paint, note), "two": Source(twice_number)}
    runner = Runner(given)
    yield runner
    runner.close()


def findings(plan: Runner, text: str, **options: object) -> str:
    with pytest.raises(CheckError) as caught:
        plan(text, **options)
    return "\n".join(f"{d.message} {d.hint}" for d in caught.value.diagnostics)


def test_a_name_that_two_plugins_give_must_say_which(plan) -> None:
    """The finding names both; with the plugin's name either can be called."""
    told = findings(plan, 'print(twice("a"))')
    assert "`one`" in told
    assert "`two`" in told
    assert "aa 6\n" == plan('print(one.twice("a"), two.twice(3))')
    assert "aa\n" == plan('import one as o\nprint(o.twice("a"))')


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("fake_label(3)", "`text`"),
        ('fake_label("a", secnds=1.0)', "`seconds`"),
        ('print(fake_label("a").lable)', "`label`"),
        ('print(fake_label("a").label == "angry")', '"angry"'),
        ('fake_label("a", timeout="soon")', "`timeout`"),
        ('one.twce("a")', "`twice`"),
        ('paint("red") + 1', "colour"),
    ],
)
def test_mistakes_in_calls_are_found_before_the_run(plan, text, part) -> None:
    """Every function of a plugin is checked like a standard one."""
    fake_models.forget()
    assert part in findings(plan, f"print({text})" if not text.startswith("print") else text)
    assert [] == fake_models.BATCHES


def test_a_model_call_in_a_loop_gives_its_answers_in_order(plan) -> None:
    """A plan says nothing about models; it just calls."""
    text = """
        task main(texts: list[str]) -> list[str] {
          return [t.fake_label().label for t in texts]
        }
    """
    assert ["positive", "negative", "neutral"] == plan(text, texts=["good", "bad", "so so"])


def test_a_function_of_a_plugin_is_a_value(plan) -> None:
    """It can be passed on and called under another name, and its arguments are still checked."""
    assert '["a reply"]\n' == plan('print(map(["a"], fn(x) => "{x} reply"))')
    assert "fn fake_text reply to: a\n" == plan('let f = fake_text\nprint(f, f("a"))')
    text = "fn call(f: any) -> any { return f(3) }\ntry { call(fake_text) } catch e { print(e.kind) }"
    assert "type\n" == plan(text)


def test_a_failed_call_can_be_caught(plan) -> None:
    """The kind is that of the failure, and the plan goes on."""
    assert "call `fake_label` failed: the text is broken\n" == plan(
        'try { fake_label("broken") } catch e { print(e.kind, e.message) }'
    )
    with pytest.raises(PlanError) as caught:
        plan('let x = 1\nprint(fake_label("broken"))')
    assert "<input>:2:7" == str(caught.value.place)


def test_a_change_needs_its_permission(plan, tmp_path) -> None:
    """Before the run where nothing is granted; at run time where the path is not."""
    path = tmp_path / "inside" / "notes.txt"
    path.parent.mkdir()
    text = f"note('{path}', \"a\")\nnote('{path}', \"b\")"
    assert "may" in findings(plan, text) or "allowed" in findings(plan, text)
    inside, outside = (Permissions(write=(str(folder),)) for folder in (path.parent, tmp_path / "other"))
    with pytest.raises(PlanError, match="may not write"):
        plan(text, permissions=outside)
    plan(text, permissions=inside)
    assert "a\nb\n" == path.read_text(encoding="utf-8")


def test_opaque_values_are_held_compared_and_shown(plan) -> None:
    """A plan does not look into them."""
    text = 'let c = paint("red")\nprint([c], c == paint("red"), c == paint("blue"), type_of(c))'
    assert "[<colour>] true false colour\n" == plan(text)


def test_a_mock_stands_for_a_model(plan) -> None:
    """Mocked calls load nothing."""
    fake_models.forget()
    mock = 'mock fake_label = [{label: "negative", score: 1.0}]'
    source = f'test "t" {{ {mock}\nassert fake_label("good").label == "negative" }}'
    (result,) = plan._engine.load(text=source).test()
    assert result.error is None
    assert [] == fake_models.BATCHES


ASKED = """
type Invoice = {{total: int}}
fn total(text: str) -> int {{ return extract(text, Invoice).total + 1 }}
fn loud(text: str) -> str {{ return generate(text) + "!" }}
fn priced(text: str) -> int {{ return generate(text, schema=Invoice).total + 1 }}
test "t" {{
  mock {mock}
  assert {claim}
}}
"""


@pytest.mark.parametrize(
    ("mock", "claim", "problem"),
    [
        ("extract = fn(t) => {total: 3}", 'total("x") == 4', ""),
        (
            'extract = fn(t) => {total: "x"}',
            'total("x") == 4',
            'the mock of `extract` gives.total: expected int, found "x"',
        ),
        ("extract = [{total: none}]", 'total("x") == 4', "the mock of `extract` gives.total: expected int, found none"),
        ("generate = fn(t) => 3", 'loud("x") == "3!"', "the mock of `generate` gives: expected str, found 3"),
        ("generate = [3]", 'loud("x") == "3!"', "the mock of `generate` gives: expected str, found 3"),
        ("generate = fn(t, schema) => {total: 3}", 'priced("x") == 4', ""),
        ('generate = ["no"]', 'priced("x") == 4', 'the mock of `generate` gives: expected Invoice, found "no"'),
    ],
)
def test_a_mock_answers_with_the_type_that_the_call_asks_for(plan, mock, claim, problem) -> None:
    """Code behind the call was compiled in that belief, also where the type is left out."""
    (result,) = plan._engine.load(text=ASKED.format(mock=mock, claim=claim)).test()
    assert problem in (result.error.message if result.error is not None else "")
    assert bool(problem) == (result.error is not None)


class Forms:
    """Answers with the name of the type that it is given, and counts what it is asked."""

    asked = 0

    def load(self, context: Context) -> None: ...

    def run(self, batch: list[Item]) -> list[str]:
        Forms.asked += len(batch)
        return [item["kind"].name for item in batch]


@worker(f"{__name__}:Forms", model="local")
def form_of(text: str, kind: type) -> str: ...


@pytest.mark.parametrize(
    ("other", "expected"), [('{a: str "first"}', 1), ('{a: str "other"}', 2), ("{a: str}", 2), ("{b: str}", 2)]
)
def test_calls_with_types_are_one_call_where_the_types_say_the_same(other, expected) -> None:
    """In flight, and from run to run in the cache: what a type says is part of what is asked, whatever its name."""
    Forms.asked = 0
    for text in ('{a: str "first"}', other):
        source = f"type T = {text}\nprint(form_of('{other}', T) + form_of('{other}', T))"
        planlang.load(source, plugins={"forms": Source(form_of)}, cache=True).run()
    assert expected == Forms.asked
