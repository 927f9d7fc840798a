"""The command with pretend models, in this process or in one of its own, with a state folder for each test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from planlang.__main__ import main
from planlang.plugins import loader
from planlang.plugins.discovery import Found

FAKE = Found("fake", "fake_models", "", "")
TESTS = Path(__file__).parent.parent
LAUNCH = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from planlang.plugins import loader
from planlang.plugins.discovery import Found
loader.SHIPPED = (*loader.SHIPPED, Found("fake", "fake_models", "", ""))
from planlang.__main__ import main
sys.exit(main())
"""
"""What starts the command in a process of its own."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, with empty folders for state and cache beside it."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("PLANLANG_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PLANLANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(loader, "SHIPPED", (*loader.SHIPPED, FAKE))
    return here


@pytest.fixture
def plan(folder: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `plan` with the arguments given."""

    def run(*arguments: object) -> Done:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        os.chdir(folder)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return run


@pytest.fixture
def start(folder: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts `plan` in a process of its own."""

    def run(*arguments: object) -> subprocess.Popen[str]:
        words = [sys.executable, "-P", "-c", LAUNCH, *map(str, arguments)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder)

    return run


@pytest.fixture
def runs(tmp_path: Path) -> Callable[[], list[str]]:
    """The names of the runs there are, oldest first."""

    def listed() -> list[str]:
        there = tmp_path / "state" / "runs"
        return sorted(path.name for path in there.iterdir()) if there.is_dir() else []

    return listed
