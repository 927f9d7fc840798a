"""`plan graph`: the tree on the terminal, the picture, the page, the data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from .conftest import Command

TRIAGE = """\
task main(reviews: list[str]) -> list[str] {
  step "Read"
  let replies = []
  for review in reviews {
    let mood = sentiment(review)
    if mood.label == "negative" {
      replies.push(generate("Reply <politely> & soon to: {review}"))
    }
  }
  print(len(replies))
  return replies
}
"""
SHOWN = """\
task main
   2  step "Read"
   4  for review in reviews                              every turn at once
   5  │ ● sentiment(review)                              at once
   6  │ if mood.label == "negative"                      waits for sentiment (5)
   7  │ │ ● generate("Reply <politely> & soon to: {re…   then at once
  10  ■ print(len(replies))                              in order, after all before it
  Longest chain: sentiment (5) → generate (7). Everything else overlaps with it.

● model call   ■ change   (numbers are lines)
"""


def test_the_tree_says_what_waits_for_what(plan: Command):
    assert SHOWN == plan("graph", "a.plan", a__plan=TRIAGE).out


def test_one_task_or_function_can_be_named(plan: Command):
    text = (
        "fn f(x: str) -> str {\n  return generate(x)\n}\n"
        'task a() -> str {\n  return f("x")\n}\ntask b() -> str {\n  return "b"\n}\n'
    )
    assert ["task a", "fn f"] == _titles(plan("graph", "a.plan", "a", a__plan=text).out)
    assert ["fn f"] == _titles(plan("graph", "a.plan", "f").out)
    assert ["task a", "task b", "fn f"] == _titles(plan("graph", "a.plan").out)


def test_a_function_is_shown_with_each_that_it_is_given(plan: Command):
    """What it calls through its parameters is known then: with one it asks a model, with another two in a row."""
    text = (
        "fn twice(f, x) { return [f(x), f(x)] }\n"
        "fn judge(x) { return generate(sentiment(x).label) }\n"
        'task main() -> any { return [twice(sentiment, "a"), twice(judge, "b")] }\n'
    )
    out = plan("graph", "a.plan", a__plan=text).out
    assert ["task main", "fn judge", "fn twice with judge", "fn twice with sentiment"] == sorted(
        re.findall(r"^(?:task|fn) [\w ]+", out, re.MULTILINE), key=lambda title: (title[0] != "t", title)
    )
    assert "1  ● f(x)" in out
    assert "function value" not in out


def _titles(out: str) -> list[str]:
    return re.findall(r"^(?:task|fn) \w+", out, re.MULTILINE)


def test_the_top_level_is_shown_where_it_does_something(plan: Command):
    out = plan("graph", "a.plan", a__plan='let x = generate("a")\nprint(x)\n').out
    assert out.startswith("top level\n")


def test_a_plan_that_takes_no_time_says_so(plan: Command):
    assert "Nothing here takes time" in plan("graph", "a.plan", a__plan='print("a")\n').out


def test_a_name_that_the_file_does_not_have_is_a_usage_error(plan: Command):
    done = plan("graph", "a.plan", "mian", a__plan=TRIAGE)
    assert (2, "") == (done.code, done.out)
    assert "did you mean `main`?" in done.err


def test_a_file_of_functions_alone_says_what_to_name(plan: Command):
    done = plan("graph", "a.plan", a__plan="fn f(x: str) -> str {\n  return generate(x)\n}\n")
    assert (2, "") == (done.code, done.out)
    assert "name one of its functions: f" in done.err


def test_a_plan_with_mistakes_shows_them_instead(plan: Command):
    done = plan("graph", "a.plan", a__plan="print(totl)\n")
    assert (2, "") == (done.code, done.out)
    assert "--> a.plan:1:7" in done.err


def test_a_picture_that_cannot_be_written_is_a_usage_error(plan: Command):
    done = plan("graph", "a.plan", "--svg", "no/such/folder.svg", a__plan=TRIAGE)
    assert 2 == done.code
    assert "no/such/folder.svg cannot be written" in done.err


def test_the_picture_is_an_svg_file_with_the_source_beside_the_graph(plan: Command, folder: Path):
    done = plan("graph", "a.plan", "--svg", "a.svg", a__plan=TRIAGE)
    assert (0, "", "") == (done.code, done.out, done.err)
    root = ET.fromstring((folder / "a.svg").read_text(encoding="utf-8"))  # noqa: S314 - our own
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert '      replies.push(generate("Reply <politely> & soon to: {review}"))' in texts
    assert "every turn at once" in texts
    names = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text") if e.get("class") == "name" and e.text]
    assert ["sentiment", "generate", "print"] == names


def test_the_picture_can_go_to_standard_output(plan: Command):
    assert plan("graph", "a.plan", "--svg", "-", a__plan=TRIAGE).out.startswith("<svg ")


def test_nothing_in_the_picture_overlaps(plan: Command):
    """Operations stand apart, to the right of all source text."""
    text = TRIAGE.replace("print(len(replies))", 'print(generate("a"), generate("b"), generate(generate("c")))')
    root = ET.fromstring(plan("graph", "a.plan", "--svg", "-", a__plan=text).out)  # noqa: S314 - our own
    svg = "{http://www.w3.org/2000/svg}"
    shapes = [group.find(f"{svg}rect") for group in root.iter(f"{svg}g") if group.get("id") is not None]
    sides = ("x", "y", "width", "height")
    boxes = [tuple(float(shape.get(key, "0")) for key in sides) for shape in shapes if shape is not None]
    assert 7 == len(boxes)
    for at, (x, y, wide, high) in enumerate(boxes):
        for x2, y2, wide2, high2 in boxes[at + 1 :]:
            assert x + wide <= x2 or x2 + wide2 <= x or y + high <= y2 or y2 + high2 <= y


def test_the_page_needs_no_network_and_is_reached_with_the_keyboard(plan: Command, folder: Path):
    plan("graph", "a.plan", "--html", "a.html", a__plan=TRIAGE)
    page = (folder / "a.html").read_text(encoding="utf-8")
    assert [] == re.findall(r"(?:src|href|url|import)\s*[=(]", page.replace("aria-", ""))
    assert "http" not in page
    assert 4 == page.count('tabindex="0"')
    assert "prefers-color-scheme: dark" in page
    assert "Reply &lt;politely&gt; &amp; soon" in page


def test_the_name_of_a_file_is_no_markup(plan: Command, folder: Path):
    (folder / "<b>.plan").write_text(TRIAGE, encoding="utf-8")
    assert "<b>.plan" not in plan("graph", "<b>.plan", "--html", "-").out


def test_the_data_names_operations_by_their_ids(plan: Command):
    found = json.loads(plan("graph", "a.plan", "--json", a__plan=TRIAGE).out)
    [section] = found["sections"]
    flat = list(_operations(section["items"]))
    by_id = {operation["id"]: operation for operation in flat}
    [reply] = [operation for operation in flat if operation["name"] == "generate"]
    assert ["if"] == [by_id[wait["operation"]]["name"] for wait in reply["waits"]]
    assert ["sentiment", "generate"] == [by_id[number]["name"] for number in section["longest_chain"]]
    assert (7, 20) == (reply["line"], reply["column"])


def _operations(items: list) -> Iterator[dict]:
    for item in items:
        if "items" in item:
            yield from _operations(item["items"])
        else:
            yield item
