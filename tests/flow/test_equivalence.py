"""Generated programs show the same in flow form, in sequential form and in direct form, whatever the timing.

More of them, and other ones each time: `PLANLANG_EXAMPLES=5000 python -m pytest tests/flow`, or for hours on all
cores `python tests/soak/equivalence.py`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings

from .agreement import Comparer, RefusedError, a_comparer
from .programs import drawn_programs, programs

_WANTED = int(os.environ.get("PLANLANG_EXAMPLES", "0"))


def examples(count: int) -> Callable[[Any], Any]:
    """A search of `count` examples, always the same ones in the suite. The first that fails is made small by us."""
    return settings(
        max_examples=_WANTED or count,
        derandomize=not _WANTED,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


@pytest.fixture(scope="module")
def comparer() -> Iterator[Comparer]:
    with a_comparer() as made:
        yield made


def _agrees(comparer: Comparer, program: str) -> None:
    timings = (crc32(program.encode()) % 1000,)
    try:
        found = comparer.disagreements(program, timings)
    except RefusedError:
        reject()
    if found:
        pytest.fail("\n".join([*found, f"timing {timings[0]}", comparer.made_small(program, timings, found)]))


@examples(220)
@given(drawn_programs())
def test_programs_in_corners(comparer: Comparer, program: str) -> None:
    """Very small programs, programs of one kind of statement, and the like."""
    _agrees(comparer, program)


@examples(300)
@given(programs())
def test_programs_of_every_kind(comparer: Comparer, program: str) -> None:
    """A little of everything."""
    _agrees(comparer, program)


@examples(300)
@given(programs("control"))
def test_loops_and_ways_out_of_them(comparer: Comparer, program: str) -> None:
    """`for`, `while`, `match`, and `break`, `continue` and `return` that hang on answers."""
    _agrees(comparer, program)


@examples(300)
@given(programs("errors"))
def test_failures_and_what_catches_them(comparer: Comparer, program: str) -> None:
    """`try`, `fail`, `assert` and calls that fail."""
    _agrees(comparer, program)


@examples(300)
@given(programs("values"))
def test_lists_and_dicts_that_change(comparer: Comparer, program: str) -> None:
    """`push`, `pop`, `d[k] += n` and the like, where the place or the value is not known yet."""
    _agrees(comparer, program)


@examples(300)
@given(programs("world"))
def test_output_and_files(comparer: Comparer, program: str) -> None:
    """What is printed, written and read, and in which order."""
    _agrees(comparer, program)


@examples(300)
@given(programs("functions"))
def test_functions_and_closures(comparer: Comparer, program: str) -> None:
    """Functions, recursion, and function values that capture what is not known yet."""
    _agrees(comparer, program)
