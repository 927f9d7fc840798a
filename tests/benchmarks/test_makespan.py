"""Plans come near the least time that their calls can take: measured in virtual time, so the same on every machine."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness import virtual_runs
from harness.virtual_shapes import SHAPES, inputs

AIM = 1.05
VARIANTS = sorted((Path(__file__).parent / "variants").glob("*.plan"))
SHAPE = {shape.name: shape for shape in SHAPES}


@dataclass(frozen=True)
class Variant:
    """A shape in other words."""

    name: str
    plan: Path
    sampled: bool


@pytest.mark.parametrize("shape", SHAPES, ids=SHAPE)
def test_a_plan_is_within_a_twentieth_of_the_bound(shape):
    """The aim of the benchmark, at its full sizes."""
    with inputs(shape, shape.sizes[0]) as given:
        bound, _ = virtual_runs.reference(shape, given)
        found = virtual_runs.plan(shape, given)
    assert found.seconds <= AIM * bound.seconds


@pytest.mark.parametrize("path", VARIANTS, ids=lambda path: path.stem)
def test_other_words_are_as_fast(path):
    """What overlaps hangs on what a plan means, not on how it says it: functions, `try`, `match`, `while`, prints."""
    shape = SHAPE[path.stem.partition("__")[0]]
    variant = Variant(path.stem, path, shape.sampled)
    given = shape.inputs(shape.sizes[2])
    expected, _ = virtual_runs.reference(shape, given)
    usual = virtual_runs.plan(shape, given)
    found = virtual_runs.plan(variant, given, out=io.StringIO(), err=io.StringIO())
    virtual_runs.check(variant, expected, found)
    assert found.seconds <= 1.02 * usual.seconds
