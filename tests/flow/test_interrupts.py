"""Runs in flow form that end early, again and again: what was done is a beginning, and nothing is left behind."""

from __future__ import annotations

import io
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fake_models
import pytest

from planlang.plugins.loader import load
from planlang.runtime.engine import Engine
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.execution import memory_in_use
from planlang.runtime.permissions import Permissions
from planlang.runtime.run import Limits, RunOptions

TESTS = Path(__file__).parent.parent
COMMAND = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from planlang.plugins import loader
from planlang.plugins.discovery import Found
loader.SHIPPED = (Found("fake", "fake_models", "", ""),)
from planlang.__main__ import main
sys.exit(main())
"""
WRITING = """
warn("begun")
for i in range(120) {
  let mood = fake_label(if i % 3 == 0 then "bad {i}" else "good {i}", seconds=0.01)
  try {
    if mood.label == "positive" {
      append("out.txt", "{fake_text("line {i}", seconds=0.005)}\\n")
    } else {
      fail "no {i}"
    }
  } catch e {
    print(e.message)
    continue
  }
  print("{i}: {mood.label}")
}
"""
PRINTED = "".join(f"no {i}\n" if i % 3 == 0 else f"{i}: positive\n" for i in range(120))
WRITTEN = "".join(f"reply to: line {i}\n" for i in range(120) if i % 3)

MIDST = """
task main(at: int, text: str, timeout: float?, retries: int) -> int {
  let found = 0
  for i in range(400) {
    let mood = fake_label(if i == at then text else "good {i}", timeout=if i == at then timeout else none, retries=retries, seconds=if i == at and timeout != none then 0.5 else 0.0)
    if mood.label == "positive" { found += 1 }
    print(i)
    if i == at + 1 { fake_label("broken as well") }
  }
  return found
}
"""  # noqa: E501 - one call
HEALTHY = 'print(fake_label("good").label, fake_text("again"))'
TURNS = """
task main(turns: int) -> int {
  let found = 0
  for i in range(turns) {
    let mood = fake_label("good {i}")
    if mood.label == "positive" { found += 1 }
    print(i)
  }
  return found
}
"""
DEEP = """
fn countdown(n: int) -> int {
  if n == 0 { return len(fake_text("end")) }
  return countdown(n - 1)
}
print(countdown(DEPTH))
"""
MAPPING = """
fn deeper(n: int) -> any {
  if n < 0 { fake_text("never") }
  return map([n + 1], deeper)
}
deeper(0)
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Engine]:
    before = set(named("worker "))
    plugins = load({"fake": fake_models}, installed=False)
    yield Engine(plugins)
    plugins.close()
    assert eventually(lambda: set(named("worker ")) <= before)


@pytest.fixture
def engine(shared: Engine) -> Iterator[Engine]:
    """An engine that must work as before after each test, with no thread of a plan left."""
    fake_models.forget()
    before = set(named("worker "))
    yield shared
    out = io.StringIO()
    shared.load(text=HEALTHY).run(options=RunOptions(out=out))
    assert "positive reply to: again\n" == out.getvalue()
    assert eventually(lambda: not named("plan"))
    assert len(set(named("worker ")) - before) <= 4
    quiet = len(fake_models.BATCHES)
    time.sleep(0.05)
    assert quiet == len(fake_models.BATCHES), "calls go on after the run"


def named(prefix: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith(prefix)]


