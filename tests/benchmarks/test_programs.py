"""The benchmark programs compute the same thing in every language: else their times say nothing."""

from __future__ import annotations

import json

import language
import pytest
from harness.engines import ENGINES
from harness.large_plan import large_plan
from harness.measure import Worker
from harness.suite import PROGRAMS, Program

from planlang.runtime.engine import Engine

NAMES = [program.name for program in PROGRAMS]
MODULES = {"monty": "pydantic_monty", "starlark_go": "starlark_go", "starlark_rust": "starlark"}


def result(engine: str, program: Program) -> object:
    """What the program gives at its small size, as JSON data (a pair is a list)."""
    return json.loads(json.dumps(ENGINES[engine](program).run(program.small)))


@pytest.mark.parametrize("engine", ["plan", "metered"])
@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_a_plan_gives_what_python_gives(engine, program):
    """Metered or not."""
    assert result("cpython", program) == result(engine, program)


@pytest.mark.parametrize("engine", MODULES)
@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_a_peer_gives_what_python_gives(engine, program):
    """Peers that are not installed, or cannot run a program, are left out; each runs in a process of its own."""
    pytest.importorskip(MODULES[engine])
    with Worker(engine, program) as worker:
        if worker.missing is not None:
            pytest.skip(worker.missing)
        _, found = worker.run(program.small)
    assert result("cpython", program) == found


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_the_checker_finds_nothing_wrong_with_a_program(program):
    """They are written as a careful user would write them: no warnings either."""
    expected = []
    assert expected == Engine().check(program.source("plan")).diagnostics


def test_the_long_plan_is_long_and_right():
    """What start-up is measured on has the length that is claimed, and no findings."""
    text = large_plan(2000)
    assert 2000 <= text.count("\n") < 2060
    expected = []
    assert expected == Engine().check(text=text).diagnostics


def test_figures_are_means_and_worst_cases_of_the_columns():
    """A column that was measured nowhere has no figure."""
    twelve = [{"cpython": 1.0, "metered": 1.5}, {"cpython": 4.0, "metered": 1.5, "monty": 0.5}]
    further = [{"cpython": 16.0, "metered": 1.5}]
    expected = {
        "geomean_vs_cpython": 2.0,
        "worst_vs_cpython": 16.0,
        "metered_ratio": 1.5,
        "metered_worst": 1.5,
        "vs_monty_geomean": 0.5,
        "vs_monty_worst": 0.5,
        "geomean_vs_cpython_all": 4.0,
    }
    assert expected == language.figures(twelve, [*twelve, *further])
