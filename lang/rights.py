"""Permissions that a plan needs and was not given (§5, §7)."""

from __future__ import annotations

from typing import Protocol

from . import tree
from .checked import Module
from .diagnostics import Diagnostic
from .effects import CallGraph, Unit

VERBS = {
    "read": "reads files",
    "write": "writes files",
    "net": "reaches other machines",
    "env": "sees environment variables",
}
"""What a right is for, in the user's words."""


class Grants(Protocol):
    """Rights that a plan was given: None for none of a kind, () for all, else what is listed."""

    @property
    def read(self) -> tuple[str, ...] | None:
        """Files and folders."""
        ...

    @property
    def write(self) -> tuple[str, ...] | None:
        """Files and folders."""
        ...

    @property
    def net(self) -> tuple[str, ...] | None:
        """Hosts."""
        ...

    @property
    def env(self) -> tuple[str, ...] | None:
        """Environment variables."""
        ...


def ungranted(module: Module, graph: CallGraph, granted: Grants) -> list[Diagnostic]:
    """A finding for each function that the plan may call and whose right it lacks. Tests count for nothing here.

    Whether a path or host is among those granted is decided when it is known, at run time.
    """
    starts: list[tree.Node] = [module.program]
    starts += [s for s in module.program.statements if isinstance(s, tree.FunctionDef)]
    found: dict[tuple[str, str], Diagnostic] = {}
    for unit in graph.reached(starts):
        for signature, node in unit.uses:
            for permission in signature.permissions:
                key = (permission.kind, signature.name)
                if getattr(granted, permission.kind, None) is None and key not in found:
                    found[key] = _finding(unit, signature.name, permission.kind, node)
    return list(found.values())


def _finding(unit: Unit, name: str, kind: str, node: tree.Node) -> Diagnostic:
    span = node.span
    if isinstance(node, tree.MethodCall):
        span = node.method_span
    elif isinstance(node, tree.Call):
        span = node.function.span
    return Diagnostic(
        "PL0501",
        f"`{name}` {VERBS.get(kind, 'needs a right')}, which this plan was not allowed",
        span,
        unit.module.source,
        f"run it with `--allow-{kind}`, or `--allow-{kind}=…` for some only",
    )
