"""Observations and changes of a journalled run: what is known is not done again, and a change is done once.

Changes happen one after the other. That a change was begun says that all before it were done, so that after a crash
only the last one is in doubt. Whether it was done, its file tells.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from planlang.lang.signatures import Effect
from planlang.runtime.errors import LimitError, PlanError
from planlang.runtime.granted_files import open_file
from planlang.runtime.permissions import Permissions
from planlang.runtime.standard.arguments import need_text
from planlang.runtime.text_files import remove_parts
from planlang.runtime.values import Value, from_python

from .journal import FILES, Done, FailedEffect, Journal
from .packing import Load, pack, unpack
from .store import CHANGE, JournalError, damaged

_SHOWN = frozenset(("print", "warn"))
"""What is counted by the character: see `output`."""


class Point(NamedTuple):
    """Where in a run something happens: its identity, its place in the plan, and the step it belongs to."""

    identity: bytes
    site: int = 0
    step: str = ""


class Journalled:
    """Performs the effects of one run under its journal."""

    def __init__(self, journal: Journal, load: Load | None, permissions: Permissions) -> None:
        """`journal` and `permissions` are those of the run; `load` makes opaque values."""
        self._journal = journal
        self._load = load
        self._permissions = permissions
        self._number = 0

    def point(self, identity: bytes, site: int, step: str) -> Point:
        """Where in the run something happens."""
        return Point(identity, site, step)

    def in_order(self, plugin: str | None, name: str, effect: Effect, function: Callable[..., Value]) -> Any:
        """`function` for direct code, in which effects happen in the order of their numbers."""

        def numbered(*args: Value, **named: Value) -> Value:
            self._number += 1
            names = tuple(named)
            count = len(args)

            # Its name says that it stands for a library function: a wrong name of an argument is the plan's mistake.
            def library_function_value(*given: Value) -> Value:
                return function(*given[:count], **dict(zip(names, given[count:], strict=True)))

            point = Point(self._number.to_bytes(16, "big"))
            return self.perform(point, plugin, name, effect, library_function_value, (*args, *named.values()), names)

        return numbered

    def covers(self, plugin: str | None, name: str) -> bool:
        """Whether a function's effects are journalled one by one."""
        return plugin is not None or name not in _SHOWN

    def perform(  # noqa: PLR0913, PLR0917 - what happens, where, and how
        self, point: Point, plugin: str | None, name: str, effect: Effect, function: Callable[..., Value],
        args: Sequence[Value], names: Sequence[str] = (),
    ) -> Value:  # fmt: skip
        """What `function(*args)` gives, or what it gave when it was performed. `names` are those of the last `args`."""
        known = self._journal.effect(point.identity)
        if known is not None and known.outcome is not None:
            return self._again(known.outcome)
        full = f"{plugin}.{name}" if plugin else name
        if effect is not Effect.CHANGE:
            return self._observe(point, full, function, args)
        if known is not None and known.kind == CHANGE:
            if full in FILES and known.number < self._journal.last_change:
                return None  # a later change was begun
            if self._was_done(known, full, args, names):
                return None
        return self._change(point, full, function, args, names)

    def _again(self, outcome: bytes) -> Value:
        try:
            well, *rest = unpack(outcome, self._load)
            if well:
                return from_python(rest[0])
            kind, message, hint = map(str, rest)
        except (ValueError, TypeError, IndexError):
            raise damaged(self._journal.store.file) from None
        raise PlanError(kind, message, hint)

    def _observe(self, point: Point, name: str, function: Callable[..., Value], args: Sequence[Value]) -> Value:
        row = (point.identity, name, point.site, point.step, list(args))
        try:
            value = function(*args)
        except LimitError:
            raise
        except PlanError as error:
            error.origin = FailedEffect(None, row)
            raise
        try:
            outcome = pack([True, value])
        except TypeError:  # what it gave cannot be kept: it is looked at again
            return value
        self._journal.observed(row, outcome)
        if name == "ask":
            self._journal.flush()
        return value

    def _change(
        self, point: Point, name: str, function: Callable[..., Value], args: Sequence[Value], names: Sequence[str]
    ) -> Value:
        detail = _detail(name, args, names)
        number = self._journal.begin_change((point.identity, name, point.site, point.step, detail))
        try:
            value = function(*args)
        except LimitError:
            raise
        except PlanError as error:
            error.origin = FailedEffect(number, (point.identity, name, point.site, point.step, None))
            raise
        if name not in FILES:
            try:
                self._journal.changed(number, pack([True, value]))
            except TypeError:
                self._journal.changed(number, pack([True, None]))
        return value

    def _was_done(self, known: Done, name: str, args: Sequence[Value], names: Sequence[str]) -> bool:
        """Whether the last change that was begun had been done when the run stopped."""
        if name not in FILES:
            raise PlanError(
                "call",
                f"`{name}` was begun when the run stopped, and nothing says whether it was done",
                "it is not done a second time; `plan resume --fork` begins a new run that does everything anew",
            )
        detail = _read_detail(known, self._journal)
        if detail is None:
            return False
        operands = _operands(args, names)
        path = self._permissions.path("write", need_text(name, operands[0] if operands else None, "path"))
        if path != detail[0]:  # a journal says what was done, not which file may be touched
            raise _changed_since(path)
        remove_parts(path, path)
        return name == "append" and _was_appended(path, detail[1], _bytes(operands))


def _operands(args: Sequence[Value], names: Sequence[str]) -> list[Value]:
    """Path and contents of a change to a file, which may be given by name."""
    count = len(args) - len(names)
    named = dict(zip(names, args[count:], strict=True))
    return [*args[:count], *(named[name] for name in ("path", "text", "rows") if name in named)]


def _detail(name: str, args: Sequence[Value], names: Sequence[str]) -> list[Any]:
    """What is kept of a change: its arguments, or for a file its path and its size before."""
    if name not in FILES:
        return list(args)
    try:
        operands = _operands(args, names)
        path = os.path.realpath(operands[0])
        return [path, Path(path).stat().st_size if Path(path).is_file() else 0, len(_bytes(operands))]
    except (OSError, ValueError, TypeError, IndexError):
        return []  # the function itself will say what is wrong


def _bytes(operands: Sequence[Value]) -> bytes:
    text = operands[1] if len(operands) > 1 else None
    return text.encode("utf-8", "replace") if type(text) is str else b""


def _read_detail(known: Done, journal: Journal) -> tuple[str, int] | None:
    try:
        detail = unpack(known.detail or b"")
        return (str(detail[0]), int(detail[1])) if detail else None
    except (ValueError, TypeError, IndexError, KeyError):
        raise damaged(journal.store.file) from None


def _was_appended(path: str, before: int, data: bytes) -> bool:
    """Whether `data` stands in the file behind its first `before` bytes; a part of it is taken away again."""
    try:
        with os.fdopen(open_file(path, path, os.O_RDWR), "r+b") as stream:
            if not 0 <= before <= os.fstat(stream.fileno()).st_size:
                raise _changed_since(path)
            stream.seek(before)
            there = stream.read(len(data))
            if there == data:
                return True
            if stream.read(1) or not data.startswith(there):
                raise _changed_since(path)
            stream.truncate(before)
    except FileNotFoundError:
        if before:
            raise _changed_since(path) from None
    except JournalError:
        raise
    except (OSError, PlanError):
        return False  # the append says what is wrong
    return False


def _changed_since(path: str) -> JournalError:
    return JournalError(
        f"{path} was changed by somebody else after the run stopped: whether the last `append` was done cannot be told",
        "put the file back as it was, or begin a new run with `plan resume --fork`",
    )
