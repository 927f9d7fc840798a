"""The shapes of implicit parallelism: plan, reference and hand-written peers do the same, and are measured alike."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from harness import virtual_loop, virtual_runs
from harness.virtual_bound import Calls
from harness.virtual_shapes import SHAPES, files_of, inputs
from harness.virtual_workers import PacedClock
from peers import run as peers_run

from planlang.runtime.engine import Engine

# By its path: the tests of the flow form are a package that is called `flow` as well.
_SPEC = importlib.util.spec_from_file_location("flow_benchmark", Path(__file__).parents[2] / "benchmarks" / "flow.py")
flow = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(flow)

NAMES = [shape.name for shape in SHAPES]
SHAPE = {shape.name: shape for shape in SHAPES}


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_a_plan_makes_the_calls_of_its_reference_in_no_less_than_the_bound(shape):
    """Same calls, same result, and a makespan that shows the bound to be one."""
    with inputs(shape, shape.sizes[1]) as given:
        expected, _ = virtual_runs.reference(shape, given)
        found = virtual_runs.plan(shape, given)
    virtual_runs.check(shape, expected, found)
    assert expected.seconds <= found.seconds + 1e-9


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_sequential_execution_takes_the_sum_of_the_calls(shape):
    """One call at a time, each alone: the meaning of the plan, and what its speed is gained over."""
    with inputs(shape, shape.sizes[1]) as given:
        expected, calls = virtual_runs.reference(shape, given)
        found = virtual_runs.plan(shape, given, sequential=True)
    virtual_runs.check(shape, expected, found)
    assert pytest.approx(sum(call.alone for call in calls.made)) == found.seconds


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_asyncio_does_what_the_plan_does_in_no_less_than_the_bound(shape):
    """The comparison is with a program that gives the same result."""
    with inputs(shape, shape.sizes[1]) as given:
        expected, _ = virtual_runs.reference(shape, given)
        result, seconds = virtual_loop.run(flow.asyncio_program(shape, given))
        assert expected.result == files_of(given, result)
    assert expected.seconds <= seconds + 1e-9


@pytest.mark.parametrize(("peer", "package"), [("langchain", "langchain_core"), ("dspy", "dspy")])
def test_a_peer_does_what_the_plan_does(peer, package):
    """Where it is installed; `peers.run` compares its result with the reference's."""
    pytest.importorskip(package)
    module = importlib.import_module(f"peers.{peer}_shapes")
    for shape in (SHAPE["tree_of_thoughts"], SHAPE["files"]):
        assert peers_run.seconds(module, shape, 0.001) > 0


def test_virtual_time_is_the_same_in_every_run():
    """No clock of the machine is in a makespan."""
    shape = SHAPE["decompose"]
    given = shape.inputs(shape.sizes[1])
    assert virtual_runs.plan(shape, given).seconds == virtual_runs.plan(shape, given).seconds


def test_paced_workers_really_take_their_time():
    """At least the bound passes on their clock."""
    shape = SHAPE["skeleton"]
    given = shape.inputs(shape.sizes[1])
    expected, _ = virtual_runs.reference(shape, given)
    found = virtual_runs.plan(shape, given, PacedClock(0.02))
    virtual_runs.check(shape, expected, found)
    assert expected.seconds <= found.seconds


def test_a_plan_that_makes_other_calls_is_refused():
    """Its time would say nothing."""
    shape = SHAPE["skeleton"]
    expected, _ = virtual_runs.reference(shape, shape.inputs(3))
    found, _ = virtual_runs.reference(shape, shape.inputs(4))
    with pytest.raises(virtual_runs.WrongError, match="calls too many"):
        virtual_runs.check(shape, expected, found)


@pytest.mark.parametrize("shape", SHAPES, ids=NAMES)
def test_the_checker_finds_nothing_wrong_with_a_shape(shape):
    """They are written as a careful user would write them: no warnings either."""
    expected = []
    engine = Engine(virtual_runs.plugins())
    assert expected == engine.check(shape.plan).diagnostics


def test_a_plan_is_counted_without_comments_and_closing_brackets():
    """As its peers are."""
    assert 5 == flow.lines_of_code(SHAPE["chain"])
    assert 5 == flow.lines_of_code(SHAPE["chain"], "asyncio")


def test_a_bound_is_never_below_the_plain_ones():
    """Critical path and capacity alone are the bound's simplest cases."""
    for shape in SHAPES:
        with inputs(shape, shape.sizes[1]) as given:
            calls = Calls()
            shape.reference(calls, **given)
        assert max(calls.critical_path(), calls.capacity()) <= calls.bound() + 1e-9


def test_the_benchmark_ends_with_its_figures(monkeypatch, capsys):
    """A table for people, one JSON object for programs."""
    monkeypatch.setattr("sys.argv", ["flow.py", "--quick"])
    flow.main()
    lines = capsys.readouterr().out.splitlines()
    figures = json.loads(lines[-1])
    assert {"worst_makespan_ratio", "chain_ratio", "us_per_call", "million_turns_mb"} <= figures.keys()
    assert figures["worst_makespan_ratio"] == max(figures[f"{name}_makespan_ratio"] for name in NAMES)
    assert all(value > 0 for value in figures.values())
    assert len(lines) == len(SHAPES) + 2
