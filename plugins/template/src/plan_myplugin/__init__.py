"""What the plugin gives to plans. Keep imports light here: signatures are read on every check of a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, TypedDict

from planlang.plugins import function, hookimpl, worker

INTERFACE_VERSION = 1


class Tone(TypedDict):
    """How a text is written."""

    label: Literal["loud", "calm"]
    score: Annotated[float, "from 0 to 1"]


@function
def myplugin_shout(text: str, times: Annotated[int, "how many marks"] = 1) -> str:
    """Say it loudly."""
    return text.upper() + "!" * times


@worker("plan_myplugin.model:ToneModel", model="plain")
def myplugin_tone(text: str) -> Tone:  # type: ignore[empty-body]
    """How `text` is written. The class in `model.py` answers, in batches; this body is never run."""


@hookimpl
def register_functions(register: Callable[[Any], None]) -> None:
    """The functions of this plugin."""
    register(myplugin_shout)
    register(myplugin_tone)
