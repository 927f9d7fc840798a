"""Heads: a linear layer on the vectors of a text encoder that says which of its labels fits. One file each.

`head.safetensors` holds `weight` (labels, features) and `bias` (labels), and says in its metadata (`head`, JSON) what
the labels are, and of which layers of which encoder the features are the vectors.
"""

# torch and safetensors leave most of their types open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planlang.plugins import Failure

HEAD = "head.safetensors"
"""The file's name in the folder of a model."""


@dataclass(frozen=True, slots=True)
class Head:
    """A linear layer and what it goes with.

    weight: float32 (labels, features). bias: float32 (labels).
    layers: whose vectors, one after the other, are its features; -1 is the last.
    encoder: the name of the model that it was trained on. encoder_digest: SHA-256 of that model's weights.
    """

    weight: Any
    bias: Any
    labels: tuple[str, ...]
    layers: tuple[int, ...]
    encoder: str
    encoder_digest: str


def save_head(head: Head, path: Path) -> None:
    """Write `head` to the file `path`."""
    from safetensors.torch import save_file

    about = {name: getattr(head, name) for name in ("labels", "layers", "encoder", "encoder_digest")}
    entry = json.dumps(
        about, ensure_ascii=False, sort_keys=True
    )  # one, since the library writes them in no fixed order
    save_file({"weight": head.weight.contiguous(), "bias": head.bias.contiguous()}, path, {"head": entry})


def load_head(path: Path) -> Head:
    """The head in the file `path`; raises `Failure` where it is none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as file:
            about = json.loads((file.metadata() or {})["head"])
            head = Head(
                file.get_tensor("weight").float(),
                file.get_tensor("bias").float(),
                tuple(map(str, about["labels"])),
                tuple(map(int, about["layers"])),
                str(about["encoder"]),
                str(about["encoder_digest"]),
            )
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise Failure(f"{path} is not the file of a head", hint='finetune(…, method="head") makes one') from error
    if head.weight.dim() != 2 or head.bias.shape != (len(head.labels),) or len(head.weight) != len(head.labels):
        raise Failure(f"the labels of the head in {path} do not fit its weights")
    return head


def weights_digest(folder: Path) -> str:
    """SHA-256 over the weights of the model in `folder`: a head fits one encoder only."""
    files = sorted(folder.glob("*.safetensors"))
    each = [_file_digest(path) for path in files if path.name != HEAD]
    return each[0] if len(each) == 1 else hashlib.sha256("\n".join(each).encode()).hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
