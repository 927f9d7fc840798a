"""The world outside: which changes that are still to come could alter what an observation sees (§6)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

from planlang.lang.signatures import Effect
from planlang.runtime.values import Value

from .order import Node
from .pending import CANCELLED, DONE, FAILED, WAITING, Pending, known
from .regions import may_change, may_fail

if TYPE_CHECKING:
    from .nodes import Parked, Waiting

FILES = frozenset(("write", "append", "write_rows"))
"""Standard functions that change a file, named by their first argument."""
_SILENT = frozenset(("print", "warn", "ask", "now"))
"""Those whose changes no observation sees."""


class Outside:
    """A library function that observes or changes the world, or draws by chance, as flow code calls it."""

    __slots__ = ("effect", "function", "name", "plugin")

    def __init__(self, plugin: str | None, name: str, effect: Effect, function: Callable[..., Value]) -> None:
        """`function` does it at once."""
        self.plugin = plugin
        self.name = name
        self.effect = effect
        self.function = function


class World:
    """Changes that are expected and not done yet, in no particular order: labels say which comes before which."""

    def __init__(self) -> None:
        """Expect nothing."""
        self.guarded = False
        """Whether any call leaves this machine, so that each `fail` and `assert` that is not decided counts."""
        self.begin()

    def begin(self) -> None:
        """Forget what was expected."""
        self._expected: dict[int, tuple[Node, Pending, Outside, Sequence[Value]]] = {}
        self._regions: dict[int, tuple[Parked, Pending]] = {}
        self._guards: dict[int, tuple[Node, Pending]] = {}

    @property
    def is_calm(self) -> bool:
        """Whether no change that could be seen is still to come."""
        return not (self._expected or self._regions)

    def expect(self, what: Outside, values: Sequence[Value], node: Waiting) -> None:
        """`node` will do `what` with `values`."""
        if what.plugin is None and what.name in _SILENT:
            return
        self._expected[id(node)] = node, node.outs[0], what, values

    def put_aside(self, node: Parked, like: Callable[..., Any]) -> None:
        """The region `node` is put aside; the name of `like` says what it may do once it runs."""
        changes, fails = may_change(like), self.guarded and may_fail(like)
        if changes or fails:
            node.through = Pending()
        if changes:
            self._regions[id(node)] = node, cast(Pending, node.through)
        if fails:
            self._guards[id(node)] = node, cast(Pending, node.through)

    def over(self, node: Node) -> None:
        """`node` is through, or wanted by nobody: nothing waits for it, and it is not kept."""
        self._expected.pop(id(node), None)
        self._regions.pop(id(node), None)
        self._guards.pop(id(node), None)

    def guard(self, node: Waiting) -> None:
        """The `fail` or `assert` of `node` is not decided yet."""
        self._guards[id(node)] = node, node.outs[0]

    def failed(self, node: Node) -> None:
        """Something has failed at `node`: what comes after it may never be reached."""
        if self.guarded:
            met = Pending()
            met.state = FAILED
            self._guards[id(node)] = node, met

    def guard_before(self, call: Node) -> Pending | None:
        """The earliest `fail` or `assert` before `call` that is not decided, or has been met; None if there is none."""
        found: tuple[Node, Pending] | None = None
        for key, (node, decided) in list(self._guards.items()):
            if node.state in (DONE, CANCELLED):
                del self._guards[key]
            elif getattr(node, "running", False):
                continue  # it is done up to the call
            elif node.label < call.label and (found is None or node.label < found[0].label):
                found = node, decided
        return found[1] if found is not None else None

    def expects_before(self, observer: Node) -> bool:
        """Whether any change before `observer` is still to come."""
        waiting = chain(self._regions.values(), self._expected.values())
        return any(entry[0].state == WAITING and entry[0].label < observer.label for entry in waiting)

    def blocking(self, what: Outside, values: Sequence[Value], observer: Node) -> Pending | None:
        """What `observer` must wait for before it does `what`: an earlier change that could alter what it sees."""
        for key, (node, out) in list(self._regions.items()):
            if node.state in (DONE, FAILED, CANCELLED):
                del self._regions[key]
            elif node.label < observer.label and not node.running:  # what runs now is done up to the observer
                return out
        seen = self._seen(what, values)
        for key, (node, out, change, given) in list(self._expected.items()):
            if node.state != WAITING:
                del self._expected[key]
            elif node.label < observer.label and self._touches(change, given, what, seen):
                return out
        return None

    def _seen(self, what: Outside, values: Sequence[Value]) -> str | None:
        """The file or folder that an observation looks at; None if that is not known."""
        if what.plugin is None and values and isinstance(values[0], str):
            return _resolved(values[0])
        return None

    def _touches(self, change: Outside, given: Sequence[Value], what: Outside, seen: str | None) -> bool:
        """Whether `change` could alter what `what` sees at `seen`."""
        if what.plugin is None and what.name == "env":
            return False
        if change.plugin is None and what.plugin is None:
            if (change.name == "http_post") != (what.name == "http_get"):
                return change.name == "http_post" and what.name == "http_get"
            if change.name == "http_post":
                return True
        path = known(given[0]) if given and change.plugin is None and change.name in FILES else None
        if not isinstance(path, str) or seen is None:
            return True
        changed = _resolved(path)
        if what.name in ("list_dir", "list_files"):
            return changed.startswith(seen.rstrip(os.sep) + os.sep)
        return changed == seen


def _resolved(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        return path
