"""`plan run --stats` and `--sequential`."""

from __future__ import annotations

import json
import time

import pytest

from planlang.plugins import Context, Failure, Item, hookimpl, worker
from planlang.plugins.loader import load
from planlang.runtime import engine
from planlang.statistics import seconds

from .conftest import Command

LOOP = """\
task main(count: int) -> list[str] {
  return [echo("{i}") for i in range(count)]
}
"""


class Echo:
    """Says what it hears."""

    max_batch = 4

    def load(self, context: Context) -> None:
        pass

    def run(self, batch: list[Item]) -> list[object]:
        return [Failure("it is empty") if item["text"] == "" else item["text"] for item in batch]


class Loose(Echo):
    """Cannot promise that an answer does not depend on its batch."""

    exact = False

    def run(self, batch: list[Item]) -> list[object]:
        return [f"{item['text']} {item.exact} {len({each.exact for each in batch})}" for item in batch]


@worker(f"{__name__}:Loose", model="loose")
def loose(text: str) -> str:
    """The text, and what the worker was told of it."""


@worker(f"{__name__}:Echo", model="echo")
def echo(text: str) -> str:
    """The text."""


class EchoPlugin:
    INTERFACE_VERSION = 1

    @hookimpl
    def register_functions(self, register) -> None:
        register(echo)
        register(loose)


@pytest.fixture(autouse=True)
def echoing(monkeypatch: pytest.MonkeyPatch):
    """The command finds one plugin more than are installed."""
    plugins = load({"parrot": EchoPlugin()})
    monkeypatch.setattr(engine.Engine, "plugins", plugins)
    yield
    plugins.close()


def test_stats_come_after_the_result_on_standard_error(plan: Command):
    done = plan("run", "a.plan", "--count", "6", "--stats", "--no-cache", a__plan=LOOP)
    assert ["0", "1", "2", "3", "4", "5"] == json.loads(done.out)
    told = dict(line.split(None, 1) for line in done.err.splitlines() if line)
    assert told["model"] == "calls    6"
    assert told["batches"] == "2 of 3.0 calls on average, 75% full"
    assert ["6", "2", "3.0"] == told["parrot.echo"].split()


def test_stats_as_json_are_the_last_line_of_standard_error(plan: Command):
    text = 'print("a")\n' + LOOP
    done = plan("run", "a.plan", "--count", "6", "--stats", "--no-cache", "--json", a__plan=text)
    assert 6 == len(json.loads(done.out))
    stats = json.loads(done.err.splitlines()[-1])["stats"]
    assert (6, 6, 0, 2) == (stats["calls"], stats["answered"], stats["failed"], stats["batches"])
    assert {"parrot.echo": {"calls": 6, "batches": 2, "mean_size": 3.0, "exact": True}} == stats["functions"]
    assert 0 < stats["critical_path"] <= stats["makespan"]


def test_what_may_depend_on_a_batch_is_named(plan: Command):
    """By what the call says, and by what the model cannot do; otherwise the line is not there."""
    text = 'let a = [echo("1", exact=false), echo("2")]\n'
    told = plan("run", "a.plan", "--stats", "--no-cache", a__plan=text).err
    assert "not exact" not in plan("run", "a.plan", "--count", "6", "--stats", "--no-cache", a__plan=LOOP).err
    assert "not exact      parrot.echo: answers may depend on what they were batched with" in told
    told = plan("run", "a.plan", "--stats", "--no-cache", a__plan='print(loose("1"))').err
    assert "not exact      parrot.loose: " in told


def test_calls_that_ask_for_exact_answers_have_batches_of_their_own(plan: Command):
    """And answers of their own in the cache: the second run asks for one that it does not know."""
    text = 'print([loose("1"), loose("1", exact=false), loose("2", exact=true)])'
    assert '["1 True 1", "1 False 1", "2 True 1"]\n' == plan("run", "a.plan", a__plan=text).out
    told = plan("run", "a.plan", "--stats", "--json", a__plan='print(loose("2", exact=false))').err
    assert 0 == json.loads(told.splitlines()[-1])["stats"]["cache_hits"]


def test_sequential_makes_one_call_at_a_time_and_gives_the_same(plan: Command):
    done = plan("run", "a.plan", "--count", "6", "--sequential", "--stats", "--no-cache", "--json", a__plan=LOOP)
    stats = json.loads(done.err.splitlines()[-1])["stats"]
    assert (6, 6, 1.0) == (stats["calls"], stats["batches"], stats["mean_size"])
    assert json.loads(plan("run", "a.plan", "--count", "6").out) == json.loads(done.out)


def test_a_plan_without_calls_says_so(plan: Command):
    done = plan("run", "a.plan", "--stats", a__plan="print(1)\n")
    assert "1\n" == done.out
    assert done.err.startswith("model calls  none\n")


def test_a_plan_that_fails_has_stats_too(plan: Command):
    done = plan("run", "a.plan", "--stats", a__plan='echo("a")\necho("")\n')
    assert 1 == done.code
    assert "model calls    2, 1 failed" in done.err


def test_without_the_option_nothing_is_told(plan: Command):
    assert "" == plan("run", "a.plan", "--count", "2", a__plan=LOOP).err


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        (0.0, "0 µs"),
        (0.000_012, "12 µs"),
        (0.0034, "3.4 ms"),
        (1.2345, "1.23 s"),
        (59.96, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3720, "1 h 2 min"),
    ],
)
def test_times_are_told_as_people_read_them(time: float, expected: str):
    assert expected == seconds(time)


def test_loading_models_is_told_apart(plan: Command, monkeypatch: pytest.MonkeyPatch):
    """A model takes its time to be there, and none when it is there already."""
    monkeypatch.setattr(Echo, "load", lambda _self, _context: time.sleep(0.3))
    options = ("a.plan", "--count", "6", "--stats", "--no-cache", "--json")
    loaded, there = (json.loads(plan("run", *options, a__plan=LOOP).err.splitlines()[-1])["stats"] for _ in range(2))
    assert 0.3 <= loaded["loading"] <= loaded["makespan"]
    assert there["loading"] == 0
    told = plan("run", "a.plan", "--count", "6", "--stats", "--no-cache").err
    assert "models were loaded" not in told
