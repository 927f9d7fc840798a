"""The same tests on threads of this process and on actors of a cluster."""

from __future__ import annotations

import random
import threading
import time

import pytest

from planlang.runtime.progress import ModelLoading, WorkReported

from .asking import Place, eventually


def test_answers_come_for_each_call(place: Place) -> None:
    """In batches, from a model that is loaded once."""
    asking = place.asking(workers={"per_model": 1})
    for number in range(50):
        asking.ask(f"text {number}")
    assert {f"text {n}": f"text {n}" for n in range(50)} == asking.finish()
    assert 1 == len(place.noted("load"))
    assert 50 == sum(len(line) - 1 for line in place.noted("run"))
    assert len(place.noted("run")) < 15


def test_one_bad_item_of_a_batch_is_found_by_halves(place: Place) -> None:
    """Its neighbours are answered, in few further batches."""
    asking = place.asking()
    texts = [f"{i}" for i in range(7)]
    for text in (*texts, "poison"):
        asking.ask(text)
    answers = asking.finish()
    assert texts == [answers[text] for text in texts]
    assert "`echo` failed: there is a mistake in the plugin" == answers["poison"]
    assert "--debug shows where in the plugin `models`" == asking.errors["poison"].hint
    assert 7 == len(place.noted("run"))


def test_failures_keep_kind_message_and_hint(place: Place) -> None:
    """What a plan's `catch` sees does not hang on where the model ran."""
    asking = place.asking()
    asking.ask("fails")
    asking.finish()
    error = asking.errors["fails"]
    assert ("value", "`echo` failed: broken", "mend it") == (error.kind, error.message, error.hint)


def test_a_time_out_counts_from_when_a_worker_begins(place: Place) -> None:
    """Calls that wait for others are not timed out; the late one is, and its worker is free again at once."""
    asking = place.asking("concurrent", workers={"per_model": 1})
    asking.ask("warm")
    asking.finish()
    for number in range(20):
        asking.ask(f"{number}", 0.3, timeout=1.3)  # the last begins after 1.2 seconds and ends after 1.5
    asking.ask("late", 60.0, timeout=0.2)
    began = time.monotonic()
    answers = asking.finish()
    assert time.monotonic() - began < 50  # else it waited for the late one
    assert [f"{n}" for n in range(20)] == [answers[f"{n}"] for n in range(20)]
    assert "`concurrent` failed: it took longer than its timeout of 0.2 seconds" == answers["late"]


