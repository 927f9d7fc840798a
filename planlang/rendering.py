"""Messages as text: findings of the checker and errors of a run, with source line, underline, hint and call stack."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

from planlang.lang.diagnostics import CheckError, Diagnostic
from planlang.runtime.errors import IN_TEST, Frame, PlanError

from .snippet import Mark, Style, snippet
from .terminal import columns as columns_of
from .terminal import paint, uses_color, visible, width

STACK_ENDS = 6
"""How many entries of a long call stack are shown at each end."""


def render(error: Exception, *, color: bool = False, columns: int = 100) -> str:
    """The text that `plan` shows for a `CheckError` or a `PlanError`."""
    if isinstance(error, CheckError):
        return render_diagnostics(error.diagnostics, color=color, columns=columns)
    if isinstance(error, PlanError):
        return render_error(error, color=color, columns=columns)
    return _header("error", "", str(error), color=color)


def write_error(error: Exception, stream: TextIO) -> None:
    """Write the text of `error` to `stream`, as wide and as colourful as that is."""
    stream.write(render(error, color=uses_color(stream), columns=columns_of(stream)) + "\n")


def write_findings(findings: Iterable[Diagnostic], stream: TextIO) -> None:
    """Write findings to `stream`, as wide and as colourful as that is."""
    stream.write(render_diagnostics(findings, color=uses_color(stream), columns=columns_of(stream)) + "\n")


def render_diagnostics(findings: Iterable[Diagnostic], *, color: bool = False, columns: int = 100) -> str:
    """All findings, a blank line between them, and a last line that counts them and says where to read more."""
    found = list(findings)
    if not found:
        return ""
    blocks = [render_diagnostic(d, color=color, columns=columns) for d in found]
    return "\n\n".join([*blocks, paint(_summary(found), "bold", color=color)])


def render_diagnostic(finding: Diagnostic, *, color: bool = False, columns: int = 100) -> str:
    """One finding with its source line."""
    style = Style(color, finding.severity, columns)
    beside = [label.text for label in finding.labels if label.span == finding.span]
    marks = [Mark(finding.span, "; ".join(beside), primary=True)]
    marks += [Mark(label.span, label.text) for label in finding.labels if label.span != finding.span]
    lines = [_header(finding.severity, finding.code, finding.message, color=color)]
    lines += snippet(finding.source, marks, style)
    lines += _hint(finding.hint, _gutter(lines), color=color)
    return "\n".join(lines)


def render_error(error: PlanError, *, color: bool = False, columns: int = 100) -> str:
    """A run-time error with its place and the plan's own call stack."""
    lines = [_header("error", error.kind, error.message, color=color)]
    if error.place is not None:
        mark = Mark(error.place.span, primary=True)
        lines += snippet(error.place.source, [mark], Style(color, "error", columns))
        lines += _hint(error.hint, _gutter(lines), color=color)
    elif error.hint:
        lines.append(f"  {paint('hint:', 'note', color=color)} {visible(error.hint)}")
    lines += _stack(error.frames, color=color)
    return "\n".join(lines)


def _header(severity: str, code: str, message: str, *, color: bool) -> str:
    title = f"{severity}[{visible(code)}]" if code else severity
    return f"{paint(title, severity, color=color)}{paint(': ' + visible(message), 'bold', color=color)}"


def _gutter(lines: list[str]) -> int:
    """How far the bars of a snippet stand from the left, known by its arrow."""
    plain = next((line for line in lines if "-->" in line), "")
    return len(plain) - len(plain.lstrip(" "))


def _hint(hint: str, gutter: int, *, color: bool) -> list[str]:
    if not hint:
        return []
    bar = f"{' ' * (gutter + 1)}{paint('|', 'gutter', color=color)}"
    first, *rest = visible(hint).split("\n")
    sign = paint("=", "gutter", color=color)
    title = paint("hint:", "note", color=color)
    indent = " " * (gutter + len(" = hint: "))
    return [bar, f"{' ' * (gutter + 1)}{sign} {title} {first}", *(indent + line for line in rest)]


def _summary(found: list[Diagnostic]) -> str:
    errors = [d for d in found if d.is_error]
    counts = [_count(len(errors), "error"), _count(len(found) - len(errors), "warning")]
    code = (errors or found)[0].code
    return f"{' and '.join(c for c in counts if c)} found; `plan explain {code}` says more about {code}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}" if number else ""


def _stack(frames: tuple[Frame, ...], *, color: bool) -> list[str]:
    """The call stack, outermost first; nothing where it would only repeat the place."""
    if len(frames) <= 1 and all(f.function in _WHERE and not (f.turns or f.step) for f in frames):
        return []
    shown: list[tuple[str, str]] = [(visible(str(f.place)), _where(f)) for f in frames[:STACK_ENDS]]
    left_out = len(frames) - 2 * STACK_ENDS + sum(f.skipped for f in frames)
    if left_out > 0:
        shown.append(("…", f"{left_out:,} more calls"))
    shown += [(visible(str(f.place)), _where(f)) for f in frames[max(STACK_ENDS, len(frames) - STACK_ENDS) :]]
    wide = max(width(place) for place, _ in shown)
    lines = [f"  {place}{' ' * (wide - width(place))}  {where}" for place, where in shown]
    return ["", paint("Where the plan was, outermost first:", "bold", color=color), *lines]


_WHERE = {"": "at the top level", IN_TEST: "in the test"}


def _where(frame: Frame) -> str:
    parts = [_WHERE.get(frame.function) or f"in `{visible(frame.function)}`"]
    if frame.step:
        parts.append(f'step "{visible(frame.step)}"')
    if frame.turns:
        parts.append(f"turn {' / '.join(f'{turn:,}' for turn in frame.turns)}")
    return ", ".join(parts)
