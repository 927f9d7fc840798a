"""Findings and errors as plain data, for `--json`."""

from __future__ import annotations

from typing import Any

from planlang.lang.diagnostics import Diagnostic
from planlang.lang.source import Source, Span
from planlang.runtime.errors import Frame, PlanError


def place(source: Source, span: Span) -> dict[str, Any]:
    """File, and first and last position as lines and columns from 1; the end is exclusive."""
    line, column = source.position(span.start)
    end_line, end_column = source.position(span.end)
    return {"file": source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def finding(of: Diagnostic) -> dict[str, Any]:
    """One diagnostic."""
    return {
        "code": of.code,
        "severity": of.severity,
        "message": of.message,
        "hint": of.hint,
        **place(of.source, of.span),
        "labels": [{"text": label.text, **place(of.source, label.span)} for label in of.labels],
        "edit": {"text": of.edit.text, **place(of.source, of.edit.span)} if of.edit else None,
    }


def failure(of: PlanError) -> dict[str, Any]:
    """One run-time error with its call stack."""
    return {
        "kind": of.kind,
        "message": of.message,
        "hint": of.hint,
        "where": place(of.place.source, of.place.span) if of.place else None,
        "stack": [_frame(frame) for frame in of.frames],
    }


def _frame(of: Frame) -> dict[str, Any]:
    return {"function": of.function, "step": of.step, "turns": list(of.turns), **place(of.place.source, of.place.span)}
