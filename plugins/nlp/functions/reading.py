"""Functions that read texts: what is in them, in other words or in other languages."""

from __future__ import annotations

from typing import Any

FUNCTIONS: tuple[Any, ...] = ()
