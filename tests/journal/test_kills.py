"""Real processes of `plan run` and `plan resume` that are killed, in short; tests/soak/kills.py is the long form."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from random import Random

import pytest
from soak.killing import victims
from soak.killing.moments import ANY, BATCH, END
from soak.killing.programs import PLANS, PlanRun
from soak.killing.runs import survive, undisturbed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and sockets of the file system")
SCALE = 0.3
WAYS = (ANY, BATCH, END, BATCH)
MOST_RUNS = 8
SHORT = ("dialogues", "ledger", "samples")


@pytest.mark.parametrize("plan", [plan for plan in PLANS if plan.stem in SHORT], ids=lambda plan: plan.stem)
def test_killed_runs_go_on_as_if_nothing_had_happened(plan: Path, tmp_path: Path) -> None:
    """Output, files and result are those of an undisturbed run, and no journalled call is made again."""
    start = partial(PlanRun, plan, scale=SCALE)
    calm = undisturbed(start, tmp_path / "calm")
    assert [] == calm.again
    random = Random(plan.stem)  # noqa: S311 - moments, not secrets
    kills = 0
    for run in range(MOST_RUNS):
        found = survive(start, tmp_path / str(run), victims.INTERPRETER, WAYS, random, calm)
        assert calm.outcome == found.outcome
        assert [] == found.again
        assert [[]] * len(found.kills) == [kill.journalled_repeated for kill in found.kills]
        kills += len(found.kills)
        if kills >= len(WAYS):
            return
    pytest.fail(f"only {kills} kills in {MOST_RUNS} runs: the moments are chosen badly")
