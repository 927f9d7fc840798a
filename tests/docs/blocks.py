"""Code blocks of a Markdown page, and how each is run.

    ```plan [file=NAME] [norun]     saved under NAME; run where a `text` block with its output follows; else checked
    ```sh [norun]                   lines that begin with `$ ` are run; what stands below them is their output
    ```python [norun]               run; a `text` block that follows is its output
    ```toml file=NAME               saved under NAME, as is any other block with a name (`text` too)

In an expected output `…` stands for any text, on a line of its own for any lines. `norun` is for commands that need
a network, minutes, or a person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

_FENCE = re.compile(r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the words after it, its text and the line it begins in."""

    language: str
    words: dict[str, str] = field(default_factory=dict)
    text: str = ""
    line: int = 0

    @property
    def runs(self) -> bool:
        """Whether the page means it to be run."""
        return "norun" not in self.words


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    for match in _FENCE.finditer(text):
        language, *words = match["info"].split() or [""]
        pairs = dict(word.partition("=")[::2] for word in words)
        body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
        found.append(Block(language, pairs, body, text.count("\n", 0, match.start()) + 1))
    return found


def agrees(expected: str, actual: str) -> bool:
    """Whether an output is the expected one, where `…` stands for anything."""
    lines = [line.rstrip() for line in expected.strip("\n").split("\n")]
    pattern = "\n".join(".*" if line == "…" else re.escape(line).replace("…", "[^\n]*") for line in lines)
    got = "\n".join(line.rstrip() for line in actual.strip("\n").split("\n"))
    return re.fullmatch(pattern, got, re.DOTALL) is not None


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a `sh` block and the output that each should have."""
    found: list[tuple[str, str]] = []
    for line in text.split("\n"):
        if line.startswith("$ "):
            found.append((line[2:], ""))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return found
