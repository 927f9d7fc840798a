"""The parse tables of the grammar, as `build_tables.py` wrote them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Tables:
    """LALR(1) tables.

    starts: the first state for each start symbol.
    rules: left side, length, and the name of the action (None: the rule stands for its only symbol).
    actions: by state and terminal, the next state (> 0: shift), or -1 - the rule to reduce by, or None: accept.
    gotos: by state and rule name, the state after that rule.
    """

    starts: dict[str, int]
    rules: list[tuple[str, int, str | None]]
    actions: list[dict[str, int | None]]
    gotos: list[dict[str, int]]


@cache
def load() -> Tables:
    """The tables that ship with the package, read once."""
    text = (Path(__file__).parent / "plan.tables").read_text(encoding="utf-8")
    data = json.loads(text)
    return Tables(data["starts"], [tuple(rule) for rule in data["rules"]], data["actions"], data["gotos"])
