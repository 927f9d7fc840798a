"""Hypothesis strategies of plan values, and structures that are larger than they look."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from planlang.lang.types import INT, STR, ListType, LiteralType, RecordField, RecordType, union
from planlang.runtime.values import TypeValue, Value, new_dict, new_list

finite = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
scalars = st.none() | st.booleans() | st.integers() | finite | texts
keys = st.none() | st.booleans() | st.integers(-5, 5) | finite | texts


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=5).map(new_list) | st.dictionaries(keys, inner, max_size=4).map(new_dict)


data = st.recursive(scalars, _containers, max_leaves=12)
"""Plan values that are data: no functions, no types."""

json_data = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
"""What JSON can hold, as Python data."""

_mood = RecordType((RecordField("label", union(LiteralType("a"), LiteralType("b"))), RecordField("n", INT, True)))
odd = st.sampled_from(
    [
        range(3),
        range(10**12),
        float("inf"),
        lambda *_: None,
        lambda *_: True,
        lambda *_: 1,
        lambda *_: new_list([1]),
        TypeValue("Mood", _mood),
        TypeValue("Texts", ListType(STR)),
        10**400,
        -(10**30),
        "[a-z",
        '{"a": 1}',
        "2024-05-17",
        "%Y",
        "\ud800",
        "a\0b",
    ]
)
values = data | odd
"""Any plan value, the unpleasant ones among them."""


def bomb(levels: int, core: Value = 1) -> Value:
    """A list that holds itself twice, level upon level: 2 to the `levels` elements in `levels` lists."""
    made = new_list([core])
    for _ in range(levels):
        made = new_list([made, made])
    return made


def tower(levels: int, core: Value = 1) -> Value:
    """A list in a list in a list."""
    made = new_list([core])
    for _ in range(levels - 1):
        made = new_list([made])
    return made