def eventually(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


def counted(to: int) -> str:
    return "".join(f"{i}\n" for i in range(to))


def lines_of(out: io.StringIO) -> int:
    """How many numbers were printed; they are those from 0 on, whole lines only."""
    number = out.getvalue().count("\n")
    assert counted(number) == out.getvalue()
    return number


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────


def start(folder: Path, text: str, *options: str) -> subprocess.Popen[str]:
    (folder / "a.plan").write_text(text, encoding="utf-8")
    command = [sys.executable, "-P", "-c", COMMAND, "run", "a.plan", "--no-cache", *options]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def begin(plan: subprocess.Popen[str]) -> float:
    """Wait until the plan itself runs; the time then."""
    assert plan.stderr is not None
    assert "begun\n" == plan.stderr.readline()
    return time.monotonic()


def test_ctrl_c_leaves_a_beginning_of_output_and_file(tmp_path: Path) -> None:
    """Exit code 130 within seconds; every line printed or appended is one that comes next line by line."""
    chance = random.Random(3)  # noqa: S311 - timings
    file = tmp_path / "out.txt"
    whole = start(tmp_path, WRITING, "--allow-write")
    began = begin(whole)
    assert (PRINTED, "") == whole.communicate(timeout=60)
    took = time.monotonic() - began
    assert WRITTEN == file.read_text("utf-8")
    for _ in range(8):
        file.write_text("", encoding="utf-8")
        plan = start(tmp_path, WRITING, "--allow-write")
        begin(plan)
        time.sleep(chance.random() * took)
        plan.send_signal(signal.SIGINT)
        out, err = plan.communicate(timeout=20)
        if out == PRINTED:
            continue  # it came when all was done
        told = re.sub(r"plan: `plan resume [\w-]+` goes on from here\n", "", err.replace("interrupted\n", ""))
        assert (130, "") == (plan.returncode, told), (out[-200:], len(out), len(PRINTED))
        assert PRINTED.startswith(out)
        written = file.read_text("utf-8")
        assert WRITTEN.startswith(written)
        assert _in_step(out.count("\n"), written.count("\n"))


def _in_step(printed: int, appended: int) -> bool:
    """Whether a run that has printed so many lines has appended that many: one line is appended just before its print.

    Lines 1 and 2 of every three are appended.
    """
    before = printed - (printed + 2) // 3
    return appended in (before, before + 1)


def test_ctrl_c_while_the_command_ends(tmp_path: Path) -> None:
    """What comes too late changes nothing, and nobody is told of it in Python's words."""
    for wait in (0.0, 0.002, 0.005, 0.01, 0.02):
        plan = start(tmp_path, HEALTHY)
        assert plan.stdout is not None
        assert "positive reply to: again\n" == plan.stdout.readline()
        time.sleep(wait)
        plan.send_signal(signal.SIGINT)
        _, err = plan.communicate(timeout=20)
        told = re.sub(r"plan: `plan resume [\w-]+` goes on from here\n", "", err)
        assert (True, True) == (plan.returncode in {0, 130}, told in {"", "interrupted\n"}), (plan.returncode, err)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (TURNS, 3, "limit"),
        ('print(0)\nprint(fake_label("good", model="missing").label)\nprint(1)\n', 1, "could not be loaded"),
        (DEEP.replace("DEPTH", "100500"), 3, "nest too deeply"),
    ],
    ids=["max-steps", "no model", "too deep"],
)
def test_exit_codes(tmp_path: Path, text: str, code: int, says: str) -> None:
    """1 where the plan failed, 3 where a limit was reached, and what was printed before stays."""
    options = ("--max-steps", "1000", "--turns", "3000") if text is TURNS else ()
    plan = start(tmp_path, text, *options)
    out, err = plan.communicate(timeout=30)
    assert (code, True) == (plan.returncode, counted(3000).startswith(out)), err
    assert says in err
    assert "Traceback" not in err


# ── failures in the midst of many calls ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "timeout", "retries", "message"),
    [
        ("broken", None, 2, "`fake_label` failed: the text is broken"),
        ("flaky once", None, 1, "`fake_label` failed: busy"),
        ("poison", None, 0, "`fake_label` failed: there is a mistake in the plugin"),
        ("wrong", None, 2, "wrong answer in `fake_label`: the answer.label: expected"),
        ("good", 0.02, 0, "longer than its timeout of 0.02 seconds"),
    ],
)
def test_a_failure_in_the_midst_of_hundreds(
    engine: Engine, text: str, timeout: float | None, retries: int, message: str
) -> None:
    """The first failure in program order counts, and exactly what comes before it was printed."""
    plan = engine.load(text=MIDST, name="midst.plan")
    for at in random.Random(text).sample(range(398), 2):  # noqa: S311 - places
        fake_models.forget()
        out = io.StringIO()
        arguments = {"at": at, "text": text, "timeout": timeout, "retries": retries}
        with pytest.raises(PlanError, match=message) as failed:
            plan.run("main", arguments, RunOptions(out=out))
        assert at == lines_of(out)
        assert failed.value.kind in {"call", "timeout"}
        assert ("midst.plan:5:16", (at + 1,)) == (str(failed.value.place), failed.value.frames[-1].turns)


