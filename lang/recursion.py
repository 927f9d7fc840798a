"""Room for Python functions that go down trees: expressions nest deep, and Python stops at a thousand calls."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def deep_recursion(calls: int) -> Generator[None]:
    """Let Python functions nest `calls` deep. Calls between them take no C stack, so that this costs memory alone."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, calls))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
