"""Where fine-tuned models lie: each in the cache under its digest, and those that were saved under their names."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from planlang.plugins import Failure
from planlang.runtime.folders import cache_folder, state_folder

from .model_value import MANIFEST, Manifest, Model, reference

_REFERENCE = re.compile(r"tuned:([0-9a-f]{64})")
_NAME = re.compile(r"[\w][\w.+-]{0,99}")
_LARGEST_MANIFEST = 16 << 20


def made_folder(cache: Path | None = None) -> Path:
    """Where models lie by digest, as `finetune` makes them."""
    return (cache or cache_folder()) / "tuned"


def saved_folder() -> Path:
    """Where models lie by name, as `save_model` keeps them."""
    return state_folder() / "models"


def find(name: str) -> Path | None:
    """The folder of the fine-tuned model `name`: `tuned:` and a digest, or a name that one was saved under.

    None where it is neither. Raises `Failure` where the weights of a digest are gone.
    """
    match = _REFERENCE.fullmatch(name)
    if match:
        return _by_digest(match[1])
    saved = saved_folder() / name if _NAME.fullmatch(name) else None
    return saved if saved is not None and (saved / MANIFEST).is_file() else None


def _by_digest(digest: str) -> Path:
    made = made_folder() / digest[:32]
    if (made / MANIFEST).is_file():
        return made
    for folder, model in saved():
        if model.digest() == digest:
            return folder
    raise Failure(
        f"the weights of the fine-tuned model {digest[:12]} are not on this machine (they were in {made})",
        hint="a new run of the plan that made it trains it again",
    )


def read(folder: Path) -> Model:
    """The model in `folder`, by its manifest; raises `Failure` where it has none."""
    try:
        with (folder / MANIFEST).open("rb") as file:
            return Model(file.read(_LARGEST_MANIFEST))
    except (OSError, ValueError) as error:
        raise Failure(f"{folder} does not hold a fine-tuned model", hint=f"its {MANIFEST} says what it is") from error


def load(name: str) -> Model:
    """The model that was saved under `name`; raises `Failure` where there is none."""
    folder = saved_folder() / name if _NAME.fullmatch(name) else None
    if folder is None or not (folder / MANIFEST).is_file():
        names = ", ".join(f"`{each.name}`" for each, _ in saved()) or "none"
        raise Failure(f"no model was saved as `{name[:100]}`", kind="value", hint=f"there are: {names}")
    return read(folder)


def saved() -> Iterator[tuple[Path, Model]]:
    """The models that were saved by name, in the order of their names."""
    yield from _listed(saved_folder())


def made() -> Iterator[tuple[Path, Model]]:
    """The models that `finetune` has made here, by digest."""
    yield from _listed(made_folder())


def _listed(folder: Path) -> Iterator[tuple[Path, Model]]:
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        if (each / MANIFEST).is_file() and not each.name.startswith("."):
            with suppress(Failure):  # somebody else's folder, or one that is damaged: told where it is named
                yield each, read(each)


@contextmanager
def making(folder: Path) -> Generator[Path]:
    """An empty folder beside those in `folder`; what is still there in the end is removed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = Path(tempfile.mkdtemp(dir=folder, prefix=".making-"))
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def keep(fresh: Path, manifest: Manifest) -> Model:
    """Put what was made in `fresh` (see `making`) among the models, with its manifest; `files` is filled in here."""
    manifest["files"] = {path.name: _digest(path) for path in sorted(fresh.iterdir())}
    model = Model.of(manifest)
    (fresh / MANIFEST).write_bytes(model.save())
    folder = fresh.parent / model.digest()[:32]
    try:
        fresh.rename(folder)
    except OSError:
        if not folder.is_dir():  # else it was made before, and is the same
            raise
    return model


def save(model: Model, name: str) -> Path:
    """Keep `model` under `name`, in the place of what had that name; its folder."""
    if not _NAME.fullmatch(name):
        raise Failure(
            f"`{name[:100]}` cannot be the name of a model", kind="value", hint="letters, digits, `.`, `_`, `+` and `-`"
        )
    source = _by_digest(model.digest())
    folder = saved_folder() / name
    if folder.resolve() == source.resolve():
        return folder
    with making(saved_folder()) as fresh:
        copy = fresh / "copy"
        shutil.copytree(source, copy, copy_function=_link_or_copy)
        if folder.exists():
            folder.rename(fresh / "before")
        copy.rename(folder)
    return folder


def _link_or_copy(source: str, target: str) -> None:
    """A second name for a file that never changes, where the file system has them; else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shown(name: str) -> str:
    """A model's name for people: that of its manifest where it is one of these, else as it is."""
    match = _REFERENCE.fullmatch(name)
    if match is None:
        return name
    try:
        return read(_by_digest(match[1])).name
    except Failure:
        return reference(match[1][:12])
