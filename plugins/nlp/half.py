"""Linear layers in half precision (bfloat16), for answers that need not be exact, on machines that are faster so.

Where a processor multiplies bfloat16 in hardware (AMX), layers take a third to a fifth of the time. Where it does not,
they take longer than in float32. So a machine is tried once.
"""

# torch leaves most of its types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import torch

WORTH = 1.5
"""How many times as fast it must be."""
_ROWS, _WIDTH = 64, 1024
_local = threading.local()


@contextmanager
def half_precision(*, wanted: bool) -> Generator[None]:
    """Within it, this thread's packed layers compute in half precision, if that is `wanted`."""
    before = asked()
    _local.asked = wanted
    try:
        yield
    finally:
        _local.asked = before


def asked() -> bool:
    """Whether this thread is to compute in half precision."""
    return getattr(_local, "asked", False)


@functools.cache
def pays() -> bool:
    """Whether this machine is faster so; tried once, in some milliseconds."""
    from .packing import PackedLinear

    layer = PackedLinear(torch.nn.Linear(_WIDTH, _WIDTH, bias=False))
    rows = torch.ones(_ROWS, _WIDTH)
    try:
        whole, half = (_least_seconds(layer, rows, wanted=wanted) for wanted in (False, True))
    except RuntimeError:  # this torch has no such layer
        return False
    return half * WORTH < whole


def _least_seconds(layer: Callable[[Any], Any], rows: Any, *, wanted: bool) -> float:
    seconds: list[float] = []
    with torch.inference_mode(), half_precision(wanted=wanted):
        for _ in range(8):
            start = time.perf_counter()
            layer(rows)
            seconds.append(time.perf_counter() - start)
    return min(seconds)
