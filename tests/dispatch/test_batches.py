"""Which calls make a batch, and when it is cut: in virtual time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planlang.runtime.calls import Job
from planlang.runtime.workers.protocol import Failure, Item

from .simulated import Bench, by_length


def texts(count: int, name: str = "") -> list[str]:
    return [f"{name}{i}" for i in range(count)]


def test_nothing_is_cut_while_the_interpreter_runs_and_no_batch_is_full() -> None:
    """There is no timer: what is submitted in one go is answered in one batch."""
    bench = Bench(max_batch=8)
    for text in texts(5):
        bench.ask(text)
        assert not bench.dispatcher.pump(wait=False)
    assert [] == bench.workers.batches
    assert texts(5) == bench.finish()
    assert [texts(5)] == bench.workers.batches


def test_a_full_batch_goes_at_once() -> None:
    """A free worker does not wait for the interpreter to come to rest."""
    bench = Bench(max_batch=4)
    bench.ask("first")
    bench.finish()
    for text in texts(6):
        bench.ask(text)
    assert [["first"], texts(6)[:4]] == bench.workers.batches


def test_a_full_batch_is_cut_ahead_and_no_other() -> None:
    """The pool holds a batch more than runs, if it asks for that, but never one that could still grow."""
    bench = Bench(max_batch=4, ahead=1)
    for text in texts(10):
        bench.ask(text)
    bench.finish()
    assert [4, 4, 2] == [len(batch) for batch in bench.workers.batches]
    assert [0.0, 0.0, 2.0] == bench.workers.cut_at


def test_batches_are_of_like_lengths_shortest_first() -> None:
    """Sorted by cost, filled up to the budget: little padding, and what hangs on answers starts early."""
    bench = Bench(max_batch=100, max_cost=12, measure=by_length)
    for length in (1, 6, 2, 5, 3, 6, 4, 1):
        bench.ask("x" * length)
    bench.finish()
    assert [[1, 1, 2, 3, 4], [5, 6], [6]] == [sorted(map(len, batch)) for batch in bench.workers.batches]


def test_a_call_dearer_than_the_budget_goes_alone() -> None:
    """It must be answered all the same."""
    bench = Bench(max_cost=5, measure=by_length)
    for length in (2, 9, 3):
        bench.ask("x" * length)
    assert 3 == len(bench.finish())
    assert ["x" * 9] in bench.workers.batches


def test_what_came_later_does_not_go_before_what_waits() -> None:
    """Sorting by length cannot starve the long ones: newcomers wait for those who waited before them."""
    bench = Bench(max_batch=2, measure=by_length)

    def more(_job: Job) -> None:
        if len(bench.answers) < 20:
            bench.ask("z", then=more)

    for text in ("a", "bb", "cccccc"):
        bench.ask(text, then=more)
    bench.finish()
    assert any("cccccc" in batch for batch in bench.workers.batches[:2])


def test_streams_of_calls_stay_in_step() -> None:
    """50 dialogues of 20 turns in batches of 32 take 1,000 / 32 batches, not 40: none runs ahead of the others."""
    bench = Bench(max_batch=32)

    def turn(stream: int, number: int) -> None:
        if number < 20:
            bench.ask(f"{stream}.{number}", depth=number, then=lambda _job: turn(stream, number + 1))

    for stream in range(50):
        turn(stream, 0)
    bench.finish()
    assert len(bench.workers.batches) <= 33


def test_a_deep_call_goes_before_bulk() -> None:
    """What lies deep on a chain of calls is on the critical path: it shares the next batch with the bulk."""
    bench = Bench(max_batch=8)
    for text in texts(400):
        bench.ask(text)
    assert bench.dispatcher.pump(wait=True)
    bench.ask("deep", depth=9)
    for _ in range(2):
        bench.dispatcher.pump(wait=True)
    assert "deep" in [text for batch in bench.workers.batches[:3] for text in batch]
    assert {8} == {len(batch) for batch in bench.workers.batches}


def test_a_chain_of_another_function_goes_before_bulk() -> None:
    """Also where it cannot share the bulk's batches."""
    bench = Bench(max_batch=8)
    for text in texts(400):
        bench.ask(text)
    bench.dispatcher.pump(wait=True)
    bench.ask("deep", "test.other", depth=9)
    for _ in range(3):
        bench.dispatcher.pump(wait=True)
    assert ["deep"] in bench.workers.batches[:4]


