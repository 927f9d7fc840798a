"""The dataflow analysis of generated programs: it ends, it is the same each time, and what it says can be drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from planlang.graph_json import data
from planlang.graph_svg import picture
from planlang.graph_text import text
from planlang.lang.dataflow import dataflow
from planlang.lang.dataflow_graph import Free, Operation, Past, Reason
from planlang.plugins.loader import load
from planlang.runtime.engine import Engine

from . import models
from .programs import seeded_program


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
