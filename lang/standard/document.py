"""The page `docs/functions.md`, made from the signature texts: `python -m planlang.lang.standard.document > PAGE`."""

from __future__ import annotations

import sys
from itertools import groupby

from planlang.lang.signatures import Effect
from planlang.lang.standard import CONSTANTS, TEXTS, Entry, examples

_INTRODUCTION = """\
# Standard functions

These functions are always in scope. Each can also be called in method position: `xs.sorted()` is `sorted(xs)`.
What follows a parameter such as `values...` is given by name. Besides them there are the constants {constants}.
Functions on models, such as `sentiment`, come from plugins: [nlp](library.md) and others, which `plan plugins` lists.

This page is made from the signatures in `lang/standard/`.
"""
_EFFECTS = {
    Effect.OBSERVATION: "Looks at the world (an observation).",
    Effect.CHANGE: "Changes the world (a change).",
}


def page() -> str:
    """The whole page."""
    constants = " and ".join(f"`{name}`" for name in CONSTANTS)
    parts = [_INTRODUCTION.format(constants=constants)]
    for section, entries in groupby(TEXTS.values(), lambda entry: entry.section):
        parts.append(f"## {section}\n")
        parts.extend(_function(entry) for entry in entries)
    return "\n".join(parts)


def _function(entry: Entry) -> str:
    prose = entry.doc.split("\n>>> ")[0]
    lines = [f"### `{entry.name}`", "", f"    {entry.text}", "", prose, ""]
    notes = [_EFFECTS[entry.effect]] if entry.effect in _EFFECTS else []
    notes += [f"Needs `--allow-{permission.kind}`." for permission in entry.permissions]
    if notes:
        lines += [" ".join(notes), ""]
    shown = examples(entry.doc)
    if shown:
        lines += ["```repl"]
        for example in shown:
            lines += [f"> {example.source}", example.expected]
        lines += ["```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page())
