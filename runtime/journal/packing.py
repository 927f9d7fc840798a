"""Values as bytes for journals and caches: MessagePack, with what it lacks as extension types.

What is unpacked may come from a file that somebody else has written: nothing but plain data is ever made of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeAlias

import msgpack  # pyright: ignore[reportMissingTypeStubs]

from planlang.runtime.values import Opaque, TypeValue

_packb: Callable[..., bytes] = msgpack.packb  # pyright: ignore[reportUnknownMemberType, reportAssignmentType]
_Packer: Callable[..., Any] = msgpack.Packer  # pyright: ignore[reportUnknownMemberType]
_Unpacker: Callable[..., Any] = msgpack.Unpacker  # pyright: ignore[reportUnknownMemberType]
_unpackb: Callable[..., Any] = msgpack.unpackb  # pyright: ignore[reportUnknownMemberType]

Load: TypeAlias = Callable[[str, bytes], Any]
"""Gives the opaque value of a type's name and what its `save` saved; raises ValueError for a type not known."""

_OPAQUE, _BIG, _RANGE, _TYPE = 1, 2, 3, 4
"""Extension types: an opaque value, an int of more than 64 bits, a range, a type used as a value."""
NOT_SPLIT = _DEEP = b"\xc1"
"""Stands before data that nests too deep for MessagePack, as JSON; no MessagePack begins with it."""
_own = threading.local()
"""The packer of each thread: to make one costs more than to pack a call's arguments."""
_BIGGEST = 64 * 1024
"""Bytes of the largest int of the language."""


def pack(value: Any) -> bytes:
    """`value` as bytes, equal for equal values with their fields in the same order.

    Raises TypeError for what cannot be kept: functions, and objects that are no data.
    """
    packer: Any = getattr(_own, "packer", None) or _Packer(default=_further, unicode_errors="surrogatepass")
    _own.packer = None  # packing an opaque value may pack its parts
    try:
        packed: bytes = packer.pack(value)
    except ValueError:
        return _DEEP + _deep(value)
    _own.packer = packer
    return packed


def unpack(data: bytes, load: Load | None = None) -> Any:
    """What `pack` packed, as plain Python data. Raises ValueError for anything else."""
    try:
        if data[:1] == _DEEP:
            return _from_deep(data[1:])
        return _unpackb(data, strict_map_key=False, unicode_errors="surrogatepass", ext_hook=_Hook(load))
    except (ValueError, TypeError, KeyError, OverflowError, msgpack.UnpackException) as error:
        raise ValueError(f"damaged data: {error}") from None


def split(data: bytes) -> list[bytes]:
    """The elements of a packed list, each as `pack` packs it alone. Raises ValueError for anything else.

    Data that begins with `NOT_SPLIT` is refused: it is no MessagePack.
    """
    reader = _Unpacker(max_buffer_size=max(1, len(data)), strict_map_key=False)
    try:
        reader.feed(data)
        count: int = reader.read_array_header()
        ends: list[int] = [reader.tell()]
        for _ in range(count):
            reader.skip()
            ends.append(reader.tell())
    except (ValueError, TypeError, OverflowError, msgpack.UnpackException) as error:
        raise ValueError(f"damaged data: {error}") from None
    return [data[start:end] for start, end in pairwise(ends)]


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
        from planlang.lang.type_structure import structure  # few plans pack types

        return msgpack.ExtType(_TYPE, _packb([value.name, structure(value.type)]))
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
