"""What comes of calls: shared answers, tries, time-outs, cancelling, limits, figures: in virtual time."""

from __future__ import annotations

import gc
import sys
from typing import Any

import pytest

from planlang.runtime.calls import Job
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.progress import CallsDone, CallsStarted
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.workers.protocol import Answer, Failure, Item

from .simulated import Bench, by_length


def test_identical_calls_in_flight_are_one() -> None:
    """Calls with one key share the answer, and each gets its own delivery."""
    bench = Bench()
    for key in ("k", "k", "other", "k"):
        bench.ask(key, key=key)
    assert ["k", "k", "k", "other"] == sorted(bench.finish())
    assert [["k", "other"]] == bench.workers.batches
    assert 2 == bench.run.stats.shared


def test_a_call_after_the_answer_is_made_again() -> None:
    """Sharing is for what is in flight; what was answered is forgotten."""
    bench = Bench()
    for _ in range(2):
        bench.ask("a", key="a")
        bench.finish()
    assert [["a"], ["a"]] == bench.workers.batches


def test_a_shared_call_outlives_the_one_that_made_it() -> None:
    """Cancelling one of several identical calls takes nothing from the others."""
    bench = Bench()
    first, second = (bench.ask("a", key="a") for _ in range(2))
    bench.dispatcher.cancel(first)
    assert ["a"] == bench.finish()
    assert "a" == bench.outcome(second)


def test_nothing_is_sent_for_calls_that_were_cancelled_while_they_waited() -> None:
    """Nor are they delivered."""
    bench = Bench()
    jobs = [bench.ask(text, key=text) for text in ("a", "b", "a", "c")]
    for job in (jobs[0], jobs[2], jobs[3]):
        bench.dispatcher.cancel(job)
        bench.dispatcher.cancel(job)
    assert 1 == bench.dispatcher.outstanding
    assert ["b"] == bench.finish()
    assert [["b"]] == bench.workers.batches


def test_a_batch_that_nobody_wants_is_stopped() -> None:
    """Only once all its calls are cancelled; and a new identical call is not hung on it."""
    bench = Bench(max_batch=2)
    jobs = [bench.ask(text, key=text) for text in ("a", "b")]
    pool = bench.workers.pools["m"]
    bench.dispatcher.pump(wait=False)  # the batch is full: it runs
    bench.dispatcher.cancel(jobs[0])
    assert [] == pool.stopped
    bench.dispatcher.cancel(jobs[1])
    assert 1 == len(pool.stopped)
    bench.ask("a", key="a")
    assert ["a"] == bench.finish()


