"""config.json of a model: nothing in it that runs code or reaches the hub, and no size that its weights do not have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .vetting_json import RefusedError, read_json
from .vetting_weights import Weights

_MOST_BYTES = 8 << 20
_DEPTH = 30

_CODE = ("auto_map", "custom_pipelines", "custom_generate", "trust_remote_code", "use_kernels")
_ELSEWHERE = ("base_model_name_or_path", "peft_type", "adapter_config")
_ATTENTION = re.compile(r"(_?(attn|experts)_implementation(_internal)?|_attn_implementation_autoset)")
_SAFE_ATTENTION = (None, True, False, "eager", "sdpa", "flash_attention_2", "flash_attention_3", "flex_attention",
                   "grouped_mm", "batched_mm")  # fmt: skip
_TYPE_NAME = re.compile(r"(torch\.)?(auto|half|double|u?int\d{1,2}|b?float\d{1,2}(_e\dm\d\w{0,4})?)")

_COUNTS = re.compile(r"layers?$|layers?_|n_layer|blocks?$|depth|experts|stages|groups?$")
"""Keys that count what is built one by one: none can be more than there are tensors."""
_LENGTHS = re.compile(r"position|ctx|context|length|window|token_?id|seq|max_|seed|theta|_len$|_id$|chunk|cache|base")
"""Keys that may be large without making the model so."""
_LARGEST_LENGTH = 1 << 26
_LEAST_COUNT, _LEAST_SIZE = 128, 65_536
"""What counts and sizes may be in any model: this costs nothing yet."""


def vet_config(path: Path, weights: Weights | None) -> dict[str, Any]:
    """The config in the file at `path`; raises `RefusedError` for one that is not to be used with these `weights`."""
    config = read_json(path, _MOST_BYTES, _DEPTH)
    kind, names = config.get("model_type"), config.get("architectures")
    if kind is not None and not (isinstance(kind, str) and re.fullmatch(r"[\w.-]{1,80}", kind)):
        raise RefusedError(f"`model_type` in {path.name} is no name")
    if names is not None and not (isinstance(names, list) and len(names) <= 16 and all(map(_is_class_name, names))):
        raise RefusedError(f"`architectures` in {path.name} is no list of names")
    for key, value in _entries(config):
        _vet_entry(path.name, key, value)
        if weights is not None:
            _vet_number(path.name, key, value, weights)
    return config


def _is_class_name(name: Any) -> bool:
    return isinstance(name, str) and name.isidentifier() and len(name) <= 100


def _entries(config: Any) -> Iterator[tuple[str, Any]]:
    """Every key with its value, at all levels; those of labels are data, and left out."""
    waiting = [config]
    while waiting:
        holder = waiting.pop()
        if isinstance(holder, list):
            waiting += [each for each in holder if isinstance(each, (dict, list))]
            continue
        for key, value in holder.items():
            yield key, value
            if isinstance(value, (dict, list)) and key not in ("id2label", "label2id", "task_specific_params"):
                waiting.append(value)


def _vet_entry(file: str, key: str, value: Any) -> None:
    if key in _CODE and value not in (None, False, {}, []):
        raise RefusedError(f"{file} asks to run code that comes with the model (`{key}`)")
    if key in _ELSEWHERE and value is not None:
        raise RefusedError(f"{file} is that of an adapter to another model (`{key}`); merge the two first")
    if key == "quantization_config" and value:
        raise RefusedError(f"{file} says that the weights are quantised; use the model itself, or one in GGUF form")
    if _ATTENTION.fullmatch(key):
        for name in value.values() if isinstance(value, dict) else [value]:
            if name not in _SAFE_ATTENTION:
                raise RefusedError(f"{file} asks for code from elsewhere (`{key}` is {str(name)[:60]!r})")
    if key in ("dtype", "torch_dtype") and not (value is None or _is_type(value)):
        raise RefusedError(f"`{key}` in {file} is no type of number: {str(value)[:40]!r}")


def _is_type(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_type, value.values()))
    return isinstance(value, str) and _TYPE_NAME.fullmatch(value) is not None


def _vet_number(file: str, key: str, value: Any, weights: Weights) -> None:
    for number in value if isinstance(value, list) else [value]:
        if isinstance(number, float) and number.is_integer() and abs(number) > 1e18:
            continue  # "as long as you like", as some write it
        if type(number) is not int or key == "model_max_length":
            continue
        most = _most(key, weights)
        if number > most:
            raise RefusedError(f"`{key}` in {file} is {_short(number)}, and the weights allow {most:,} at most")
        if number < -1_000_000:
            raise RefusedError(f"`{key}` in {file} is {_short(number)}")
        if number < 0 and not _LENGTHS.search(key) and re.search(r"size|heads|layers$|dim$", key):
            raise RefusedError(f"`{key}` in {file} is negative")
        if number == 0 and re.search(r"^hidden_size|num_attention_heads|^vocab_size", key):
            raise RefusedError(f"`{key}` in {file} is 0")


def _most(key: str, weights: Weights) -> int:
    if _COUNTS.search(key):
        return max(weights.tensors, _LEAST_COUNT)
    if key == "vocab_size":
        return weights.largest
    if _LENGTHS.search(key):
        return _LARGEST_LENGTH
    return max(weights.largest, _LEAST_SIZE)


def _short(number: int) -> str:
    return f"{number:,}" if abs(number) < 10**18 else f"a number of {len(str(abs(number)))} digits"
