"""The opaque type `model`: a fine-tuned model as plans hold it. Its weights lie in a folder (see `tuned`)."""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar, Self, TypedDict, cast

from planlang.plugins import Failure, Opaque

MANIFEST = "planlang.json"
"""The file in the folder of a fine-tuned model that says what it is. Its digest is the model's."""


class Epoch(TypedDict):
    """How a model did after a pass over its training rows. What was measured on dev rows is none without them."""

    epoch: int
    train_loss: float
    dev_loss: float | None
    accuracy: float | None
    f1: float | None


class Manifest(TypedDict):
    """What a fine-tuned model is and how it came about.

    base_digest: SHA-256 over the files of `base`. data: over the rows that it was trained on.
    options: those that shaped the weights. files: SHA-256 of each other file in the folder, by name.
    """

    name: str
    base: str
    base_digest: str
    method: str
    labels: list[str]
    options: dict[str, Any]
    data: str
    rows: int
    history: list[Epoch]
    licence: str
    made_with: dict[str, str]
    files: dict[str, str]


class Model(Opaque):
    """A fine-tuned model: what its manifest says. Any model call takes it as `model=`."""

    __slots__ = ("_saved", "manifest")
    plan_type: ClassVar[str] = "model"

    def __init__(self, saved: bytes) -> None:
        """From the bytes of its manifest; raises ValueError for anything else."""
        self._saved = saved
        self.manifest = _read(saved)

    @classmethod
    def of(cls, manifest: Manifest) -> Self:
        """From what it says."""
        return cls(json.dumps(manifest, ensure_ascii=False, indent=1).encode())

    @property
    def name(self) -> str:
        """What people call it."""
        return self.manifest["name"]

    def digest(self) -> str:
        """SHA-256 of the manifest, which holds those of all files."""
        return hashlib.sha256(self._saved).hexdigest()

    def save(self) -> bytes:
        """The manifest. Weights are not part of it: they lie in the folder."""
        return self._saved

    @classmethod
    def load(cls, data: bytes) -> Self:
        """From the manifest."""
        return cls(data)

    def at_hand(self) -> bool:
        """Whether its weights are on this machine."""
        from .tuned import find

        try:
            return find(reference(self.digest())) is not None
        except Failure:
            return False

    def __str__(self) -> str:
        """`<model reviews: 3 labels, head on all-MiniLM-L6-v2>`."""
        about = self.manifest
        return f"<model {self.name}: {len(about['labels'])} labels, {about['method']} on {about['base']}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Sent to other processes as its manifest."""
        return type(self), (self._saved,)


def reference(digest: str) -> str:
    """What a model value is called as `model=` of a call: a text that workers and journals understand."""
    return f"tuned:{digest}"


def name_of(model: str | Model) -> str:
    """The name under which `models` finds what a parameter of the type `str | model` was given."""
    return model if isinstance(model, str) else reference(model.digest())


def value_of(model: str | Model) -> Model:
    """The model value itself; raises `Failure` for a name, of which nothing is known here."""
    if isinstance(model, Model):
        return model
    raise Failure(f"`{model}` is a name", kind="value", hint=f'load_model("{model}") gives the model of this name')


_KINDS: dict[str, type | tuple[type, ...]] = {
    "name": str, "base": str, "base_digest": str, "method": str, "labels": list, "options": dict, "data": str,
    "rows": int, "history": list, "licence": str, "made_with": dict, "files": dict,
}  # fmt: skip


def _read(saved: bytes) -> Manifest:
    try:
        found: Any = json.loads(saved.decode("utf-8"))
    except (ValueError, RecursionError):  # RecursionError: somebody nested it a thousandfold
        found = None
    fields = cast(dict[str, Any], found) if type(found) is dict else {}
    if not all(isinstance(fields.get(key), kind) for key, kind in _KINDS.items()):
        raise ValueError("it does not say what a model is")
    manifest = cast(Manifest, found)
    if not all(type(label) is str for label in manifest["labels"]) or not all(map(_is_epoch, manifest["history"])):
        raise ValueError("its labels or its history are none")
    return manifest


def _is_epoch(each: Any) -> bool:
    return type(each) is dict and cast(dict[str, Any], each).keys() == Epoch.__annotations__.keys()