class Flaky:
    """Fails in a passing way so many times for each text."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.asked: list[str] = []

    def __call__(self, item: Item) -> Any:
        self.asked.append(item["text"])
        if self.asked.count(item["text"]) <= self.failures:
            return Failure("busy", retryable=True)
        return item["text"]


def test_tries_again_with_growing_pauses() -> None:
    """0.1 s after the first failure, 0.2 s after the second; others are not held up."""
    bench = Bench(answer=Flaky(2))
    bench.ask("a")
    assert ["a"] == bench.finish()
    assert [0.0, 1.1, 2.3] == pytest.approx(bench.workers.cut_at, abs=0.01)


def test_a_failure_that_lasts_is_told_with_its_tries() -> None:
    """So is one that is shared."""
    bench = Bench(answer=Flaky(9))
    for _ in range(2):
        bench.ask("a", key="a", retries=1)
    told = "`ask` failed: busy (tried 2 times)"
    assert [told, told] == [str(answer) for answer in bench.finish()]
    assert 2 == bench.run.stats.failed


def test_a_call_that_waits_for_its_next_try_can_be_cancelled() -> None:
    """It is not tried again."""
    flaky = Flaky(1)
    bench = Bench(answer=flaky)
    job = bench.ask("a")
    bench.ask("b", then=lambda _job: bench.dispatcher.cancel(job))
    bench.workers.answer = lambda item: flaky(item) if item["text"] == "a" else "b"
    assert ["b"] == bench.finish()
    assert ["a"] == flaky.asked


def test_time_counts_from_when_a_worker_starts() -> None:
    """Calls that wait behind others do not time out; what takes too long does, and its batch-mates are answered."""
    bench = Bench(max_batch=2, seconds=lambda items: 5.0 if "slow" in [i["text"] for i in items] else 1.0)
    for number in range(8):
        bench.ask(f"{number}", timeout=2.0)
    assert 8 == len(bench.finish())
    bench.ask("slow", timeout=2.0)
    bench.ask("mate")
    error, mate = bench.finish()[-2:]
    assert isinstance(error, PlanError)
    assert ("timeout", "mate") == (error.kind, mate)
    assert 9.0 == pytest.approx(bench.workers.now(), abs=0.1)


def test_a_batch_of_calls_that_all_timed_out_is_stopped() -> None:
    """The worker is told, and what comes next does not wait for it."""
    bench = Bench(seconds=lambda _items: 50.0)
    bench.ask("a", timeout=1.0)
    (error,) = bench.finish()
    assert "`ask` failed: it took longer than its timeout of 1 seconds" == error.message
    assert 1 == len(bench.workers.pools["m"].stopped)
    assert bench.workers.now() < 2


def test_delivery_happens_in_pump_only() -> None:
    """A call that fails at once is delivered later, too."""
    bench = Bench(max_batch=1)
    bench.ask("a")
    assert [] == bench.answers
    assert bench.dispatcher.pump(wait=True)
    assert ["a"] == bench.answers
    assert not bench.dispatcher.pump(wait=True)
    assert not bench.dispatcher.pump(wait=False)


def test_calls_that_are_made_while_others_are_delivered() -> None:
    """Delivery may submit, pump and cancel."""
    bench = Bench(max_batch=4)
    jobs: list[Job] = []

    def more(job: Job) -> None:
        if len(jobs) < 40:
            jobs.append(bench.ask(f"more {len(jobs)}", then=more))
            bench.dispatcher.pump(wait=False)
        if len(jobs) % 7 == 3:
            bench.dispatcher.cancel(jobs[-1])
            jobs.append(bench.ask(f"instead {len(jobs)}", then=more))

    for number in range(4):
        bench.ask(f"{number}", then=more)
    bench.finish()
    assert len(bench.answers) >= 40


def test_closing_drops_everything_and_the_run_can_go_on() -> None:
    """Workers are told; nothing is delivered afterwards; a later call works."""
    bench = Bench(max_batch=2)
    for number in range(7):
        bench.ask(f"{number}", key=number)
    bench.dispatcher.close()
    assert 1 == len(bench.workers.pools["m"].stopped)
    assert 0 == bench.dispatcher.outstanding
    assert [] == bench.finish()
    bench.ask("3", key=3)
    assert ["3"] == bench.finish()


def test_limits_of_calls_and_tokens() -> None:
    """The call past the limit is not made; identical calls count each time; tokens count once for an answer."""
    bench = Bench(RunOptions(limits=Limits(max_calls=2)))
    for _ in range(2):
        bench.ask("a", key="a")
    with pytest.raises(LimitError, match="limit of 2 model calls"):
        bench.ask("a", key="a")
    bench = Bench(RunOptions(limits=Limits(max_tokens=5)), answer=lambda item: Answer(item["text"], 3))
    for _ in range(3):
        bench.ask("a", key="a")
    bench.ask("b")
    assert ["LimitError"] == list({type(answer).__name__ for answer in bench.finish()})
    with pytest.raises(LimitError, match="limit of 5 tokens"):
        bench.ask("c")


def test_the_figures_of_a_run() -> None:
    """Counted for all, and for each function."""
    bench = Bench(max_batch=4, workers=2, max_cost=16, measure=by_length)
    for number in range(8):
        bench.ask("xxx" + str(number))
    bench.ask("yyyy", "test.other", model="n", key=1)
    bench.ask("yyyy", "test.other", model="n", key=1)
    bench.finish()
    bench.run.end()
    stats = bench.run.stats
    assert (10, 10, 0, 1) == (stats.calls, stats.answered, stats.failed, stats.shared)
    assert (3, 9, 3.0, 4) == (stats.batches, stats.items, stats.busy, stats.workers)
    assert (1.0 + 1.0 + 0.25) / 3 == pytest.approx(stats.fill)
    assert (1.0, 0.75) == (stats.makespan, stats.lower_bound)
    assert (8, 2, 4.0) == ((f := stats.functions["test.ask"]).calls, f.batches, f.mean_size)
    assert (2, 1) == ((f := stats.functions["test.other"]).calls, f.batches)


def test_stats_are_told_at_the_end_of_a_run() -> None:
    """Also where it failed."""
    told: list[Any] = []
    bench = Bench(RunOptions(on_stats=told.append))
    bench.ask("a")
    bench.run.end()
    assert [bench.run.stats] == told


def test_a_watcher_is_told_how_many_calls_there_are_and_how_many_are_done() -> None:
    """Now and then, not for each call."""
    seen: list[Any] = []
    bench = Bench(RunOptions(on_progress=seen.append), max_batch=2)
    for number in range(6):
        bench.ask(f"{number}")
    bench.finish()
    assert CallsStarted(6) in seen
    assert seen.index(CallsDone(2)) < seen.index(CallsDone(4)) < seen.index(CallsDone(6))


def test_nothing_is_kept_of_calls_that_were_delivered() -> None:
    """A million calls must not need more memory than a thousand."""

    def blocks() -> int:
        gc.collect()
        return sys.getallocatedblocks()

    bench = Bench(max_batch=50, measure=by_length)

    def many() -> None:
        for number in range(5000):
            bench.ask(f"{number}", key=number, depth=number % 9)
            if number % 500 == 499:
                bench.finish()
                bench.answers.clear()
                bench.workers.batches.clear()
                bench.workers.cut_at.clear()

    many()
    before = blocks()
    many()
    assert blocks() - before < 500
