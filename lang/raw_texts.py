"""The warnings about raw texts that look as if they were not meant to be raw, and others that do not (§1)."""

from __future__ import annotations

import re
from itertools import pairwise

from . import tree
from .findings import Findings
from .scopes import BlockScope

_ESCAPE = re.compile(r"\\[nt]")
_REPEATED = ("]", ")", ".")
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

    def look_inside(self, node: tree.Text) -> None:
        """Warn where a number as it stands is put in behind what patterns repeat: `[0-9]{3}`."""
        for before, part in pairwise(node.parts):
            if not (isinstance(before, str) and before.endswith(_REPEATED)) or isinstance(part, str):
                continue
            if isinstance(part.value, tree.Literal) and type(part.value.value) is int and not part.spec:
                shown = f"{{{part.value.form or part.value.value}}}"
                self.findings.warning(
                    "PL0907",
                    part.value.span,
                    f"`{shown}` puts the number into the text, without the braces",
                    f"in a pattern, write the text in single quotes: '…{shown}'",
                )
