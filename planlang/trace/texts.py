"""Values of a run as texts for the trace page, cut where they are long."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from planlang.results import pretty
from planlang.runtime.display import literal
from planlang.runtime.errors import PlanError
from planlang.runtime.values import from_python

Shown: TypeAlias = list[str | int]
"""[kind, text, characters left out]; kind is `TEXT` for a text as it is, `VALUE` for a literal of the language."""
TEXT, VALUE = 0, 1
CUTS = (50_000, 20_000, 10_000, 5_000, 2_500, 1_200, 600, 300, 150, 70)
"""How many bytes of a text the page may show: the most that keeps the page within its size."""
_COLUMNS = 84
_PRETTY = 20_000
"""Characters of a literal that is laid out on lines; longer ones stay on one."""


def shown(value: Any, most: int) -> Shown:
    """`value`, of plain data, as at most `most` bytes of text."""
    if isinstance(value, str):
        return _cut(TEXT, value, most)
    try:
        plan_value = from_python(value)
        text = literal(plan_value)
        if len(text) <= _PRETTY:
            text = pretty(plan_value, _COLUMNS)
    except PlanError as error:
        text = f"(cannot be shown: {error.message})"
    return _cut(VALUE, text, most)


def _cut(kind: int, text: str, most: int) -> Shown:
    if 4 * len(text) > most:
        data = text.encode("utf-8", "surrogatepass")
        if len(data) > most:
            kept = data[:most].decode("utf-8", "ignore")
            return [kind, kept, len(text) - len(kept)]
    return [kind, text, 0]


def longest(sizes: Iterable[int], budget: int) -> int:
    """The greatest of `CUTS` at which texts of these sizes fit into `budget` together."""
    known = list(sizes)
    return next((cut for cut in CUTS if sum(min(size, cut) for size in known) <= budget), CUTS[-1])
