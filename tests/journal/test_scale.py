"""A run of many calls that is killed in the middle does not slow down; tests/soak/scale.py is the long form."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from soak.scale import measure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and sockets of the file system")


def test_many_calls_killed_in_the_middle(tmp_path: Path) -> None:
    """The same outcome, no call twice but those in flight, and about the same cost for each call all the time.

    The bounds leave room for a busy machine and a short run; the long form holds the ratios to 1.2.
    """
    found = measure(10_000, tmp_path)
    assert found["same_outcome"]
    assert found["calls_made_twice"] <= 64
    assert found["end_to_start_undisturbed"] <= 2
    assert found["end_to_start_after_it"] <= 2
    assert found["show_seconds"] <= 2
    assert found["peak_mb_resumed"] <= found["peak_mb"] + 50
