"""Sessions run in flow form: what overlaps, what is known when the prompt returns, and what stays after a failure."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from zlib import crc32

import pytest
from hypothesis import given, reject

from planlang.plugins import Item
from planlang.runtime.display import literal
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.session import Session

from . import models
from .agreement import Comparer, RefusedError, a_comparer
from .programs import session_programs
from .sessions import disagreements
from .test_equivalence import examples
from .world import PERMISSIONS

_NOT_COMPARED = ("import ", "random", "shuffle(", "sampled(")
"""Programs of a session have no folder to import from, and the direct form draws otherwise."""


@pytest.fixture(scope="module")
def comparer() -> Iterator[Comparer]:
    with a_comparer() as made:
        yield made


@pytest.fixture
def session(comparer: Comparer) -> Session:
    world = comparer.begin(0)
    return Session(comparer.engine, RunOptions(PERMISSIONS, out=world.out, err=world.err))


def _say(session: Session, *inputs: str) -> object:
    """The value of the last input; those that fail are passed over."""
    value = None
    for text in inputs:
        try:
            value = session.evaluate(text)
        except PlanError as error:
            value = error
    return value


def _agrees(comparer: Comparer, program: str) -> None:
    if any(word in program for word in _NOT_COMPARED):
        reject()
    try:
        found = disagreements(comparer, program, (crc32(program.encode()) % 1000,))
    except RefusedError:
        reject()
    assert [] == found, program


@examples(150)
@given(session_programs("values"))
def test_inputs_one_by_one(comparer: Comparer, program: str) -> None:
    """A session in flow form shows what one in direct form shows, and its variables hold the same."""
    _agrees(comparer, program)


@examples(150)
@given(session_programs("errors"))
def test_inputs_that_fail(comparer: Comparer, program: str) -> None:
    """What an input did before it failed stays, and the next inputs find it."""
    _agrees(comparer, program)


def test_calls_of_one_input_share_batches(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    answer = models.PretendModel.answer

    def counting(model: models.PretendModel, batch: list[Item]) -> list[object]:
        sizes.append(len(batch))
        return answer(model, batch)

    monkeypatch.setattr(models.PretendModel, "answer", counting)
    _say(session, "fn grade(x) { return score(x) }", 'let xs = [grade("{i}") for i in range(20)]')
    assert sum(sizes) == 20
    assert len(sizes) < 20
    assert len(session.names()["xs"]) == 20


def test_what_a_loop_did_before_it_failed_stays(session: Session) -> None:
    made = _say(
        session,
        "let xs = []",
        'for i in range(9) { xs.push(score("{i}")); assert i < 4 or not (score("a") >= 0) }',
        "len(xs)",
    )
    assert made == 5


def test_a_variable_keeps_its_value_where_a_new_one_fails(session: Session) -> None:
    assert _say(session, "let n = 1", 'n = score("a") + first([])', "n") == 1


def test_a_function_of_an_earlier_input_calls_one_that_comes_later(session: Session) -> None:
    """What is passed to it may call models, although nothing did when it was made."""
    inputs = ("fn twice(f) { return [f(1), f(2)] }", 'twice(fn(i) => score("{i}"))')
    assert literal(_say(session, *inputs)) == literal(_say(session, '[score("1"), score("2")]'))


def test_a_function_can_be_declared_anew(session: Session) -> None:
    """Functions that call it call the new one, also where that asks no model any more."""
    inputs = ("fn grade(x) { return score(x) }", "fn both(x) { return [grade(x), 1] }", "fn grade(x) { return 70 }")
    assert literal(_say(session, *inputs, 'both("a")')) == "[70, 1]"


def test_steps_belong_to_what_follows(session: Session) -> None:
    error = _say(session, 'step "first"\nlet n = score("a")\nassert n > 100 and score("b") > 1')
    assert isinstance(error, PlanError)
    assert ["first"] == [frame.step for frame in error.frames]


def test_the_limit_of_calls_ends_an_input_and_not_the_session(comparer: Comparer) -> None:
    world = comparer.begin(0)
    session = Session(comparer.engine, RunOptions(PERMISSIONS, Limits(max_calls=3), out=world.out, err=world.err))
    error = _say(session, "let xs = []", 'for i in range(9) { xs.push(score("{i}")) }')
    assert isinstance(error, LimitError)
    assert _say(session, "len(xs)") == 3


def test_an_interrupted_input_keeps_what_it_had_done(session: Session) -> None:
    """The time limit stops an input as Ctrl-C does; the session goes on."""
    limited = Session(session.engine, RunOptions(PERMISSIONS, Limits(max_time=0.5), out=session.options.out))
    began, threads = time.monotonic(), threading.active_count()
    error = _say(limited, "let n = 0", 'while score("{n % 7}") >= 0 { n += 1 }')
    assert isinstance(error, LimitError)
    assert time.monotonic() - began < 10
    assert _say(limited, "n > 0") is True
    assert threading.active_count() < threads + 10
