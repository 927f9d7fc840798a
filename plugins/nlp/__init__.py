"""Text functions on language models: labels, vectors, writing, reading, and training.

Their signatures stand in `functions/`; the workers that answer them import torch when one is first used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planlang.plugins import hookimpl

from .functions import FUNCTIONS
from .functions.common import ENCODER, GENERATOR

__all__ = ["ENCODER", "GENERATOR", "INTERFACE_VERSION"]

INTERFACE_VERSION = 1


@hookimpl
def register_functions(register: Callable[[Any], None]) -> None:
    """The functions of this plugin."""
    for function in FUNCTIONS:
        register(function)
