"""Loading model parts from files: quietly, offline, without code that comes with a model."""

# transformers, torch and safetensors leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from planlang.plugins import Failure

_LOADING = threading.RLock()
_Load = TypeVar("_Load", bound=Callable[..., Any])
_SAFE = {"local_files_only": True, "trust_remote_code": False}


def alone(load: _Load) -> _Load:
    """`load`, while no other model is being loaded: what transformers switches meanwhile is the whole process's."""

    @functools.wraps(load)
    def loading(*args: Any) -> Any:
        with _LOADING:
            return load(*args)

    return cast(_Load, loading)


def prepare(threads: int) -> None:
    """Keep the libraries quiet and to their threads: several workers that compute in parallel stall each other."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import torch
        import transformers
    except ModuleNotFoundError as error:
        raise Failure(
            f"it needs the Python package `{error.name}`, which is not installed",
            hint='install it with: pip install "planlang[models]"',
        ) from error
    torch.set_num_threads(threads)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in `folder`."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(folder), **_SAFE)


def load_weights(model_class: Any, folder: Path) -> Any:
    """The model in `folder` as `model_class` (of transformers) has it: float32, for answers only."""
    import torch

    model = model_class.from_pretrained(str(folder), use_safetensors=True, dtype=torch.float32, **_SAFE)
    return model.eval().requires_grad_(False)
