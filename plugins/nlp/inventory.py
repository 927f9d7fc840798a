"""What models are on this machine: default ones, those of the hub's cache, converted and fine-tuned ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Literal, NamedTuple

from planlang.plugins import Failure
from planlang.runtime.folders import cache_folder

from . import digests, fetch, models, spacy_pipelines, tuned

Kind = Literal["default", "cached", "converted", "fine-tuned", "saved"]

_CARD = "README.md"
_LARGEST_CARD = 1 << 20


class Entry(NamedTuple):
    """A model.

    size: bytes on disk; 0 where it is not there. digest: its SHA-256, "" where that is not known without reading it
    all. place: its folder; "" where it is not there. missing: how to get one that is not there.
    """

    name: str
    kind: Kind
    place: str
    size: int = 0
    licence: str = ""
    digest: str = ""
    missing: str = ""


def default(name: str) -> Entry:
    """The model called `name`, which functions use by default, there or not."""
    if name in fetch.NAMES:
        folder = fetch.fetched(cache_folder())
        if folder is None:
            return Entry(name, "default", "", licence=fetch.LICENCE, missing="plan models get")
        return Entry(name, "default", str(folder), size_of(folder), fetch.LICENCE, fetch.DIGEST)
    if name == "py3langid" or spacy_pipelines.installed(name) is not None:
        return _packaged(name)
    try:
        folder = models.find(name)
    except Failure as failure:
        command = re.search(r"`(plan [^`]+)`|(pip install .*)", failure.hint)
        return Entry(name, "default", "", missing=next(filter(None, command.groups())) if command else failure.hint)
    if folder is None:
        return Entry(name, "default", "")
    return Entry(name, "default", str(folder), size_of(folder), licence_of(folder), digests.files_digest(name))


def _packaged(name: str) -> Entry:
    """A model that is a Python package: a spaCy pipeline, or the tables of py3langid."""
    pipeline = spacy_pipelines.installed(name)
    package = pipeline.dist.name if pipeline is not None and pipeline.dist is not None else name
    try:
        about = metadata(package)
    except PackageNotFoundError:
        return Entry(name, "default", "", missing='pip install "planlang[models]"')
    from importlib.util import find_spec

    spec = find_spec(pipeline.value.partition(":")[0] if pipeline is not None else package)
    folder = Path(spec.origin).parent if spec is not None and spec.origin else None
    said = [about[key] for key in ("License-Expression", "License") if key in about]
    licence = said[0] if said else ""
    place = str(folder) if folder is not None else ""
    return Entry(name, "default", place, size_of(folder) if folder else 0, licence)


def cached() -> Iterator[Entry]:
    """The models in the cache of the Hugging Face hub that have weights which are read here."""
    try:
        from huggingface_hub import scan_cache_dir
        from huggingface_hub.errors import CacheNotFound
    except ImportError:
        return
    try:
        found = scan_cache_dir()
    except (CacheNotFound, OSError):
        return
    for repo in sorted(found.repos, key=lambda repo: repo.repo_id):
        revisions = sorted(repo.revisions, key=lambda revision: revision.last_modified)
        if repo.repo_type == "model" and revisions:
            folder = Path(revisions[-1].snapshot_path)
            yield Entry(repo.repo_id, "cached", str(folder), repo.size_on_disk, licence_of(folder))


def converted() -> Iterator[Entry]:
    """Models of GGUF files, as they were converted; the default one is not among them."""
    folder = cache_folder() / "models"
    for each in sorted(folder.iterdir()) if folder.is_dir() else ():
        known = re.fullmatch(r"[0-9a-f]{32}", each.name)
        if known and each.name != fetch.DIGEST[:32]:
            yield Entry(str(each), "converted", str(each), size_of(each), digest=each.name)


def fine_tuned() -> Iterator[Entry]:
    """Models that were made on this machine: those that were saved, then those that are known by their digest alone."""
    seen: set[str] = set()
    for folder, model in tuned.saved():
        seen.add(model.digest())
        yield Entry(folder.name, "saved", str(folder), size_of(folder), model.manifest["licence"], model.digest())
    for folder, model in tuned.made():
        if model.digest() not in seen:
            name = f"tuned:{model.digest()}"
            licence = model.manifest["licence"]
            yield Entry(name, "fine-tuned", str(folder), size_of(folder), licence, model.digest())


def size_of(folder: Path) -> int:
    """The bytes of the files in `folder`."""
    if folder.is_file():
        return folder.stat().st_size
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)


def licence_of(folder: Path) -> str:
    """What the head of the model's card says its licence is; "" where it says nothing."""
    try:
        with (folder / _CARD).open(encoding="utf-8") as file:
            card = file.read(_LARGEST_CARD)
    except (OSError, UnicodeDecodeError):
        return ""
    head = re.match(r"---\n(.*?)\n---", card, re.DOTALL)
    found = re.search(r"^licen[sc]e:\s*[\"']?([\w.+-]{1,60})", head[1], re.MULTILINE) if head else None
    return found[1] if found else ""
