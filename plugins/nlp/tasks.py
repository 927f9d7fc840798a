"""What is asked when a text gets a label: the labels in the forms that plans give them, and examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from planlang.lang import types
from planlang.lang.typing import expand, members
from planlang.plugins import Failure
from planlang.runtime.values import TypeValue

Given: TypeAlias = list[str] | dict[str, str] | TypeValue
"""Labels as plans give them: a list, each with a description, or a type of literals."""


@dataclass(frozen=True, slots=True)
class Task:
    """Labels to choose from. Equal tasks ask the same.

    names: the labels as texts, each once.
    values: the labels as the plan has them: the texts, or the literals of a type.
    descriptions: what each label means; "" where nobody said.
    examples: texts with the place of their label in `names`.
    """

    names: tuple[str, ...]
    values: tuple[Any, ...]
    descriptions: tuple[str, ...]
    examples: tuple[tuple[str, int], ...] = ()


def task_of(given: Given, examples: Sequence[Mapping[str, Any]] | None = None) -> Task:
    """The task of these labels and `{text, label}` examples; raises `Failure` where they are none."""
    values, descriptions = _labels(given)
    if not values:
        raise Failure("there are no labels to choose from", kind="value")
    names = tuple(map(_name, values))
    places = {name: place for place, name in enumerate(names)}
    shown = tuple((example["text"], _place(example["label"], places)) for example in examples or ())
    return Task(names, values, descriptions, shown)


def _labels(given: Given) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """The values of the labels, each once, and their descriptions."""
    if isinstance(given, TypeValue):
        values = _literals(given)
        return values, ("",) * len(values)
    if isinstance(given, dict):
        return tuple(given), tuple(given.values())
    values = tuple(dict.fromkeys(given))
    return values, ("",) * len(values)


def _literals(given: TypeValue) -> tuple[Any, ...]:
    found = [expand(member) for member in members(expand(given.type))]
    literals = tuple(member.value for member in found if isinstance(member, types.LiteralType))
    if len(literals) < len(found):
        raise Failure(
            f"`{given.name}` is not a type of literals, so its values cannot be labels",
            kind="value",
            hint='such a type is written: type Topic = "bug" | "praise"',
        )
    return literals


def _name(value: Any) -> str:
    """A literal as text: numbers as the language writes them."""
    return value if isinstance(value, str) else str(value).lower()


def _place(label: Any, places: Mapping[str, int]) -> int:
    name = _name(label)
    if name not in places:
        raise Failure(f"an example has the label `{name}`, which is not among: {', '.join(places)}", kind="value")
    return places[name]
