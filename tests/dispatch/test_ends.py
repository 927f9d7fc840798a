"""Plans that are interrupted, fail or run out of time at any moment: exit code, partial output, no hang."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
COMMAND = """
import sys
from planlang.plugins import loader
from planlang.plugins.discovery import Found
loader.SHIPPED = (Found("models", "dispatch.models", "", ""),)
from planlang.__main__ import main
sys.exit(main())
"""
PLAN = """
warn("begun")
for i in range(300) {
  let first = echo("text {i}", seconds=0.02)
  print(echo("{first} again", seconds=0.01))
}
"""
OUTPUT = "".join(f"text {i} again\n" for i in range(300))
FAILING = """
for i in range(60) {
  if i == WHERE {
    print(echo("WHAT", seconds=0.3, timeout=TIMEOUT))
  }
  print(echo("text {i}", seconds=0.002))
}
"""


def start(folder: Path, text: str, *options: str) -> subprocess.Popen[str]:
    (folder / "a.plan").write_text(text, encoding="utf-8")
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(TESTS)!r})\n{COMMAND}"]
    words = ["run", "a.plan", "--no-cache", *options]
    return subprocess.Popen([*command, *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def begin(plan: subprocess.Popen[str]) -> float:
    """Wait until the plan itself runs; the time then."""
    assert plan.stderr is not None
    assert "begun\n" == plan.stderr.readline()
    return time.monotonic()


def test_ctrl_c_at_any_moment(tmp_path: Path) -> None:
    """It ends at once with exit code 130, and what it printed is a beginning of what it would have printed."""
    chance = random.Random(11)  # noqa: S311 - timings
    whole = start(tmp_path, PLAN)
    began = begin(whole)
    assert (OUTPUT, "") == whole.communicate(timeout=60)
    took = time.monotonic() - began
    for _ in range(8):
        plan = start(tmp_path, PLAN)
        begin(plan)
        time.sleep(chance.random() * took)
        plan.send_signal(signal.SIGINT)
        out, err = plan.communicate(timeout=20)
        assert OUTPUT.startswith(out)
        assert plan.returncode == 130 or (plan.returncode, out) == (0, OUTPUT), (plan.returncode, err)
        assert "Traceback" not in err


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.2])
def test_max_time_at_any_moment(tmp_path: Path, seconds: float) -> None:
    """Exit code 3, and a beginning of the output."""
    plan = start(tmp_path, PLAN, "--max-time", f"{seconds}s")
    out, err = plan.communicate(timeout=30)
    assert (3, True) == (plan.returncode, OUTPUT.startswith(out)), err
    assert f"the plan reached its time limit of {seconds:g} s" in err


@pytest.mark.parametrize(
    ("what", "timeout", "message"),
    [
        ("broken", "none", "`echo` failed: broken"),
        ("poison", "none", "`echo` failed: there is a mistake in the plugin"),
        ("slow", "0.02", "`echo` failed: it took longer than its timeout of 0.02 seconds"),
    ],
)
@pytest.mark.parametrize("where", [0, 17, 59])
def test_a_call_that_fails_anywhere(tmp_path: Path, what: str, timeout: str, message: str, where: int) -> None:
    """All that comes before it in the program is printed, and nothing that comes after it."""
    text = FAILING.replace("WHERE", str(where)).replace("WHAT", what).replace("TIMEOUT", timeout)
    plan = start(tmp_path, text)
    out, err = plan.communicate(timeout=30)
    assert ("".join(f"text {i}\n" for i in range(where)), 1) == (out, plan.returncode)
    assert message in err
