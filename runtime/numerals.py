"""Numbers from text, and the text of ints, in bounded time.

Python refuses to convert ints of more than 4,300 digits, since its algorithm takes quadratic time. Splitting in halves
keeps every conversion within that bound and makes the largest int of the language (64 KiB) a matter of 0.2 s.
"""

from __future__ import annotations

import math

from .errors import LimitError
from .sizes import INT_BITS

SAFE_BITS = 13_000
"""Ints of no more bits than this have less than 4,300 digits."""
_DIGITS = 4_000
MAX_DIGITS = 157_827
"""No int within the limit has more digits."""


def to_text(number: int) -> str:
    """The decimal digits of `number`."""
    if number.bit_length() <= SAFE_BITS:
        return str(number)
    sign, number = ("-", -number) if number < 0 else ("", number)
    digits = int(number.bit_length() * 0.30103) + 1
    return sign + _split(number, digits).lstrip("0")


def _split(number: int, digits: int) -> str:
    if digits <= _DIGITS:
        return str(number).zfill(digits)
    half = digits // 2
    high, low = divmod(number, 10**half)
    return _split(high, digits - half) + _split(low, half)


def from_text(digits: str) -> int:
    """The int that `digits` (decimal digits alone, after an optional sign) stands for; `LimitError` beyond 64 KiB."""
    sign, digits = (digits[0], digits[1:]) if digits[:1] in ("-", "+") else ("", digits)
    if len(digits) <= _DIGITS:
        return int(sign + digits)
    digits = digits.lstrip("0") or "0"
    number = _join(digits) if len(digits) <= MAX_DIGITS else 1 << INT_BITS
    if number.bit_length() > INT_BITS:
        raise LimitError("the number is too large: ints are exact up to 64 KiB (about 157,000 digits)")
    return -number if sign == "-" else number


def _join(digits: str) -> int:
    if len(digits) <= _DIGITS:
        return int(digits)
    half = len(digits) // 2
    return _join(digits[:-half]) * 10**half + _join(digits[-half:])


def read_int(text: str) -> int | None:
    """The whole number that a text holds, white space around it aside; None if it holds none."""
    digits = text.strip()
    plain = digits[1:] if digits[:1] in ("-", "+") else digits
    if len(plain) > _DIGITS:
        return from_text(digits) if plain.isdecimal() else None
    try:
        return int(digits)
    except ValueError:
        return None


def read_float(text: str) -> float | None:
    """The number that a text holds, `inf` among them; None if it holds none, or one that no float can hold."""
    try:
        number = float(text)
    except ValueError:
        return None
    endless = math.isinf(number) and not text.strip().lstrip("+-").lower().startswith("inf")
    return None if endless or math.isnan(number) else number
