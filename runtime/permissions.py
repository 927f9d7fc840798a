"""Permissions (§7): what a plan may read, write, reach and see. Paths are resolved before they are compared."""

from __future__ import annotations

import os
from typing import NamedTuple

from .errors import PlanError
from .folders import cache_folder, state_folder

_SYSTEM = ("/proc", "/sys", "/dev")
"""Folders whose files are the system itself: its settings, its devices, the secrets of its processes."""
_LONGEST = 200
"""Characters of a path or host that a message shows."""


class Permissions(NamedTuple):
    """Granted rights. None grants nothing, an empty tuple everything of its kind, else just what is listed.

    read and write hold files or folders (a folder grants what is below it), net host names (`host` or `host:port`),
    env names of environment variables. Everything still leaves out what only its name can grant: the folders of the
    system (`/proc`, `/sys`, `/dev`), this machine and private networks.
    """

    read: tuple[str, ...] | None = None
    write: tuple[str, ...] | None = None
    net: tuple[str, ...] | None = None
    env: tuple[str, ...] | None = None

    def fixed(self) -> Permissions:
        """The same rights for the folders of this moment: no link that is put in their way later widens them."""
        return self._replace(read=_resolved(self.read), write=_resolved(self.write))

    def path(self, kind: str, path: str) -> str:
        """The resolved `path` if reading or writing it (`kind`) is granted; raises a `permission` error otherwise.

        For rights that are `fixed`. What is resolved here may be another file a moment later: it is to be opened by
        `granted_files`, which notices.
        """
        if "\0" in path:
            raise PlanError("value", "a path cannot contain a NUL character")
        try:
            resolved = os.path.realpath(path)
        except UnicodeEncodeError:
            raise PlanError("value", "this path has a character that no file name can have") from None
        except OSError:  # a link that was there when it was looked at, and gone when it was read
            raise PlanError("permission", f"{_shown(path)} was replaced while it was looked at") from None
        granted = self.read if kind == "read" else self.write
        if granted is None or (granted and not any(_inside(resolved, folder) for folder in granted)):
            raise _refused(kind, path, tuple(map(_short, granted or ())))
        _check_system(kind, path, resolved, granted)
        if kind == "write" and any(_inside(resolved, own) for own in _own_folders()):
            raise PlanError("permission", f"{_shown(path)} is a file of planlang itself, which no plan may change")
        return resolved

    def own_folder(self, path: str) -> None:
        """Raise a `permission` error unless writing to `path`, a folder of planlang itself, is granted.

        Plans reach such folders by functions made for it alone; `path` refuses them all.
        """
        resolved = os.path.realpath(path)
        if self.write is None or (self.write and not any(_inside(resolved, folder) for folder in self.write)):
            raise _refused("write", path, tuple(map(_short, self.write or ())))

    def host(self, host: str, port: int) -> None:
        """Raise a `permission` error unless reaching `host`, a name or an address, is granted.

        Where a name leads is known when it is reached: see `address`.
        """
        if self.net is None or (self.net and not self._names_host(host, port)):
            raise _refused("net", host, self.net)
        from .addresses import numeric

        literal = "127.0.0.1" if _is_localhost(host) else numeric(host)
        if literal is not None:
            self.address(host, port, literal)

    def address(self, host: str, port: int, address: str) -> None:
        """Raise a `permission` error unless the granted `host` may be reached at the numeric `address`.

        A right for all hosts is one for the Internet. Private networks are reached where the host or the address is
        named; this machine and what is next to it only where the address is (or `localhost`), since anybody can make
        a name that leads there.
        """
        from .addresses import is_this_machine, reach_of

        reach = reach_of(address)
        if reach == "public" or self._names_host(address, port):
            return
        if self._names_host(host, port) and (reach == "private" or (_is_localhost(host) and is_this_machine(address))):
            return
        where = "in a private network" if reach == "private" else "this machine or next to it"
        at = "" if _plain_host(host) == address else f" at {address}"
        named = f"[{address}]" if ":" in address else address
        raise PlanError(
            "permission",
            f"this plan may not reach {_shown(host)}{at}: that is {where}, which has to be allowed by its own address",
            f"run it with --allow-net={named}:{port}",
        )

    def variable(self, name: str) -> None:
        """Raise a `permission` error unless seeing the environment variable `name` is granted."""
        if self.env is not None and (not self.env or name in self.env):
            return
        raise _refused("env", name, self.env)

    def _names_host(self, host: str, port: int) -> bool:
        plain = _plain_host(host)
        with_port = f"[{plain}]:{port}" if ":" in plain else f"{plain}:{port}"
        return any(_plain_host(granted) in (plain, with_port) for granted in self.net or ())


def _own_folders() -> list[str]:
    """Where planlang keeps journals, answers and compiled plans."""
    try:
        return [os.path.realpath(folder()) for folder in (cache_folder, state_folder)]
    except (OSError, RuntimeError):  # a user without a home, who has no such folders
        return []


def _resolved(granted: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return granted and tuple(os.path.realpath(path) for path in granted)


def _short(path: str) -> str:
    """A path as one would write it here: from the present folder where it lies in that."""
    try:
        short = os.path.relpath(path)
    except OSError:  # the present folder is gone
        return path
    return path if short.startswith(os.pardir) else short


def _inside(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _check_system(kind: str, path: str, resolved: str, granted: tuple[str, ...]) -> None:
    """Raise a `permission` error for a file of the system that only the name of a folder above it grants."""
    system = next((folder for folder in _SYSTEM if _inside(resolved, folder)), None)
    if system is None or _inside(resolved, "/dev/shm"):  # noqa: S108 - a folder for ordinary files
        return
    if any(_inside(folder, system) and _inside(resolved, folder) for folder in granted):
        return
    verb = "read" if kind == "read" else "write"
    raise PlanError(
        "permission",
        f"this plan may not {verb} {_shown(path)}: files of the system are allowed by their own names only",
        f"run it with --allow-{kind}={resolved}" if resolved.isprintable() else "",
    )


def _plain_host(host: str) -> str:
    """A host as it is compared: in small letters, without brackets and the dot at the end."""
    plain = host.lower().removesuffix(".")
    return plain[1:-1] if plain.startswith("[") and plain.endswith("]") else plain


def _is_localhost(host: str) -> bool:
    plain = _plain_host(host)
    return plain == "localhost" or plain.endswith(".localhost")


def _refused(kind: str, what: str, granted: tuple[str, ...] | None) -> PlanError:
    """The error for what is not `granted`. Its hint names that too: the option says all that is."""
    verbs = {"read": "read", "write": "write", "net": "reach", "env": "see the environment variable"}
    shown = _shown(what)
    names = [*(granted or ()), what]
    plain = all(_shown(name) == name and "," not in name for name in names)
    hint = f"run it with --allow-{kind}={','.join(names)}" if plain else f"--allow-{kind}=… allows it"
    return PlanError("permission", f"this plan may not {verbs[kind]} {shown}", hint)


def _shown(what: str) -> str:
    """What a plan named, as a message shows it: as it is where it is one short line of text, else as a literal."""
    if what and what.isprintable() and len(what) <= _LONGEST:
        return what
    from .display import quoted

    return quoted(what if len(what) <= _LONGEST else what[:_LONGEST] + "…")
