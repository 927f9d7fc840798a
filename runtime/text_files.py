"""Reading and writing files: bounded, UTF-8, atomic, with errors in plain words."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from planlang.lang.suggestions import closest

from .display import quoted
from .errors import PlanError
from .run import Limits
from .sizes import DEFAULT_LIMITS, too_large


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
            "value", f"there is no file {quoted(path)}", f"did you mean {quoted(name)}?" if name else ""
        ) from None
    except IsADirectoryError:
        raise PlanError(
            "value", f"{quoted(path)} is a folder, not a file", "list_files(folder) gives its files"
        ) from None
    except NotADirectoryError:
        raise PlanError("value", f"a part of {quoted(path)} is a file, not a folder") from None
    except PermissionError:
        raise PlanError("permission", f"the system does not allow to {doing} {quoted(path)}") from None
    except OSError as error:
        raise PlanError(
            "value", f"cannot {doing} {quoted(path)}: {(error.strerror or 'unknown reason').lower()}"
        ) from None


def nearest_file(path: str) -> str | None:
    """The path of a file in the same folder whose name is near to that of `path`."""
    folder, name = Path(path).parent, Path(path).name
    try:
        with os.scandir(folder) as entries:
            found = closest(name, [entry.name for _, entry in zip(range(10_000), entries, strict=False)])
    except OSError:
        return None
    return str(folder / found) if found else None


def read_bytes(path: str, shown: str, limits: Limits = DEFAULT_LIMITS, near: str | None = None) -> bytes:
    """What the file at `path` holds; messages call it `shown`. `near` is a path beside which to look for a typo."""
    with plain_errors(shown, "read", lambda: nearest_file(near) if near else None), Path(path).open("rb") as file:
        if os.fstat(file.fileno()).st_size > limits.value_size:
            too_large(limits.value_size, f"the text of {quoted(shown)}")
        return read_bounded(file, shown, limits)


def read_bounded(file: IO[bytes], shown: str, limits: Limits) -> bytes:
    """The rest of an open file, which may be a pipe or a device."""
    pieces: list[bytes] = []
    room = limits.value_size
    while piece := file.read(1 << 20):
        pieces.append(piece)
        room -= len(piece)
        if room < 0:
            too_large(limits.value_size, f"the text of {quoted(shown)}")
    return b"".join(pieces)


def decode(data: bytes, shown: str) -> str:
    """UTF-8 text, without a byte order mark; the error says where it is none."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        place = f"byte {error.start + 1:,} (on line {line:,}) is 0x{data[error.start]:02x}"
        message = f"{quoted(shown)} is not UTF-8 text: {place}"
        raise PlanError("value", message, "convert it to UTF-8 first") from None


def read_text(path: str, shown: str, limits: Limits = DEFAULT_LIMITS, near: str | None = None) -> str:
    """The text of a file."""
    return decode(read_bytes(path, shown, limits, near), shown)


def write_bytes(path: str, shown: str, data: bytes) -> None:
    """Put `data` into the file at `path`, all of it or nothing: until it is complete, others see what was there."""
    with plain_errors(shown, "write"):
        _make_folder(path)
        if not _is_plain(path):
            with Path(path).open("wb") as device:
                device.write(data)
            return
        _replace(path, data)


def _is_plain(path: str) -> bool:
    """Whether `path` is a file of its own or nothing yet, and so can be replaced."""
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return True
    if stat.S_ISDIR(mode):
        raise IsADirectoryError
    return stat.S_ISREG(mode)


def _replace(path: str, data: bytes) -> None:
    target = Path(path)
    part = target.with_name(f".{target.name[:100]}.{os.urandom(6).hex()}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
        if target.exists():
            part.chmod(stat.S_IMODE(target.stat().st_mode))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def append_bytes(path: str, shown: str, data: bytes) -> None:
    """Add `data` at the end of the file at `path`."""
    with plain_errors(shown, "write"):
        _make_folder(path)
        with Path(path).open("ab") as file:
            file.write(data)


def _make_folder(path: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
