"""Permissions (§7): what a plan may read, write, reach and see. Paths are resolved before they are compared."""

from __future__ import annotations

import os
from typing import NamedTuple

from .errors import PlanError


class Permissions(NamedTuple):
    """Granted rights. None grants nothing, an empty tuple everything of its kind, else just what is listed.

    read and write hold files or folders (a folder grants what is below it), net host names (`host` or `host:port`),
    env names of environment variables.
    """

    read: tuple[str, ...] | None = None
    write: tuple[str, ...] | None = None
    net: tuple[str, ...] | None = None
    env: tuple[str, ...] | None = None

    def path(self, kind: str, path: str) -> str:
        """The resolved `path` if reading or writing it (`kind`) is granted; raises a `permission` error otherwise."""
        if "\0" in path:
            raise PlanError("value", "a path cannot contain a NUL character")
        try:
            resolved = os.path.realpath(path)
        except UnicodeEncodeError:
            raise PlanError("value", "this path has a character that no file name can have") from None
        granted = self.read if kind == "read" else self.write
        if granted is not None and (not granted or any(_inside(resolved, os.path.realpath(g)) for g in granted)):
            return resolved
        raise _refused(kind, path)

    def host(self, host: str, port: int) -> None:
        """Raise a `permission` error unless reaching `host` is granted."""
        if self.net is not None and (not self.net or host in self.net or f"{host}:{port}" in self.net):
            return
        raise _refused("net", host)

    def variable(self, name: str) -> None:
        """Raise a `permission` error unless seeing the environment variable `name` is granted."""
        if self.env is not None and (not self.env or name in self.env):
            return
        raise _refused("env", name)


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _refused(kind: str, what: str) -> PlanError:
    verbs = {"read": "read", "write": "write", "net": "reach", "env": "see the environment variable"}
    return PlanError(
        "permission",
        f"this plan may not {verbs[kind]} {what}",
        f"run it with --allow-{kind}={what}",
    )
