"""The page in a real browser: what is seen, chosen and found there, and that nothing foreign runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hostile_texts import TEXTS, hostile_run
from trace_browser import Browser
from trace_runs import data, large, run

from planlang.runtime.journal.folder import RunFolder
from planlang.trace import write_page

Show = Callable[[Path], Browser]


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Show:
    """Writes the page of a run, and opens it; what the browser complains of, or asks for, fails the test."""

    def opened(folder: Path) -> Browser:
        write_page(folder, tmp_path / "trace.html")
        browser.size(1280, 800)
        browser.scheme("light")
        browser.open(tmp_path / "trace.html")
        assert [] == browser.problems()
        assert [(tmp_path / "trace.html").as_uri()] == browser.requests()
        return browser

    return opened


def words(page: Browser, selector: str) -> list[str]:
    """The texts of all elements that a selector finds."""
    return page.value(f"[...document.querySelectorAll({selector!r})].map(element => element.textContent)")


def lit(page: Browser) -> int:
    """How many points of the timeline are drawn upon."""
    return page.value("""(() => {
      const canvas = trace.timeline.canvas;
      const points = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      let drawn = 0;
      for (let at = 3; at < points.length; at += 4) if (points[at]) drawn++;
      return drawn;
    })()""")


# ── what is seen ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_plan_stands_beside_its_timeline_with_the_calls_of_each_line(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    text = data(reviewed)["sources"][0]["lines"]
    assert ["".join(part for _, part in line) for line in text] == words(page, ".line code")
    assert {"8": "6", "10": "3", "13": "1", "15": "3", "20": "1"} == {
        line: made for line, made in zip(words(page, ".line .at"), words(page, ".line .made"), strict=True) if made
    }
    page.frames()
    assert lit(page) > 2000


def test_each_call_is_listed_with_input_and_answer(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    inputs = words(page, "#panel-0 .body .row .cell:nth-child(4)")
    calls = data(reviewed)["calls"]
    assert [given[0][2] for given in calls["given"]] == inputs
    assert "shared" in words(page, "#panel-0 .body .tag")


def test_keys_go_from_call_to_call_and_show_what_each_was_about(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    page.value("trace.calls.view.focus()")
    page.press("Home", "ArrowDown", "ArrowDown")
    calls = data(reviewed)["calls"]
    assert calls["given"][2][0][2] == words(page, ".detail pre")[0]
    assert calls["gave"][2][1] == words(page, ".detail pre")[-1]
    assert ["fake_label(review)"] == ["".join(words(page, "mark"))]
    assert "3" == page.value("document.getElementById(trace.calls.view.getAttribute('aria-activedescendant'))"
                             ".querySelector('.cell').textContent")  # fmt: skip


def test_a_line_of_the_plan_shows_its_calls_alone(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    x, y = page.value(
        "(box => [box.x + 5, box.y + 5])(document.querySelector('#line-10 code').getBoundingClientRect())"
    )
    page.click(x, y)
    assert ["fake_text"] * 3 == [text.strip() for text in words(page, "#panel-0 .body .cell.name")]
    assert ["line 10 \N{MULTIPLICATION SIGN}", "3 of 11"] == [words(page, ".chip")[0], words(page, ".chips .quiet")[0]]
    page.press("Escape")
    assert 11 == len(words(page, "#panel-0 .body .row"))


def test_what_is_looked_for_is_found_in_inputs_and_answers(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    page.press("/")
    page.press(*"HATE it")
    page.wait("trace.calls.order.length < 11")
    assert 2 == page.value("trace.calls.order.length")


def test_the_timeline_goes_from_batch_to_batch_by_keys(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    page.value("trace.timeline.view.focus()")
    page.press("ArrowUp", "ArrowDown")
    for _ in range(4):
        page.press("ArrowDown")
    page.value("trace.timeline.choose(...(lane => [lane, lane.items[0]])"
               "(trace.timeline.lanes.find(lane => lane.kind === 'worker')))")  # fmt: skip
    page.press("Enter")
    found = data(reviewed)
    first = found["batches"]["number"][0]
    assert [f"batch {first} \N{MULTIPLICATION SIGN}"] == [
        chip for chip in words(page, ".chip") if chip.startswith("batch")
    ]
    assert found["calls"]["batch"].count(first) == page.value("trace.calls.order.length")
    page.press("+", "+")
    assert 0.25 == pytest.approx(page.value("(trace.timeline.to - trace.timeline.from) / trace.data.axis.end"))
    page.press("0")
    assert 1 == page.value("(trace.timeline.to - trace.timeline.from) / trace.data.axis.end")


def test_a_drag_over_the_timeline_zooms_to_what_it_spans(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    page.frames()
    left, top = page.value("(box => [box.x, box.y])(trace.timeline.canvas.getBoundingClientRect())")
    for kind, x in (("mousePressed", 300), ("mouseMoved", 400), ("mouseReleased", 500)):
        page.ask("Input.dispatchMouseEvent", type=kind, x=left + x, y=top + 60, button="left", clickCount=1)
    assert 200 / page.value("trace.timeline.width") == pytest.approx(
        page.value("(trace.timeline.to - trace.timeline.from) / trace.data.axis.end"), rel=0.02
    )


def test_effects_are_listed_and_shown(reviewed: RunFolder, show: Show, tmp_path: Path):
    page = show(reviewed.path)
    page.value("trace.tabs.buttons[0].focus()")
    page.press("ArrowRight")
    page.frames()
    assert ["append"] * 3 == [text.strip() for text in words(page, "#panel-1 .body .cell.name")]
    page.value("trace.effects.view.focus()")
    page.press("End")
    assert ["Change 3: append "] == words(page, ".detail h2")
    assert str(tmp_path / "out.txt") in words(page, ".detail pre")
    assert 'append(out, reply + "\\n")' == "".join(words(page, "mark"))


def test_cost_is_told_by_function_and_step(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    page.value("trace.tabs.show(2)")
    rows = page.value("[...document.querySelectorAll('#panel-2 tbody tr')].map(row => "
                      "[...row.cells].map(cell => cell.textContent.trim()))")  # fmt: skip
    tokens = data(reviewed)["run"]["tokens"]
    by_name = {row[0]: row for row in rows}
    assert ["fake.fake_label", "fake", "8", "1", "1"] == by_name["fake.fake_label"][:5]
    assert ["all", "", "11", "1", "1"] == by_name["all"][:5]
    assert str(tokens) in by_name["fake.fake_text"]
    assert "10" == by_name["Score every review"][1]


def test_an_error_is_shown_with_its_stack_and_its_place_in_the_plan(tmp_path: Path, show: Show):
    text = "fn deep(n: int) -> int {\n  if n == 0 { return [1][5] }\n  return deep(n - 1)\n}\n"
    text += (
        'task main() -> int {\n  fake_label("x")\n  for i in range(2) { if i == 1 { return deep(1) } }\n  return 0\n}\n'
    )
    page = show(run(tmp_path, text).path)
    assert ["error[index]: this index is out of range reviews.plan:2:22"] == words(
        page, "#page > .error > p:first-child"
    )
    assert ["reviews.plan:7:42 in main · turn 2", "reviews.plan:3:10 in deep", "reviews.plan:2:22 in deep"] == words(
        page, ".error li"
    )
    assert ["[1][5]"] == ["".join(words(page, "mark"))]
    page.value("document.querySelector('.error li button').click()")
    assert "deep(1)" == "".join(words(page, "mark"))


def test_a_resumed_run_has_its_sessions_on_one_axis_with_the_gap_marked(resumed: RunFolder, show: Show):
    page = show(resumed.path)
    spans = page.value("trace.data.axis.spans.map(({ from, to, gap, session }) => [from, to, gap, session.number])")
    (first, second) = spans
    assert (0, 1, 2) == (first[0], first[3], second[3])
    assert first[1] + second[2] == pytest.approx(second[0])
    assert second[2] > 0
    assert any("in 2 sessions" in text for text in words(page, ".figures div"))
    page.value("trace.tabs.show(3)")
    assert ["failed", "done"] == words(page, "#panel-3 tbody td:nth-child(4)")


def test_a_run_without_calls_opens_at_its_effects(tmp_path: Path, show: Show):
    text = 'task main(out: str) -> int { write(out, "x")\n return 1 }\n'
    page = show(run(tmp_path, text, out=str(tmp_path / "out")).path)
    assert ["Change 1: write "] == words(page, ".detail h2")
    page.value("trace.tabs.show(2)")
    assert ["This run made no calls of models."] == words(page, "#panel-2 p")


# ── what must not happen ─────────────────────────────────────────────────────────────────────────────────────────────


def test_hostile_texts_are_shown_and_never_run(tmp_path: Path, show: Show):
    page = show(hostile_run(tmp_path, name="<img src=x onerror=window.hacked=1>.plan").path)
    for row in range(len(TEXTS)):
        page.value(f"trace.call({row})")
    for tab in range(4):
        page.value(f"trace.tabs.show({tab})")
    page.value("trace.print(true)")
    page.frames()
    assert "undefined" == page.value("typeof window.hacked")
    assert 0 == page.value("document.querySelectorAll('img, svg, iframe, a, link, base, form, object, embed').length")
    assert 1 == page.value("document.querySelectorAll('style').length")
    shown = words(page, "#panel-0 .printed .cell:nth-child(4)")
    assert '<img src="x" onerror="window.hacked = 1">' in shown
    assert [] == page.problems()
    assert 1 == len(page.requests())


def test_what_cannot_be_seen_is_written_out(tmp_path: Path, show: Show):
    page = show(hostile_run(tmp_path).path)
    row = next(i for i, text in enumerate(TEXTS) if text.startswith("nul"))
    page.value(f"trace.call({row})")
    expected = "nul\\u{0} bell\\u{7} escape\\u{1b}[31m \\u{202e}txt.exe \\u{200b}zero \\u{feff}mark"
    assert expected == words(page, ".detail pre")[0]


def test_even_a_script_that_got_in_would_not_run(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    page.value(
        "document.body.append(Object.assign(document.createElement('img'), { src: 'https://example.com/x.png' }))"
    )
    with pytest.raises(AssertionError, match=r"TrustedScript|Content Security Policy"):
        page.value(
            "document.body.append(Object.assign(document.createElement('script'), { text: 'window.hacked = 1' }))"
        )
    assert "undefined" == page.value("typeof window.hacked")
    assert any("Content Security Policy" in problem for problem in page.problems())


# ── large, narrow, dark, on paper ────────────────────────────────────────────────────────────────────────────────────


def test_a_run_of_ten_thousand_calls_is_quick(tmp_path: Path, show: Show):
    folder = large(tmp_path / "20260101-000000-abcd", 10_000, 300)
    began = time.monotonic()
    page = show(folder)
    assert time.monotonic() - began < 60
    assert len(words(page, "#panel-0 .body .row")) < 60
    page.value("trace.calls.view.focus()")
    page.press("End")
    assert ["Call 10000: nlp.f1"] == [text.strip() for text in words(page, ".detail h2")]
    find = best_of_three(page, "(trace.search.value = '9999', trace.apply())")
    assert 1 == page.value("trace.calls.order.length")
    draw = best_of_three(page, "new Drawing(trace.timeline).all()")
    assert (True, True) == (find < 1500, draw < 1500)


def best_of_three(page: Browser, expression: str) -> float:
    """The least of three times in milliseconds: other programs may keep the machine busy."""
    timed = f"(start => ({expression}, performance.now() - start))(performance.now())"
    return min(page.value(timed) for _ in range(3))


def test_a_narrow_window_has_nothing_beside_its_edge(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    page.size(390, 800)
    page.frames()
    assert page.value("document.documentElement.scrollWidth") <= 390


def test_dark_is_dark(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    page.scheme("dark")
    assert "rgb(18, 22, 29)" == page.value("getComputedStyle(document.body).backgroundColor")


def test_on_paper_stands_what_the_lists_hold(reviewed: RunFolder, show: Show, tmp_path: Path):
    page = show(reviewed.path)
    page.scheme("dark")
    page.paper(tmp_path / "trace.pdf")
    assert (tmp_path / "trace.pdf").read_bytes().startswith(b"%PDF")
    page.value("trace.print(true)")
    assert 11 == len(words(page, "#panel-0 .printed .row"))
    assert "rgb(255, 255, 255)" == page.value("getComputedStyle(document.body).backgroundColor")
    page.value("trace.print(false)")
    page.frames()
    assert 0 == len(words(page, ".printed .row"))


def test_everything_that_can_be_pressed_has_a_name(reviewed: RunFolder, show: Show):
    page = show(reviewed.path)
    unnamed = """[...document.querySelectorAll('button, input, [tabindex="0"]')].filter(
      one => !(one.textContent.trim() || one.getAttribute('aria-label'))).length"""
    assert 0 == page.value(unnamed)
