"""The parse tables that ship are those of the grammar."""

from __future__ import annotations

from pathlib import Path

from planlang.lang import build_tables, tables
from planlang.lang.builder import FLAT, Builder


def test_tables_are_not_stale():
    """Building them anew writes what is there; strict mode means that the grammar has no conflict."""
    shipped = (Path(build_tables.__file__).parent / "plan.tables").read_text(encoding="utf-8")
    assert build_tables.build() + "\n" == shipped


def test_every_action_is_a_method_of_the_builder():
    """An action of the grammar that nobody implements would fail only when it is met."""
    actions = {action for _, _, action in tables.load().rules if action}
    assert set() == {action for action in actions if not hasattr(Builder, action)}
    assert set() == FLAT - actions
