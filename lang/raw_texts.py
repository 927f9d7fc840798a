"""The warning about raw texts that look as if they were not meant to be raw (§1)."""

from __future__ import annotations

import re

from . import tree
from .findings import Findings
from .scopes import BlockScope

_ESCAPE = re.compile(r"\\[nt]")
_BRACES = re.compile(r"\{\s*(\w+)")


class RawTexts:
    """Looks at raw texts; those that are patterns of regular expressions are left alone."""

    def __init__(self, findings: Findings) -> None:
        """Report to `findings`."""
        self.findings = findings
        self._patterns: set[tree.Node] = set()

    def is_pattern(self, node: tree.Expression) -> None:
        """`node` is an argument of a function on patterns: backslashes and braces belong there."""
        self._patterns.add(node)

    def look(self, node: tree.Literal, scope: BlockScope) -> None:
        """Warn where a raw text holds the escape of a newline or tab, or `{name}` of a name in scope."""
        if not isinstance(node.value, str) or not node.form.startswith("'") or node in self._patterns:
            return
        escape = _ESCAPE.search(node.value)
        if escape is not None:
            self.findings.warning(
                "PL0901",
                node.span,
                f"in single quotes `{escape[0]}` is two characters, not an escape",
                f'write it in double quotes if you mean the escape: "{escape[0]}"',
            )
            return
        for found in _BRACES.finditer(node.value):
            if scope.find(found[1]) is not None:
                self.findings.warning(
                    "PL0901",
                    node.span,
                    f"in single quotes `{{{found[1]}}}` stays as it is: nothing is put in",
                    "write the text in double quotes to put the value in",
                )
                return
