"""The .plan files that a command line names: files as they are, folders with all plans below them."""

from __future__ import annotations

from pathlib import Path

from .arguments import must_exist


def plan_files(named: list[str]) -> list[str]:
    """The files named, in order, each once; a folder stands for the .plan files below it, hidden folders left out.

    `-` stands for standard input. Raises UsageError for a name that is neither file nor folder.
    """
    found: dict[str, None] = {}
    for name in named:
        path = Path(name)
        if name == "-":
            found[name] = None
        elif path.is_dir():
            found.update(dict.fromkeys(_below(path)))
        else:
            must_exist(name)
            found[name] = None
    return list(found)


def _below(folder: Path) -> list[str]:
    plans = (p for p in folder.rglob("*.plan") if p.is_file())
    return sorted(str(p) for p in plans if not any(part.startswith(".") for part in p.relative_to(folder).parts))
