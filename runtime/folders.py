"""Where this program keeps its own files on a user's machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """What can be made again: compiled plans, converted models. `PLANLANG_CACHE` says otherwise."""
    return _folder("PLANLANG_CACHE", "XDG_CACHE_HOME", ".cache", "Library/Caches")


def state_folder() -> Path:
    """What is worth keeping: the REPL's history. `PLANLANG_STATE` says otherwise."""
    return _folder("PLANLANG_STATE", "XDG_STATE_HOME", ".local/state", "Library/Application Support")


def _folder(own: str, xdg: str, linux: str, mac: str) -> Path:
    if os.environ.get(own):
        return Path(os.environ[own])
    if os.environ.get(xdg):
        return Path(os.environ[xdg]) / "planlang"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "planlang"
    return Path.home() / (mac if sys.platform == "darwin" else linux) / "planlang"
