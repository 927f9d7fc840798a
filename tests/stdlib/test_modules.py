"""Every module of the standard library is sound: no warnings, the standard layout, documentation, tests that pass."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from planlang.lang.formatter import format_source
from planlang.lang.standard import Example, examples
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions
from planlang.stdlib.document import MODULES, module_page, page

ROOT = Path(__file__).parents[2]
PLANS = sorted((ROOT / "stdlib").glob("*.plan"))
EXAMPLES = [
    pytest.param(name, example, id=f"{name}.{entry.name}-{i}")
    for name in MODULES
    for entry in module_page(name).entries
    for i, example in enumerate(examples(entry.doc), 1)
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_module_draws_no_warning_and_its_tests_pass(path: Path, engine: Engine):
    plan = engine.load(path)
    assert () == plan.warnings
    results = plan.test(RunOptions(out=io.StringIO(), err=io.StringIO()))
    assert {} == {r.title: r.error.message for r in results if r.error is not None}
    assert results


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_module_has_the_standard_layout(path: Path):
    text = path.read_text(encoding="utf-8")
    assert text == format_source(text)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_module_can_be_read_at_one_sitting(path: Path):
    assert len(path.read_text(encoding="utf-8").split("\n")) <= 280


@pytest.mark.parametrize("name", MODULES)
def test_all_that_a_module_gives_is_documented(name: str):
    module = module_page(name)
    assert module.introduction
    assert [] == [entry.name for entry in module.entries if not entry.doc]


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_an_example_gives_what_it_says(name: str, example: Example, engine: Engine):
    out = io.StringIO()
    shown = (
        example.source if example.source.startswith("print(") else f"let it: any = {example.source}\nprint(repr(it))"
    )
    source = f"import {name}\n{shown}\n"
    engine.load(text=source).run(options=RunOptions(out=out))
    assert example.expected == out.getvalue().removesuffix("\n")


def test_the_page_tells_of_all_modules_and_is_up_to_date():
    assert {path.stem for path in PLANS} == set(MODULES)
    expected = page()
    actual = (ROOT / "docs" / "stdlib.md").read_text(encoding="utf-8")
    assert expected == actual, "run: python -m planlang.stdlib.document > docs/stdlib.md"
