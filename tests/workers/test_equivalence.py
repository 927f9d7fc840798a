"""Generated programs show on actors what they show one statement after the other."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flow import agreement
from flow.agreement import Comparer, a_comparer
from flow.programs import seeded_program

from planlang.lang.diagnostics import CheckError

MOST_CALLS = 60
"""Programs with more are left out: what fails on purpose is tried again after a pause, here a real one."""


@pytest.fixture
def comparer(ray_here: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Comparer]:
    monkeypatch.setattr(agreement, "PATIENCE", 120.0)
    with a_comparer() as made:
        yield made
        made.engine.plugins.close()


def test_programs_show_the_same_on_actors(comparer: Comparer) -> None:
    """Result, output, files, error and call stack."""
    compared = 0
    for seed in range(24):
        text = seeded_program(seed)
        try:
            plan = comparer.load(text)
        except CheckError:
            continue
        expected = comparer.run(plan, sequential=True)
        if not 0 < len(expected.calls) <= MOST_CALLS or expected.broken:
            continue
        found = comparer.run(plan, on="ray", settings={"workers": {"per_model": 1}})
        told = f"seed {seed}\n{text}"
        assert "" == found.broken, told
        assert expected.error == found.error, told
        assert expected.result == found.result, told
        assert (expected.log, expected.files) == (found.log, found.files), told
        compared += 1
    assert compared >= 8
