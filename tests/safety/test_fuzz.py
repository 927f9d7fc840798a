"""Random changes of real programs never give a Python traceback or an internal error: only findings and plan errors."""

from __future__ import annotations

import io
import random
import re
from pathlib import Path

import pytest

from planlang.lang.diagnostics import CheckError
from planlang.rendering import render
from planlang.runtime.engine import Engine
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Limits, RunOptions

from .attack import LEAKS

TESTS = Path(__file__).parent.parent
FILES = [*sorted((TESTS.parent / "examples").glob("*.plan")), *sorted((TESTS / "conformance").glob("*.plan"))]
PROGRAMS = [chunk for f in FILES for chunk in re.split(r"^---\n", f.read_text(encoding="utf-8"), flags=re.MULTILINE)]
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\w+|\s+|[^\w\s]')
WORDS = """
    ( ) [ ] { } " ' \"\"\" \\ # ; , . .. ... : = == => -> ?? ? | + - * ** / // % < in not and or if then else for while
    fn let match case try catch fail return break continue import step test mock task type push needs none true 0 1 -1
    2.5 1e999 0x x xs len pop str int any list dict __class__ é 😀 {x}
"""
SPICE = [*WORDS.split(), "\n", "\0", "\u202e"]
"""What is put between the tokens of a program."""
ROUNDS = 40
"""Changed programs for each seed; with the seeds below a few seconds of work."""


def _change(tokens: list[str], chance: random.Random) -> list[str]:
    """The tokens with one of them doubled, dropped, replaced, moved or swapped, or another put in."""
    at = chance.randrange(len(tokens))
    other = chance.randrange(len(tokens))
    changed = list(tokens)
    match chance.randrange(6):
        case 0:
            del changed[at]
        case 1:
            changed.insert(at, changed[other])
        case 2:
            changed[at] = chance.choice(SPICE)
        case 3:
            changed.insert(at, chance.choice(SPICE))
        case 4:
            changed[at], changed[other] = changed[other], changed[at]
        case _:
            changed[at] = changed[other]
    return changed or [""]


def _try(engine: Engine, source: str) -> None:
    """Check and run the source; whatever is wrong with it is said in words of the language."""
    options = RunOptions(
        limits=Limits(max_steps=20_000, value_size=1_000_000, max_time=2.0),
        out=io.StringIO(),
        err=io.StringIO(),
        ask=lambda _prompt: "",
    )
    try:
        engine.load(text=source).run(None, {}, options)
    except (CheckError, PlanError) as error:
        shown = render(error)
    else:
        return
    assert LEAKS.search(shown) is None or LEAKS.search(source) is not None, f"{shown}\n{source}"


@pytest.mark.parametrize("seed", range(12))
def test_changed_programs(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs with one to four tokens changed are checked, run, and explained."""
    monkeypatch.chdir(tmp_path)
    chance = random.Random(seed)  # noqa: S311 - the same programs each time
    engine = Engine()
    for _ in range(ROUNDS):
        tokens = TOKEN.findall(chance.choice(PROGRAMS)) or [""]
        for _ in range(chance.randint(1, 4)):
            tokens = _change(tokens, chance)
        source = "".join(tokens)
        try:
            _try(engine, source)
        except Exception as error:
            raise AssertionError(f"this program gives a {type(error).__name__}:\n{source}") from error


@pytest.mark.parametrize("seed", range(4))
def test_soup(seed: int) -> None:
    """Sequences of tokens that were never a program are reported as such."""
    chance = random.Random(seed)  # noqa: S311 - the same programs each time
    engine = Engine()
    for _ in range(ROUNDS):
        source = " ".join(chance.choice(SPICE) for _ in range(chance.randint(1, 40)))
        try:
            _try(engine, source)
        except Exception as error:
            raise AssertionError(f"this program gives a {type(error).__name__}:\n{source}") from error
