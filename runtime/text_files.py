"""Reading and writing files: bounded, UTF-8, atomic, with errors in plain words."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from planlang.lang.suggestions import closest

from .errors import PlanError
from .granted_files import check_is_file, folder_above, named, open_file, open_folder
from .run import Limits
from .sizes import DEFAULT_LIMITS, too_large

_PART = ".part"
_PART_NAME = 50
"""Characters of a file's name that the name of its part begins with: with all else at most 255 bytes in UTF-8."""
_FRESH = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def plain_errors(path: str, doing: str, near: Callable[[], str | None] = lambda: None) -> Generator[None]:
    """Turn the system's errors into those of the language. `doing` is "read" or "write", `path` as the user wrote it.

    near: gives the name of a file that may have been meant, for a file that is not there.
    """
    try:
        yield
    except FileNotFoundError:
        name = near()
        raise PlanError(
            "value", f"there is no file {named(path)}", f"did you mean {named(name)}?" if name else ""
        ) from None
    except IsADirectoryError:
        raise PlanError(
            "value", f"{named(path)} is a folder, not a file", "list_files(folder) gives its files"
        ) from None
    except NotADirectoryError:
        raise PlanError("value", f"a part of {named(path)} is a file, not a folder") from None
    except PermissionError:
        raise PlanError("permission", f"the system does not allow to {doing} {named(path)}") from None
    except OSError as error:
        raise PlanError(
            "value", f"cannot {doing} {named(path)}: {(error.strerror or 'unknown reason').lower()}"
        ) from None


def nearest_file(path: str, folder: int | str | None = None) -> str | None:
    """The path of a file in the same folder whose name is near to that of `path`; `folder` is that folder opened."""
    above, name = Path(path).parent, Path(path).name
    try:
        with os.scandir(above if folder is None else folder) as entries:
            found = closest(name, [entry.name for _, entry in zip(range(10_000), entries, strict=False)])
    except OSError:
        return None
    return str(above / found) if found else None


def _nearest_granted(path: str, shown: str) -> str | None:
    """The same for a plan, which may be shown what stands in the folder that `path` was resolved to, and no other."""
    try:
        folder = open_folder(os.path.dirname(path), shown)  # noqa: PTH120 - the path is a text here
    except (OSError, PlanError):
        return None
    try:
        return nearest_file(shown, folder)
    finally:
        os.close(folder)


def read_bytes(path: str, shown: str, limits: Limits = DEFAULT_LIMITS, near: str | None = None) -> bytes:
    """What the file at `path` holds; messages call it `shown`. `near` is a path beside which to look for a typo.

    For files that the user names: links are followed and pipes read. See `read_granted` for those that a plan names.
    """
    with plain_errors(shown, "read", lambda: nearest_file(near) if near else None), Path(path).open("rb") as file:
        return _read(file, shown, limits)


def read_granted(path: str, shown: str, limits: Limits = DEFAULT_LIMITS, near: str | None = None) -> bytes:
    """What the file at `path` holds, which was granted to a plan and resolved. `near` says to look for a typo."""
    with open_granted(path, shown, near) as file:
        return _read(file, shown, limits)


@contextmanager
def open_granted(path: str, shown: str, near: str | None = None) -> Generator[IO[bytes]]:
    """The file at `path`, which was granted to a plan and resolved, open for reading."""
    with plain_errors(shown, "read", lambda: _nearest_granted(path, shown) if near else None):
        descriptor = open_file(path, shown)
    with os.fdopen(descriptor, "rb") as file, plain_errors(shown, "read"):
        yield file


def _read(file: IO[bytes], shown: str, limits: Limits) -> bytes:
    if os.fstat(file.fileno()).st_size > limits.value_size:
        too_large(limits.value_size, f"the text of {named(shown)}")
    return read_bounded(file, shown, limits)


def read_bounded(file: IO[bytes], shown: str, limits: Limits) -> bytes:
    """The rest of an open file, which may be a pipe or a device."""
    pieces: list[bytes] = []
    room = limits.value_size
    while piece := file.read(1 << 20):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            too_large(limits.value_size, f"the text of {named(shown)}")
    return b"".join(pieces)


def decode(data: bytes, shown: str) -> str:
    """UTF-8 text, without a byte order mark; the error says where it is none."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start + 1:,} (on line {line:,}) is 0x{data[error.start]:02x}"
        message = f"{named(shown)} is not UTF-8 text: {place}"
        raise PlanError("value", message, "convert it to UTF-8 first") from None


def read_text(path: str, shown: str, limits: Limits = DEFAULT_LIMITS, near: str | None = None) -> str:
    """The text of a file."""
    return decode(read_bytes(path, shown, limits, near), shown)


def write_bytes(path: str, shown: str, data: bytes) -> None:
    """Put `data` into the file at `path`, all of it or nothing: until it is complete, others see what was there.

    `path` was granted to a plan and resolved.
    """
    with plain_errors(shown, "write"), folder_above(path, shown, make=True) as (folder, name):
        state = check_is_file(name, folder, shown)
        part = _part_of(name)
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FRESH, 0o666, dir_fd=folder)
        try:
            _put(file, data, None if state is None else stat.S_IMODE(state.st_mode) & 0o777)
            os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(part, dir_fd=folder)
            raise


def _part_of(name: str) -> str:
    """The name under which a file is written before it takes the place of `name`."""
    above, separator, last = name.rpartition(os.sep)
    return f"{above}{separator}{_part_prefix(last)}{os.urandom(6).hex()}{_PART}"


def _part_prefix(name: str) -> str:
    return f".{name[:_PART_NAME]}."


def remove_parts(path: str, shown: str) -> None:
    """Remove what a `write` to the granted and resolved `path` has left beside it when its process was killed."""
    above, _, name = path.rpartition(os.sep)
    prefix = _part_prefix(name)
    length = len(prefix) + 12 + len(_PART)
    with suppress(OSError, PlanError):
        folder = open_folder(above or os.sep, shown)
        try:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries]
            for left in names:
                if left.startswith(prefix) and left.endswith(_PART) and len(left) == length:
                    os.unlink(left, dir_fd=folder)
        finally:
            os.close(folder)


def _put(descriptor: int, data: bytes, mode: int | None) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if mode is not None and hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode)  # without the bits that let a program run as its owner


def append_bytes(path: str, shown: str, data: bytes) -> None:
    """Add `data` at the end of the file at `path`, which was granted to a plan and resolved.

    A file that has a second name (a hard link) is refused: it might lie in a folder that the plan may not write.
    """
    with plain_errors(shown, "write"):
        opened = open_file(path, shown, os.O_WRONLY | os.O_APPEND | os.O_CREAT, make=True)
        with os.fdopen(opened, "ab") as file:
            if os.fstat(opened).st_nlink > 1:
                message = f"{named(shown)} has a second name (a hard link), and the file of that name would change too"
                raise PlanError("permission", message, "copy the file, or write it anew with write(…)")
            file.write(data)
