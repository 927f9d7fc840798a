"""Generated programs show the same in flow form, in sequential form and in direct form, whatever the timing.

More of them, and other ones each time: `PLANLANG_EXAMPLES=5000 python -m pytest tests/flow`, or for hours on all
cores `python tests/soak/equivalence.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from .agreement import Comparer, RefusedError, a_comparer
from .programs import programs

_WANTED = int(os.environ.get("PLANLANG_EXAMPLES", "0"))
_TIMINGS = st.integers(0, 10_000)


def examples(count: int) -> Callable[[Any], Any]:
    """A search of `count` examples, always the same ones in the suite."""
    return settings(
        max_examples=_WANTED or count,
        derandomize=not _WANTED,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def comparer() -> Iterator[Comparer]:
    with a_comparer() as made:
        yield made


def _agrees(comparer: Comparer, program: str, timing: int) -> None:
    try:
        found = comparer.disagreements(program, (timing,))
    except RefusedError:
        reject()
    assert [] == found, "\n".join([f"timing {timing}", program, *found])


@examples(400)
@given(programs(), _TIMINGS)
def test_programs_of_every_kind(comparer: Comparer, program: str, timing: int) -> None:
    """A little of everything."""
    _agrees(comparer, program, timing)


@examples(400)
@given(programs("control"), _TIMINGS)
def test_loops_and_ways_out_of_them(comparer: Comparer, program: str, timing: int) -> None:
    """`for`, `while`, `match`, and `break`, `continue` and `return` that hang on answers."""
    _agrees(comparer, program, timing)


@examples(400)
@given(programs("errors"), _TIMINGS)
def test_failures_and_what_catches_them(comparer: Comparer, program: str, timing: int) -> None:
    """`try`, `fail`, `assert` and calls that fail."""
    _agrees(comparer, program, timing)


@examples(300)
@given(programs("values"), _TIMINGS)
def test_lists_and_dicts_that_change(comparer: Comparer, program: str, timing: int) -> None:
    """`push`, `pop`, `d[k] += n` and the like, where the place or the value is not known yet."""
    _agrees(comparer, program, timing)


@examples(300)
@given(programs("world"), _TIMINGS)
def test_output_and_files(comparer: Comparer, program: str, timing: int) -> None:
    """What is printed, written and read, and in which order."""
    _agrees(comparer, program, timing)


@examples(300)
@given(programs("functions"), _TIMINGS)
def test_functions_and_closures(comparer: Comparer, program: str, timing: int) -> None:
    """Functions, recursion, and function values that capture what is not known yet."""
    _agrees(comparer, program, timing)
