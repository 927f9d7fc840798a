"""Workers that misbehave, and what reaches them: settings, secrets, the wish to stop."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from plugin_sources import bind, plugins_of

from planlang.plugins import Context, Item
from planlang.runtime.errors import PlanError
from planlang.runtime.progress import WorkReported
from planlang.runtime.run import Run, RunOptions


class Stubborn:
    """A worker that does not look at `stopping`."""

    def load(self, context: Context) -> None:
        pass

    def run(self, batch: list[Item]) -> list[str]:
        time.sleep(batch[0]["seconds"])
        return ["done" for _ in batch]


class Miscounting(Stubborn):
    def run(self, batch: list[Item]) -> list[str]:
        return []


class Reporting(Stubborn):
    def load(self, context: Context) -> None:
        self.context = context

    def run(self, batch: list[Item]) -> list[str]:
        self.context.report(1, 2)
        return [f"{self.context.settings['tone']} {self.context.secrets[item['text']]}" for item in batch]


class Leaking(Reporting):
    def run(self, batch: list[Item]) -> list[str]:
        raise ValueError(f"the key {self.context.secrets['key']} was refused")


class Quitting(Stubborn):
    def run(self, batch: list[Item]) -> list[str]:
        raise SystemExit(3)


class BadHints(Stubborn):
    def cost(self, item: Item) -> int:
        return 1 // 0


class BadClosing(Stubborn):
    def close(self) -> None:
        raise ValueError("not now")


def test_a_worker_that_does_not_stop_is_replaced(monkeypatch) -> None:
    """A stuck call holds back nobody but itself."""
    monkeypatch.setattr("planlang.runtime.workers.pool.GRACE", 0.1)
    ask = bind(Stubborn)
    with pytest.raises(PlanError, match="timeout"):
        ask(seconds=60.0, timeout=0.1)
    start = time.monotonic()
    assert "done" == ask()
    assert time.monotonic() - start < 30  # else it waited for the stuck one


def test_a_wrong_number_of_answers_is_the_plugins_fault() -> None:
    """Answers that cannot be matched to calls are not used."""
    with pytest.raises(PlanError, match="the plugin `mine` gave 0 answers to 1 calls"):
        bind(Miscounting)()


@pytest.mark.parametrize("cls", [Quitting, BadHints])
def test_whatever_a_worker_raises_only_fails_the_call(cls) -> None:
    """No thread dies and no call waits for ever."""
    ask = bind(cls)
    for _ in range(2):
        with pytest.raises(PlanError, match="there is a mistake in the plugin"):
            ask()


def test_a_worker_that_fails_when_it_is_closed_is_let_go(capfd) -> None:
    """Nobody is left who could be told."""
    plugins = plugins_of(BadClosing)
    assert "done" == plugins.bind_name("mine", "ask", Run())()
    plugins.close()
    assert "" == capfd.readouterr().err


def test_calls_that_wait_when_the_program_ends_are_told() -> None:
    """A thread that waits for a call is not left waiting."""
    plugins = plugins_of(Stubborn)
    ask = plugins.bind_name("mine", "ask", Run())
    told: list[str] = []

    def wait(text: str) -> None:
        try:
            ask(text, seconds=0.3)
        except PlanError as error:
            told.append(error.message)

    threads = [threading.Thread(target=wait, args=(str(i),)) for i in range(60)]  # more than a batch
    for thread in threads:
        thread.start()
    time.sleep(0.15)
    plugins.close()
    for thread in threads:
        thread.join(5)
    assert not any(thread.is_alive() for thread in threads)
    assert {"`ask` failed: the program is ending"} == set(told)


SETTINGS = {"plugins": {"mine": {"tone": "kind", "secrets": {"key": {"env": "FAKE_KEY"}, "none": {"env": "NO_KEY"}}}}}


def test_settings_and_secrets_reach_the_worker(monkeypatch) -> None:
    """plan.toml names where a secret is; a name that is missing is told without its value."""
    monkeypatch.setenv("FAKE_KEY", "s3cret")
    ask = bind(Reporting, Run(RunOptions(settings=SETTINGS)))
    assert "kind s3cret" == ask("key")
    with pytest.raises(PlanError, match="the secret `none` needs the environment variable NO_KEY, which is not set"):
        ask("none")
    with pytest.raises(PlanError, match="the secret `other` is not set"):
        ask("other")


@pytest.mark.parametrize("settings", [{"plugins": 3}, {"plugins": {"mine": 3}}, {"plugins": {"mine": {"secrets": 3}}}])
def test_settings_that_are_no_table_are_told(settings) -> None:
    """What stands in plan.toml is read only when it is needed, and told by its name there."""
    with pytest.raises(PlanError, match=r"`plugins[.a-z]*` in plan\.toml must be a table"):
        bind(Stubborn, Run(RunOptions(settings=settings)))()


def test_a_secret_in_a_file(tmp_path) -> None:
    """The path is seen from the folder of plan.toml."""
    (tmp_path / "key.txt").write_text("filed\n", encoding="utf-8")
    table = {"plugins": {"mine": {"tone": "t", "secrets": {"key": {"file": "key.txt"}}}}, "folder": str(tmp_path)}
    assert "t filed" == bind(Reporting, Run(RunOptions(settings=table)))("key")


def test_a_secret_is_hidden_in_error_messages(monkeypatch) -> None:
    """Plugins quote what they were given; plans and logs must not see it."""
    monkeypatch.setenv("FAKE_KEY", "s3cret")
    with pytest.raises(PlanError) as caught:
        bind(Leaking, Run(RunOptions(settings=SETTINGS)))("key")
    assert "`ask` failed: the key ••• was refused" == caught.value.message


def test_a_worker_can_report_how_far_it_is(monkeypatch) -> None:
    """Long batches show their progress."""
    monkeypatch.setenv("FAKE_KEY", "x")
    seen: list[Any] = []
    bind(Reporting, Run(RunOptions(settings=SETTINGS, on_progress=seen.append)))("key")
    assert WorkReported("mine.ask", 1, 2) in seen
