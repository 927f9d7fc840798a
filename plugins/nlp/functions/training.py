"""Functions that make models of one's own, and measure them."""

from __future__ import annotations

from typing import Any

FUNCTIONS: tuple[Any, ...] = ()
