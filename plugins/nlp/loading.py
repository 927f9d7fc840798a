"""Loading model parts from files: quietly, offline, without code that comes with a model."""

# transformers, torch and safetensors leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import contextlib
import functools
import os
import threading
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, TypeVar, cast

from planlang.plugins import Failure

from . import vetting

_LOADING = threading.RLock()
_Load = TypeVar("_Load", bound=Callable[..., Any])
_SAFE = {"local_files_only": True, "trust_remote_code": False}
_MADE_UP = 4_000_000
"""Numbers that a model may have besides those in its files: heads that were left out, tables of positions."""


def alone(load: _Load) -> _Load:
    """`load`, while no other model is being loaded: what transformers switches meanwhile is the whole process's."""

    @functools.wraps(load)
    def loading(*args: Any) -> Any:
        with _LOADING:
            return load(*args)

    return cast(_Load, loading)


def not_installed(package: str) -> Failure:
    """What to tell where a library is missing."""
    text = f"it needs the Python package `{package}`, which is not installed"
    return Failure(text, hint='install it with: pip install "planlang[models]"')


def prepare(threads: int) -> None:
    """Keep the libraries quiet and to their threads: several workers that compute in parallel stall each other."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import torch
        import transformers
    except ModuleNotFoundError as error:
        raise not_installed(error.name or "torch") from error
    torch.set_num_threads(threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in `folder`."""
    from transformers import AutoTokenizer

    with files_of(folder):
        return AutoTokenizer.from_pretrained(str(folder), **_SAFE)


def load_weights(model_class: Any, folder: Path, **config: Any) -> Any:
    """The model in `folder` as `model_class` (of transformers) has it: float32, for answers only.

    config: what takes the place of config.json's; parts that fit it no more, such as a head for other labels, are new.
    """
    import torch

    own = {"ignore_mismatched_sizes": True, **config} if config else {}
    with files_of(folder):
        _check_size(model_class, folder, config)
        model = model_class.from_pretrained(str(folder), use_safetensors=True, dtype=torch.float32, **_SAFE, **own)
        return model.eval().requires_grad_(False)


def _check_size(model_class: Any, folder: Path, further: dict[str, Any]) -> None:
    """Raise `Failure` where config.json describes a model that the weights in `folder` are too few for.

    The model is laid out without memory for its numbers. What has no weights in the file would be made up.
    """
    import torch
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(str(folder), **_SAFE, **further)
    with torch.device("meta"):
        bare = model_class.from_config(config)
    there = vetting.vet_safetensors(sorted(folder.glob("*.safetensors"))).numbers
    needed = sum(part.numel() for part in (*bare.parameters(), *bare.buffers()))
    if needed > there * 1.25 + _MADE_UP:
        raise Failure(
            f"config.json in {folder} describes a model of {needed:,} numbers, and its weights are {there:,}",
            hint="are these the files of one model?",
        )


@contextlib.contextmanager
def files_of(folder: Path) -> Generator[None]:
    """The hub is out of reach meanwhile; what goes wrong with the files in `folder` becomes a `Failure`."""
    import huggingface_hub.constants as hub

    before, hub.HF_HUB_OFFLINE = hub.HF_HUB_OFFLINE, True
    try:
        yield
    except (Failure, KeyboardInterrupt, SystemExit):
        raise
    except MemoryError as error:
        raise Failure(f"there is not enough memory for the model in {folder}") from error
    except BaseException as error:  # of libraries in other languages: their panics are no `Exception`s
        raise Failure(
            f"the model in {folder} cannot be loaded: its files do not fit together, or it is of no known kind",
            hint="--debug shows what the libraries say",
        ) from error
    finally:
        hub.HF_HUB_OFFLINE = before
