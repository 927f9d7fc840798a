"""Findings as people see them: each `CODE-some-sentence.plan` is wrong, and the `.txt` beside it holds what is said.

`python -m pytest tests/diagnostics --regenerate` writes the texts anew; read the difference before you commit it.
Lines `#: allow = {"read": []}` give rights, as JSON (an empty list is all of a kind); without one rights do not matter.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import fake_models
import pytest

from planlang.lang.checker import check
from planlang.lang.library import Library
from planlang.lang.source import Source
from planlang.plugins import loader
from planlang.rendering import render_diagnostics
from planlang.runtime.permissions import Permissions

HERE = Path(__file__).parent
PAGES = Path(__file__).parents[2] / "lang" / "pages"
CASES = sorted(HERE.glob("PL*.plan"))


@pytest.fixture(scope="module")
def library() -> Library:
    """Standard functions, and a plugin of pretend models, one of whose functions a second plugin gives too."""
    plugins = loader.load({"fake": fake_models}, installed=False)
    twin = {"fake_text": plugins.signatures["fake"]["fake_text"]}
    return Library(plugins={**plugins.signatures, "twin": twin}, opaque=plugins.opaque)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_finding(case: Path, library: Library, request: pytest.FixtureRequest) -> None:
    """The plan is found wrong under its code, in the words of its golden text."""
    text = case.read_text(encoding="utf-8")
    allowed = re.search(r"^#: allow = (.*)$", text, flags=re.MULTILINE)
    rights = {kind: tuple(what) for kind, what in json.loads(allowed[1]).items()} if allowed else None
    permissions = Permissions(**rights) if rights is not None else None
    module = check(Source(text, case.name), library, path=str(case), permissions=permissions)
    assert case.stem.split("-")[0] in {finding.code for finding in module.diagnostics}
    shown = render_diagnostics(module.diagnostics) + "\n"
    golden = case.with_suffix(".txt")
    if request.config.getoption("--regenerate"):
        golden.write_text(shown, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == shown


def test_every_code_has_a_page_and_a_case() -> None:
    """`plan explain` knows exactly the codes that findings have, and each is shown by a case."""
    written = "".join(file.read_text(encoding="utf-8") for file in (PAGES.parent).glob("*.py"))
    codes = set(re.findall(r'"(PL\d{4})"', written))
    assert codes == {page.stem for page in PAGES.glob("*.md")}
    assert codes == {case.stem.split("-")[0] for case in CASES}


def test_pages_begin_with_their_code() -> None:
    """A page's first line is its code and title."""
    firsts = {page.stem: page.read_text(encoding="utf-8").splitlines()[0] for page in PAGES.glob("*.md")}
    assert {} == {code: line for code, line in firsts.items() if not line.startswith(f"# {code}: ")}
