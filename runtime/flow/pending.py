"""Values that are not known yet, and containers that hold some ("holes")."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import Any

from planlang.runtime.values import PlanDict, PlanList, Value

WAITING, DONE, FAILED, CANCELLED = 0, 1, 2, 3
Key = tuple[bool, Any]
"""One step of a path: (whether it is the number of an argument that holds the key, that number or the key)."""
Part = tuple[int, tuple[Key, ...], int]
"""What is needed of an argument: its number, the path into it, and how much of what lies there (see `needs`)."""


class Pending:
    """A value that is not known yet.

    state: WAITING, DONE (then `value` is it) or FAILED (it will never be known, since something before it failed).
    waiters: what goes on once it is known: nodes of the order, and other pendings that will have the same value.
    shared: whether more than one owner waits for it, so that a container must be marked when it comes.
    depth, path: how many model calls lie on the longest chain that leads to it, and the seconds that they took.
    base: for a list that only grows, the value that it grew from: a loop over it can begin with that.
    """

    __slots__ = ("base", "depth", "path", "shared", "state", "value", "waiters")

    def __init__(self) -> None:
        """Not known yet."""
        self.state = WAITING
        self.value: Any = None
        self.waiters: list[Any] | None = None
        self.shared = False
        self.depth = 0
        self.path = 0.0
        self.base: Any = None


def known(value: Value) -> Value:
    """`value`, or what it has turned out to be."""
    while type(value) is Pending and value.state == DONE:
        value = value.value
    return value


def unready(value: Value) -> bool:
    """Whether `value`, or something inside it, may not be known yet."""
    kind = type(value)
    if kind is PlanList or kind is PlanDict:
        return getattr(value, "holes", False)
    return kind is Pending


def share(value: Value) -> Value:
    """`value`, marked as held by more than one owner if it is a container, or will be one."""
    kind = type(value)
    if kind is PlanList or kind is PlanDict:
        value.shared = True
    elif kind is Pending:
        value.shared = True
        if value.state == DONE:
            share(value.value)
    return value


def flow_list(items: Sequence[Value]) -> PlanList:
    """A list whose elements need not be known."""
    made = PlanList(items)
    made.shared = False
    if any(map(unready, items)):
        note_holes(made, items)
    return made


def flow_dict(items: dict[Value, Value]) -> PlanDict:
    """A dict whose values need not be known."""
    made = PlanDict(items)
    made.shared = False
    if any(map(unready, items.values())):
        note_holes(made, items.values())
    return made


def note_holes(holder: Value, items: Iterable[Value]) -> None:
    """Note that `holder` holds something that is not known; what a container holds has two owners when it comes."""
    holder.holes = True
    for item in items:
        if type(item) is Pending:
            share(item)


def note_if_unready(holder: Value, item: Value) -> None:
    """Note in `holder` that `item`, just put into it, is not known."""
    if unready(item):
        holder.holes = True
        if type(item) is Pending:
            share(item)


def note_along(root: Value, keys: Sequence[Value], item: Value) -> None:
    """Note in every container from `root` down along `keys` that `item`, just put there, is not known."""
    if not unready(item):
        return
    if type(item) is Pending:
        share(item)
    root.holes = True
    holder = root
    for key in keys:
        holder = holder[key]
        holder.holes = True


def note_within(value: Value) -> Value:
    """`value`, built by direct code from parts that need not be known: the notes that it lacks are made, two deep."""
    kind = type(value)
    if kind is PlanList or kind is PlanDict:
        found = False
        for item in value if kind is PlanList else value.values():
            inner = type(item)
            if inner is PlanList:
                if any(map(unready, item)):
                    note_holes(item, item)
                    found = True
            elif inner is Pending or (inner is PlanDict and getattr(item, "holes", False)):
                found = True
        if found:
            note_holes(value, value if kind is PlanList else value.values())
    return value


def holes(value: Value) -> Iterator[Pending]:
    """Give each pending value in `value` that is not known, wait for it to be, and put what is known in its place.

    A container forgets its note once everything in it is known.
    """
    value = yield from _awaited(value)
    if not unready(value):
        return
    stack: list[tuple[Value, Iterator[Value]]] = [(value, _places(value))]
    while stack:
        holder, places = stack[-1]
        for place in places:
            item = holder[place]
            if type(item) is Pending:
                while item.state != DONE:
                    yield item
                item = holder[place] = known(item)
            if unready(item):
                stack.append((item, _places(item)))
                break
        else:
            holder.holes = False
            stack.pop()


def _places(holder: Value) -> Iterator[Value]:
    return iter(range(len(holder))) if type(holder) is PlanList else iter(list(holder))


REACH, SHALLOW, DEEP = 0, 1, 2
"""How much is needed of what lies at a path: that it can be reached, that it is known, or all that is in it too."""


def needs(args: Sequence[Value], parts: tuple[Part, ...] | None) -> Iterator[Pending]:
    """Give, one after the other, the pending values that must be known before code can look at `parts` of `args`.

    None stands for everything. A path that ends early is no error here: the code will find that out itself.
    """
    if parts is None:
        for value in args:
            yield from holes(value)
        return
    for number, keys, need in parts:
        value = args[number]
        while type(value) is Pending:
            if value.state == DONE:
                value = value.value
            else:
                yield value
        if keys:
            value = yield from _along(value, keys, args, reach=need == REACH)
        if need == DEEP:
            yield from holes(value)


def _awaited(value: Value) -> Generator[Pending, None, Value]:
    """What `value` has turned out to be, waited for."""
    while type(value) is Pending:
        if value.state == DONE:
            value = value.value
        else:
            yield value
    return value


def _along(
    value: Value, keys: tuple[Key, ...], args: Sequence[Value], *, reach: bool
) -> Generator[Pending, None, Value]:
    """What lies in `value` at the end of the path `keys`; on the way, what is known by now is put in its place.

    With `reach` what lies there need not be known.
    """
    last = len(keys) - 1
    for at, (is_argument, key) in enumerate(keys):
        holder = value
        place = yield from _awaited(args[key] if is_argument else key)
        value = _part(holder, place)
        if type(value) is Pending:
            if reach and at == last:
                value = known(value)
                if type(value) is Pending:
                    break
            else:
                value = yield from _awaited(value)
            holder[place] = value
    return value


def _part(holder: Value, place: Value) -> Value:
    """What stands at `place` of `holder`; None where nothing does."""
    if type(holder) is PlanDict:
        return holder.get(place) if type(place) in _KEYS else None
    if type(holder) is PlanList and type(place) is int and -len(holder) <= place < len(holder):
        return holder[place]
    return None


_KEYS = frozenset((str, int, float, bool, type(None)))
