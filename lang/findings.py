"""Findings of one file as they are made: added, taken back when a loop is looked at again, sorted at the end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

from .diagnostics import Diagnostic, Edit, Label
from .source import Source, Span

MOST = 200
"""A file with more mistakes than this shows no further ones."""


class Findings:
    """What the checker has to say about one source."""

    def __init__(self, source: Source) -> None:
        """Start with none."""
        self.source = source
        self.items: list[Diagnostic] = []
        self._settled: list[Diagnostic] = []
        self._known: set[tuple[str, Span]] = set()
        self._silenced: list[Span] = []

    def error(  # noqa: PLR0913 - the parts of a finding
        self,
        code: str,
        span: Span,
        message: str,
        hint: str = "",
        *,
        labels: tuple[Label, ...] = (),
        edit: Edit | None = None,
    ) -> None:
        """Add a mistake."""
        self._add(code, span, message, hint, labels, edit, "error")

    def warning(  # noqa: PLR0913 - the parts of a finding
        self,
        code: str,
        span: Span,
        message: str,
        hint: str = "",
        *,
        labels: tuple[Label, ...] = (),
        edit: Edit | None = None,
    ) -> None:
        """Add something that looks unintended but may run."""
        self._add(code, span, message, hint, labels, edit, "warning")

    def _add(  # noqa: PLR0913, PLR0917 - the parts of a finding
        self,
        code: str,
        span: Span,
        message: str,
        hint: str,
        labels: tuple[Label, ...],
        edit: Edit | None,
        severity: Literal["error", "warning"],
    ) -> None:
        """Add a finding, once for each code and place."""
        key = (code, span)
        if key in self._known or len(self.items) + len(self._settled) >= MOST:
            return
        self._known.add(key)
        self.items.append(Diagnostic(code, message, span, self.source, hint, labels, edit, severity))

    def silence(self, span: Span) -> None:
        """Say nothing about the types in `span`: it was surely meant otherwise."""
        self._silenced.append(span)

    def mark(self) -> int:
        """The state of things, for `rollback`."""
        return len(self.items)

    def rollback(self, mark: int) -> None:
        """Forget what was added since `mark`."""
        for gone in self.items[mark:]:
            self._known.discard((gone.code, gone.span))
        del self.items[mark:]

    @contextmanager
    def settled(self) -> Generator[None]:
        """What is found inside stays, whatever is rolled back around it."""
        outer = self.items
        self.items = []
        yield
        self._settled.extend(self.items)
        self.items = outer

    def sorted(self) -> list[Diagnostic]:
        """All findings in the order of their places."""
        found = [d for d in [*self._settled, *self.items] if not self._is_silenced(d)]
        return sorted(found, key=lambda d: (d.span.start, not d.is_error, d.code))

    def _is_silenced(self, finding: Diagnostic) -> bool:
        of_types = finding.code.startswith("PL03")
        return of_types and any(s.start <= finding.span.start and finding.span.end <= s.end for s in self._silenced)
