"""The examples of the pages on what the checker finds: wrong ones are found under their code, right ones are clean."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planlang.lang import checker

from .checking import check

PAGES = sorted(p for p in (Path(checker.__file__).parent / "pages").glob("PL*.md") if not p.stem.startswith("PL01"))
NEEDS_RIGHTS = {"PL0501"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples(page):
    wrong, right = re.findall(r"```plan\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    rights = {} if page.stem in NEEDS_RIGHTS else None
    assert {page.stem} == {finding.code for finding in check(wrong, rights=rights).diagnostics}
    assert [] == [finding.message for finding in check(right, rights=rights).diagnostics]
