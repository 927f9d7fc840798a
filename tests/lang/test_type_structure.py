"""What tells types apart where answers are kept from run to run."""

from __future__ import annotations

import pytest

import planlang
from planlang.lang.type_structure import structure
from planlang.runtime.journal.packing import pack


def type_of(declarations: str) -> planlang.plugins.TypeValue:
    """The type `T` of a plan, as a plugin gets it."""
    seen: list[planlang.plugins.TypeValue] = []

    @planlang.plugins.function
    def look(kind: type) -> None:
        seen.append(kind)

    class Looking:
        @planlang.plugins.hookimpl
        def register_functions(self, register) -> None:
            register(look)

    planlang.load(f"{declarations}\nlet x = look(T)", plugins={"looking": Looking()}).run()
    return seen[0]


TREE = "type T = {name: str, parts: list[T]}"


@pytest.mark.parametrize(
    "other",
    [
        'type T = {name: str "of the part", parts: list[T]}',
        "type T = {name: str?, parts: list[T]}",
        "type T = {parts: list[T], name: str}",
        "type T = {name: str, parts: list[T]?}",
        "type U = {name: str, parts: list[T]}\ntype T = {name: str, parts: list[U]}",
        "type U = {name: str}\ntype T = {name: str, parts: list[U]}",
    ],
)
def test_types_that_say_something_else_are_told_apart(other) -> None:
    """Descriptions, order and what a type's own name leads to count, and not the name alone."""
    tree, changed = type_of(TREE), type_of(other)
    assert structure(tree.type) != structure(changed.type)
    assert pack([tree]) != pack([changed])


def test_the_same_declaration_in_another_program_is_the_same() -> None:
    """Nothing hangs on the process or on what else the file holds."""
    again = type_of(f"type Before = {{parts: list[Before]}}\n{TREE}")
    assert structure(type_of(TREE).type) == structure(again.type)
    assert pack([type_of(TREE)]) == pack([again])
