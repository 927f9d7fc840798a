"""Programs in which two forms once disagreed. Each file says above its program what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .agreement import Comparer, a_comparer

_FOUND = sorted((Path(__file__).parent / "regressions").glob("*.plan"))
_TIMINGS = tuple(range(12))


@pytest.fixture(scope="module")
def comparer() -> Iterator[Comparer]:
    with a_comparer() as made:
        yield made


@pytest.mark.parametrize("path", _FOUND, ids=lambda path: path.stem)
def test_what_once_went_wrong(comparer: Comparer, path: Path) -> None:
    """All forms agree, whatever the timing."""
    assert [] == comparer.disagreements(path.read_text("utf-8"), _TIMINGS)
