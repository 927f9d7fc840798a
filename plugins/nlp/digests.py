"""What identifies a model: the SHA-256 of its files, and the versions of what computes with them.

Reading all weights takes a second for each gigabyte, so digests of files are kept in the cache folder, under all that
a change of a file changes. Nothing here imports torch.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

from planlang.runtime.folders import cache_folder

from . import fetch, loading, models
from .model_value import MANIFEST

_SHAPING = (
    "answerer",
    "classifiers",
    "constraints",
    "encoder",
    "encoding",
    "forms",
    "generator",
    "half",
    "grammars",
    "guidance",
    "heads",
    "judges",
    "label_likeness",
    "labeler",
    "language",
    "language_detector",
    "language_names",
    "likeness",
    "packing",
    "pattern_grammars",
    "prefixes",
    "prompts",
    "rounds",
    "sampling",
    "schemas",
    "scoring",
    "sentences",
    "seq2seq",
    "summarizer",
    "tasks",
    "template_bounds",
    "templates",
    "text_models",
    "texts",
    "token_counter",
    "translation",
    "translator",
    "type_grammars",
    "unfinished",
    "writing",
)
"""Modules of this plugin that shape answers."""
_TRAINING = ("trainer", "training_heads", "training_process")
"""Modules that shape what is trained."""
_LIBRARIES = ("torch", "transformers")
TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
                   "vocab.json", "vocab.txt", "merges.txt", "chat_template.json")  # fmt: skip
_NAMES = ("config.json", "generation_config.json", *TOKENIZER_FILES, MANIFEST)
_SUFFIXES = (".safetensors", ".model", ".spm", ".jinja", ".index.json")
_KEPT = 1000
_SETTLED = 2_000_000_000
"""Nanoseconds after which a change of a file shows in its time for sure."""


def digest(model: str, settings: Mapping[str, Any]) -> str:  # noqa: ARG001 - no setting of this plugin shapes answers
    """`sha256:…; torch 2.13, transformers 5.23, nlp 1a2b3c4d` for the model of this name; raises `Failure`."""
    for package in _LIBRARIES:
        if importlib.util.find_spec(package) is None:
            raise loading.not_installed(package)
    return f"sha256:{files_digest(model)}; {', '.join([*_versions(), f'nlp {_own_code()}'])}"


def training(model: str, settings: Mapping[str, Any]) -> str:
    """The same for what `finetune` makes of it."""
    own = hashlib.sha256(b"".join((Path(__file__).parent / f"{name}.py").read_bytes() for name in _TRAINING))
    return f"{digest(model, settings)}, training {own.hexdigest()[:8]}"


def files_digest(model: str) -> str:
    """The SHA-256 of the model's file where it is one (GGUF), else over the digests and names of all its files."""
    source = models.find(model)
    if source is None:
        return fetch.DIGEST
    with _Table(cache_folder() / "digests.json") as table:
        if source.is_file():
            return table.digest(source.resolve())
        root = source.resolve()
        lines = [f"{table.digest(path.resolve())} {path.relative_to(root).as_posix()}" for path in _files(root)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _NAMES or path.name.endswith(_SUFFIXES):
            yield path
    pooling = folder / "1_Pooling" / "config.json"
    if pooling.is_file():
        yield pooling


@cache
def _versions() -> list[str]:
    """The libraries that compute, as far as a change of their version may change an answer."""
    from importlib.metadata import PackageNotFoundError, version

    found: list[str] = []
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            found.append(f"{name} {'.'.join(version(name).split('.')[:2])}")
    return found


@cache
def _own_code() -> str:
    here = Path(__file__).parent
    own = hashlib.sha256()
    for path in [*(here / f"{name}.py" for name in _SHAPING), here / "sentiment.safetensors"]:
        own.update(path.read_bytes())
    return own.hexdigest()[:8]


class _Table:
    """Digests of files, kept from run to run under all that a change of a file changes.

    A table that cannot be read or written costs only time.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._kept: dict[str, Any] = {}
        self._changed = False

    def __enter__(self) -> Self:
        with suppress(OSError, ValueError):
            read = json.loads(self._place.read_text(encoding="utf-8"))
            self._kept = read if isinstance(read, dict) else {}
        return self

    def __exit__(self, *_: object) -> None:
        if not self._changed:
            return
        newest = dict(list(self._kept.items())[-_KEPT:])
        scratch = self._place.with_name(f"{self._place.name}.{os.getpid()}")
        with suppress(OSError):
            self._place.parent.mkdir(parents=True, exist_ok=True)
            scratch.write_text(json.dumps(newest), encoding="utf-8")
            scratch.replace(self._place)

    def digest(self, path: Path) -> str:
        state = path.stat()
        key = f"{path} {state.st_size} {state.st_mtime_ns} {state.st_ctime_ns} {state.st_ino} {state.st_dev}"
        found = self._kept.get(key)
        if isinstance(found, str) and len(found) == 64:
            return found
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if time.time_ns() - state.st_mtime_ns > _SETTLED:
            self._kept[key] = found
            self._changed = True
        return found
