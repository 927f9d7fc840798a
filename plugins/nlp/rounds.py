"""Work that asks a model several times for one answer: all items of a batch ask together, round after round."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from planlang.plugins import Answer, Failure


@dataclass(frozen=True, slots=True)
class Ask:
    """A prompt, and the most tokens that its answer may have.

    choose: picks each next token from the logits, for language models; None takes the likeliest.
    """

    prompt: str
    most: int
    choose: Callable[[Any], int] | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote: the text, the tokens read and written, and whether it came to its end by itself."""

    text: str
    tokens: int
    ended: bool


Work: TypeAlias = Generator[list[Ask], list[Written], Any]
"""Yields what it asks, gets what was written, and gives the answer of its item. `Failure` comes out of a yield too."""
Write: TypeAlias = Callable[[Sequence[Ask]], "list[Written | Failure]"]


def answer_together(works: Sequence[Work], write: Write, stopping: Callable[[], bool]) -> list[Any]:
    """The answer of each work (an `Answer` with all its tokens) or its `Failure`, in their order."""
    runs = [_Run(work) for work in works]
    while live := [run for run in runs if run.outcome is None]:
        if stopping():
            return [run.outcome or Failure("it was stopped") for run in runs]
        written = iter(write([ask for run in live for ask in run.asked]))
        for run in live:
            run.go_on([next(written) for _ in run.asked])
    return [run.outcome for run in runs]


class _Run:
    """A work under way."""

    def __init__(self, work: Work) -> None:
        self.asked: list[Ask] = []
        self.outcome: Answer | Failure | None = None
        self._work = work
        self._tokens = 0
        self._step(lambda: next(work))

    def go_on(self, written: list[Written | Failure]) -> None:
        """Give it what was written for what it asked."""
        failures = [each for each in written if isinstance(each, Failure)]
        if failures:
            self._step(lambda: self._work.throw(failures[0]))
            return
        texts = [each for each in written if isinstance(each, Written)]
        self._tokens += sum(each.tokens for each in texts)
        self._step(lambda: self._work.send(texts))

    def _step(self, step: Callable[[], list[Ask]]) -> None:
        try:
            self.asked = step()
        except StopIteration as done:
            self.outcome = Answer(done.value, self._tokens)
        except Failure as failure:
            self.outcome = failure
