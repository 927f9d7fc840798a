"""The dataflow analysis of generated programs: it ends, it is the same each time, and what it says can be drawn."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Hashable, Iterator
from xml.etree import ElementTree as ET

import pytest
from dispatch.simulated import SimulatedPool, SimulatedWorkers

from planlang.graphs.json import data
from planlang.graphs.svg import picture
from planlang.graphs.text import text
from planlang.lang.dataflow import dataflow
from planlang.lang.dataflow_chains import REPEATED
from planlang.lang.dataflow_graph import Free, Kind, Operation, Past, Reason
from planlang.plugins.loader import load
from planlang.runtime.engine import Engine
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.workers.jobs import Batch
from planlang.runtime.workers.protocol import Capacity, OpenContext, WorkerKind

from . import models
from .programs import seeded_program
from .world import PERMISSIONS, World, a_world


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    plugins = load({"models": models})
    yield Engine(plugins)
    plugins.close()


@pytest.mark.parametrize("seeds", [range(at, at + 25) for at in range(0, 100, 25)], ids=str)
def test_any_program_has_a_graph(engine: Engine, seeds: range):
    graphs = 0
    for seed in seeds:
        program = seeded_program(seed)
        module = engine.check(text=program, name="a.plan")
        if not module.ok:
            continue
        found = dataflow(module)
        graphs += 1
        assert text(found) == text(dataflow(module)), program
        json.dumps(data(found))
        ET.fromstring(picture(found))  # noqa: S314 - our own
        for section in found.sections:
            for operation in section.operations:
                _waits_for_what_comes_before(operation, set(section.operations), program)
    assert graphs > len(seeds) / 2


def _waits_for_what_comes_before(operation: Operation, section: set[Operation], program: str) -> None:
    """In the same turn only for what comes earlier; of an earlier turn only for what is in that very loop."""
    for origin, why in operation.waits.items():
        if isinstance(origin, Free):
            continue
        if isinstance(origin, Past):
            assert origin.operation in set(origin.loop.operations()), program
            assert origin.loop in list(operation.region.around()), program
        elif origin in section and why.reason is not Reason.MAYBE_FILE:
            assert (origin.number, origin.column) < (operation.number, operation.column), program
            assert origin.column < operation.column, program


# --- Time ------------------------------------------------------------------------------------------------


_LEFT_OUT = re.compile(rf"risky|test |{models.REMOTE}")
"""What is tried again waits in between, tests have runs of their own, and what leaves the machine is held back by what
may fail before it."""


class EndlessPool(SimulatedPool):
    """As many workers as there are calls; each call takes one second of virtual time."""

    def __init__(self, workers: SimulatedWorkers) -> None:
        super().__init__(workers, Capacity(workers=100_000, max_batch=1))

    def start(self, batch: Batch) -> None:
        self._waiting.append(batch)
        self._begin()


class EndlessWorkers(SimulatedWorkers):
    def __init__(self) -> None:
        model = models.PretendModel()
        model.model = "any"
        super().__init__(lambda item: model.answer([item])[0])

    def pool(
        self, kind: WorkerKind, model: str, settings: Hashable, open_context: OpenContext, most: int | None = None
    ) -> EndlessPool:
        return self.pools.setdefault(model, EndlessPool(self))


@pytest.mark.parametrize("seeds", [range(at, at + 400) for at in range(1000, 2600, 400)], ids=str)
def test_no_run_takes_longer_than_the_longest_chain_of_its_graph(seeds: range):
    """With a worker for every call, and every call taking a second."""
    compared = 0
    for seed in seeds:
        program = seeded_program(seed)
        if _LEFT_OUT.search(program):
            continue
        with a_world() as world:
            world.reset()
            bound, seconds = _bound_and_seconds(program, world)
        if bound is not None:
            compared += 1
            assert seconds <= bound, f"{seconds} s, but {bound} by the graph (seed {seed}):\n{program}"
    assert compared > 5


def _bound_and_seconds(program: str, world: World) -> tuple[int | None, float]:
    """How many calls lie on the longest chain, None where that depends on data, and what a run took."""
    plugins = load({"pretend": models}, installed=False)
    workers = plugins.workers = EndlessWorkers()
    engine = Engine(plugins)
    path = world.folder / "program.plan"
    module = engine.check(path, program, "program.plan", PERMISSIONS)
    if not module.ok:
        return None, 0.0
    found = dataflow(module)
    length = sum(section.length for section in found.sections if section.kind != "fn")
    unknown = any(o.kind is Kind.CALL and o.called is None for s in found.sections for o in s.operations)
    if length >= REPEATED / 2 or unknown or any(section.recursive for section in found.sections):
        return None, 0.0
    options = RunOptions(PERMISSIONS, Limits(max_calls=5000, max_steps=100_000), out=world.out, err=world.err)
    with contextlib.suppress(PlanError):
        engine.load(path, program, "program.plan", PERMISSIONS).run(options=options)
    return int(length), workers.now()
