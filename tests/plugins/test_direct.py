"""Model calls that need no model, or a model for a part only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from plugin_sources import Source

from planlang.plugins import Ask, Context, Failure, Item, worker
from planlang.plugins.testing import Runner
from planlang.runtime.errors import PlanError
from planlang.runtime.run import RunOptions

ASKED: list[str] = []


class Lengths:
    """Measures texts, and notes what it was asked."""

    def load(self, context: Context) -> None:
        self.name = context.model

    def run(self, batch: Sequence[Item]) -> list[int]:
        ASKED.extend(item["text"] for item in batch)
        return [len(item["text"]) for item in batch]


def longer(arguments: Mapping[str, Any], model: Any) -> Any:
    """Numbers are compared at once; for a text, a model says how long it is; empty texts go to the worker whole."""
    text, limit = arguments["text"], arguments["limit"]
    if isinstance(text, int):
        return text > limit
    if text == "which":
        return model()[0] == "ruler"
    if text == "bad":
        raise Failure("it is bad", kind="value", hint="make it good")
    return Ask({"text": text.strip()}, lambda length: length > limit) if text else NotImplemented


@worker(f"{__name__}:Lengths", model="ruler", direct=longer)
def is_longer(text: str | int, limit: int = 3) -> bool | int:
    """Whether `text` is longer than `limit`."""
    raise NotImplementedError


@pytest.fixture
def plan() -> Iterator[Runner]:
    ASKED.clear()
    runner = Runner({"mine": Source(is_longer)})
    yield runner
    runner.close()


def test_a_call_without_need_of_a_model_is_answered_at_once(plan) -> None:
    """No model is loaded or asked, whether the call stands alone or its argument is known later only."""
    assert "true false true\n" == plan('print(is_longer(5), is_longer(2), is_longer("which"))')
    assert [] == ASKED
    later = "let n = if is_longer('abcd') then 5 else 0; let m = is_longer(n); print(m, is_longer(n, limit=5))"
    assert "true false\n" == plan(later)
    assert ["abcd"] == ASKED


def test_a_model_answers_a_part(plan) -> None:
    """It is asked what is left to ask; calls that differ only in the rest are one question."""
    source = 'let xs = [is_longer(" abc ", limit=n) for n in range(5)]; print(xs, is_longer(""))'
    assert "[true, true, true, false, false] 0\n" == plan(source)
    assert ["", "abc"] == sorted(ASKED)


def test_failures_are_told_as_those_of_workers(plan) -> None:
    """With what failed and what to do; a `catch` sees the kind, also of a call that waited for its argument."""
    with pytest.raises(PlanError, match="`is_longer` failed: it is bad") as caught:
        plan('is_longer("bad")')
    assert ("value", "make it good") == (caught.value.kind, caught.value.hint)
    source = 'try { let x = if is_longer("abcd") then "bad" else 1; print(is_longer(x)) } catch e { print(e.kind) }'
    assert "value\n" == plan(source)


def test_the_journal_keeps_what_the_model_said(plan, tmp_path: Path) -> None:
    """The cache knows the question again, and what becomes of its answer is computed anew."""
    from planlang.runtime.answer_cache import AnswerCache
    from planlang.runtime.engine import Engine

    cache = AnswerCache(tmp_path)
    try:
        for limit in (1, 9):
            loaded = Engine(plan.plugins).load(text=f'task main() -> any {{ return is_longer("abc", limit={limit}) }}')
            assert (limit == 1) == loaded.run(None, {}, RunOptions(cache=cache))
    finally:
        cache.close()
    assert ["abc"] == ASKED
