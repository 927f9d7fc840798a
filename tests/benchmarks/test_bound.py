"""The lower bound that makespans are compared with: exact where it can be worked out, and never above a schedule."""

from __future__ import annotations

import asyncio
import heapq

import pytest
from harness import virtual_loop
from harness.virtual_bound import Calls, least
from harness.virtual_models import MODELS, Service
from hypothesis import given, settings
from hypothesis import strategies as st


def summarize(calls, text, after=()):
    """A call of the decoder: 0.5 s and 0.02 s for each item of a batch of at most 32, one worker."""
    return calls.make("summarize", after, text=text)


def test_dependent_calls_take_the_sum_of_their_times():
    """However many workers there are."""
    calls = Calls()
    before = []
    for i in range(10):
        before = [calls.make("generate", before, prompt=f"go on {i}")]
    assert pytest.approx(sum(call.alone for call in calls.made)) == calls.bound()


def test_independent_calls_take_full_batches():
    """100 of them are 4 batches of the decoder's one worker."""
    calls = Calls()
    for i in range(100):
        summarize(calls, f"text {i}")
    assert pytest.approx(4 * 0.5 + 100 * 0.02) == calls.bound()


def test_a_level_is_over_only_when_all_of_it_is():
    """A call that needs 40 others comes after two batches, although its longest chain is two calls."""
    calls = Calls()
    level = [summarize(calls, f"text {i}") for i in range(40)]
    summarize(calls, "all", level)
    assert pytest.approx(2 * 0.5 + 40 * 0.02 + 0.52) == calls.bound()


def test_what_comes_after_counts_for_another_model():
    """The decoder cannot begin before the encoder has answered something."""
    calls = Calls()
    for i in range(64):
        mood = calls.make("sentiment", text=f"text {i}")
        summarize(calls, f"text {i}", [mood])
    first = MODELS["encoder"].seconds([2])
    assert pytest.approx(first + 2 * 0.5 + 64 * 0.02) == calls.bound()


def test_more_batches_than_needed_pay_while_workers_are_idle():
    """Ten calls on two workers are answered fastest by a batch of five on each."""
    calls = Calls()
    made = [calls.make("sentiment", text="one two three") for _ in range(10)]
    service = Service(start=1.0, each=1.0, per_unit=0.0, max_batch=32, workers=2)
    assert pytest.approx(1.0 + 5.0) == least(service, made)


FUNCTIONS = st.sampled_from(["sentiment", "summarize", "generate"])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(FUNCTIONS, st.lists(st.integers(0, 200), max_size=3)), min_size=1, max_size=120), st.randoms()
)
def test_no_schedule_beats_the_bound(shape, random):
    """Whatever batches a scheduler makes of whatever calls."""
    calls = Calls()
    for i, (function, before) in enumerate(shape):
        after = [calls.made[b] for b in before if b < i]
        calls.make(function, after, **{"prompt" if function == "generate" else "text": f"text {i} " * (i % 7)})
    assert calls.bound() <= schedule(calls.made, random) + 1e-9


def schedule(made, random):
    """The makespan of a scheduler that sends calls at random, in batches of random size, whenever a worker is free."""
    now, done, running, free = 0.0, set(), [], {model: service.workers for model, service in MODELS.items()}
    waiting = list(made)
    while waiting or running:
        for model, service in MODELS.items():
            ready = [call for call in waiting if call.model == model and done.issuperset(call.after)]
            random.shuffle(ready)
            while ready and free[model]:
                size = random.randint(1, service.max_batch)
                batch, ready = ready[:size], ready[size:]
                waiting = [call for call in waiting if call not in batch]
                free[model] -= 1
                end = now + service.seconds([call.units for call in batch])
                heapq.heappush(running, (end, batch[0].number, batch))
        now, _, batch = heapq.heappop(running)
        done.update(batch)
        free[batch[0].model] += 1
    return now


def test_virtual_time_passes_without_waiting():
    """An hour of sleep is over at once, and counted."""

    async def nap():
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(60))
        return "rested"

    expected = ("rested", 3600.0)
    assert expected == virtual_loop.run(nap())


def test_a_hung_program_in_virtual_time_is_an_error():
    """Rather than a test that never ends."""

    async def hang():
        await asyncio.Event().wait()

    with pytest.raises(RuntimeError, match="waits for another"):
        virtual_loop.run(hang())