def test_a_second_stage_waits_for_full_batches_and_not_for_ever() -> None:
    """Of 640 calls each fourth is followed by another: those go in full batches, and go while the bulk still waits."""
    bench = Bench(max_batch=16)

    def then(number: int) -> Any:
        return lambda _job: bench.ask(f"second {number}", "test.second", depth=1) if number % 4 == 0 else None

    for number, text in enumerate(texts(640)):
        bench.ask(text, then=then(number))
    bench.finish()
    seconds = [i for i, batch in enumerate(bench.workers.batches) if batch[0].startswith("second")]
    assert 800 == sum(map(len, bench.workers.batches))
    assert len(bench.workers.batches) <= 52
    assert seconds[0] < 12


def test_one_rare_function_is_not_starved() -> None:
    """A few calls beside a stream of others are answered within a bound."""
    bench = Bench(max_batch=8)
    for text in texts(800):
        bench.ask(text)
    bench.ask("rare", "test.rare")
    bench.finish()
    assert bench.workers.batches.index(["rare"]) <= 10


def test_the_last_calls_are_shared_among_free_workers() -> None:
    """What two workers can finish together is not given to one."""
    bench = Bench(max_batch=32, workers=2)
    for text in texts(20):
        bench.ask(text)
    bench.finish()
    assert [10, 10] == [len(batch) for batch in bench.workers.batches]


def test_calls_that_cost_nothing() -> None:
    """An empty text may well cost nothing: it is answered all the same, also where the last calls are shared out."""
    bench = Bench(workers=2, max_cost=10, measure=by_length)
    for key in range(3):
        bench.ask("", key=key)
    assert ["", "", ""] == bench.finish()


def test_calls_that_may_not_share_a_batch_do_not() -> None:
    """The worker's batch key decides."""

    def measure(items: Sequence[Item]) -> list[Any]:
        return [(1.0, item["text"][0]) for item in items]

    bench = Bench(max_batch=8, measure=measure)
    for text in ("a1", "b1", "a2", "b2"):
        bench.ask(text)
    bench.finish()
    assert [["a1", "a2"], ["b1", "b2"]] == sorted(bench.workers.batches)


def test_a_call_that_cannot_be_measured_fails_alone() -> None:
    """A plugin's mistake in `cost` costs no other call its answer."""

    def measure(items: Sequence[Item]) -> list[Any]:
        return [Failure("no measure") if item["text"] == "bad" else (1.0, None) for item in items]

    bench = Bench(max_batch=8, measure=measure)
    for text in ("a", "bad", "b"):
        bench.ask(text)
    answers = bench.finish()
    assert ["`ask` failed: no measure"] == [str(answer) for answer in answers if isinstance(answer, Exception)]
    assert {"a", "b"} == {answer for answer in answers if isinstance(answer, str)}


@given(
    lengths=st.lists(st.integers(0, 30), max_size=60),
    depths=st.lists(st.integers(0, 12), min_size=1, max_size=7),
    most=st.integers(1, 9),
    room=st.integers(1, 60),
    workers=st.integers(1, 3),
    ahead=st.integers(0, 2),
    pumps=st.integers(1, 9),
)
def test_every_call_is_answered_once_within_the_limits(  # noqa: PLR0913, PLR0917 - all that may vary
    lengths: list[int], depths: list[int], most: int, room: int, workers: int, ahead: int, pumps: int
) -> None:
    """Whatever is submitted when: no batch is too large, and nothing is lost or answered twice."""
    bench = Bench(max_batch=most, max_cost=room, workers=workers, ahead=ahead, measure=by_length)
    asked = [f"{i:02}".ljust(length, "x") if length else "" for i, length in enumerate(lengths)]
    for number, text in enumerate(asked):
        bench.ask(text, f"test.f{number % 2}", depth=depths[number % len(depths)])
        if number % pumps == 0:
            bench.dispatcher.pump(wait=number % 2 == 0)
    assert sorted(asked) == sorted(bench.finish())
    for batch in bench.workers.batches:
        assert 1 <= len(batch) <= most
        assert len(batch) == 1 or sum(map(len, batch)) <= room


@pytest.mark.parametrize("measure", [None, by_length])
def test_queues_of_100_000_calls_are_cut_quickly(measure: Any) -> None:
    """Sorting costs little for each call, however many wait."""
    bench = Bench(max_batch=32, max_cost=2000, measure=measure)
    for number in range(100_000):
        bench.ask("x" * (number * 7919 % 200))
    start = time.thread_time()
    bench.finish()
    assert time.thread_time() - start < 60  # about 1.5 s; a sort for each batch would take minutes
    assert len(bench.workers.batches) <= 9000
