"""A run of many calls that is killed in the middle goes on; tests/soak/scale.py, the long form, takes times."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from soak.scale import measure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and sockets of the file system")


def test_many_calls_killed_in_the_middle(tmp_path: Path) -> None:
    """The same outcome, no call twice but those in flight, no more memory; the long form holds time per call to 1.2."""
    found = measure(10_000, tmp_path)
    assert found["same_outcome"]
    assert found["calls_made_twice"] <= 64
    assert found["peak_mb_resumed"] <= found["peak_mb"] + 50
