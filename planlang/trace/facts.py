"""How a run was started, in words: what the journal's facts say to a person."""

from __future__ import annotations

import json
import shlex
from typing import Any

_LISTED = (
    ("plan", "Plan"),
    ("cwd", "Folder"),
    ("words", "Command"),
    ("parent", "Forked from run"),
    ("planlang", "planlang"),
    ("python", "Python"),
    ("plugins", "Plugins"),
    ("models", "Models asked for"),
    ("digests", "Models that answered"),
    ("permissions", "Permissions"),
    ("limits", "Limits"),
    ("seed", "Seed"),
    ("sequential", "One call at a time"),
    ("on", "Workers asked for"),
)
_LONGEST = 2000


def facts(meta: dict[str, Any]) -> list[list[str]]:
    """[name, text] of each fact that says something; settings are left out, since they may name what is private."""
    found = [[name, _words(key, meta[key])[:_LONGEST]] for key, name in _LISTED if key in meta]
    return [[name, text] for name, text in found if text]


def _words(key: str, value: Any) -> str:
    if key == "words" and isinstance(value, list):
        return shlex.join(["plan", "run", *map(str, value)])
    if key == "permissions" and isinstance(value, dict):
        return _permissions(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(item)}" for name, item in value.items() if item not in (None, ""))
    if value is None or value is False or value == "":
        return ""
    return "yes" if value is True else _plain(value)


def _permissions(value: dict[str, Any]) -> str:
    """Rights as the options that grant them."""
    granted = [
        f"--allow-{kind}" + (f"={','.join(map(str, listed))}" if listed else "")
        for kind, listed in value.items()
        if isinstance(listed, list)
    ]
    return " ".join(granted) or "none"


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return f"{value:,}" if type(value) is int else json.dumps(value, default=str)