def test_a_failure_tells_the_same_in_sequence(engine: Engine) -> None:
    """Message, place, turns and output are those of a run that does one thing at a time."""
    told: list[object] = []
    for sequential in (True, False):
        out = io.StringIO()
        arguments = {"at": 150, "text": "broken", "timeout": None, "retries": 0}
        with pytest.raises(PlanError) as failed:
            engine.load(text=MIDST).run("main", arguments, RunOptions(out=out, sequential=sequential))
        error = failed.value
        told.append((error.message, str(error.place), [frame.turns for frame in error.frames], out.getvalue()))
    assert told[0] == told[1]


def test_a_model_that_cannot_be_loaded(engine: Engine) -> None:
    """It fails where its first call stands; calls of other models before it were made and printed."""
    text = 'for i in range(200) {\n  let m = if i < 50 then "fake" else "missing"\n  '
    text += 'fake_label("good {i}", model=m)\n  print(i)\n}\n'
    for _ in range(2):
        out = io.StringIO()
        with pytest.raises(PlanError, match=r"model `missing` could not be loaded: there is no such model"):
            engine.load(text=text).run(options=RunOptions(out=out))
        assert 50 == lines_of(out)


def test_a_failure_that_is_caught_among_many(engine: Engine) -> None:
    """Each `try` meets its own failure, whenever the others arrive."""
    text = """
    for i in range(300) {
      try {
        fake_label(if i % 7 == 0 then "broken {i}" else "good {i}", timeout=if i % 7 == 1 then 5.0 else none)
        print(i)
      } catch e {
        print("{i} {e.kind}")
      }
    }
    """
    out = io.StringIO()
    engine.load(text=text).run(options=RunOptions(out=out))
    assert "".join(f"{i}\n" if i % 7 else f"{i} call\n" for i in range(300)) == out.getvalue()


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("most", [1, 37, 399])
def test_a_limit_on_calls(engine: Engine, most: int) -> None:
    """So many calls are made, and what was printed is a beginning."""
    out = io.StringIO()
    with pytest.raises(LimitError, match=f"{most}"):
        engine.load(text=TURNS).run("main", {"turns": 400}, RunOptions(out=out, limits=Limits(max_calls=most)))
    assert lines_of(out) <= most
    assert sum(map(len, fake_models.BATCHES)) <= most


@pytest.mark.parametrize("most", [1, 100, 390])
def test_a_limit_on_steps(engine: Engine, most: int) -> None:
    """The same for turns."""
    out = io.StringIO()
    with pytest.raises(LimitError, match=f"{most}"):
        engine.load(text=TURNS).run("main", {"turns": 400}, RunOptions(out=out, limits=Limits(max_steps=most)))
    assert lines_of(out) <= most


def test_a_limit_on_time(engine: Engine) -> None:
    """It is kept while calls are waited for, and cannot be caught."""
    text = """
    for i in range(1000) {
      try { fake_label("good {i}", seconds=0.01) } catch e { print("caught") }
      print(i)
    }
    """
    plan = engine.load(text=text)
    for seconds in (0.03, 0.1, 0.2):
        out, began = io.StringIO(), time.monotonic()
        with pytest.raises(LimitError, match="time limit"):
            plan.run(options=RunOptions(out=out, limits=Limits(max_time=seconds)))
        assert time.monotonic() - began < 30
        assert lines_of(out) < 1000


