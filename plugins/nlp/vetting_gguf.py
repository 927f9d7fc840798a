"""Headers of GGUF files: counts, sizes and places held against the file, before anything is made of them.

The format: "GGUF", a version, how many tensors and settings there are; the settings, each a name, a type and a value;
then name, shape, type and place of each tensor; then the numbers (github.com/ggml-org/ggml/blob/master/docs/gguf.md).
"""

from __future__ import annotations

import math
import struct
from pathlib import Path
from typing import Any, BinaryIO

from .vetting_json import RefusedError
from .vetting_weights import Weights

_SIMPLE = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _LIST = 8, 9
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""For each type of number: how many stand in a block, and the bytes of one."""
_SIZES = ("embedding_length", "feed_forward_length", "head_count", "head_count_kv", "vocab_size", "key_length",
          "value_length", "dimension_count")  # fmt: skip


class _Reader:
    """Reads a header, and never beyond the end of its file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self.left = size

    def take(self, count: int, what: str) -> bytes:
        if count > self.left:
            raise RefusedError(f"{what} is said to take {count:,} bytes, and {self.left:,} are left in the file")
        self.left -= count
        data = self._file.read(count)
        if len(data) != count:
            raise RefusedError("the file ends in the midst of its header")
        return data

    def number(self, code: str, what: str) -> Any:
        return struct.unpack("<" + code, self.take(struct.calcsize("<" + code), what))[0]

    def text(self, what: str) -> str:
        length = self.number("Q", what)
        return self.take(length, what).decode("utf-8", "replace")

    def count(self, what: str, least: int) -> int:
        """How many there are of something that takes at least `least` bytes each."""
        found = self.number("Q", what)
        if found * least > self.left:
            raise RefusedError(f"there are said to be {found:,} {what}, and {self.left:,} bytes are left in the file")
        return found

    def value(self, kind: int, what: str, *, nested: bool = False) -> Any:
        if kind in _SIMPLE:
            return self.number(_SIMPLE[kind], what)
        if kind == _TEXT:
            return self.text(what)
        if kind != _LIST or nested:
            raise RefusedError(f"{what} is of no known type")
        inner = self.number("I", what)
        if inner in _SIMPLE:
            code = _SIMPLE[inner]
            count = self.count(f"elements of {what}", struct.calcsize("<" + code))
            self.take(count * struct.calcsize("<" + code), what)
        else:
            count = self.count(f"elements of {what}", 8)
            for _ in range(count):
                self.value(inner, what, nested=True)
        return [count]


def vet_gguf(path: Path) -> Weights:
    """What the header of the file at `path` says; raises `RefusedError` for one that is not as the format has it."""
    size = path.stat().st_size
    if not path.is_file():
        raise RefusedError(f"{path.name} is no ordinary file")
    with path.open("rb") as file:
        try:
            return _vet(_Reader(file, size), size)
        except RefusedError as error:
            raise RefusedError(f"{path.name}: {error}") from error


def _vet(reader: _Reader, size: int) -> Weights:
    if size < 24 or reader.take(4, "the header") != b"GGUF":
        raise RefusedError("it is not in GGUF form")
    if (version := reader.number("I", "the version")) not in (2, 3):
        raise RefusedError(f"it is of version {version} of the format, and 2 and 3 are known")
    tensors = reader.count("tensors", 24)
    settings = _settings(reader)
    alignment = settings.get("general.alignment", 32)
    if not isinstance(alignment, int) or not 8 <= alignment <= 65536 or alignment & (alignment - 1):
        raise RefusedError(f"its alignment is {str(alignment)[:20]}")
    weights, ends, names = Weights(), 0, set[str]()
    for _ in range(tensors):
        name = reader.text("the name of a tensor")
        if len(name) > 200 or name in names:
            raise RefusedError(f"there are two tensors `{name[:60]}`, or this is no name")
        names.add(name)
        ends = max(ends, _tensor(reader, name, alignment, weights))
    if ends > reader.left:
        raise RefusedError(f"its tensors take {ends:,} bytes, and {reader.left:,} are left in the file")
    _vet_settings(settings, weights)
    return weights


def _settings(reader: _Reader) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(reader.count("settings", 13)):
        key = reader.text("the name of a setting")
        if len(key) > 1000 or key in found:
            raise RefusedError(f"the setting `{key[:60]}` occurs twice, or this is no name")
        found[key] = reader.value(reader.number("I", key[:60]), f"`{key[:60]}`")
    return found


def _tensor(reader: _Reader, name: str, alignment: int, weights: Weights) -> int:
    """Count a tensor in; where its numbers end."""
    dimensions = reader.number("I", name)
    if dimensions > 4:
        raise RefusedError(f"the tensor `{name}` has {dimensions:,} dimensions")
    shape = [reader.number("Q", name) for _ in range(dimensions)]
    kind, offset = reader.number("I", name), reader.number("Q", name)
    if kind not in _BLOCKS:
        raise RefusedError(f"the numbers of the tensor `{name}` are of no known type")
    block, size = _BLOCKS[kind]
    count = math.prod(shape)
    if count % block or offset % alignment:
        raise RefusedError(f"the place of the tensor `{name}` does not fit its shape")
    weights.add(shape)
    return offset + count // block * size


def _vet_settings(settings: dict[str, Any], weights: Weights) -> None:
    for key, value in settings.items():
        last = key.rpartition(".")[2]
        if type(value) is not int:
            continue
        if (last in _SIZES and value > max(weights.largest, 1024)) or (
            (last.endswith("block_count") or "expert" in last) and value > max(weights.tensors, 128)
        ):
            raise RefusedError(f"`{key}` is {value:,}, and its weights are not as large")
        if last == "context_length" and value > 1 << 26:
            raise RefusedError(f"`{key}` is {value:,}")
    tokens = settings.get("tokenizer.ggml.tokens")
    if isinstance(tokens, list) and tokens[0] > weights.largest:
        raise RefusedError(f"it has {tokens[0]:,} tokens, and its weights have no more than {weights.largest:,} rows")
    if "tokenizer.chat_template" in settings:
        from .templates import TemplateError, check_template

        try:
            check_template(settings["tokenizer.chat_template"])
        except TemplateError as error:
            raise RefusedError(f"its chat template cannot be used: {error}") from error
