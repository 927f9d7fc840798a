"""Finding installed plugins by their entry points; what was found is kept until an installation changes something."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from planlang.runtime.digests import digest_of
from planlang.runtime.folders import cache_folder

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "planlang"


class Found(NamedTuple):
    """An installed plugin: its name, `module` or `module:attribute`, and the package that it came with."""

    name: str
    target: str
    distribution: str
    version: str


def installed() -> list[Found]:
    """The plugins of this Python environment, by name. Reading all entry points costs 0.1 s, so the answer is kept."""
    key, kept = _key(), cache_folder() / "plugins.txt"
    try:
        known, *lines = kept.read_text(encoding="utf-8").splitlines()
        if known == key:
            return [Found(*line.split("\t", 3)) for line in lines]
    except (OSError, ValueError, TypeError):
        pass  # nothing kept, or not by this version: look again
    found = _look()
    _keep(kept, [key, *(f"{f.name}\t{f.target}\t{f.distribution}\t{f.version}" for f in found)])
    return found


def _key() -> str:
    """What changes whenever a package is installed or removed."""
    stamps = [f"{sys.version} {sys.prefix}"]
    for folder in sys.path:
        try:
            stamps.append(f"{folder} {Path(folder or '.').stat().st_mtime_ns}")
        except OSError:
            stamps.append(f"{folder} -")
    return digest_of("\n".join(stamps))


def _look() -> list[Found]:
    from importlib.metadata import entry_points

    try:
        points = list(entry_points(group=GROUP))
    except Exception:  # noqa: BLE001 - one package's metadata is broken, in whatever way: the others count
        points = list(_readable())
    found = [_found(p.name, p.value, p.dist.name if p.dist else "", p.dist.version if p.dist else "") for p in points]
    return sorted(set(found), key=lambda entry: (entry.name, entry.distribution))


def _readable() -> Iterator[EntryPoint]:
    """The entry points of the packages whose metadata can be read."""
    from importlib.metadata import distributions

    for distribution in distributions():
        with suppress(Exception):  # whatever is wrong with it, it is not ours to say
            yield from distribution.entry_points.select(group=GROUP)


def _found(*parts: str | None) -> Found:
    """An entry point, without the characters that no name has: they would end its line in the kept list."""
    return Found(*("".join(c if c.isprintable() else "\ufffd" for c in part or "") for part in parts))


def _keep(path: Path, lines: list[str]) -> None:
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text("\n".join(lines), encoding="utf-8")
        fresh.replace(path)
    except OSError:
        return  # a cache that cannot be written only costs time


def version_of(distribution: str) -> str:
    """The version of an installed package; "" where that is not known."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(distribution)
    except (PackageNotFoundError, ValueError):  # the latter for no name at all
        return ""


def stamps(target: str) -> Iterable[str]:
    """The state of the source files of `target`, without importing it: they change when its signatures may have."""
    import importlib.util

    top, *rest = target.partition(":")[0].split(".")
    spec = importlib.util.find_spec(top) if top.isidentifier() else None
    if spec is None:
        return
    if spec.submodule_search_locations is None:
        files = [Path(spec.origin)] if spec.origin else []
    else:
        folder = Path(next(iter(spec.submodule_search_locations), "."), *rest)
        folder = folder if folder.is_dir() else folder.parent
        files = sorted(folder.rglob("*.py"))
    for file in files:
        try:
            state = file.stat()
        except OSError:
            yield f"{file} -"
        else:
            yield f"{file} {state.st_mtime_ns} {state.st_size}"
