"""Headers of safetensors files: read without loading anything, and held against the size of their file.

The format: 8 bytes with the length of the header, the header in JSON (name → type, shape, place), then the numbers,
one tensor after the other without gaps (github.com/huggingface/safetensors).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .vetting_json import RefusedError, parse, read_json

_LONGEST_HEADER = 100_000_000
_OTHERS = (b"PK", b"\x1f\x8b", b"BZh9", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""How archives and pickles begin."""
_BITS = {
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
}


@dataclass(slots=True)
class Weights:
    """What the headers of a model's weights say together."""

    tensors: int = 0
    numbers: int = 0
    largest: int = 0
    """The largest of all dimensions."""

    def add(self, shape: Iterable[int]) -> None:
        """Count a tensor in."""
        shape = tuple(shape)
        self.tensors += 1
        self.numbers += math.prod(shape)
        self.largest = max(self.largest, *shape, 0)


def vet_safetensors(paths: Iterable[Path]) -> Weights:
    """What the headers of these files say; raises `RefusedError` for one that is not as the format has it."""
    weights = Weights()
    for path in paths:
        _vet_file(path, weights)
    return weights


def _vet_file(path: Path, weights: Weights) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if len(start) < 8 or length > min(size - 8, _LONGEST_HEADER) or length < 2:
            if start.startswith(_OTHERS):
                raise RefusedError(f"{path.name} is not in safetensors form but an archive or a pickle")
            raise RefusedError(f"the header of {path.name} is said to have {length:,} bytes, and the file has {size:,}")
        header = parse(file.read(length), f"the header of {path.name}", 8)
    room, end = size - 8 - length, 0
    for begin, stop, shape in sorted(_tensor(path, n, e) for n, e in header.items() if n != "__metadata__"):
        if begin != end:
            raise RefusedError(f"tensors of {path.name} overlap, or leave a gap between them")
        end = stop
        weights.add(shape)
    if end != room:
        raise RefusedError(f"the tensors of {path.name} take {end:,} bytes, and the file has {room:,} for them")


def _tensor(path: Path, name: str, entry: Any) -> tuple[int, int, tuple[int, ...]]:
    """Place and shape of one tensor."""
    entry = entry if isinstance(entry, dict) else {}
    shape, offsets, bits = entry.get("shape"), entry.get("data_offsets"), _BITS.get(str(entry.get("dtype")))
    if not _whole(shape) or not _whole(offsets) or len(offsets) != 2 or bits is None or len(name) > 1000:
        raise RefusedError(f"the header of {path.name} describes `{name[:60]}` in no known form")
    begin, end = offsets
    if len(shape) > 16 or begin > end or (end - begin) * 8 != math.prod(shape) * bits:
        what = " x ".join(map(str, shape[:6])) or "one number"
        raise RefusedError(f"the place of `{name[:60]}` in {path.name} does not fit its shape ({what[:80]})")
    return begin, end, tuple(shape)


def _whole(numbers: Any) -> bool:
    return isinstance(numbers, list) and all(type(n) is int and 0 <= n < 1 << 62 for n in numbers)


def vet_index(path: Path) -> None:
    """Raise `RefusedError` unless every file that the index of a model in several files names lies beside it."""
    found = read_json(path, 64 << 20, 8).get("weight_map")
    if not isinstance(found, dict):
        raise RefusedError(f"{path.name} has no weight_map")
    for name in {str(name) for name in found.values()}:
        if not re.fullmatch(r"[\w.-]+\.safetensors", name) or not (path.parent / name).is_file():
            raise RefusedError(f"{path.name} names {name[:80]!r}, which is no safetensors file beside it")
