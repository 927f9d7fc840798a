"""Turns `plan.lark` into `plan.tables`, so that no run ever builds a parser: `python -m planlang.lang.build_tables`.

Lark does the grammar work (LALR(1), strict mode: any conflict is an error). What is written is plain JSON that
`tables.py` loads in a few milliseconds, without Lark. States are renumbered in a fixed order, so that the same
grammar always gives the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from lark import Lark, Token
from lark.lexer import Lexer

STARTS = ["program", "expression_only", "type_only", "signature"]
HERE = Path(__file__).parent


class _TokensOnly(Lexer):
    """Stands where Lark wants a lexer: the tables are built without one, tokens come from `lexer.py`."""

    def __init__(self, _configuration: Any) -> None:
        """Nothing to set up."""

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:  # noqa: ARG002 - Lark's signature
        """Never called: Lark only builds the tables."""
        return iter(())


def build() -> str:
    """The text of `plan.tables`.

    `rules` are `[left side, length, action or null]`; `actions[state]` maps a terminal to `s` (shift to state s,
    s > 0) or `-1 - r` (reduce by rule r), or to null (accept); `gotos[state]` maps a rule name to a state.
    """
    grammar = (HERE / "plan.lark").read_text(encoding="utf-8")
    # Any: Lark has no public name for the table (the stale test guards it), and no types below its parser.
    lark = cast(Any, Lark(grammar, parser="lalr", lexer=_TokensOnly, start=STARTS, strict=True))
    table = lark.parser.parser._parse_table  # noqa: SLF001 - see above
    spelling: dict[str, str] = {t.name: str(t.pattern.value) for t in lark.terminals if t.pattern is not None}
    order = _order(table)
    ends = set(table.end_states.values())
    rules: dict[Any, int] = {}
    actions: list[dict[str, int | None]] = []
    gotos: list[dict[str, int]] = []
    for old in order:
        row: dict[str, int | None] = {"$END": None} if old in ends else {}
        jumps: dict[str, int] = {}
        entries: list[tuple[str, tuple[Any, Any]]] = sorted(table.states[old].items())
        for symbol, (action, argument) in entries:
            if action.name == "Reduce":
                row[spelling.get(symbol, symbol)] = -1 - rules.setdefault(argument, len(rules))
            elif symbol in spelling or symbol.isupper():
                row[spelling.get(symbol, symbol)] = order[argument]
            else:
                jumps[symbol] = order[argument]
        actions.append(row)
        gotos.append(jumps)
    return json.dumps(
        {
            "starts": {name: order[table.start_states[name]] for name in STARTS},
            "rules": [[str(r.origin.name), len(r.expansion), _action(r)] for r in rules],
            "actions": actions,
            "gotos": gotos,
        },
        separators=(",", ":"),
    )


def _order(table: Any) -> dict[Any, int]:
    """A number for every state, in order of first arrival from the start states (0 stands for no state)."""
    order: dict[Any, int] = {}
    queue = [table.start_states[name] for name in STARTS]
    for state in queue:
        if state in order:
            continue
        order[state] = len(order)
        for _, (action, argument) in sorted(table.states[state].items()):
            if action.name == "Shift":
                queue.append(argument)
    return order


def _action(rule: Any) -> str | None:
    """The action of a rule; None where it stands for its only symbol."""
    if rule.alias is None and len(rule.expansion) != 1:
        raise ValueError(f"{rule} needs an action")
    return rule.alias


def main() -> None:
    """Write `plan.tables` beside the grammar."""
    (HERE / "plan.tables").write_text(build() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
