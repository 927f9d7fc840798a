"""Runs the conformance programs, one test for each; how they say what is expected stands in `cases.py`."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from planlang.lang.diagnostics import CheckError, Diagnostic
from planlang.runtime.display import text
from planlang.runtime.engine import Engine, Plan
from planlang.runtime.errors import PlanError
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, RunOptions
from planlang.runtime.values import from_python

from .cases import Case, Mark, read_cases

HERE = Path(__file__).parent
CASES = list(read_cases(HERE))


@pytest.fixture(scope="session")
def engine() -> Engine:
    """One engine for all programs, as in a process that runs many."""
    return Engine()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder of a program: the modules and files that the programs speak of."""
    shutil.copytree(HERE / "modules", tmp_path, dirs_exist_ok=True)
    (tmp_path / "note.txt").write_text("one\ntwo\n")
    (tmp_path / "allowed").mkdir()
    (tmp_path / "allowed" / "in.txt").write_text("inside\n")
    (tmp_path / "allowed" / "link.txt").symlink_to(tmp_path / "note.txt")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLAN_CONFORMANCE", "yes")
    return tmp_path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_program(case: Case, engine: Engine, folder: Path) -> None:
    """The program is reported, fails and prints exactly as it says."""
    (folder / "case.plan").write_text(case.text, encoding="utf-8")
    permissions = _permissions(case.options.get("allow", []))
    try:
        plan = engine.load("case.plan", permissions=permissions if case.options.get("check_permissions") else None)
        findings = plan.warnings
    except CheckError as error:
        plan, findings = None, error.diagnostics
    _compare_findings(case, findings)
    if plan is None:
        return
    out = io.StringIO()
    failure = _run(case, plan, _options(case, permissions, out), out)
    _compare_failure(case, failure)
    if case.output or not failure:
        assert "".join(f"{line}\n" for line in case.output) == out.getvalue()


def _run(case: Case, plan: Plan, options: RunOptions, out: io.StringIO) -> PlanError | None:
    if case.options.get("mode") == "test":
        results = plan.test(options)
        assert results, "there is no test"
        return next((r.error for r in results if r.error is not None), None)
    arguments = {k.removeprefix("with."): from_python(v) for k, v in case.options.items() if k.startswith("with.")}
    try:
        result = plan.run(case.options.get("task"), arguments, options)
    except PlanError as error:
        return error
    if result is not None:
        out.write(text(result, options.limits) + "\n")
    return None


def _options(case: Case, permissions: Permissions, out: io.StringIO) -> RunOptions:
    limits = {k: case.options[k] for k in Limits._fields if k in case.options}
    answers = iter(case.options.get("answers", []))
    return RunOptions(
        permissions=permissions,
        limits=Limits(**limits),
        seed=case.options.get("seed", 0),
        out=out,
        err=io.StringIO(),
        ask=lambda _prompt: next(answers),
    )


def _permissions(allow: list[str] | dict[str, list[str]]) -> Permissions:
    if isinstance(allow, list):
        return Permissions(**dict.fromkeys(allow, ()))
    granted: Any = {
        kind: tuple(str(Path(w).resolve()) if kind in ("read", "write") else w for w in what)
        for kind, what in allow.items()
    }
    return Permissions(**granted)


def _compare_findings(case: Case, findings: list[Diagnostic]) -> None:
    reported = [(*d.source.position(d.span.start), d.code, d.message) for d in findings if d.source.name == "case.plan"]
    elsewhere = [
        f"{d.source.name}:{d.source.position(d.span.start)[0]} {d.code}"
        for d in findings
        if d.source.name != "case.plan"
    ]
    expected = [m for m in case.findings if not any(m.fits(*r) for r in reported)]
    surplus = [r for r in reported if not any(m.fits(*r) for m in case.findings)]
    assert not expected, f"{_where(case, expected[0])} is not reported; reported were {reported}"
    assert not surplus, f"{case.file}.plan:{case.first + surplus[0][0] - 1}: not expected: {surplus}"
    assert case.options.get("elsewhere", []) == elsewhere


def _compare_failure(case: Case, failure: PlanError | None) -> None:
    if failure is None:
        assert case.failure is None, f"{_where(case, case.failure)} does not happen" if case.failure else ""
        return
    assert failure.place is not None, f"an error without a place: {failure.kind}: {failure.message}"
    line, column = failure.place.source.position(failure.place.span.start)
    at = f"{case.file}.plan:{case.first + line - 1}:{column} ({failure.place})"
    told = f"{failure.kind} error at {at}: {failure.message}"
    assert case.failure is not None, f"not expected: {told}"
    fits = case.failure.fits(line, column, failure.kind, failure.message)
    assert fits, f"expected {_where(case, case.failure)}, found {told}"


def _where(case: Case, mark: Mark) -> str:
    pattern = f" /{mark.pattern}/" if mark.pattern else ""
    return f"{mark.what}{pattern} at {case.file}.plan:{case.first + mark.line - 1}"
