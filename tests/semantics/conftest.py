"""How long the searches of this folder last: `suite` is quick and always the same, `long` looks for new mistakes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from planlang.runtime import compile_cache

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.large_base_example]
settings.register_profile(
    "suite", max_examples=150, derandomize=True, database=None, deadline=None, suppress_health_check=_SLOW
)
settings.register_profile("long", max_examples=5000, deadline=None, suppress_health_check=_SLOW)


@pytest.fixture(scope="package", autouse=True)
def _nothing_on_disk() -> Iterator[None]:
    """Thousands of programs that run once have no place in the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compile_cache, "look_up", lambda *_: None)
        patch.setattr(compile_cache, "keep", lambda *_: None)
        yield
