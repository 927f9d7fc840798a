"""Looks through the files of a model before anything is loaded from them. Everything that is refused is refused here.

Models come from strangers. Weights are read from safetensors and GGUF files alone, since pickles run code; code that
comes with a model is never run, nor fetched from anywhere; and no file may ask for more memory or time than its size
is worth. This module imports neither torch nor transformers, and takes milliseconds for most models.

Each file has its own rules: `vetting_configs`, `vetting_weights`, `vetting_gguf`, `vetting_tokenizers`, `templates`.
"""

from __future__ import annotations

import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

from planlang.plugins import Failure

from .heads import HEAD
from .vetting_configs import vet_config
from .vetting_json import RefusedError, read_json
from .vetting_tokenizers import vet_tokenizer
from .vetting_weights import Weights, vet_index, vet_safetensors

_MOST_FILES = 5000
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".h5", ".msgpack", ".joblib", ".npy", ".npz")
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".nemo", ".mar")
_BYTES = 4
"""Bytes of a number once it is loaded."""
_CONVERT = (
    "pickles can run code when they are read, so they are not; on a machine that may run it, convert the model: "
    "from transformers import AutoModel; AutoModel.from_pretrained(FOLDER).save_pretrained(NEW_FOLDER)"
)

_passed: dict[Path, tuple[object, ...]] = {}
"""What was looked through, with the state of its files at that time."""
_lock = threading.Lock()


def vet_folder(folder: Path, name: str) -> None:
    """Raise `Failure` unless all that can be loaded from `folder`, the model called `name`, is as it should be."""
    try:
        state = _state(folder)
        with _lock:
            if _passed.get(folder) == state:
                return
        _vet(folder)
    except RefusedError as error:
        raise Failure(f"the model `{name}` is refused: {error}", hint="is it from a source that you trust?") from error
    except OSError as error:
        text = f"the files of the model `{name}` cannot be read: {(error.strerror or 'they fail').lower()}"
        raise Failure(text) from error
    with _lock:
        _passed[folder] = state


def vet_file(path: Path, name: str) -> None:
    """Raise `Failure` unless the file at `path`, the model called `name`, is a GGUF file that is as it should be."""
    if path.suffix == ".gguf":
        try:
            from .vetting_gguf import vet_gguf

            _vet_memory(vet_gguf(path))
        except RefusedError as error:
            hint = "is it from a source that you trust?"
            raise Failure(f"the model `{name}` is refused: {error}", hint=hint) from error
        return
    if path.suffix in _PICKLES:
        raise Failure(f"the model `{name}` is a file of a form that can hold a pickle", hint=_CONVERT)
    if path.suffix in _ARCHIVES:
        raise Failure(f"the model `{name}` is an archive", hint="unpack it, and name the folder with its config.json")
    raise Failure(f"the model `{name}` is a file", hint="name the folder that holds it, or a file that ends in .gguf")


def _state(folder: Path) -> tuple[object, ...]:
    """The state of every file in `folder`; raises `RefusedError` for one that is no file, or lies elsewhere."""
    real = folder.resolve()
    homes = [real]
    if real.parent.name == "snapshots":
        homes.append(real.parent.parent / "blobs")  # where the hub's own cache keeps the files that it links to
    found: list[object] = []
    for path in [*_listed(real), *_listed(real / "1_Pooling"), *_listed(real / "additional_chat_templates")]:
        there = Path(os.path.realpath(path))  # which also ends where links go round in a ring
        if not any(there.is_relative_to(home) for home in homes):
            raise RefusedError(f"{path.name} is a link to a place outside the model's folder")
        try:
            state = there.stat()
        except OSError as error:
            raise RefusedError(f"{path.name} is a link to nothing") from error
        if stat.S_ISDIR(state.st_mode) and path.suffix not in (".json", ".safetensors", ".txt", ".jinja", ".model"):
            continue
        if not stat.S_ISREG(state.st_mode):
            raise RefusedError(f"{path.name} is no ordinary file")
        found += [path, state.st_size, state.st_mtime_ns, state.st_ctime_ns, state.st_ino]
    return tuple(found)


def _listed(folder: Path) -> list[Path]:
    paths: list[Path] = []
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                paths.append(Path(entry.path))
                if len(paths) > _MOST_FILES:
                    raise RefusedError(f"its folder holds more than {_MOST_FILES:,} files")
    return sorted(paths)


def _vet(folder: Path) -> None:
    if (folder / "adapter_config.json").exists():
        raise RefusedError("adapter_config.json makes it an adapter to another model; merge the two first")
    names = [path.name for path in _listed(folder)]
    for name in names:
        if name.endswith(".index.json"):
            vet_index(folder / name)
    weights = vet_safetensors(folder / name for name in names if name.endswith(".safetensors"))
    _vet_memory(weights)
    if HEAD in names and "config.json" not in names:
        return  # a layer on an encoder that lies elsewhere, and is looked through there
    vet_config(folder / "config.json", weights)
    for path in (folder / "generation_config.json", folder / "1_Pooling" / "config.json"):
        if path.exists():
            vet_config(path, None)
    for name in ("processor_config.json", "preprocessor_config.json", "modules.json.index"):
        if name in names:
            read_json(folder / name, 1 << 20, 30)
    vet_tokenizer(folder, weights)


def _vet_memory(weights: Weights) -> None:
    needed, there = weights.numbers * _BYTES, memory()
    if needed > there:
        raise RefusedError(f"it takes {needed / 1e9:,.1f} GB of memory, and this machine has {there / 1e9:,.1f} GB")


def memory() -> int:
    """Bytes of memory that this process may have at most."""
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # a container's own bound, where it has one
        there = min(there, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return there


def vet_presence(folder: Path, name: str) -> None:
    """Raise `Failure` unless `folder` holds a model, with weights in a form that runs no code."""
    if (folder / HEAD).exists():
        return
    if not (folder / "config.json").exists():
        raise Failure(f"the folder of the model `{name}` holds no config.json", hint="is it the folder of a model?")
    if any(folder.glob("*.safetensors")):
        return
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix in _PICKLES)
    raise Failure(
        f"the model `{name}` has no weights in safetensors form" + (f" but {pickles[0]}" if pickles else ""),
        hint=_CONVERT if pickles else "name a folder that holds *.safetensors files, or a file that ends in .gguf",
    )
