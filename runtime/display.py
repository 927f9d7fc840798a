"""Values as text: what `str`, `print` and interpolation show, formats, and literals of the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, lru_cache

from .errors import PlanError
from .numerals import SAFE_BITS, to_text
from .run import Limits
from .sizes import DEFAULT_LIMITS, too_large
from .values import FUNCTIONS, Opaque, TypeValue, Value, type_name
from .writing import Style, write

_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\", '"': '\\"', "{": "\\{", "}": "\\}"}
_PIECE = 1 << 20


def text(value: Value, limits: Limits = DEFAULT_LIMITS) -> str:
    """What `str(value)` gives: text bare, everything else as `literal` has it."""
    if type(value) is str:
        return value
    writer = _WRITERS.get(type(value))
    return literal(value, limits) if writer is None else writer(value)


def literal(value: Value, limits: Limits = DEFAULT_LIMITS) -> str:
    """`value` as the language writes it: `[1, "a", {k: none, (2): "b"}]`.

    Raises `LimitError` where the text would exceed the value-size limit.
    """
    return write(value, _STYLE, limits)


@cache
def _special() -> re.Pattern[str]:
    """What a literal escapes: quotes, backslashes, braces, and what cannot be seen or reorders the text around it.

    Compiled on first use, like the others here: a plan that shows no literal need not wait for it.
    """
    return re.compile(r'[\\"{}\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]')


@cache
def _bare_key() -> re.Pattern[str]:
    return re.compile(r"[^\W\d]\w*\Z")


def quoted(value: str) -> str:
    """A text as a literal in double quotes."""
    if len(value) <= _PIECE:
        return f'"{_special().sub(_escape, value)}"'
    pieces: list[str] = []
    length = 0
    for start in range(0, len(value), _PIECE):
        pieces.append(_special().sub(_escape, value[start : start + _PIECE]))
        length += len(pieces[-1])
        if length > DEFAULT_LIMITS.value_size:
            too_large(DEFAULT_LIMITS.value_size, "a text")
    return f'"{"".join(pieces)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _ESCAPES.get(character) or f"\\u{{{ord(character):x}}}"


def _key(key: Value) -> str:
    if type(key) is not str:
        return f"({_scalar(key)}): "
    return f"{key}: " if key.isidentifier() and _bare_key().match(key) else f"{quoted(key)}: "


def _scalar(value: Value) -> str:
    writer = _WRITERS.get(type(value))
    if writer is not None:
        return writer(value)
    if isinstance(value, Opaque):
        shown = type(value).__str__ is not object.__str__
        return str(value) if shown else f"<{value.plan_type}>"
    return function_name(value) if isinstance(value, FUNCTIONS) else "<opaque>"


def function_name(function: Callable[..., Value]) -> str:
    """How a function is shown: `fn name`, or `fn` if it has none."""
    name = getattr(function, "plan_name", None) or function.__name__
    name = name.partition("·")[2] or name
    return f"fn {name}" if name.isidentifier() and name != "lambda" else "fn"


_WRITERS: dict[type, Callable[[Value], str]] = {
    str: quoted,
    int: to_text,
    float: float.__repr__,
    bool: lambda value: "true" if value else "false",
    type(None): lambda _: "none",
    TypeValue: lambda value: value.name,
}
_STYLE = Style(_scalar, _key)


# --- Formats: `{x:.2f}` ----------------------------------------------------------------------------------

_SPEC = (
    r"(?:(?P<fill>.)?(?P<align>[<>=^]))?(?P<sign>[-+ ])?(?P<alternate>#)?(?P<zero>0)?(?P<width>\d*)"
    r"(?P<grouping>[_,])?(?:\.(?P<precision>\d+))?(?P<letter>[bdeEfFgGosxX%])?"
)
_WIDEST = 10_000
_FORMAT_HINT = "{x:.2f} has two digits after the point, {x:>8} is at the right of 8 columns, {x:,} groups thousands"


def formatted(value: Value, spec: str) -> str:
    """What `{value:spec}` gives: Python's format mini-language for numbers and text, with bounded width and precision.

    Values that are neither are formatted as the text that `str` gives. Raises a `value` error for an unknown format.
    """
    if not spec:
        return text(value)
    found = _parsed(spec)
    letter = found["letter"] or ""
    if type(value) is bool and letter not in ("", "s"):
        value = int(value)
    if type(value) is int or type(value) is float:
        return _format_number(value, spec, found)
    if letter not in ("", "s"):
        raise PlanError("value", f"the format {literal(spec)} is for numbers, not for {type_name(value)}", _FORMAT_HINT)
    return _format(text(value), spec)


@lru_cache(maxsize=256)
def _parsed(spec: str) -> re.Match[str]:
    found = re.fullmatch(_SPEC, spec, re.DOTALL)
    if found is None:
        raise PlanError("value", f"{literal(spec[:100])} is no format", _FORMAT_HINT)
    if any(len(found[part] or "") > 5 or int(found[part] or 0) > _WIDEST for part in ("width", "precision")):
        raise PlanError("value", f"a format can be at most {_WIDEST:,} characters wide")
    return found


def _format_number(value: int | float, spec: str, found: re.Match[str]) -> str:  # noqa: PYI041 - both are shown
    if type(value) is int and found["letter"] in (None, "d") and value.bit_length() > SAFE_BITS:
        return _format_large(value, found)
    return _format(value, spec)


def _format_large(value: int, found: re.Match[str]) -> str:
    """An int of more digits than Python's own formatting takes."""
    digits = to_text(abs(value))
    if found["grouping"]:
        head = len(digits) % 3
        groups = ([digits[:head]] if head else []) + [digits[i : i + 3] for i in range(head, len(digits), 3)]
        digits = found["grouping"].join(groups)
    sign = "-" if value < 0 else (found["sign"] or "").replace("-", "")
    return _format(sign + digits, f"{found['fill'] or ''}{(found['align'] or '>').replace('=', '>')}{found['width']}")


def _format(value: str | float, spec: str) -> str:
    try:
        return format(value, spec)
    except OverflowError:
        raise PlanError("arithmetic", "the number is too large for a float") from None
    except ValueError:
        message = f"{literal(spec)} is no format for {type_name(value)}"
        raise PlanError("value", message, _FORMAT_HINT) from None
