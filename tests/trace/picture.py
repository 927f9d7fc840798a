"""The picture of `docs/traces.md`: `python -P tests/trace/picture.py PAGE`, for a page of `plan show --html`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from trace_browser import Browser

TARGET = Path(__file__).parents[2] / "docs" / "traces.png"


def picture(page: Path, target: Path) -> None:
    """Choose the first call of the last function of a run's page, and keep what the window shows."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, Browser(Path(profile)) as browser:
        browser.size(1240, 800)
        browser.open(page.absolute())
        browser.value("trace.call(trace.data.calls.function.indexOf(trace.data.functions.length - 1))")
        browser.value("trace.timeline.view.scrollTop = 0")
        browser.screenshot(target)


if __name__ == "__main__":
    picture(Path(sys.argv[1]), TARGET)
