"""The page `docs/stdlib.md`, made from the modules' own words: `python -m planlang.stdlib.document > PAGE`."""

from __future__ import annotations

import sys
from importlib import resources
from typing import NamedTuple

from planlang.lang import tree
from planlang.lang.diagnostics import CheckError
from planlang.lang.parser import parse
from planlang.lang.source import Source
from planlang.lang.standard import Example, examples

MODULES = ("texts", "prompts", "think", "rag", "summaries", "agents", "evals", "datasets", "statistics", "differences")
"""In the order of the page."""

_INTRODUCTION = """\
# The standard library

Modules that are written in the plan language, to be used and to be read: `import texts`, then `texts.chunk(…)`. They
stand in `stdlib/`, each with its tests (`plan test stdlib`). Nothing in them is special: a plan can copy one and change
it.

What asks a language model takes a function for it, `ask`, which is `generate` where nothing is said. So a plan decides
which model answers, and how: `ask=fn(prompt) => generate(prompt, model="…", temperature=0.5)`. Calls that do not need
each other's answers share batches, within one call of such a function and between many.

This page is made from the modules.
"""


class Entry(NamedTuple):
    """A public function or type of a module: its signature as it is written, and its documentation."""

    name: str
    signature: str
    doc: str


class ModulePage(NamedTuple):
    """A module: what its first comment says, and what it gives, in its own order."""

    name: str
    introduction: str
    entries: tuple[Entry, ...]


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION]
    for module in map(module_page, MODULES):
        parts += [f"## {module.name}\n", f"{module.introduction}\n"]
        parts += [_entry(module.name, entry) for entry in module.entries]
    return "\n".join(parts)


def module_page(name: str) -> ModulePage:
    """What `name.plan` says of itself. Raises CheckError where it is no plan."""
    source = Source(resources.files("planlang.stdlib").joinpath(f"{name}.plan").read_text("utf-8"), f"{name}.plan")
    program, mistakes = parse(source)
    if mistakes:
        raise CheckError(mistakes)
    declared = [
        Entry(node.name, _signature(source, node), node.doc)
        for node in program.statements
        if isinstance(node, (tree.FunctionDef, tree.TypeDef)) and not node.name.startswith("_")
    ]
    return ModulePage(name, _first_comment(source.text), tuple(declared))


def _first_comment(text: str) -> str:
    """The lines of comment with which a file begins."""
    lines: list[str] = []
    for line in text.split("\n"):
        if not line.startswith("#") or line.startswith("##"):
            break
        lines.append(line.removeprefix("#").removeprefix(" "))
    return "\n".join(lines)


def _signature(source: Source, node: tree.FunctionDef | tree.TypeDef) -> str:
    """The declaration without documentation and body."""
    end = node.body.span.start if isinstance(node, tree.FunctionDef) else node.span.end
    lines = [line for line in source.text[node.span.start : end].split("\n") if not line.startswith("##")]
    return "\n".join(lines).strip().removesuffix("=>").rstrip()


def _entry(module: str, entry: Entry) -> str:
    prose = entry.doc.split(">>> ")[0].strip()
    signature = "\n".join(f"    {line}" for line in entry.signature.split("\n"))
    lines = [f"### `{module}.{entry.name}`", "", signature, "", prose, ""]
    shown: list[Example] = examples(entry.doc)
    if shown:
        lines += ["```repl"]
        for example in shown:
            lines += [f"> {example.source}", example.expected]
        lines += ["```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(page())
