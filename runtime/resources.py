"""`needs` and `prefers` (§4): whether this machine has what a task states."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from .errors import PlanError

_UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def reserve(needs: tuple[tuple[str, Any, bool], ...]) -> None:
    """Raise a `value` error unless this machine has every resource that is not optional."""
    for name, wanted, optional in needs:
        if not optional:
            _require(name, wanted)


def _require(name: str, wanted: Any) -> None:
    if name == "cpu" and wanted > (cores := os.cpu_count() or 1):
        raise _missing(f"{wanted:g} CPU cores", f"this machine has {cores}")
    if name == "memory" and (size := size_in_bytes(wanted)) > (there := _memory()):
        raise _missing(f"{size / 1e9:.3g} GB of memory", f"this machine has {there / 1e9:.3g} GB")
    if name == "gpu" and wanted > (count := len(gpus())):
        raise _missing(f"{wanted:g} GPU", f"this machine has {count or 'none'}")
    if name == "accelerator" and not any(str(wanted).lower() in gpu.lower() for gpu in gpus()):
        raise _missing(f"an accelerator {wanted}", f"this machine has {', '.join(gpus()) or 'none'}")


def _missing(what: str, there: str) -> PlanError:
    return PlanError(
        "value", f"this task needs {what}, and {there}", "run it elsewhere, or write `prefers` for `needs`"
    )


def size_in_bytes(text: Any) -> int:
    """`"4 GB"` in bytes; a bare number is bytes."""
    if isinstance(text, int | float):
        return int(text)
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", str(text).lower())
    if found is None or found[2] not in _UNITS:
        raise PlanError("value", f"`{text}` is no size", 'write a number and a unit, such as "4 GB"')
    return int(float(found[1]) * _UNITS[found[2]])


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def gpus() -> list[str]:
    """The names of the GPUs of this machine; asks torch only where a driver is there."""
    if not (Path("/dev/nvidia0").exists() or Path("/dev/kfd").exists()):
        return []
    try:
        import torch
    except ImportError:
        return []
    return [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
