"""`plan plugins new NAME`: a ready package of one's own, from the files in `template/`."""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from planlang.runtime.errors import PlanError

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_PLACEHOLDER = "myplugin"


def create(name: str, folder: Path) -> Path:
    """Make the package `plan-NAME` in a new folder of that name below `folder`; give the new folder.

    Raises `PlanError` for a name that a plugin cannot have, and where the folder exists or cannot be made.
    """
    if not _NAME.match(name):
        raise PlanError(
            "value",
            f"a plugin cannot be called `{name}`",
            "its name is a name in plans: small letters, digits and _, with a letter first",
        )
    target = folder / f"plan-{name}"
    if target.exists():
        raise PlanError("value", f"there is already a {target}", "choose another name, or another folder with --in")
    try:
        _copy(resources.files("planlang.plugins") / "template", target, name)
    except OSError as error:
        raise PlanError("value", f"{target} cannot be made: {(error.strerror or '').lower()}") from error
    return target


def _copy(source: Traversable, target: Path, name: str) -> None:
    target.mkdir(parents=True)
    for entry in source.iterdir():
        place = target / entry.name.replace(_PLACEHOLDER, name)
        if entry.is_dir():
            if entry.name != "__pycache__":
                _copy(entry, place, name)
        elif not entry.name.endswith(".pyc"):
            place.write_text(entry.read_text(encoding="utf-8").replace(_PLACEHOLDER, name), encoding="utf-8")
