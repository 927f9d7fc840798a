"""The distribution holds every package that the folders hold."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = {"planlang": "planlang", "lang": "planlang.lang", "runtime": "planlang.runtime", "plugins": "planlang.plugins"}


def packages_there() -> set[str]:
    found = {"planlang.stdlib"}
    for room, package in ROOMS.items():
        for file in (ROOT / room).rglob("*.py"):
            inner = file.parent.relative_to(ROOT / room).parts
            linked = room == "planlang" and inner and (ROOT / "planlang" / inner[0]).is_symlink()
            if not linked and "template" not in inner:
                found.add(".".join([package, *inner]))
    return found


def test_every_folder_with_modules_is_a_package_of_the_distribution():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert packages_there() == set(settings["tool"]["setuptools"]["packages"])
