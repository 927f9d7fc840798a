"""Numbers, sizes and times as people write them: `1_000`, `2 GB`, `10m`; complaints are `ValueError`s."""

from __future__ import annotations

import re

UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}


def integer(text: str) -> int:
    """A whole number."""
    if not re.fullmatch(r"[+-]?[0-9][0-9_,]{0,40}", text.strip()):
        raise ValueError(f"`{text}` is no whole number")
    return int(text.replace("_", "").replace(",", ""))


def count(text: str) -> int:
    """A whole number that is not negative."""
    if (number := integer(text)) < 0:
        raise ValueError(f"`{text}` is less than 0")
    return number


def size(text: str) -> int:
    """A size in bytes: `500 MB`, `2GB`, `1 GiB`."""
    return int(_quantity(text, UNITS, "a size such as 500 MB or 2 GB"))


def duration(text: str) -> float:
    """A time in seconds: `30`, `90s`, `10m`, `2h`, `30d`."""
    return _quantity(text, SECONDS, "a time such as 30s, 10m or 2h")


def place(text: str) -> str:
    """Where models run: `local`, `ray` or `ray://HOST:PORT`."""
    from planlang.runtime.workers.places import HINT, is_place

    if not is_place(text):
        raise ValueError(f"`{text}` is no place for workers; {HINT}")
    return text


def in_words(bytes_: int) -> str:
    """A size as people write it: `0 B`, `512 B`, `4.1 MB`, `2 GB`."""
    shown = float(bytes_)
    for unit in ("B", "kB", "MB"):
        if shown < 999.95:
            return f"{shown:.1f}".removesuffix(".0") + f" {unit}"
        shown /= 1000
    return f"{shown:,.1f}".removesuffix(".0") + " GB"


def _quantity(text: str, units: dict[str, int], what: str) -> float:
    found = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)\s*([a-z]*)", text.strip().lower())
    if not found or found[2] not in units:
        raise ValueError(f"`{text}` is not {what}")
    return float(found[1]) * units[found[2]]
