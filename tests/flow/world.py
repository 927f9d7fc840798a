"""What a run changes outside itself, kept in the order in which it happened: output, warnings and files."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from planlang.runtime import compile_cache
from planlang.runtime.permissions import Permissions
from planlang.runtime.standard import files

from .shapes import LABELS

PERMISSIONS = Permissions(read=("in", "out"), write=("out",), net=())
HELPERS = """let base = 2
fn grade(text) {
  if holds(text) { return score(text) }
  print("graded", text)
  return base
}
fn warm(xs) -> "red" | "green" | "blue" {
  for x in xs {
    let found = color("{x}")
    if found != "blue" { return found }
  }
  return "blue"
}
fn each(xs: list[int], f) { return [f(x) for x in xs] }
fn strict(text) -> int {
  let n = risky(text)
  assert n < 7, "too large: {n}"
  return n
}
"""
"""A file that programs import."""
Change = tuple[str, str, str]
"""What was done, where, and what was written."""


class World:
    """A folder with the files that programs read and write, and the log of what one run changed."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.log: list[Change] = []
        self._before: dict[str, str] = {}
        self.out, self.err = _Stream(self, "print"), _Stream(self, "warn")

    def reset(self) -> None:
        """As it was before any run."""
        fresh = self._before and not self._written()
        self.log = []
        if fresh:
            return  # most programs write no file, and making the folders anew takes longer than running them
        self._make()
        self._before = self._look()

    def _written(self) -> bool:
        return any(what.endswith("_bytes") for what, _, _ in self.log)

    def _make(self) -> None:
        for name in ("in", "out"):
            folder = self.folder / name
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for label in LABELS:
                (folder / f"{label}.txt").write_text(f"{name} {label}\n", encoding="utf-8")
        (self.folder / "out" / "alias.txt").symlink_to("red.txt")
        (self.folder / "helpers.plan").write_text(HELPERS, encoding="utf-8")

    def note(self, what: str, where: str, text: str) -> None:
        """Something was changed; texts to the same stream are one."""
        if what in ("print", "warn") and self.log and self.log[-1][0] == what:
            text = self.log.pop()[2] + text
        self.log.append((what, where, text))

    def files(self) -> dict[str, str]:
        """Every file and what it holds."""
        return self._look() if self._written() else self._before

    def _look(self) -> dict[str, str]:
        found = sorted(p for p in self.folder.rglob("*") if p.is_file())
        return {str(p.relative_to(self.folder)): p.read_text("utf-8") for p in found}


class _Stream(io.StringIO):
    """Standard output or error."""

    def __init__(self, world: World, what: str) -> None:
        super().__init__()
        self._world = world
        self._what = what

    def write(self, text: str, /) -> int:
        self._world.note(self._what, "", text)
        return len(text)


@contextmanager
def a_world() -> Iterator[World]:
    """A world in a folder of its own, which is the current folder meanwhile; no program is kept on disk."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="equivalence") as folder, _logged(World(folder)) as world:
        os.chdir(folder)
        try:
            yield world
        finally:
            os.chdir(before)


@contextmanager
def _logged(world: World) -> Iterator[World]:
    def noted(name: str) -> Any:
        original = getattr(files, name)

        def change(resolved: str, path: Any, data: bytes) -> Any:
            world.note(name, os.path.relpath(resolved, os.path.realpath(world.folder)), data.decode())
            return original(resolved, path, data)

        return change

    with (
        mock.patch.object(compile_cache, "look_up", return_value=None),
        mock.patch.object(compile_cache, "keep", return_value=None),
        mock.patch.object(files, "write_bytes", noted("write_bytes")),
        mock.patch.object(files, "append_bytes", noted("append_bytes")),
    ):
        yield world
