"""The examples of the pages on syntax errors: the wrong ones are wrong under their code, the right ones are right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from planlang.lang import parser
from planlang.lang.source import Source

PAGES = sorted((Path(parser.__file__).parent / "pages").glob("PL01*.md"))
CUT_SHORT = {"PL0112"}
"""Their wrong example would fill the screen."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples(page):
    wrong, right = re.findall(r"```plan\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    if page.stem not in CUT_SHORT:
        assert page.stem in {finding.code for finding in parser.parse(Source(wrong))[1]}
    assert [] == [finding.message for finding in parser.parse(Source(right))[1]]
