"""The examples in the documentation of the standard functions give what they say."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from planlang.lang.standard import TEXTS, Example, examples
from planlang.lang.standard.document import page
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions

ROOT = Path(__file__).parents[2]
EXAMPLES = [pytest.param(e, id=f"{name}-{i}") for name, t in TEXTS.items() for i, e in enumerate(examples(t.doc), 1)]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_gives_what_it_says(example: Example, engine: Engine):
    before, _, expression = example.source.rpartition("; ")
    shown = expression if expression.startswith("print(") else f"let it: any = {expression}\nprint(repr(it))"
    out = io.StringIO()
    engine.load(text=f"{before}\n{shown}\n").run(options=RunOptions(out=out))
    assert example.expected == out.getvalue().removesuffix("\n")


def test_every_function_that_needs_no_permission_has_an_example():
    without = [name for name, t in TEXTS.items() if not examples(t.doc) and not t.permissions]
    assert ["warn", "ask"] == without


def test_the_page_of_functions_is_up_to_date():
    expected = page()
    actual = (ROOT / "docs" / "functions.md").read_text(encoding="utf-8")
    assert expected == actual, "run: python -m planlang.lang.standard.document > docs/functions.md"
