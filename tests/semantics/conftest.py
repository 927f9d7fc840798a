"""What the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planlang.runtime import compile_cache


@pytest.fixture(scope="package", autouse=True)
def _nothing_on_disk() -> Iterator[None]:
    """Thousands of programs that run once have no place in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compile_cache, "look_up", lambda *_: None)
        patch.setattr(compile_cache, "keep", lambda *_: None)
        yield
