"""Model calls: loaded once, batched, tried again, timed out, limited, told."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import Any

import fake_models
import pytest

from planlang.plugins.loader import Plugins, load
from planlang.runtime.dispatch import Dispatcher
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.progress import CallsDone, CallsStarted, ModelLoading
from planlang.runtime.run import Limits, Run, RunOptions


@pytest.fixture
def plugins():
    fake_models.forget()
    loaded = load({"fake": fake_models}, installed=False)
    yield loaded
    loaded.close()


@pytest.fixture
def label(plugins):
    return plugins.bind_name("fake", "fake_label", Run())


def test_a_model_is_loaded_once_for_many_calls_and_runs(plugins) -> None:
    """Loading is dear: functions of one worker class share it, and so do runs one after another."""
    for _ in range(2):
        run = Run()
        label, text = (plugins.bind_name("fake", name, run) for name in ("fake_label", "fake_text"))
        assert "positive" == label("good day")["label"]
        assert "reply to: hi" == text("hi")
    assert ["fake"] == fake_models.LOADS


def test_nothing_is_loaded_before_the_first_call(plugins) -> None:
    """Binding costs nothing."""
    plugins.bind_name("fake", "fake_label", Run())
    assert [] == fake_models.LOADS


def test_model_names_choose_what_is_loaded(plugins) -> None:
    """`model=` goes before the user's default for the function, and that before the user's default for all."""
    run = Run(RunOptions(models={"fake_label": "mine", "": "general"}))
    label, text = (plugins.bind_name("fake", name, run) for name in ("fake_label", "fake_text"))
    label("a", model="named")
    label("a")
    text("a")
    assert ["named", "mine", "general"] == fake_models.LOADS


def submit_all(plugins: Plugins, run: Run, texts: list[str], seconds: float = 0.0) -> list[Any]:
    """What gives the answer of each of some calls, all made before the first is waited for."""
    calls = Dispatcher(run, plugins.workers)
    maker = plugins.bind_call("fake", "fake_label", run)
    jobs = [calls.submit(maker.make((text, seconds), {}, int), lambda _: None) for text in texts]
    while calls.pump(wait=True):
        pass
    return [partial(calls.result, job) for job in jobs]


def test_calls_that_wait_together_share_a_batch(plugins) -> None:
    """A batch is cut when the worker is free: what waited meanwhile goes together, at most `max_batch` at once."""
    texts = [f"good {i}" for i in range(20)]
    pending = submit_all(plugins, Run(), texts, seconds=0.02)
    assert ["positive"] * 20 == [answer()["label"] for answer in pending]
    assert sorted(texts) == sorted(text for batch in fake_models.BATCHES for text in batch)
    assert 8 == max(len(batch) for batch in fake_models.BATCHES)
    assert len(fake_models.BATCHES) <= 5


def test_one_bad_item_does_not_fail_its_batch(plugins) -> None:
    """An item that makes the worker raise, or that it answers with a failure, fails alone."""
    first, *rest = submit_all(plugins, Run(), ["good", "good a", "poison", "broken", "bad"], seconds=0.02)
    assert "positive" == first()["label"]
    assert ["positive", "negative"] == [rest[0]()["label"], rest[3]()["label"]]
    with pytest.raises(PlanError, match="`fake_label` failed: there is a mistake in the plugin"):
        rest[1]()
    with pytest.raises(PlanError, match="`fake_label` failed: the text is broken"):
        rest[2]()


def test_a_passing_failure_is_tried_again(label) -> None:
    """The third attempt succeeds; with fewer retries the call fails, and says how often it was tried."""
    assert "neutral" == label("flaky one")["label"]
    with pytest.raises(PlanError, match=r"`fake_label` failed: busy \(tried 2 times\)") as caught:
        label("flaky two", retries=1)
    assert "call" == caught.value.kind


def test_a_lasting_failure_is_not_tried_again(label) -> None:
    """It would only cost time."""
    with pytest.raises(PlanError, match=r"the text is broken$"):
        label("broken")
    assert 1 == len(fake_models.BATCHES)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"timeout": 0}, "timeout must be above 0, not 0"), ({"retries": -1}, "retries must be at least 0, not -1")],
)
def test_options_out_of_range_are_told(label, options, message) -> None:
    """Before anything is sent to a worker."""
    with pytest.raises(PlanError, match=message):
        label("good", **options)
    assert [] == fake_models.BATCHES


def test_a_wrong_answer_is_the_plugins_fault(label) -> None:
    """An answer that is not of the declared type never enters the plan."""
    with pytest.raises(PlanError, match=r"the plugin `fake` gave a wrong answer in `fake_label`: .*label"):
        label("wrong")


def test_a_model_that_cannot_be_loaded_fails_each_call_once_told(label, plugins) -> None:
    """The reason and the hint of the plugin are told; a later call of the same run does not load again."""
    for _ in range(2):
        with pytest.raises(
            PlanError, match="the model `missing` could not be loaded: there is no such model"
        ) as caught:
            label("x", model="missing")
        assert "name another" == caught.value.hint


def test_a_call_that_takes_too_long_fails_and_the_next_one_works(label) -> None:
    """The worker is told to stop, and goes on with what comes next."""
    start = time.monotonic()
    with pytest.raises(PlanError, match=r"timeout of 0.1 seconds") as caught:
        label("good", 60.0, timeout=0.1)
    assert "timeout" == caught.value.kind
    assert "positive" == label("good")["label"]
    assert time.monotonic() - start < 30  # else it waited for the first
    assert ["fake"] == fake_models.LOADS


def test_time_spent_waiting_for_a_worker_does_not_count(plugins) -> None:
    """`timeout=` counts from when a worker starts the call, so a queue cannot make calls fail."""
    answers: list[str] = []

    def ask() -> None:
        answers.append(plugins.bind_name("fake", "fake_label", Run())("good", 0.15, timeout=0.6)["label"])

    threads = [threading.Thread(target=ask) for _ in range(12)]  # two batches, one after the other
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ["positive"] * 12 == answers


def test_seeds_are_of_the_run_and_the_call(plugins) -> None:
    """Two sampled calls differ; the same run again, or the same `seed=`, gives the same."""

    def draw(run: Run, **options: Any) -> str:
        return plugins.bind_name("fake", "fake_text", run)("x", sample=True, **options)

    one, again, other = Run(RunOptions(seed=1)), Run(RunOptions(seed=1)), Run(RunOptions(seed=2))
    first, second = draw(one), draw(one)
    assert first != second
    assert [first, second] == [draw(again), draw(again)]
    assert first != draw(other)
    assert draw(one, seed=5) == draw(other, seed=5)


def test_max_calls_limits_the_calls_of_a_run(plugins) -> None:
    """The call past the limit is not made."""
    label = plugins.bind_name("fake", "fake_label", Run(RunOptions(limits=Limits(max_calls=2))))
    assert ["neutral", "neutral"] == [label("a")["label"], label("b")["label"]]
    with pytest.raises(LimitError, match="limit of 2 model calls"):
        label("c")
    assert [["a"], ["b"]] == fake_models.BATCHES


def test_max_tokens_limits_what_models_read_and_write(plugins) -> None:
    """A worker says what an answer cost."""
    text = plugins.bind_name("fake", "fake_text", Run(RunOptions(limits=Limits(max_tokens=5))))
    text("one two three")
    with pytest.raises(LimitError, match="limit of 5 tokens"):
        text("one two three")


def test_progress_is_told_in_the_plans_own_thread(plugins) -> None:
    """A watcher needs no locks."""
    seen: list[tuple[Any, int]] = []
    options = RunOptions(on_progress=lambda event: seen.append((event, threading.get_ident())))
    plugins.bind_name("fake", "fake_label", Run(options))("good")
    assert {threading.get_ident()} == {thread for _, thread in seen}
    events = [event for event, _ in seen]
    assert {CallsStarted(1), ModelLoading("fake"), ModelLoading("fake", done=True), CallsDone(1)} == set(events)


def test_closing_ends_the_worker_threads(plugins) -> None:
    """No thread is left behind, and the program's end waits for none."""
    others = set(threading.enumerate())
    label = plugins.bind_name("fake", "fake_label", Run())
    label("a")
    threads = [thread for thread in threading.enumerate() if thread.name == "worker fake" and thread not in others]
    assert all(thread.daemon for thread in threads)
    plugins.close()
    assert not any(thread.is_alive() for thread in threads)
    assert "neutral" == label("works again")["label"]


def test_an_interrupted_wait_stops_the_worker(plugins) -> None:
    """Ctrl-C does not leave a worker busy with what nobody wants."""

    def interrupt(event: Any) -> None:
        if event == ModelLoading("fake", done=True):
            raise KeyboardInterrupt

    label = plugins.bind_name("fake", "fake_label", Run(RunOptions(on_progress=interrupt)))
    with pytest.raises(KeyboardInterrupt):
        label("a", 60.0)
    start = time.monotonic()
    assert "neutral" == plugins.bind_name("fake", "fake_label", Run())("b")["label"]
    assert time.monotonic() - start < 30  # else it waited for the first
