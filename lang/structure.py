"""Where statements may stand: `break` in a loop, `needs` at a task's start, `mock` in a test; what tasks must state."""

from __future__ import annotations

import re

from . import tree
from .checked import Scope
from .diagnostics import Label
from .findings import Findings
from .suggestions import closest

RESOURCES: dict[str, str] = {
    "gpu": "a number, as in `gpu = 0.5`",
    "cpu": "a number, as in `cpu = 2`",
    "memory": 'a text with a unit, as in `memory = "4 GB"`',
    "accelerator": 'a text, as in `accelerator = "A100"`',
    "model": 'the name of a model, as in `model = "name"`',
}
"""What a task may need or prefer, and how it is written."""

_MEMORY = re.compile(r"\s*\d+(\.\d+)?\s*([KMGT]i?)?B\s*", re.IGNORECASE)


class Structure:
    """Checks that a statement may stand where it stands. The resolver calls it on its way through the file."""

    def __init__(self, findings: Findings) -> None:
        """Report to `findings`."""
        self.findings = findings

    def jump(self, node: tree.Break | tree.Continue, loop_depth: int, scope: Scope) -> None:
        """`break` and `continue` belong in a loop of the same function."""
        if not loop_depth:
            word = "break" if isinstance(node, tree.Break) else "continue"
            self.findings.error(
                "PL0403",
                node.span,
                f"`{word}` stands outside of a loop",
                "`return` leaves a function" if isinstance(scope, (tree.FunctionDef, tree.Lambda)) else "",
            )

    def return_(self, node: tree.Return, scope: Scope) -> None:
        """`return` belongs in a function."""
        if isinstance(scope, (tree.Program, tree.Test)):
            in_test = isinstance(scope, tree.Test)
            where = "a test" if in_test else "the top level of a file"
            self.findings.error(
                "PL0404",
                node.span,
                f"`return` stands outside of a function: {where} returns nothing",
                "leave it out, or test a function" if in_test else "put the statements into `task main() -> … { … }`",
            )

    def inside(self, node: tree.Statement) -> None:
        """Declarations that belong at the top level of a file stand inside a block."""
        words: dict[type[tree.Statement], str] = {tree.TypeDef: "type", tree.Import: "import", tree.Test: "test"}
        word = words.get(type(node), "task")
        self.findings.error(
            "PL0508", node.span, f"`{word}` stands inside a block", "it belongs at the top level of the file"
        )

    def mock(self, node: tree.Mock, scope: Scope) -> None:
        """`mock` belongs in a test."""
        if not isinstance(scope, tree.Test):
            self.findings.error("PL0505", node.span, "`mock` stands outside of a test", 'write it in `test "…" { … }`')

    def needs(self, node: tree.Needs, *, allowed: bool) -> None:
        """`needs` and `prefers` belong at the start of a task and name known resources."""
        word = "prefers" if node.optional else "needs"
        if not allowed:
            self.findings.error(
                "PL0502",
                node.span,
                f"`{word}` belongs at the start of a task",
                "write it as the first statement of a `task`",
            )
            return
        for resource in node.resources:
            self._resource(resource)

    def _resource(self, resource: tree.Resource) -> None:
        if resource.name not in RESOURCES:
            near = closest(resource.name, RESOURCES)
            self.findings.error(
                "PL0503",
                resource.span,
                f"there is no resource `{resource.name}`",
                f"did you mean `{near}`?" if near else "there are " + ", ".join(f"`{r}`" for r in RESOURCES),
            )
        elif not _right_value(resource):
            self.findings.error(
                "PL0503",
                resource.value.span,
                f"`{resource.name}` takes {RESOURCES[resource.name]}",
                "it is reserved before the task runs, so it must be written out here",
            )

    def task(self, node: tree.FunctionDef) -> None:
        """Every parameter and the result of a task have a type."""
        untyped = [p.name for p in node.params if p.type is None]
        for param in node.params:
            if param.type is None:
                self.findings.error(
                    "PL0504",
                    param.span,
                    f"the parameter `{param.name}` of the task `{node.name}` has no type",
                    f"write `{param.name}: str`, or `{param.name}: any` if it may be anything",
                )
        if node.result is None and not untyped:
            self.findings.error(
                "PL0504",
                node.name_span,
                f"the task `{node.name}` does not say what it gives",
                f"write `task {node.name}(…) -> str {{ … }}`, or `-> none` if it gives nothing",
            )

    def parameters(self, params: tuple[tree.Parameter, ...]) -> None:
        """Names differ, and what has a default stands behind what has none."""
        first: dict[str, tree.Parameter] = {}
        optional: tree.Parameter | None = None
        for param in params:
            if param.name in first:
                self.findings.error(
                    "PL0214",
                    param.span,
                    f"there are two parameters `{param.name}`",
                    labels=(Label(first[param.name].span, "first here"),),
                )
            first.setdefault(param.name, param)
            if param.default is not None:
                optional = param
            elif optional is not None:
                self.findings.error(
                    "PL0216",
                    param.span,
                    f"the parameter `{param.name}` has no default, but `{optional.name}` before it has one",
                    "put the parameters with defaults last",
                    labels=(Label(optional.span, "this may be left out"),),
                )


def _right_value(resource: tree.Resource) -> bool:
    value = resource.value
    if not isinstance(value, tree.Literal):
        return False
    if resource.name in ("gpu", "cpu"):
        return isinstance(value.value, (int, float)) and not isinstance(value.value, bool) and value.value >= 0
    if not isinstance(value.value, str) or not value.value:
        return False
    return resource.name != "memory" or _MEMORY.fullmatch(value.value) is not None