def test_stubborn_workers_are_replaced(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls behind a stuck one are answered by another worker."""
    monkeypatch.setattr("planlang.runtime.workers.pool.GRACE", 0.1)
    asking = place.asking("stubborn", workers={"per_model": 1})
    asking.ask("stuck", 60.0, timeout=0.1)
    asking.finish()
    asking.ask("next")
    began = time.monotonic()
    assert "next" == asking.finish()["next"]
    assert time.monotonic() - began < 30


def test_the_next_batch_is_prepared_while_one_runs(place: Place) -> None:
    """On another thread of the worker; what it gave is the second argument of the method that runs."""
    asking = place.asking("preparing", workers={"per_model": 1})
    for number in range(16):
        asking.ask(f"n{number}", 0.05)
    answers = asking.finish()
    assert [f"N{number}" for number in range(16)] == [answers[f"n{number}"] for number in range(16)]
    runners = {thread for _, thread, *_ in place.noted("ran")}
    assert {thread for _, thread, *_ in place.noted("prepare")} - runners


def test_a_class_may_answer_several_batches_at_a_time(place: Place) -> None:
    """With `concurrent = 4` four threads share one loaded model."""
    asking = place.asking("concurrent", workers={"per_model": 1})
    asking.ask("warm")
    asking.finish()
    asked = [f"meet {number}" for number in range(8)]
    for text in asked:
        asking.ask(text)
    answers = asking.finish()
    assert asked == [answers[text] for text in asked]
    assert 1 == len(place.noted("load"))


def test_a_second_copy_of_the_model_is_loaded_where_much_waits(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not where a setting forbids it."""
    monkeypatch.setattr("planlang.runtime.workers.pool.WORTH", 0.0)  # however slow the machine is just now
    for most in (1, 2):
        asking = place.asking(workers={"per_model": most})
        for number in range(200):
            asking.ask(f"{most} {number}", 0.1)
        assert 200 == len(asking.finish())
        assert most == len(place.noted("load"))


def test_items_share_batches_by_their_cost_and_key(place: Place) -> None:
    """Long texts and short ones never; together they cost no more than the worker takes."""
    for function in ("measured", "farmeasured"):
        asking = place.asking(function)
        for number in range(10):
            asking.ask(f"{number}")
            asking.ask(f"text {number}")
        asking.finish()
    for batch in (line[1:] for line in place.noted("run")):
        assert 1 == len({len(text) > 3 for text in batch})
        assert sum(2 * len(text) for text in batch) <= 20


def test_progress_is_told(place: Place) -> None:
    """Loading, and how far a long batch is."""
    seen: list[object] = []
    asking = place.asking("reporting", on_progress=seen.append)
    asking.ask("a")
    asking.finish()
    assert WorkReported("models.reporting", 1, 2) in seen
    assert seen.index(ModelLoading("pretend")) < seen.index(ModelLoading("pretend", done=True))


SECRETS = {"secrets": {"key": {"env": "PRETEND_KEY"}}}


def test_secrets_reach_the_worker_and_are_hidden(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the variable was set after the cluster had started."""
    monkeypatch.setenv("PRETEND_KEY", "s3cret")
    asking = place.asking(settings=SECRETS)
    asking.ask("secret key")
    asking.ask("secret none")
    answers = asking.finish()
    assert "`echo` failed: the key is •••" == answers["secret key"]
    assert "`echo` failed: the secret `none` is not set" == answers["secret none"]


def test_a_model_that_cannot_be_loaded_fails_every_call(place: Place) -> None:
    """Also those made later in the run; another run tries again."""
    for _ in range(2):
        asking = place.asking()
        for number in range(3):
            asking.ask(f"{number}", model="missing")
            asking.finish()
        told = "`echo` failed: the model `missing` could not be loaded: there is no such model"
        assert {told} == set(asking.answers.values())
        assert "name another" == asking.errors["0"].hint


def test_a_wrong_number_of_answers_is_the_plugins_fault(place: Place) -> None:
    """Answers that cannot be matched to calls are not used."""
    asking = place.asking("miscounting")
    asking.ask("a")
    told = "`miscounting` failed: the plugin `models` gave 0 answers to 1 calls"
    assert {"a": told} == asking.finish()


def test_runs_at_the_same_time_share_the_model(place: Place) -> None:
    """Each has a dispatcher of its own."""
    results: list[int] = []

    def one(name: str) -> None:
        asking = place.asking(workers={"per_model": 1})
        for number in range(30):
            asking.ask(f"{name}{number}", 0.001)
        results.append(len(asking.finish()))

    threads = [threading.Thread(target=one, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert [30] * 4 == results
    assert 1 == len(place.noted("load"))


def test_a_run_that_ends_early_leaves_its_workers_free(place: Place) -> None:
    """What it had under way is stopped."""
    first = place.asking(workers={"per_model": 1})
    first.ask("long", 60.0)
    first.dispatcher.pump(wait=False)
    assert eventually(lambda: bool(place.noted("run")) or first.dispatcher.pump(wait=False) or _turn(first))
    first.run_.end()
    second = place.asking(workers={"per_model": 1})
    second.ask("after")
    began = time.monotonic()
    assert {"after": "after"} == second.finish()
    assert time.monotonic() - began < 30


def _turn(asking: object) -> bool:
    asking.dispatcher._turn()  # type: ignore[attr-defined] - as `pump` does where it waits
    asking.dispatcher._collect()  # type: ignore[attr-defined]
    return False


def test_the_program_may_end_at_any_moment(place: Place) -> None:
    """Calls in flight fail, none is left waiting; the next run has fresh workers."""
    chance = random.Random(5)  # noqa: S311 - timings
    for _ in range(4):
        asking = place.asking(chance.choice(("echo", "preparing", "concurrent")))
        timer = threading.Timer(chance.random() * 0.5, place.plugins.close)
        timer.start()
        for number in range(40):
            asking.ask(f"{number}", 0.002)
        assert 40 == len(asking.finish())
        timer.join()
    fresh = place.asking()
    fresh.ask("works again")
    assert {"works again": "works again"} == fresh.finish()