def test_a_limit_on_memory(engine: Engine) -> None:
    """Answers that are kept fill it."""
    text = """
    let kept = []
    for i in range(1_000_000) {
      kept.push(fake_text("{i}") * 100_000)
      print(i)
    }
    """
    out = io.StringIO()
    limits = Limits(max_memory=memory_in_use() + 150_000_000)
    with pytest.raises(LimitError, match="memory limit"):
        engine.load(text=text).run(options=RunOptions(out=out, limits=limits))
    assert lines_of(out) < 1_000_000


def test_time_out_of_a_file_that_is_written(engine: Engine, tmp_path: Path) -> None:
    """What was appended is a beginning of what would have been."""
    text = 'for i in range(500) {\n  append("FILE", "{fake_text("{i}", seconds=0.005)}\\n")\n}\n'
    file = tmp_path / "a.txt"
    plan = engine.load(text=text.replace("FILE", str(file)))
    whole = "".join(f"reply to: {i}\n" for i in range(500))
    for seconds in (0.02, 0.06, 0.13):
        file.write_text("", encoding="utf-8")
        options = RunOptions(permissions=Permissions(write=(str(tmp_path),)), limits=Limits(max_time=seconds))
        with pytest.raises(LimitError):
            plan.run(options=options)
        assert whole.startswith(file.read_text("utf-8"))


# ── length and depth ─────────────────────────────────────────────────────────────────────────────────────────────────


class Measured(io.StringIO):
    """Takes what is printed, and notes how many blocks of memory Python holds now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self._seen = 0

    def write(self, text: str) -> int:
        self._seen += 1
        if self._seen % 16 == 0:
            self.most = max(self.most, sys.getallocatedblocks())
        return len(text)


def test_a_long_loop_keeps_few_objects(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times as many turns hold no more at their height, since the interpreter waits for answers."""
    monkeypatch.setattr("planlang.runtime.flow.scheduler.MOST_OUTSTANDING", 500)
    plan = engine.load(text=TURNS)
    heights: list[int] = []
    for turns in (3_000, 30_000):
        fake_models.forget()
        out, before = Measured(), sys.getallocatedblocks()
        assert turns == plan.run("main", {"turns": turns}, RunOptions(out=out))
        kept = 2 * turns  # the texts that the pretend model remembers, and the lists of them
        heights.append(out.most - before - kept)
    assert heights[1] < heights[0] + 20_000


def test_changes_that_are_through_are_forgotten(engine: Engine, tmp_path: Path) -> None:
    """Where nothing ever reads a file, nothing is kept of what was written to it."""
    text = f"""
    task main(turns: int) -> int {{
      for i in range(turns) {{
        append("{tmp_path}/out.txt", fake_label("good {{i % 7}}").label)
      }}
      let last = ""
      for j in range(32) {{
        last = fake_text(last)
        print(last)
      }}
      return turns
    }}
    """
    plan = engine.load(text=text)
    permissions = Permissions(write=(str(tmp_path),))
    heights: list[int] = []
    for turns in (2_000, 20_000):
        fake_models.forget()
        out, before = Measured(), sys.getallocatedblocks()
        assert turns == plan.run("main", {"turns": turns}, RunOptions(permissions=permissions, out=out))
        heights.append(out.most - before - 2 * turns)
    assert heights[1] < heights[0] + 20_000


def test_calls_nest_as_deep_as_promised(engine: Engine) -> None:
    """99,000 calls inside one another reach a model."""
    out = io.StringIO()
    engine.load(text=DEEP.replace("DEPTH", "99000")).run(options=RunOptions(out=out))
    assert "13\n" == out.getvalue()


def test_recursion_that_does_not_end(engine: Engine) -> None:
    """A limit of the plan, through a standard function too."""
    with pytest.raises(LimitError, match="nest too deeply"):
        engine.load(text=MAPPING).run(options=RunOptions())


def test_recursion_that_hangs_on_answers(engine: Engine) -> None:
    """Each call of the function waits for an answer before the next."""
    text = """
    task main(n: int) -> int {
      return depth(n)
    }
    fn depth(n: int) -> int {
      if n > 0 and fake_label("good {n}").label == "positive" { return 1 + depth(n - 1) }
      return 0
    }
    """
    assert 400 == engine.load(text=text).run("main", {"n": 400}, RunOptions())
