"""Program order: a linked list of everything that can fail or change something, in the order of the plan's text.

A `Node` is put in behind the cursor of whoever makes it; what a parked region makes later comes right behind the
region's own node. Each scope (the run as a whole, and the block of each `try`) has a frontier: all before it in the
scope has succeeded. A change is made when the frontier of its scope reaches it and the scope itself has been reached,
and so on up to the run. The first failure that a frontier meets is the one that counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from .pending import CANCELLED, DONE, FAILED, WAITING

if TYPE_CHECKING:
    from .context import Context

_STRIDE = 1 << 120
"""Distance of labels at the end of the list."""
_FRACTION = 20
"""A node put in between two others takes 1/2^20 of the room between them."""
_ROOM = 1 << 60
"""What lies between two nodes, on average, once room was made."""


class Node:
    """Something in program order.

    state: WAITING until it has succeeded. error: why it failed. context: where in the run it is.
    """

    __slots__ = ("context", "error", "label", "next", "scope", "site", "state")

    def __init__(self, context: Context | None = None, site: int = 0, state: int = WAITING) -> None:
        """In no order yet: `Order.add` puts it in."""
        self.next: Node | None = None
        self.label = 0
        self.scope: Scope
        self.state = state
        self.error: Any = None
        self.context = context
        self.site = site

    def reached(self) -> bool:
        """The frontier stands before this node; whether it is done now."""
        return False

    def relabel(self, label: int) -> None:
        """Take another label, which says the same of the order."""
        self.label = label

    def cancel(self) -> None:
        """Nobody wants it any more."""
        if self.state == WAITING:
            self.state = CANCELLED

    def attempt(self) -> None:
        """What this node waited for may be there."""


class Written:
    """A change to a variable of outside a `try`: variable `number` has `value` from `label` on."""

    __slots__ = ("label", "number", "value")

    def __init__(self, label: int, number: int, value: Any) -> None:
        """`label` follows that of the `Mark` that keeps its place."""
        self.label = label
        self.number = number
        self.value = value


class Mark(Node):
    """Keeps the place of a `Written` in program order."""

    __slots__ = ("written",)

    def __init__(self, written: Written) -> None:
        """It has succeeded from the beginning."""
        super().__init__(state=DONE)
        self.written = written

    def relabel(self, label: int) -> None:
        """What was written keeps its place."""
        self.label = self.written.label = label


class Scope:
    """A part of the program order that fails as a whole: the run, or the block of a `try`."""

    __slots__ = ("advancing", "end", "failed", "head", "log", "on_settled", "parent", "reached", "settled", "start")

    def __init__(self, parent: Scope | None, head: Node) -> None:
        """`head` is the last node known to have succeeded; for the block of a `try` its `ScopeStart`."""
        self.parent = parent
        self.start = head if parent is not None else None
        """The node that stands for this scope in its parent."""
        self.head = head
        self.end: Node | None = None
        self.reached = parent is None
        """Whether everything before it in its parent has succeeded."""
        self.settled = False
        self.failed: Node | None = None
        self.on_settled: Callable[[], None] | None = None
        self.advancing = False
        self.log: list[Written] = []
        """Each change to a variable of outside a `try`."""

    def is_live(self, levels: int | None = None) -> bool:
        """Whether all before this scope has succeeded: in the scope `levels` around it, or in the whole run."""
        scope: Scope | None = self
        while scope is not None and levels != 0:
            if not scope.reached:
                return False
            scope = scope.parent
            levels = levels - 1 if levels is not None else None
        return True

    def above(self, levels: int) -> Scope:
        """The scope that lies `levels` around this one."""
        scope: Scope = self
        for _ in range(levels):
            scope = cast(Scope, scope.parent)
        return scope


class ScopeStart(Node):
    """Where the block of a `try` begins. The frontier passes it once the block is settled."""

    __slots__ = ("inner",)
    inner: Scope | None


class Order:
    """The list, its cursor and its frontiers."""

    root: Scope
    cursor: Node
    scope: Scope
    waiting: int
    """Nodes that no frontier has passed."""

    def __init__(self) -> None:
        """Nothing has happened yet."""
        self.begin()

    def begin(self) -> None:
        """Forget all that has happened."""
        first = Node(state=DONE)
        self.cursor = first
        self.root = self.scope = first.scope = Scope(None, first)
        self.waiting = 0

    def add(self, node: Node) -> None:
        """Put `node` in behind the cursor, and the cursor on it."""
        cursor = self.cursor
        following = cursor.next
        if following is None:
            node.label = cursor.label + _STRIDE
        else:
            if following.label - cursor.label < 2:
                self._make_room(cursor)
            room = following.label - cursor.label
            node.label = cursor.label + (room >> _FRACTION or room >> 1)
            node.next = following
        cursor.next = node
        node.scope = self.scope
        self.cursor = node
        self.waiting += 1

    def mark(self, number: int, value: Any) -> Written:
        """Variable `number` has `value` from here on: after all that regions before this will yet put in."""
        written = Written(0, number, value)
        mark = Mark(written)
        self.add(mark)
        written.label = mark.label
        return written

    def _make_room(self, cursor: Node) -> None:
        """Give the nodes behind `cursor` other labels, as few of them as leave much room between them.

        That of Dietz and Sleator ("Two algorithms for maintaining order in a list", 1987), which only goes forward.
        """
        node, count = cursor.next, 1
        while node is not None and node.label - cursor.label <= count * _ROOM:
            node, count = node.next, count + 1
        step = _STRIDE if node is None else (node.label - cursor.label) // count
        label, below = cursor.label, cursor.next
        while below is not node and below is not None:
            label += step
            below.relabel(label)
            below = below.next

    def is_clear(self, levels: int | None = None) -> bool:
        """Whether all before the cursor has succeeded, so that a change can be made on the spot.

        levels: in the scope that lies so many around the present one; in the whole run if it is not given.
        """
        scope = self.scope
        if levels != 0:
            self.reach(scope)
        if scope.head is not self.cursor:
            self.advance(scope)
        return scope.head is self.cursor and scope.is_live(levels)

    def reach(self, scope: Scope) -> None:
        """Let the frontiers around `scope` come to it, if they can."""
        around: list[Scope] = []
        while not scope.reached and scope.parent is not None:
            scope = scope.parent
            around.append(scope)
        for outer in reversed(around):
            self.advance(outer)

    def done(self, node: Node) -> None:
        """`node` has succeeded."""
        if node.state == WAITING:
            node.state = DONE
            if node.scope.head.next is node:
                self.advance(node.scope)

    def fail(self, node: Node, error: Any) -> None:
        """`node` has failed with `error`."""
        if node.state == WAITING:
            node.state = FAILED
            node.error = error
            if node.scope.head.next is node:
                self.advance(node.scope)

    def advance(self, scope: Scope) -> None:
        """Move the frontier of `scope` as far as it goes."""
        if scope.advancing or scope.settled:
            return
        scope.advancing = True
        try:
            while not scope.settled:
                node = scope.head.next
                if node is None or not self._pass(scope, node):
                    break
        finally:
            scope.advancing = False
        if not scope.settled:
            return
        if scope.on_settled is not None:
            told, scope.on_settled = scope.on_settled, None
            told()
        parent = scope.parent
        if parent is not None and parent.head.next is scope.start:
            self.advance(parent)

    def _pass(self, scope: Scope, node: Node) -> bool:
        """Move the frontier over `node` if that has succeeded; whether it did."""
        if node is scope.end:
            scope.settled = True
            return False
        if node.scope is not scope:  # the block is being gone through, and this is what follows it already
            return False
        if isinstance(node, ScopeStart):
            return self._pass_scope(scope, node)
        if node.state == WAITING and not node.reached():
            return False
        if node.state == FAILED:
            scope.settled = True
            scope.failed = node
            return False
        scope.head = node
        if scope.start is not None:
            scope.start.next = node  # what lies between is over, and can be forgotten
        self.waiting -= 1
        return True

    def _pass_scope(self, scope: Scope, start: ScopeStart) -> bool:
        inner = cast(Scope, start.inner)
        inner.reached = True
        if not inner.settled:
            self.advance(inner)
        if not inner.settled or inner.end is None:
            return False
        start.next = inner.end  # what lies between has succeeded, or is wanted by nobody
        scope.head = start
        inner.start, inner.head, start.inner = None, start, None  # no cycles are left for the collector
        self.waiting -= 1
        return True

    def abandon(self, first: Node, last: Node | None) -> None:
        """Cancel what stands behind `first` and before `last`."""
        node = first.next
        while node is not None and node is not last:
            self.waiting -= 1
            node.cancel()
            node = node.next
