"""Changing containers in place, once the generated code has made sure whose they are.

`xs.push(v)` on a place is generated as: make the place's container our own (`own`, `own_item`), then `push`.
"""

from __future__ import annotations

from typing import Any

from .errors import PlanError
from .operators import field, index, key, none_hint, out_of_range, words
from .values import PlanDict, PlanList, Value, new_dict, new_list, own_dict, own_list, share


def own(value: Value) -> Value:
    """A container that the caller alone holds, copied only if somebody else may hold `value`."""
    kind = type(value)
    if kind is PlanList:
        return own_list(value) if value.shared else value
    if kind is PlanDict:
        return own_dict(value) if value.shared else value
    if kind is range:
        return own_list(value)
    return value


def own_item(holder: Value, place: Value) -> Value:
    """The container at `holder[place]`, made our own there; `holder` is our own already."""
    return _own_part(holder, place, index(holder, place))


def own_field(holder: Value, name: str) -> Value:
    """The same for `holder.name`."""
    return _own_part(holder, name, field(holder, name))


def _own_part(holder: Value, place: Value, value: Value) -> Value:
    kind = type(value)
    if kind is range or ((kind is PlanList or kind is PlanDict) and value.shared):
        value = own(value)
        holder[place] = value
    return value


def set_item(holder: Value, place: Value, value: Value) -> None:
    """`holder[place] = value` on a container of our own."""
    kind = type(holder)
    if kind is PlanDict:
        holder[key(place)] = value
    elif kind is PlanList:
        if type(place) is not int:
            raise PlanError("type", f"an index must be an int, not {words(place)}")
        try:
            holder[place] = value
        except IndexError:
            raise out_of_range(holder, place) from None
    elif kind is str:
        raise PlanError("type", "text cannot be changed in place", "build a new text, for example with `replace`")
    else:
        raise PlanError("type", f"{words(holder)} has no elements to set", none_hint(holder))


def no_method(name: str, holder: Value, takes: str) -> PlanError:
    """The error for a changing method on a value that it cannot change."""
    return PlanError("type", f"`{name}` changes {takes}, not {words(holder)}", none_hint(holder))


def push(holder: Value, value: Value) -> None:
    """`holder.push(value)`."""
    if type(holder) is not PlanList:
        raise no_method("push", holder, "a list")
    holder.append(value)


def pop(holder: Value, place: Value = -1) -> Value:
    """`holder.pop(i)`: take out and give the element; of a dict, the value of a key."""
    if type(holder) is not PlanList:
        raise no_method("pop", holder, "a list")
    if type(place) is not int:
        raise PlanError("type", f"an index must be an int, not {words(place)}")
    try:
        return holder.pop(place)
    except IndexError:
        raise out_of_range(holder, place) from None


def insert(holder: Value, place: Value, value: Value) -> None:
    """`holder.insert(i, value)`; `i` is clamped as in Python."""
    if type(holder) is not PlanList:
        raise no_method("insert", holder, "a list")
    if type(place) is not int:
        raise PlanError("type", f"an index must be an int, not {words(place)}")
    holder.insert(place, value)


def remove(holder: Value, place: Value) -> Value:
    """`holder.remove(key_or_index)`: take out and give what was there."""
    if type(holder) is PlanDict:
        if key(place) not in holder:
            return holder[place]  # raises the error that knows the keys
        return holder.pop(place)
    if type(holder) is PlanList:
        return pop(holder, place)
    raise no_method("remove", holder, "a list or dict")


def clear(holder: Value) -> None:
    """`holder.clear()`."""
    if type(holder) is not PlanList and type(holder) is not PlanDict:
        raise no_method("clear", holder, "a list or dict")
    holder.clear()


HELPERS: dict[str, Any] = {
    "own": own, "own_item": own_item, "own_field": own_field, "set_item": set_item,
    "push": push, "pop": pop, "insert": insert, "remove": remove, "clear": clear, "share": share,
    "new_list": new_list, "new_dict": new_dict,
}  # fmt: skip
"""What generated code may call, by the name it calls it."""
