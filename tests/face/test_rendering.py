"""Messages as a person sees them."""

from __future__ import annotations

import pytest

from planlang.lang.diagnostics import CheckError, Diagnostic, Label
from planlang.lang.source import Source, Span
from planlang.rendering import render
from planlang.runtime.errors import Frame, Place, PlanError
from planlang.terminal import cut, visible, width


def span(source: Source, part: str) -> Span:
    at = source.text.index(part)
    return Span(at, at + len(part))


def finding(text: str, part: str, **more: object) -> Diagnostic:
    source = Source(text, "a.plan")
    return Diagnostic("PL0203", "there is no name `x`", span(source, part), source, **more)  # type: ignore[arg-type]


def test_a_finding_shows_its_line_underlined_with_its_hint():
    text = render(CheckError([finding("let a = 1\nfor r in revews {\n}\n", "revews", hint="did you mean `reviews`?")]))
    expected = """\
error[PL0203]: there is no name `x`
  --> a.plan:2:10
   |
 2 | for r in revews {
   |          ^^^^^^
   |
   = hint: did you mean `reviews`?

1 error found; `plan explain PL0203` says more about PL0203"""
    assert expected == text


def test_a_label_on_another_line_is_shown_in_order_of_the_text():
    source = Source("let a = 1\n\n\nlet a = 2\n", "a.plan")
    second = Span(source.text.rindex("a = 2"), source.text.rindex("a = 2") + 1)
    shown = render(CheckError([Diagnostic("PL1", "twice", second, source, labels=(Label(Span(4, 5), "first here"),))]))
    expected = """\
 1 | let a = 1
   |     - first here
...
 4 | let a = 2
   |     ^
"""
    assert expected in shown


def test_a_label_on_the_same_place_stands_beside_the_underline():
    source = Source("print(x)", "a.plan")
    here = span(source, "x")
    shown = render(CheckError([Diagnostic("PL1", "m", here, source, labels=(Label(here, "never declared"),))]))
    assert "   |       ^ never declared" in shown


def test_wide_characters_and_tabs_keep_the_underline_under_its_place():
    line, underline = render(CheckError([finding('\tprint("情感", 情感 + x)', "情感 + x")])).split("\n")[3:5]
    at = underline.index("^")
    assert width(line[: line.index("情感 +")]) == at
    assert width("情感 + x") == underline.count("^")


def test_control_characters_and_changes_of_direction_do_not_reach_the_terminal():
    shown = render(CheckError([finding('print("\x1b[31m\u202e\x07")', "print")]))
    assert not any(c in shown for c in "\x1b\u202e\x07")
    assert "\\u{1b}[31m\\u{202e}\\u{7}" in shown


def test_a_message_made_by_a_plan_cannot_drive_the_terminal():
    assert "\x1b" not in render(PlanError("fail", "\x1b]0;title\x07", "\x1b[2J"))


def test_a_very_long_line_is_cut_around_the_place():
    shown = render(CheckError([finding("a" * 3000 + " bad " + "b" * 3_000_000, "bad")]), columns=80)
    line, underline = shown.split("\n")[3:5]
    assert width(line) <= 80
    assert "bad" == line[underline.index("^") : underline.rindex("^") + 1]


def test_a_place_at_the_end_of_the_text_is_underlined_past_it():
    source = Source("if x {", "a.plan")
    shown = render(CheckError([Diagnostic("PL1", "the brace is open", Span(6, 6), source)]))
    assert "   |       ^\n" in shown


def test_a_place_over_several_lines_is_underlined_in_the_first():
    line = render(CheckError([finding("f([1,\n2])", "f([1,\n2]")])).split("\n")[4]
    assert "   | ^^^^^" == line


def test_findings_are_counted_in_the_last_line():
    found = [finding("x", "x"), finding("x", "x"), finding("x", "x", severity="warning")]
    last = render(CheckError(found)).split("\n")[-1]
    assert "2 errors and 1 warning found; `plan explain PL0203` says more about PL0203" == last


def frames(source: Source, count: int) -> tuple[Frame, ...]:
    place = Place(source, Span(0, 1))
    return (Frame("main", place, (3, 41), "Score"), *(Frame("f", place) for _ in range(count)))


def test_a_run_time_error_shows_kind_place_and_call_stack():
    source = Source("f(1)", "a.plan")
    error = PlanError("key", "there is no key", place=Place(source, Span(0, 4)), frames=frames(source, 1))
    expected = """\
error[key]: there is no key
  --> a.plan:1:1
   |
 1 | f(1)
   | ^^^^

Where the plan was, outermost first:
  a.plan:1:1  in `main`, step "Score", turn 3 / 41
  a.plan:1:1  in `f`"""
    assert expected == render(error)


def test_a_deep_call_stack_is_shown_by_its_ends():
    source = Source("f(1)", "a.plan")
    lines = render(PlanError("limit", "too deep", frames=frames(source, 100_000))).split("\n")
    assert "  …           99,989 more calls" in lines
    assert len(lines) < 20


def test_an_error_at_the_top_level_alone_needs_no_stack():
    source = Source("f(1)", "a.plan")
    place = Place(source, Span(0, 4))
    assert "outermost" not in render(PlanError("key", "m", place=place, frames=(Frame("", place),)))


def test_colours_change_nothing_but_the_colours():
    import re

    error = CheckError([finding("for r in revews {", "revews", hint="h")])
    assert render(error) == re.sub(r"\x1b\[[\d;]*m", "", render(error, color=True))


@pytest.mark.parametrize(("text", "cells"), [("abc", 3), ("情感", 4), ("e\u0301", 1), ("👍", 2), ("", 0)])
def test_width_counts_cells_of_the_terminal(text: str, cells: int):
    assert cells == width(text)


def test_cut_never_goes_over_its_limit():
    assert "情…" == cut("情感分析", 4)
    assert "情感" == cut("情感", 4)


def test_visible_leaves_line_ends_and_joiners():
    text = "a\nb 👩\u200d👩\u200d👧"
    assert text == visible(text)
