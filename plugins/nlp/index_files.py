"""Indexes in files: `save_index` and `load_index`."""

from __future__ import annotations

from planlang.plugins import Failure
from planlang.runtime.text_files import open_granted, write_bytes

from .index import LARGEST, Index

_OVERHEAD = 64 * 2**20
"""Bytes that a file may have besides vectors and rows."""


def save(index: Index, path: str) -> None:
    """Write `index` to the file at the granted `path`, all of it or nothing."""
    write_bytes(path, path, index.save())


def load(path: str) -> Index:
    """The index in the file at the granted `path`; raises `Failure` where it holds none."""
    with open_granted(path, path, near=path) as file:
        data = file.read(LARGEST + _OVERHEAD + 1)
    if len(data) > LARGEST + _OVERHEAD:
        raise Failure(f"{path} is larger than an index may be ({LARGEST >> 20} MiB)", kind="value")
    try:
        return Index.load(data)
    except ValueError as error:
        raise Failure(
            f"{path} cannot be read as an index: {error}",
            kind="value",
            hint="save_index(index, path) writes such files",
        ) from error
