"""Standard functions on JSON."""

from __future__ import annotations

from collections.abc import Callable
from json.encoder import encode_basestring
from math import isinf

from planlang.runtime.errors import PlanError
from planlang.runtime.numerals import to_text
from planlang.runtime.operators import words
from planlang.runtime.run import Run
from planlang.runtime.values import Value, share
from planlang.runtime.writing import Style, write

from .arguments import ABSENT, need_int, need_text
from .registry import Registry

FUNCTIONS = Registry()


def _float(value: float) -> str:
    if isinf(value):
        raise PlanError("value", "infinity has no JSON", "JSON knows finite numbers only; replace it first")
    return repr(value)


_WRITERS: dict[type, Callable[[Value], str]] = {
    str: encode_basestring,
    int: to_text,
    float: _float,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "null",
}


def _scalar(value: Value) -> str:
    writer = _WRITERS.get(type(value))
    if writer is None:
        raise PlanError(
            "type", f"{words(value)} has no JSON", "JSON knows text, numbers, true, false, none, lists and dicts"
        )
    return writer(value)


def _key(key: Value) -> str:
    return (encode_basestring(key) if type(key) is str else f'"{_scalar(key)}"') + ": "


@FUNCTIONS.add_with_run
def to_json(run: Run, x: Value, indent: Value = None) -> str:
    """The value as JSON text."""
    margin = None
    if indent is not None:
        width = need_int("to_json", indent, "indent")
        if not 0 <= width <= 100:
            raise PlanError("value", "`to_json` needs an `indent` from 0 to 100")
        margin = " " * width
    text = write(x, Style(_scalar, _key, indent=margin), run.limits)
    run.tick(len(text) >> 3)
    return text


@FUNCTIONS.add_with_run
def from_json(run: Run, s: Value, default: Value = ABSENT) -> Value:
    """The value that a JSON text stands for."""
    from planlang.runtime.json_reading import NotJson, decode, read_json

    run.tick(len(need_text("from_json", s)) >> 3)
    if default is ABSENT:
        return read_json(s, run.limits)
    try:
        return decode(s, run.limits)
    except NotJson:
        return share(default)


@FUNCTIONS.add_with_run
def digest(run: Run, x: Value) -> str:
    """The SHA-256 of the value's canonical JSON."""
    from planlang.runtime.canonical import canonical
    from planlang.runtime.canonical import digest as compute

    if type(x) is not str:
        run.tick(len(canonical(x, run.limits)) >> 3)
    return compute(x, run.limits)
