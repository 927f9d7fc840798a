"""A plugin with pretend models whose answers, right, wrong and failed, follow from the arguments alone.

What was asked is remembered, so that runs in different forms can be compared; `forget` starts anew.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict
from zlib import crc32

from planlang.plugins import Context, Failure, Item, function, hookimpl, worker

INTERFACE_VERSION = 1
Color = Literal["red", "green", "blue"]
COLORS = ("red", "green", "blue")
WORDS = ("ant", "bee", "cow", "dog", "elk")
REMOTE = "far_score"

CALLS: set[str] = set()
"""Every call that a model was asked to answer: function, model and arguments."""
_ATTEMPTS: dict[str, int] = {}


class Record(TypedDict):
    label: Color
    score: int
    ok: bool


def forget() -> None:
    """Start counting anew."""
    CALLS.clear()
    _ATTEMPTS.clear()


class PretendModel:
    """Answers every function of this plugin."""

    max_batch = 4

    def load(self, context: Context) -> None:
        self.model = context.model

    def answer(self, batch: list[Item]) -> list[object]:
        return [self._one(item) for item in batch]

    def _one(self, item: Item) -> object:
        name = item.function.rpartition(".")[2]
        call = f"{name} {self.model} {sorted(item.arguments.items())}"
        CALLS.add(call)
        if name == "sampled":
            return crc32(f"{item.seed} {call}".encode()) % 10
        return _ANSWERS[name](crc32(call.encode()) >> 3, call)


def _record(number: int, _call: str) -> object:
    return {"label": COLORS[number % 3], "score": number // 3 % 10, "ok": number // 30 % 2 == 0}


def _risky(number: int, call: str) -> object:
    """Mostly a number; or a failure at once, after three attempts, or gone at the third attempt; or a wrong answer."""
    way = number % 8
    if way == 0:
        return Failure(f"no answer {number % 5}")
    if way == 1:
        return Failure("busy for ever", retryable=True, hint="come back later")
    if way == 2:
        return "seven"
    if way == 3:
        _ATTEMPTS[call] = _ATTEMPTS.get(call, 0) + 1
        if _ATTEMPTS[call] < 3:
            return Failure("busy", retryable=True)
    return number % 10


def _guess(number: int, _call: str) -> object:
    """Something of no known type."""
    return (number % 7, "text", None, [1, 2], 2.5, {"score": 1}, number % 5, number % 6)[number // 7 % 8]


_ANSWERS: dict[str, Any] = {
    "score": lambda n, _: n % 10,
    "far_score": lambda n, _: n % 10,
    "color": lambda n, _: COLORS[n % 3],
    "holds": lambda n, _: n % 2 == 0,
    "reply": lambda n, _: WORDS[n % 5] + str(n % 3),
    "record": _record,
    "numbers": lambda n, _: [n % 5, n // 5 % 5, n // 25 % 5][: n // 125 % 4],
    "wording": lambda n, _: [WORDS[n % 5], WORDS[n // 5 % 5]][: n // 25 % 3],
    "maybe": lambda n, _: None if n % 3 == 0 else n % 10,
    "risky": _risky,
    "guess": _guess,
}
_MODEL = f"{__name__}:PretendModel.answer"


@worker(_MODEL, model="tiny")
def score(text: str) -> int:
    """A number from 0 to 9."""


@worker(_MODEL, model="far", hosts=["models.example"])
def far_score(text: str) -> int:
    """A number from 0 to 9, from another machine."""


@worker(_MODEL, model="tiny")
def color(text: str) -> Color:
    """One of three labels."""


@worker(_MODEL, model="small")
def holds(text: str) -> bool:
    """True or false."""


@worker(_MODEL, model="small")
def reply(text: str) -> str:
    """A short text."""


@worker(_MODEL, model="tiny")
def record(text: str) -> Record:
    """A record."""


@worker(_MODEL, model="small")
def numbers(text: str) -> list[int]:
    """Up to three numbers."""


@worker(_MODEL, model="large")
def wording(text: str) -> list[str]:
    """Up to two words."""


@worker(_MODEL, model="tiny")
def maybe(text: str) -> int | None:
    """A number, or none."""


@worker(_MODEL, model="large")
def risky(text: str) -> int:
    """A number, if it does not fail."""


@worker(_MODEL, model="large")
def guess(text: str) -> Any:
    """A value of any type."""


@worker(_MODEL, model="small")
def sampled(text: str) -> int:
    """A number that hangs on the seed too."""


@function
def pure_sum(a: int, b: int) -> int:
    """A function of a plugin that is no model call."""
    return a + b


@hookimpl
def register_functions(register) -> None:
    for each in (score, far_score, color, holds, reply, record, numbers, wording, maybe, risky, guess, sampled):
        register(each)
    register(pure_sum)
