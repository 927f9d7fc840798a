"""Where a run's workers are: threads of this process, or a Ray cluster."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from planlang.runtime.errors import PlanError

if TYPE_CHECKING:  # a plan that calls no models does not pay for them
    from planlang.runtime.workers.protocol import Workers

LOCAL = "local"
RAY = "ray"
HINT = "there are local, ray and ray://HOST:PORT"


class Places(Protocol):
    """What holds workers: the plugins of a program."""

    @cached_property
    def workers(self) -> Workers:
        """Those of this process."""
        ...

    def workers_on(self, place: str) -> Workers:
        """Those of a cluster."""
        ...


def is_place(text: Any) -> bool:
    """Whether `text` names a place: `local`, `ray` or `ray://HOST:PORT`."""
    return isinstance(text, str) and (text in (LOCAL, RAY) or re.fullmatch(r"ray://[^\s/]+", text) is not None)


def place_of(on: str | None, settings: Mapping[str, Any]) -> str:
    """Where workers are to be: what `--on` says, then plan.toml, then RAY_ADDRESS; Ray too where several GPUs are.

    Raises `PlanError` where what is said is no place.
    """
    table = settings.get("workers")
    wanted = on or (cast("dict[str, Any]", table).get("on") if isinstance(table, dict) else None)
    if wanted is not None:
        if not is_place(wanted):
            raise PlanError("value", f"`{wanted}` is no place for workers", HINT)
        return wanted
    if os.environ.get("RAY_ADDRESS"):
        return RAY
    return RAY if gpu_count() > 1 and _is_installed() else LOCAL


def _is_installed() -> bool:
    from importlib.util import find_spec

    return find_spec("ray") is not None


def workers_of(places: Places, on: str | None, settings: Mapping[str, Any]) -> Workers:
    """The workers of a run that is told `on` and has these `settings`."""
    place = place_of(on, settings)
    return places.workers if place == LOCAL else places.workers_on(place)


def gpu_count() -> int:
    """The GPUs of this machine that this process may use, without asking a library that takes seconds to import."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([each for each in visible.split(",") if each.strip() not in ("", "-1")])
    return sum(re.fullmatch(r"nvidia\d+", each.name) is not None for each in Path("/dev").glob("nvidia*"))
