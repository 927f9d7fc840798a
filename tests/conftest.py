"""Options that all tests share, and folders of their own for what runs leave."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest

from planlang.runtime.folders import cache_folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--regenerate` writes the golden files anew instead of comparing with them."""
    parser.addoption("--regenerate", action="store_true", help="write the golden files anew")


def pytest_configure() -> None:
    """Runs of tests, and answers of their pretend models, are not the user's; models that were fetched are shared."""
    if (
        signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    ):  # as in a shell's background: tests send Ctrl-C to what they start
        signal.signal(signal.SIGINT, signal.default_int_handler)
    there = cache_folder()
    own = Path(tempfile.mkdtemp(prefix="planlang-tests-"))
    atexit.register(shutil.rmtree, own, ignore_errors=True)
    (own / "cache").mkdir()
    for entry in there.iterdir() if there.is_dir() else ():
        if entry.name not in ("answers", "compiled", "tuned"):
            (own / "cache" / entry.name).symlink_to(entry)
    os.environ["PLANLANG_CACHE"] = str(own / "cache")
    os.environ["PLANLANG_STATE"] = str(own / "state")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests go to whichever process is free, but those that start Ray to one: each Ray is a dozen processes."""
    from xdist.scheduler import LoadScopeScheduling

    class OneRay(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "ray" if nodeid.startswith("tests/workers/") else nodeid

    return OneRay(config, log)
