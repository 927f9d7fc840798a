"""Generated programs that are killed at random moments and go on show what they show undisturbed."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from flow.agreement import Outcome
from flow.programs import seeded_program
from flow.world import Change, a_world

from planlang.lang.diagnostics import CheckError

from .killing import Survivor


def shown(outcome: Outcome, stream: str) -> str:
    """All that was shown on a stream."""
    return "".join(text for what, _, text in outcome.log if what == stream)


def changes(outcome: Outcome) -> list[Change]:
    """The changes of files in their order; a file that is written anew with what it holds is not changed."""
    made = [change for change in outcome.log if change[0].endswith("_bytes")]
    return [change for i, change in enumerate(made) if change[0] == "append_bytes" or made[i - 1 : i] != [change]]


@pytest.mark.parametrize("first", range(0, 200, 50))
def test_killed_programs_show_what_they_show_undisturbed(first: int, tmp_path: Path) -> None:
    """Result, output, changes, files and error; and no call that was answered is made again."""
    with a_world() as world:
        survivor = Survivor(world, tmp_path)
        for seed in range(first, first + 50):
            text = seeded_program(seed)
            if "\ntest " in f"\n{text}":
                continue  # tests are not journalled
            try:
                plan, expected = survivor.undisturbed(text, seed)
            except CheckError:
                continue
            found = survivor.survived(plan, seed, Random(seed), str(seed))  # noqa: S311 - moments, not secrets
            for part in ("result", "error", "files"):
                assert getattr(expected, part) == getattr(found, part), f"seed {seed}: {part}\n{text}"
            for stream in ("print", "warn"):
                assert shown(expected, stream) == shown(found, stream), f"seed {seed}\n{text}"
            assert set() == {tag for tag, times in survivor.scythe.kept.items() if times > 1}, f"seed {seed}\n{text}"
            assert changes(expected) == changes(found), f"seed {seed}\n{text}"
    assert survivor.deaths > 50
