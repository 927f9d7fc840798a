"""What the tests of an imported file mock stays with that file."""

from __future__ import annotations

import io
from pathlib import Path

import fake_models

from planlang.plugins.loader import load
from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions

HELPERS = """
fn reply(text: str) -> str => fake_text(text)
fn sound(text: str) -> str => fake_label(text).label

test "replies" {
  mock fake_text = ["from a list"]
  assert reply("a") == "from a list"
}
"""
PLAN = """
import "./helpers.plan" as helpers

test "asks for a real reply" {
  mock fake_label = [{label: "positive", score: 1}]
  assert helpers.reply("b") == "reply to: b"
  assert helpers.sound("awful") == "positive"
}
"""


def test_a_list_of_answers_in_an_imported_test_replaces_nothing(tmp_path: Path):
    (tmp_path / "helpers.plan").write_text(HELPERS, encoding="utf-8")
    (tmp_path / "plan.plan").write_text(PLAN, encoding="utf-8")
    plugins = load({"fake": fake_models}, installed=False)
    results = Engine(plugins).load(tmp_path / "plan.plan").test(RunOptions(out=io.StringIO()))
    plugins.close()
    assert [None] == [result.error for result in results]
