"""Reads the conformance programs: what each chunk of a `.plan` file says about itself.

A file is a sequence of programs divided by lines of `---`. The first line of each is a comment that names it.
In it stand

    ### PL0203           at the end of a line: the checker reports this code here (several codes: one after the other)
    ### key "b"          at the end of a line: the run fails here with an error of this kind, its message matching this
    ### PL0905 value     both
    ### PL0203 @17       either of them may name the column as well
    #=> text             a line of the expected output, in order; the result of a task is shown as the last line
    #: name = JSON       how to run it; the names are those of `Case.options`

Nothing else may be reported and nothing else may fail. A program without marks runs to its end; its `assert`s hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MARK = re.compile(r"### (?P<words>.*?)(?: @(?P<column>\d+))?$")
_FAILURE = re.compile(r'(?P<kind>[\w-]+)(?: "(?P<pattern>.*)")?$')
_OUTPUT = re.compile(r"#=>(?: (.*))?$")
_OPTION = re.compile(r"#: (?P<name>[\w.]+) = (?P<value>.*)$")


@dataclass(frozen=True, slots=True)
class Mark:
    """What has to be reported at `line` (and `column`, where it is named): a code or a kind, `pattern` in its text."""

    line: int
    what: str
    column: int | None = None
    pattern: str = ""

    def fits(self, line: int, column: int, what: str, text: str = "") -> bool:
        """Whether this is what was reported."""
        at = self.line == line and self.column in (None, column)
        return at and self.what == what and re.search(self.pattern, text) is not None


@dataclass(slots=True)
class Case:
    """One program. `first` is the line of the file at which it begins.

    options: mode ("test" runs its tests), task, with.NAME (arguments), allow (a list of rights, or a dict of lists),
    check_permissions, elsewhere (what is reported in files that it imports), answers (to `ask`), seed, and the limits
    max_steps, max_time, max_calls, value_size, depth.
    """

    file: str
    first: int
    title: str
    text: str
    findings: list[Mark] = field(default_factory=list)
    failure: Mark | None = None
    output: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """A readable name: the file, the line and the sentence."""
        return f"{self.file}:{self.first}:{self.title}"


def read_cases(folder: Path) -> Iterator[Case]:
    """The programs of every `.plan` file in `folder`."""
    for path in sorted(folder.glob("*.plan")):
        first = 1
        for chunk in re.split(r"^---\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
            yield _read(path.stem, first, chunk)
            first += chunk.count("\n") + 1


def _read(file: str, first: int, text: str) -> Case:
    lines = text.split("\n")
    case = Case(file, first, lines[0].removeprefix("# "), text)
    for number, line in enumerate(lines, 1):
        if mark := _MARK.search(line):
            _add_mark(case, number, mark["words"], int(mark["column"]) if mark["column"] else None)
        elif output := _OUTPUT.search(line):
            case.output.append(output[1] or "")
        elif option := _OPTION.match(line):
            case.options[option["name"]] = json.loads(option["value"])
    return case


def _add_mark(case: Case, line: int, words: str, column: int | None) -> None:
    codes = re.match(r"(?:PL\d{4} ?)*", words)
    assert codes is not None
    case.findings.extend(Mark(line, code, column) for code in codes[0].split())
    if codes.end() == len(words):
        return
    failure = _FAILURE.fullmatch(words, codes.end())
    if failure is None or case.failure is not None:
        raise ValueError(f"{case.file}.plan:{case.first + line - 1}: cannot read the mark `{words}`")
    case.failure = Mark(line, failure["kind"], column, failure["pattern"] or "")
