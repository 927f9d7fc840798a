"""Values as bytes for journals and caches: MessagePack, with what it lacks as extension types.

What is unpacked may come from a file that somebody else has written: nothing but plain data is ever made of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgpack  # pyright: ignore[reportMissingTypeStubs]

from planlang.runtime.values import Opaque, TypeValue

_packb: Callable[..., bytes] = msgpack.packb  # pyright: ignore[reportUnknownMemberType, reportAssignmentType]
_unpackb: Callable[..., Any] = msgpack.unpackb  # pyright: ignore[reportUnknownMemberType]

Load: TypeAlias = Callable[[str, bytes], Any]
"""Gives the opaque value of a type's name and what its `save` saved; raises ValueError for a type not known."""

_OPAQUE, _BIG, _RANGE, _TYPE = 1, 2, 3, 4
"""Extension types: an opaque value, an int of more than 64 bits, a range, a type used as a value."""
_DEEP = b"\xc1"
"""Stands before data that nests too deep for MessagePack, as JSON; no MessagePack begins with it."""
_BIGGEST = 64 * 1024
"""Bytes of the largest int of the language."""


def pack(value: Any) -> bytes:
    """`value` as bytes, equal for equal values with their fields in the same order.

    Raises TypeError for what cannot be kept: functions, and objects that are no data.
    """
    try:
        return _packb(value, default=_further, unicode_errors="surrogatepass")
    except ValueError:
        return _DEEP + _deep(value)


def unpack(data: bytes, load: Load | None = None) -> Any:
    """What `pack` packed, as plain Python data. Raises ValueError for anything else."""
    try:
        if data[:1] == _DEEP:
            return _from_deep(data[1:])
        return _unpackb(data, strict_map_key=False, unicode_errors="surrogatepass", ext_hook=_Hook(load))
    except (ValueError, TypeError, KeyError, OverflowError, msgpack.UnpackException) as error:
        raise ValueError(f"damaged data: {error}") from None


def _further(value: Any) -> Any:
    if isinstance(value, Opaque):
        save: Callable[[], bytes] | None = getattr(value, "save", None)
        if save is None:
            raise TypeError(f"a {value.plan_type} cannot be kept")
        return msgpack.ExtType(_OPAQUE, _packb([value.plan_type, save()]))
    if isinstance(value, int):
        return msgpack.ExtType(_BIG, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))
    if isinstance(value, range):
        return msgpack.ExtType(_RANGE, _packb([value.start, value.stop, value.step]))
    if isinstance(value, TypeValue):
        return msgpack.ExtType(_TYPE, _packb([value.name, repr(value.type)]))
    to_list: Callable[[], Any] | None = getattr(value, "tolist", None)
    if to_list is not None:  # NumPy's numbers and arrays, torch's tensors
        return to_list()
    raise TypeError("functions and objects of Python cannot be kept")


class _Hook:
    """Makes values of extension types."""

    def __init__(self, load: Load | None) -> None:
        self._load = load

    def __call__(self, code: int, data: bytes) -> Any:
        if code == _BIG and len(data) <= _BIGGEST + 1:
            return int.from_bytes(data, "big", signed=True)
        if code == _RANGE:
            start, stop, step = _unpackb(data)
            return range(start, stop, step)
        if code == _TYPE:
            name, _ = _unpackb(data)
            return str(name)
        if code == _OPAQUE:
            kind, saved = _unpackb(data)
            if self._load is not None and type(kind) is str and type(saved) is bytes:
                return self._load(kind, saved)
            return f"<{kind}>" if self._load is None else _unknown(kind)
        raise ValueError(f"extension type {code} is not known")


def _unknown(kind: Any) -> Any:
    raise ValueError(f"the type {str(kind)[:40]} is not known")


def _deep(value: Any) -> bytes:
    from planlang.runtime.run import Run
    from planlang.runtime.standard import bind
    from planlang.runtime.values import from_python

    to_json: Callable[[Any], str] = bind("to_json", Run())
    return to_json(from_python(value)).encode("utf-8", "surrogatepass")


def _from_deep(data: bytes) -> Any:
    from planlang.runtime.errors import PlanError
    from planlang.runtime.run import Run
    from planlang.runtime.standard import bind

    try:
        return bind("from_json", Run())(data.decode("utf-8", "surrogatepass"))
    except PlanError as error:
        raise ValueError(error.message) from None
