"""No false alarms: sensible programs are found to be without mistakes, and nothing crashes the checker."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .checking import check, codes

SENSIBLE = sorted(p for p in (Path(__file__).parent / "sensible").glob("*.plan") if p.stem != "silent")
SILENT = (Path(__file__).parent / "sensible" / "silent.plan").read_text(encoding="utf-8").split("---\n")
"""Programs in which too little is known to find anything."""
PIECES = (Path(__file__).parent / "pieces.txt").read_text(encoding="utf-8").splitlines()
"""Lines of programs, which make no sense together."""


@pytest.mark.parametrize("program", SENSIBLE, ids=lambda path: path.stem)
def test_sensible_programs(program):
    assert [] == [(d.code, d.message) for d in check(program.read_text(encoding="utf-8")).diagnostics]


@pytest.mark.parametrize("text", SILENT)
def test_silence_where_nothing_is_known(text):
    assert [] == codes(text)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_no_program_crashes_the_checker(lines):
    opened = [line for line in lines if line.endswith("{")]
    check("\n".join(lines) + "\n}" * len(opened))


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_no_text_crashes_the_checker(text):
    check(text)
