"""The soak of exactness in short: calls of many kinds, one at a time and all mixed, give the same answers."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.models
pytest.importorskip("torch")

from soak.exactness import FUNCTIONS, Asking, groups, mixed_calls, plain  # noqa: E402 - needs torch

LONG = {"entities", "find_pii", "mask", "extract", "summarize", "classify with examples", "generate, drawn", "chat",
        "generate, with a system text"}  # fmt: skip
"""Left to the soak: they load more models, or write much."""


def test_mixed_calls_give_the_same_answers_in_any_batch() -> None:
    """Each call on its own, and all under way together in another order."""
    functions = tuple(name for name in FUNCTIONS if name not in LONG)
    calls = mixed_calls(len(functions), 3, functions)
    asking = Asking("local")
    try:
        alone = asking.answers(calls, groups(len(calls), 0))
        assert list(map(plain, alone)) == list(map(plain, asking.answers(calls, iter([list(range(len(calls)))[::-1]]))))
    finally:
        asking.close()
