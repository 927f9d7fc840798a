"""`plan run --on ray`: what the terminal shows, Ctrl-C, and what is told where there is no Ray."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from planlang.runtime.workers.protocol import Failure
from planlang.runtime.workers.ray.cluster import Connection

TESTS = Path(__file__).parent.parent
COMMAND = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
from planlang.plugins import loader
from planlang.plugins.discovery import Found
loader.SHIPPED = (Found("models", "dispatch.models", "planlang", ""),)
from planlang.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
PLAN = """
for i in range(COUNT) {
  print(echo("text {i}", seconds=SECONDS))
}
"""


def start(folder: Path, count: int, seconds: float, **environment: str) -> subprocess.Popen[str]:
    """The command, in a process group of its own, as in a terminal."""
    pytest.importorskip("ray")
    text = PLAN.replace("COUNT", str(count)).replace("SECONDS", str(seconds))
    (folder / "a.plan").write_text(text, encoding="utf-8")
    own = {"PLANLANG_STATE": str(folder / "state"), "PLANLANG_CACHE": str(folder / "cache"), **environment}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", COMMAND, "run", "a.plan", "--on", "ray"],
        cwd=folder,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.parametrize("mode", ["token", "disabled"])
def test_nothing_but_the_plan_is_shown(tmp_path: Path, mode: str) -> None:
    """Nothing of Ray's, with its token authentication and without."""
    plan = start(tmp_path, 20, 0.0, RAY_AUTH_MODE=mode)
    out, err = plan.communicate(timeout=120)
    assert ("".join(f"text {i}\n" for i in range(20)), "") == (out, err)
    assert 0 == plan.returncode


def test_ctrl_c_ends_the_program_and_its_cluster(tmp_path: Path) -> None:
    """With exit code 130, and no process left."""
    plan = start(tmp_path, 2000, 0.2)
    assert plan.stdout is not None
    assert "text 0\n" == plan.stdout.readline()
    os.killpg(plan.pid, signal.SIGINT)
    out, err = plan.communicate(timeout=60)
    assert 130 == plan.returncode
    assert "".join(f"text {i}\n" for i in range(1, 2000)).startswith(out)
    assert "Traceback" not in err
    assert "SIG" not in err


def test_an_address_where_nothing_listens_is_told_in_seconds() -> None:
    """Ray itself would try for a minute."""
    with pytest.raises(Failure, match=r"the Ray cluster at ray://127.0.0.1:9 cannot be reached: connection refused"):
        Connection("ray://127.0.0.1:9").wait()


def test_where_ray_is_not_installed_it_is_told_how_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or how to do without."""
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(Failure, match="Ray is not installed") as caught:
        Connection("local").wait()
    assert 'install it with: pip install "planlang[ray]", or run with --on local' == caught.value.hint
