"""Canonical JSON: one text for each value, from which its digest is made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from json.encoder import encode_basestring

from .errors import PlanError
from .numerals import to_text
from .run import Limits
from .sizes import DEFAULT_LIMITS
from .values import Opaque, TypeValue, Value
from .writing import Style, write

_MARK = "\0"
"""Begins what has no JSON of its own, so that it cannot be taken for a text of a plan's JSON."""


def canonical(value: Value, limits: Limits = DEFAULT_LIMITS) -> str:
    """`value` as JSON without white space, keys sorted, floats without a fraction written as ints (as in RFC 8785).

    Keys that are not text are written as text after a NUL, opaque values as their digest. Raises `LimitError`, and a
    `type` error for a function.
    """
    return write(value, _CANONICAL, limits)


def digest(value: Value, limits: Limits = DEFAULT_LIMITS) -> str:
    """The SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(value, limits).encode("utf-8", "surrogatepass")).hexdigest()


def fingerprint(value: Value, limits: Limits = DEFAULT_LIMITS) -> str:
    """A text that two values share exactly if they are equal: canonical JSON in which `true` is 1."""
    return write(value, _FINGERPRINT, limits)


def _number(value: float) -> str:
    return to_text(int(value)) if value.is_integer() else repr(value)


def _scalar(value: Value) -> str:
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if isinstance(value, Opaque):
        return encode_basestring(f"{_MARK}{value.plan_type} {value.digest()}")
    if isinstance(value, TypeValue):
        return encode_basestring(f"{_MARK}type {value.name}")
    raise PlanError("type", "a function has no digest")


def _identity(value: Value) -> str:
    if type(value) is bool:
        return str(int(value))
    return f"{_MARK}{id(value)}" if callable(value) else _scalar(value)


def _key(key: Value) -> str:
    return (encode_basestring(key) if type(key) is str else encode_basestring(_MARK + _scalar(key))) + ":"


def _identity_key(key: Value) -> str:
    return _key(int(key) if type(key) is bool else key)


_WRITERS: dict[type, Callable[[Value], str]] = {
    str: encode_basestring,
    int: to_text,
    float: _number,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
}
_CANONICAL = Style(_scalar, _key, separator=",", sort_keys=True)
_FINGERPRINT = Style(_identity, _identity_key, separator=",", sort_keys=True)
