"""`==` and the order of values, without recursion and in linear time on shared structure.

`x = [x, x]` sixty times describes 2 to the 60 elements with sixty lists. Comparing two such values pair by pair would
never end, so containers that have been compared are put into one class (union-find, after Hopcroft and Karp), and
pairs of one class are not compared again: either they are equal or the whole comparison has failed already.
"""

from __future__ import annotations

from collections.abc import Iterator

from .errors import PlanError
from .values import Opaque, PlanDict, PlanList, TypeValue, Value, type_name

_CONTAINERS = frozenset((PlanList, PlanDict, range))
_NUMBERS = frozenset((int, float))


class _Classes:
    """Which containers are known to be equal if the whole comparison is."""

    __slots__ = ("_parents",)

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}

    def join(self, a: Value, b: Value) -> bool:
        """Note that `a` and `b` are equal; false if that was known."""
        x, y = self._root(id(a)), self._root(id(b))
        if x == y:
            return False
        self._parents[x] = y
        return True

    def _root(self, name: int) -> int:
        parents = self._parents
        root = name
        while (above := parents.get(root)) is not None:
            root = above
        while (above := parents.get(name)) is not None:
            parents[name] = root if above != root else above
            name = above
        return root


def equal(a: Value, b: Value) -> bool:
    """Whether `a == b`: numbers and bools by value, text by characters, lists and dicts by their parts."""
    if type(a) not in _CONTAINERS or type(b) not in _CONTAINERS:
        return _equal_scalars(a, b)
    return _equal_containers(a, b, _Classes())


def _equal_scalars(a: Value, b: Value) -> bool:
    """`a == b` where at least one is no container."""
    if a is b:
        return True
    kind = type(a)
    if kind in _CONTAINERS or type(b) in _CONTAINERS:
        return False
    if isinstance(a, (Opaque, TypeValue)):
        return a == b
    return bool(a == b)


def _equal_containers(a: Value, b: Value, classes: _Classes) -> bool:
    work: list[tuple[Value, Value]] = [(a, b)]
    while work:
        x, y = work.pop()
        if x is y or not classes.join(x, y):
            continue
        pairs = _pairs(x, y)
        if pairs is None:
            return False
        for left, right in pairs:
            if type(left) in _CONTAINERS and type(right) in _CONTAINERS:
                work.append((left, right))
            elif not _equal_scalars(left, right):
                return False
    return True


def _pairs(x: Value, y: Value) -> Iterator[tuple[Value, Value]] | None:
    """The pairs of parts that must be equal, or None if the containers cannot be."""
    if (type(x) is PlanDict) is not (type(y) is PlanDict) or len(x) != len(y):
        return None
    if type(x) is range and type(y) is range:
        return iter(()) if x == y else None
    if type(x) is PlanDict:
        if not all(key in y for key in x):
            return None
        return ((value, y[key]) for key, value in x.items())
    return zip(x, y, strict=True)


def compare(a: Value, b: Value) -> int:
    """-1, 0 or 1 as `a` is below, equal to or above `b`: two numbers, two texts, two bools, or two lists.

    Lists are ordered by their first elements that differ. Raises a `type` error for anything else.
    """
    if type(a) not in _CONTAINERS or type(b) not in _CONTAINERS:
        return _compare_scalars(a, b)
    return _compare_lists(a, b)


def _compare_scalars(a: Value, b: Value) -> int:
    x, y = type(a), type(b)
    if (x in _NUMBERS and y in _NUMBERS) or (x is y and (x is str or x is bool)):
        return (a > b) - (a < b)
    raise _unordered(a, b)


def _compare_lists(a: Value, b: Value) -> int:
    classes = _Classes()
    stack = [_level(a, b)]
    while stack:
        pairs, rest = stack[-1]
        for x, y in pairs:
            inner = type(x) in _CONTAINERS and type(y) in _CONTAINERS
            if inner and type(x) is not PlanDict and type(y) is not PlanDict:
                if x is not y and classes.join(x, y):
                    stack.append(_level(x, y))
                    break
            elif not (_equal_containers(x, y, classes) if inner else _equal_scalars(x, y)):
                return _compare_scalars(x, y)
        else:
            if rest:
                return rest
            stack.pop()
    return 0


def _level(a: Value, b: Value) -> tuple[Iterator[tuple[Value, Value]], int]:
    """The pairs of elements of two lists, and how the lists compare if all the pairs are equal."""
    if type(a) is PlanDict or type(b) is PlanDict:
        raise _unordered(a, b)
    return zip(a, b, strict=False), (len(a) > len(b)) - (len(a) < len(b))


def _unordered(a: Value, b: Value) -> PlanError:
    return PlanError(
        "type",
        f"{type_name(a)} and {type_name(b)} have no order",
        "two numbers, two texts or two lists can be compared",
    )
