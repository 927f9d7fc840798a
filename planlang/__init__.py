"""planlang: a small language for saying what is to be done with text and models.

    import planlang

    triage = planlang.load("triage.plan")
    triage.main(reviews=["Broken on arrival."])

The names below are imported on first use, so that the command `plan` starts quickly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planlang.lang.diagnostics import CheckError, Diagnostic
    from planlang.runtime.errors import LimitError, PlanError

    from .api import LoadedPlan, Task, load
    from .rendering import render

__version__ = "0.1.0"

__all__ = ["CheckError", "Diagnostic", "LimitError", "LoadedPlan", "PlanError", "Task", "load", "render"]

_HOMES = {
    "CheckError": "planlang.lang.diagnostics",
    "Diagnostic": "planlang.lang.diagnostics",
    "LimitError": "planlang.runtime.errors",
    "PlanError": "planlang.runtime.errors",
    "LoadedPlan": "planlang.api",
    "Task": "planlang.api",
    "load": "planlang.api",
    "render": "planlang.rendering",
}


def __getattr__(name: str) -> Any:
    """Import a public name where it is first used."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'planlang' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted(__all__)
