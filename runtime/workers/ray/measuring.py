"""What an item costs, said in the plan's process without a trip to the actor: by a copy of the worker without a model.

`cost` and `batch_key` of a worker class look at the item, and at most at some number that `load` has set. So the plan's
process makes an instance of the class that is never loaded, gives it the plain attributes of the loaded one, and in the
place of all others (the model) something that may be asked whether it is there, and nothing else. A class whose `cost`
wants more is measured by the actor: one trip for each bunch of new calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from planlang.runtime.workers.pool import measured
from planlang.runtime.workers.protocol import Failure, Item

_PLAIN = (type(None), bool, int, float, str, bytes)
_MOST = 1000
"""Elements of a container that is copied."""
_DEPTH = 6


class Copied(NamedTuple):
    """What a loaded worker holds. present: the names of what is not copied, and whether it counts as true."""

    plain: dict[str, Any]
    present: dict[str, bool | None]


class NotHereError(Exception):
    """`cost` or `batch_key` asked for more than there is in the plan's process."""


class _Elsewhere:
    """Stands for an object that only the loaded worker has."""

    def __init__(self, true: bool | None) -> None:
        object.__setattr__(self, "_true", true)

    def __bool__(self) -> bool:
        true = object.__getattribute__(self, "_true")
        if true is None:
            raise NotHereError
        return true

    def _refuse(self, *_arguments: Any) -> Any:
        raise NotHereError

    __getattribute__ = __setattr__ = __call__ = __len__ = __iter__ = __getitem__ = __contains__ = _refuse  # pyright: ignore[reportAssignmentType]
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __add__ = __radd__ = _refuse  # pyright: ignore[reportAssignmentType]
    __mul__ = __rmul__ = __str__ = __repr__ = __int__ = __float__ = __index__ = _refuse  # pyright: ignore[reportAssignmentType]


def light_copy(worker: Any) -> Copied:
    """What can be copied of a loaded worker."""
    plain: dict[str, Any] = {}
    present: dict[str, bool | None] = {}
    held: dict[str, Any] = getattr(worker, "__dict__", {})
    for name, value in held.items():
        if is_plain(value, _DEPTH):
            plain[name] = value
        else:
            present[name] = None if hasattr(type(value), "__bool__") or hasattr(type(value), "__len__") else True
    return Copied(plain, present)


def is_plain(value: Any, depth: int) -> bool:
    """Whether `value` is made of Python's own types alone, and small."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return True
    if kind not in (list, tuple, dict, set, frozenset) or len(value) > _MOST or not depth:
        return False
    return all(is_plain(part, depth - 1) for part in (value.items() if kind is dict else value))


class Measuring:
    """`Capacity.measure` of a pool of actors."""

    def __init__(self, copy: Any, plugin: str, far: Callable[[Sequence[Item]], list[Any]]) -> None:
        """copy: the instance that is not loaded; None where it cannot be made here. far: asks an actor."""
        self._copy = copy
        self._plugin = plugin
        self._far = far
        self.trips = 0
        """How often an actor was asked."""

    def __call__(self, items: Sequence[Item]) -> list[tuple[float, Any] | Failure]:
        """Cost and batch key of each item."""
        if self._copy is None:
            return self._ask(items)
        found = [measured(self._copy, item, self._plugin) for item in items]
        if not _failures(found):
            return found
        true = self._ask(items)
        if _failures(true) < _failures(found):
            self._copy = None  # it lacks what `cost` needs
        return true

    def _ask(self, items: Sequence[Item]) -> list[tuple[float, Any] | Failure]:
        self.trips += 1
        return self._far(items)


def _failures(measures: Sequence[Any]) -> int:
    return sum(isinstance(each, Failure) for each in measures)


def dressed(worker: Any, copied: Copied) -> Any:
    """`worker`, which is not loaded, with what the loaded one holds."""
    try:
        for name, value in copied.plain.items():
            setattr(worker, name, value)
        for name, true in copied.present.items():
            setattr(worker, name, _Elsewhere(true))
    except Exception:  # noqa: BLE001 - a class that lets nobody set its attributes is measured by the actor
        return None
    return worker
