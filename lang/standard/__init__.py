"""The standard functions as the checker, the help and the docs see them: signature texts, split but not parsed.

Each module beside this one holds the texts of one section in the language's own syntax, without bodies:

    ## What it does, in Markdown. Lines that begin with `>>>` are examples, their results follow.
    # effect: observation          (pure where nothing is said)
    # needs: read path             (a permission and the parameter that says for what)
    fn name[T](xs: list[T], n: int = 1) -> T

`absent` as a default means that the function can tell that the argument was left out; as a type it is `never`
(`first[T, D](xs: list[T], default: D = absent) -> T | D` gives a `T` when there is no default).
What follows a variadic parameter (`values...: any`) or a lone `*` is given by name only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from planlang.lang.signatures import Effect, Permission

from . import dates, dicts, files, lists, numbers, patterns, recorded, sequences, text, values, world


class Entry(NamedTuple):
    """One standard function, unparsed. `text` is its signature, `doc` its documentation with the examples."""

    name: str
    section: str
    text: str
    doc: str
    effect: Effect
    permissions: tuple[Permission, ...]
    callbacks: bool
    """Whether it calls functions that it is given."""


class Example(NamedTuple):
    """A line of plan and what it gives or prints, as the language writes it."""

    source: str
    expected: str


CONSTANTS: dict[str, float] = {"pi": math.pi, "inf": math.inf}
"""Names of the standard library that are not functions."""

_EFFECTS = {"observation": Effect.OBSERVATION, "change": Effect.CHANGE}
_NAME = re.compile(r"fn (\w+)")


def _split(section: str, text: str) -> Iterator[Entry]:
    for block in text.strip().split("\n\n"):
        doc: list[str] = []
        effect = Effect.PURE
        permissions: list[Permission] = []
        signature = ""
        for line in block.split("\n"):
            if line.startswith("##"):
                doc.append(line[3:])
            elif line.startswith("# effect: "):
                effect = _EFFECTS[line[10:]]
            elif line.startswith("# needs: "):
                kind, _, parameter = line[9:].partition(" ")
                permissions.append(Permission(kind, parameter or None))
            else:
                signature = f"{signature} {line.strip()}".lstrip()
        found = _NAME.match(signature)
        if found is None:
            raise ValueError(f"no signature in {block!r}")
        calls = "fn(" in signature
        yield Entry(found[1], section, signature, "\n".join(doc), effect, tuple(permissions), calls)


TEXTS: dict[str, Entry] = {
    entry.name: entry
    for module in (numbers, values, lists, sequences, text, patterns, dicts, dates, recorded, files, world)
    for entry in _split(module.SECTION, module.TEXT)
}
"""Every standard function by name, in the order of the documentation."""


def examples(doc: str) -> list[Example]:
    """The examples of a documentation text, in order."""
    found: list[Example] = []
    lines = doc.split("\n")
    for at, line in enumerate(lines):
        if not line.startswith(">>> "):
            continue
        result: list[str] = []
        for following in lines[at + 1 :]:
            if not following or following.startswith(">>> "):
                break
            result.append(following)
        found.append(Example(line[4:], "\n".join(result)))
    return found
