"""Workers as threads of this process: failures, time-outs, interrupts and ends at any moment, and no thread left."""

from __future__ import annotations

import ctypes
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planlang.plugins.loader import Plugins, load
from planlang.runtime.calls import Job
from planlang.runtime.dispatch import Dispatcher, dispatcher
from planlang.runtime.errors import Interrupted, PlanError
from planlang.runtime.run import Run, RunOptions

from . import models


@pytest.fixture
def plugins() -> Iterator[Plugins]:
    models.forget()
    OTHERS.clear()
    OTHERS.update(threading.enumerate())
    loaded = load({"models": models}, installed=False)
    yield loaded
    loaded.close()
    assert eventually(lambda: not workers()), "worker threads are left"


OTHERS: set[threading.Thread] = set()
"""Threads that other tests have left in this process."""


def workers() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("worker ") and t not in OTHERS]


def eventually(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return true()


class Asking:
    """The calls of one run to one function."""

    def __init__(self, plugins: Plugins, function: str, options: RunOptions | None = None) -> None:
        self.run = Run(options)
        self.dispatcher: Dispatcher = dispatcher(self.run, plugins.workers)
        self.answers: dict[str, Any] = {}
        self._maker = plugins.bind_call("models", function, self.run)

    def ask(self, text: str, seconds: float = 0.0, **options: Any) -> Job:
        def done(job: Job) -> None:
            try:
                self.answers[text] = self.dispatcher.result(job)
            except PlanError as error:
                self.answers[text] = error.message

        return self.dispatcher.submit(self._maker.make((text, seconds), options, int), done)

    def finish(self) -> dict[str, Any]:
        while self.dispatcher.pump(wait=True):
            pass
        return self.answers


def test_one_bad_item_of_a_batch_is_found_by_halves(plugins: Plugins) -> None:
    """Its neighbours are answered, in few further batches."""
    asking = Asking(plugins, "echo")
    texts = [f"{i}" for i in range(7)]
    for text in (*texts, "poison"):
        asking.ask(text)
    answers = asking.finish()
    assert texts == [answers[text] for text in texts]
    assert "`echo` failed: there is a mistake in the plugin" == answers["poison"]
    assert 7 == len(models.BATCHES)


def test_a_second_copy_of_the_model_is_loaded_where_much_waits(plugins: Plugins) -> None:
    """Not before the work that waits is worth it."""
    settings = {"workers": {"per_model": 2}, "plugins": {"models": {"load_seconds": 0.01}}}
    asking = Asking(plugins, "echo", RunOptions(settings=settings))
    for number in range(200):
        asking.ask(f"{number}", 0.02)
    assert 200 == len(asking.finish())
    asking.run.end()
    assert (["local"] * 2, 2) == (models.LOADED, asking.run.stats.workers)


@pytest.mark.parametrize("settings", [{"workers": {"per_model": 1}}, {"plugins": {"models": {"load_seconds": 0.5}}}])
def test_no_second_copy_is_loaded_where_it_is_not_wanted_or_not_worth_it(plugins: Plugins, settings: Any) -> None:
    """A setting says how many there may be; a model that is slow to load is loaded once for little work."""
    asking = Asking(plugins, "echo", RunOptions(settings=settings))
    for number in range(80):
        asking.ask(f"{number}", 0.01)
    asking.finish()
    assert ["local"] == models.LOADED


@pytest.mark.parametrize("wrong", [0, "two", True])
def test_a_wrong_number_of_workers_is_told(plugins: Plugins, wrong: Any) -> None:
    """In the words of plan.toml."""
    asking = Asking(plugins, "echo", RunOptions(settings={"workers": {"per_model": wrong}}))
    with pytest.raises(PlanError, match=r"`per_model` of \[workers\] in plan.toml must be a number of workers"):
        asking.ask("a")


def test_a_class_may_answer_several_batches_at_a_time(plugins: Plugins) -> None:
    """With `concurrent = 4` four threads share one loaded model."""
    asking = Asking(plugins, "concurrent", RunOptions(settings={"workers": {"per_model": 1}}))
    asked = [f"meet {number}" for number in range(8)]
    for text in asked:
        asking.ask(text)
    assert dict(zip(asked, asked, strict=True)) == asking.finish()
    assert ["local"] == models.LOADED


def test_the_next_batch_is_prepared_while_one_runs(plugins: Plugins) -> None:
    """On another thread; what it gave is the second argument of the method that runs."""
    asking = Asking(plugins, "preparing")
    for number in range(16):
        asking.ask(f"n{number}", 0.05)
    answers = asking.finish()
    assert [f"N{number}" for number in range(16)] == [answers[f"n{number}"] for number in range(16)]
    runners, preparers = {thread for _, thread in models.RAN}, {thread for _, thread in models.PREPARED}
    assert 4 == len(models.RAN) == len(models.PREPARED)
    assert 1 == len(runners)
    assert preparers - runners


def test_a_batch_that_cannot_be_prepared_fails_item_by_item(plugins: Plugins) -> None:
    """The one that is at fault."""
    asking = Asking(plugins, "preparing")
    for text in ("a", "b", "c", "d", "e", "unready", "f", "g"):
        asking.ask(text, 0.02)
    answers = asking.finish()
    assert "`preparing` failed: not ready" == answers.pop("unready")
    assert sorted("ABCDEFG") == sorted(answers.values())


def test_runs_at_the_same_time_share_the_model(plugins: Plugins) -> None:
    """Each has a dispatcher of its own; batches of all are answered in the order in which they were cut."""
    results: list[int] = []

    def one(name: str) -> None:
        asking = Asking(plugins, "echo", RunOptions(settings={"workers": {"per_model": 1}}))
        for number in range(30):
            asking.ask(f"{name}{number}", 0.001)
        results.append(len(asking.finish()))

    threads = [threading.Thread(target=one, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [30] * 4 == results
    assert ["local"] == models.LOADED


def test_a_direct_call_among_others_delivers_nothing_else(plugins: Plugins) -> None:
    """A blocking call inside of flow code must not run other code in between."""
    asking = Asking(plugins, "echo")
    asking.ask("a")
    blocking = plugins.bind_name("models", "echo", asking.run)
    assert "b" == blocking("b", 0.01)
    assert {} == asking.answers
    assert {"a": "a"} == asking.finish()


def test_stubborn_workers_are_replaced(plugins: Plugins, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls behind a stuck one are answered by another worker, in this run and in the next."""
    monkeypatch.setattr("planlang.runtime.workers.pool.GRACE", 0.05)
    asking = Asking(plugins, "stubborn")
    asking.ask("stuck", 2.0, timeout=0.05)
    assert asking.dispatcher.pump(wait=True)
    asking.ask("next")
    asking.finish()
    assert "next" == asking.answers["next"]
    asking.ask("stuck again", 60.0)
    asking.dispatcher.pump(wait=False)
    other = Asking(plugins, "stubborn")
    threading.Timer(0.05, asking.dispatcher.close).start()
    other.ask("other")
    start = time.monotonic()
    assert {"other": "other"} == other.finish()
    assert time.monotonic() - start < 30  # else it waited for the stuck one


def interrupt(thread: threading.Thread) -> None:
    """Raise `Interrupted` in `thread`, as Ctrl-C does."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(Interrupted))


class Interruptible:
    """A run in a thread of its own that makes calls until it is interrupted, and then closes its dispatcher."""

    def __init__(self, plugins: Plugins, function: str, **options: Any) -> None:
        self.asking = Asking(plugins, function)
        self._options = options
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.thread = threading.Thread(target=self._body)
        self.thread.start()

    def _body(self) -> None:
        try:
            self._work()
        except Interrupted:
            pass
        finally:
            with self._lock:
                self._ended.set()
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(threading.get_ident()), None)
            self.asking.run.end()

    def _work(self) -> None:
        for number in range(1_000_000):
            text = random.choice(("text", "poison", "broken", f"{number}"))  # noqa: S311 - timings
            self.asking.ask(text, random.choice((0, 0, 0.002)), **self._options)  # noqa: S311
            self.asking.dispatcher.pump(wait=number % 50 == 0)

    def interrupt(self) -> None:
        """Until it is heard: Python drops an exception that arrives in a weak reference's callback."""
        for _ in range(20):
            with self._lock:
                if not self._ended.is_set():
                    interrupt(self.thread)
            if self._ended.wait(0.2):
                return


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # as `interrupt` says
@pytest.mark.parametrize("function", ["echo", "preparing", "concurrent"])
def test_interrupts_at_any_moment_leave_nothing_behind(plugins: Plugins, function: str) -> None:
    """Again and again: the thread ends, the next run is answered, and there are no more threads than before."""
    chance = random.Random(5)  # noqa: S311 - timings
    Asking(plugins, function).ask("warm")
    for _ in range(25):
        run = Interruptible(plugins, function)
        time.sleep(chance.random() * 0.03)
        run.interrupt()
        run.thread.join(5)
        assert not run.thread.is_alive()
        asking = Asking(plugins, function)
        asking.ask("after")
        assert "after" == asking.finish()["after"].lower()
    assert eventually(lambda: len(workers()) <= 8)


def test_time_outs_at_any_moment(plugins: Plugins) -> None:
    """Every call is answered or timed out, whatever the others of its batch do."""
    chance = random.Random(5)  # noqa: S311 - timings
    for _ in range(10):
        asking = Asking(plugins, "echo")
        names = [f"{i}" for i in range(12)]
        for name in names:
            asking.ask(name, chance.choice((0.0, 0.02)), timeout=chance.choice((0.01, 0.02, 1.0)))
        answers = asking.finish()
        assert set(names) == set(answers)
        assert all(text == name or "timeout" in text for name, text in answers.items())


def test_the_program_may_end_at_any_moment(plugins: Plugins) -> None:
    """Calls in flight fail, none is left waiting, and all threads end."""
    chance = random.Random(5)  # noqa: S311 - timings
    for _ in range(20):
        asking = Asking(plugins, chance.choice(("echo", "preparing", "concurrent")))
        timer = threading.Timer(chance.random() * 0.04, plugins.close)
        timer.start()
        for number in range(40):
            asking.ask(f"{number}", 0.002)
        assert 40 == len(asking.finish())
        timer.join()
    plugins.close()
    assert eventually(lambda: not workers())
    fresh = Asking(plugins, "echo")
    fresh.ask("works again")
    assert {"works again": "works again"} == fresh.finish()


def test_a_model_that_cannot_be_loaded_fails_every_call(plugins: Plugins) -> None:
    """Also those made later in the run; another run tries again."""
    for _ in range(2):
        asking = Asking(plugins, "echo")
        for number in range(3):
            asking.ask(f"{number}", model="missing")
            asking.finish()
        told = "`echo` failed: the model `missing` could not be loaded: there is no such model"
        assert {told} == set(asking.answers.values())
        assert 3 == len(asking.answers)


_DROPPED = """
import atexit, gc, sys, threading

def tell():
    print([thread.name for thread in threading.enumerate() if thread.name.startswith("worker ")])

atexit.register(tell)  # the first to be registered is the last to be called
sys.path.insert(0, TESTS)
from dispatch import models
from planlang.plugins.loader import load
from planlang.runtime.engine import Engine

Engine(load({"models": models}, installed=False)).load(text='print(echo("hello"))').run()
gc.collect()
tell()
"""


def test_no_worker_is_left_when_the_program_ends() -> None:
    """Also those end whose engine is gone: CPython would stop them in the midst of a model's code."""
    text = _DROPPED.replace("TESTS", repr(str(Path(__file__).parent.parent)))
    done = subprocess.run([sys.executable, "-P", "-c", text], capture_output=True, text=True, timeout=60, check=True)
    hello, running, left = done.stdout.splitlines()
    assert hello == "hello"
    assert running != "[]"
    assert left == "[]"
    assert done.stderr == ""
