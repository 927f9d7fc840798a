"""Building containers and changing them in place, once the generated code has made sure whose they are.

`xs.push(v)` on a place is generated as: make the place's container our own (`own`, `own_item`), then `push`.
"""

from __future__ import annotations

from typing import Any

from .errors import PlanError
from .operators import MAX_ITEMS, index, key, none_hint, out_of_range, too_long, words
from .values import PlanDict, PlanList, Value, new_dict, new_list, own_dict, own_list, share, share_items


def spread_list(target: PlanList, value: Value) -> None:
    """`...value` inside a list being built."""
    if type(value) is not PlanList and type(value) is not range:
        raise PlanError("type", f"`...` in a list takes a list, not {words(value)}")
    if len(target) + len(value) > MAX_ITEMS:
        too_long("a list")
    share_items(value if type(value) is PlanList else ())
    target.extend(value)


def spread_dict(target: PlanDict, value: Value) -> None:
    """`...value` inside a dict being built."""
    if type(value) is not PlanDict:
        raise PlanError("type", f"`...` in a dict takes a dict, not {words(value)}")
    share_items(value.values())
    target.update(value)


def build_list(*parts: tuple[bool, Value]) -> PlanList:
    """A list display with spreads: each part is (is a spread, value)."""
    fresh = new_list()
    for is_spread, value in parts:
        if is_spread:
            spread_list(fresh, value)
        else:
            fresh.append(value)
    return fresh


def build_dict(*parts: tuple[Value, ...]) -> PlanDict:
    """A dict display with spreads or computed keys: each part is (key, value), or (value,) for a spread."""
    fresh = new_dict()
    for part in parts:
        if len(part) == 1:
            spread_dict(fresh, part[0])
        else:
            fresh[key(part[0])] = part[1]
    return fresh


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
    value = index(holder, place)
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


def _no_method(name: str, holder: Value, takes: str) -> PlanError:
    return PlanError("type", f"`{name}` changes {takes}, not {words(holder)}", none_hint(holder))


def push(holder: Value, value: Value) -> None:
    """`holder.push(value)`."""
    if type(holder) is not PlanList:
        raise _no_method("push", holder, "a list")
    holder.append(value)


def pop(holder: Value, place: Value = -1) -> Value:
    """`holder.pop(i)`: take out and give the element; of a dict, the value of a key."""
    if type(holder) is not PlanList:
        raise _no_method("pop", holder, "a list")
    if type(place) is not int:
        raise PlanError("type", f"an index must be an int, not {words(place)}")
    try:
        return holder.pop(place)
    except IndexError:
        raise out_of_range(holder, place) from None


def insert(holder: Value, place: Value, value: Value) -> None:
    """`holder.insert(i, value)`; `i` is clamped as in Python."""
    if type(holder) is not PlanList:
        raise _no_method("insert", holder, "a list")
    if type(place) is not int:
        raise PlanError("type", f"an index must be an int, not {words(place)}")
    holder.insert(place, value)


def extend(holder: Value, values: Value) -> None:
    """`holder.extend(values)`."""
    if type(holder) is not PlanList:
        raise _no_method("extend", holder, "a list")
    if type(values) is not PlanList and type(values) is not range:
        raise PlanError("type", f"`extend` takes a list, not {words(values)}", "to add one element write push(x)")
    spread_list(holder, values)


def remove(holder: Value, place: Value) -> Value:
    """`holder.remove(key_or_index)`: take out and give what was there."""
    if type(holder) is PlanDict:
        if key(place) not in holder:
            return holder[place]  # raises the error that knows the keys
        return holder.pop(place)
    if type(holder) is PlanList:
        return pop(holder, place)
    raise _no_method("remove", holder, "a list or dict")


def clear(holder: Value) -> None:
    """`holder.clear()`."""
    if type(holder) is not PlanList and type(holder) is not PlanDict:
        raise _no_method("clear", holder, "a list or dict")
    holder.clear()


HELPERS: dict[str, Any] = {
    "build_list": build_list, "build_dict": build_dict, "own": own, "own_item": own_item, "set_item": set_item,
    "push": push, "pop": pop, "insert": insert, "extend": extend, "remove": remove, "clear": clear, "share": share,
    "new_list": new_list, "new_dict": new_dict,
}  # fmt: skip
"""What generated code may call, by the name it calls it."""
