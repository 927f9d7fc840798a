"""How many examples a search looks at: few and always the same in the suite, fresh ones without end when asked.

    PLANLANG_EXAMPLES=5000 python -m pytest tests/semantics

looks at 5000 examples in each search, and at other ones each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings

F = TypeVar("F", bound=Callable[..., Any])
_WANTED = int(os.environ.get("PLANLANG_EXAMPLES", "0"))
_TOLERATED = [
    HealthCheck.too_slow,
    HealthCheck.data_too_large,
    HealthCheck.filter_too_much,
    HealthCheck.large_base_example,
]


def examples(count: int) -> Callable[[F], F]:
    """A search of `count` examples in the suite."""
    return settings(
        max_examples=_WANTED or count,
        derandomize=not _WANTED,
        database=None,
        deadline=None,
        suppress_health_check=_TOLERATED,
    )
