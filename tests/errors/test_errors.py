"""Run-time errors as people see them: each `CASE.plan` fails, and `CASE.txt` holds what `plan run` shows.

`python -m pytest tests/errors --regenerate` writes the texts anew; read the difference before you commit it.
Lines `#: name = JSON` say how to run a case, as in `tests/conformance/cases.py`.
"""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import fake_models
import pytest

from planlang.plugins import loader
from planlang.rendering import render
from planlang.runtime.engine import Engine
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.values import from_python

HERE = Path(__file__).parent
CASES = sorted(p for p in HERE.glob("*.plan"))
KINDS = {"type", "value", "index", "key", "arithmetic", "assert", "fail", "call", "timeout", "permission", "limit"}


@pytest.mark.parametrize("case", CASES, ids=lambda p: p.stem)
def test_error(case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The plan fails and is explained as its golden text says."""
    for file in [case, *HERE.glob("modules/*.plan")]:
        shutil.copy(file, tmp_path)
    monkeypatch.chdir(tmp_path)
    options = _read_options(case.read_text(encoding="utf-8"))
    with pytest.raises(PlanError) as caught:
        _run(case.name, options)
    assert case.stem.split("-")[0] == caught.value.kind or case.stem.startswith("own-kind")
    shown = render(caught.value) + "\n"
    golden = case.with_suffix(".txt")
    if request.config.getoption("--regenerate"):
        golden.write_text(shown, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == shown


def test_every_kind_has_a_case() -> None:
    """No kind of error of the reference is without a golden text."""
    assert KINDS - {case.stem.split("-")[0] for case in CASES} == set()


def _run(name: str, options: dict[str, Any]) -> None:
    limits = {k: options[k] for k in Limits._fields if k in options}
    given = {k.removeprefix("with."): from_python(v) for k, v in options.items() if k.startswith("with.")}
    run = RunOptions(
        permissions=Permissions(**{kind: tuple(what) for kind, what in options.get("allow", {}).items()}),
        limits=Limits(**limits),
        out=io.StringIO(),
        err=io.StringIO(),
    )
    plan = Engine(_plugins()).load(name)
    plan.run(options.get("task"), given, run)


def _plugins() -> loader.Plugins:
    return loader.load({"fake": fake_models}, installed=False)


def _read_options(text: str) -> dict[str, Any]:
    return {name: json.loads(value) for name, value in re.findall(r"^#: ([\w.]+) = (.*)$", text, flags=re.MULTILINE)}
