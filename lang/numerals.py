"""The value of a number as it is written."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

INTEGER = re.compile(r"(?:0|[1-9]\d*)(?:_\d+)*", re.ASCII)
HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*")
DECIMAL = re.compile(r"\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?", re.ASCII)
LONGEST = 4000
"""More digits than this are refused: reading them takes time that grows with the square of their number."""


def number(text: str, report: Callable[[str, str], None]) -> int | float:
    """The number that `text` stands for; what is wrong with it goes to `report` as message and hint."""
    if len(text) > LONGEST:
        report(f"A number is written with at most {LONGEST} digits.", "Compute it: 10 ** 5000.")
    elif INTEGER.fullmatch(text):
        return int(text)
    elif HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    elif INTEGER.fullmatch(text.lstrip("0") or "0"):
        report("A number does not begin with 0.", f"Write {text.lstrip('0_')}.")
    elif DECIMAL.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
        report("This number is too large: a float ends at about 1.8e308.", "`inf` is the name of infinity.")
    else:
        report(f"`{text}` is no number.", _hint(text))
    return 0


def _hint(text: str) -> str:
    if text.startswith("."):
        return f"Write a digit before the point: 0{text}."
    if "__" in text or text.endswith("_"):
        return "One `_` may stand between two digits: 1_000_000."
    if text[:2].lower() in {"0b", "0o"}:
        return "Numbers are written in decimal (42) or hexadecimal (0xff)."
    if text[:2].lower() == "0x":
        return "Hexadecimal digits are 0-9 and a-f: 0xff."
    return "Numbers look like 42, 1_000_000, 0xff, 3.14 or 1e-5; names do not begin with a digit."
