"""What the checker and the parser have to say, as data. `planlang.rendering` turns it into text."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .source import Source, Span


class Label(NamedTuple):
    """A second place that explains the first: the opener of an unclosed brace, an earlier declaration."""

    span: Span
    text: str


class Edit(NamedTuple):
    """A replacement of `span` by `text` that would mend the finding."""

    span: Span
    text: str


class Diagnostic(NamedTuple):
    """One finding. `message` says in plain words what is wrong, `hint` what to do about it.

    `code` (`PL0203`) names its page in `lang/codes.py`. `span` is in `source`.
    """

    code: str
    message: str
    span: Span
    source: Source
    hint: str = ""
    labels: tuple[Label, ...] = ()
    edit: Edit | None = None
    severity: Literal["error", "warning"] = "error"

    @property
    def is_error(self) -> bool:
        """Whether this finding keeps the plan from running."""
        return self.severity == "error"


class CheckError(Exception):
    """A plan with mistakes was asked to run: `diagnostics` holds them all, errors and warnings."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        """Keep the findings; the text names the first error."""
        self.diagnostics = diagnostics
        first = next((d for d in diagnostics if d.is_error), diagnostics[0])
        line, column = first.source.position(first.span.start)
        super().__init__(f"{first.source.name}:{line}:{column}: {first.message} [{first.code}]")
