"""A long loop leaves nothing behind: what a turn made is freed by the turn's end, not by Python's cyclic collector.

While a plan runs the collector is patient (`runtime/flow/collector.py`), so cycles would pile up in a million turns.
"""

from __future__ import annotations

import gc
import io

import pytest
from harness import virtual_runs
from harness.virtual_workers import VirtualWorkers

from planlang.runtime.engine import Engine
from planlang.runtime.run import RunOptions

TURNS = 500
LOOPS = {
    "if": 'if sentiment("{i}").label == "negative" { n += 1 }',
    "continue": 'if sentiment("{i}").label == "negative" { continue }; n += 1',
    "match": 'match sentiment("{i}") { case {label: "negative"} { n += 1 } case _ { n += 2 } }',
    "function": "n += weight(i)",
    "nested": 'for j in range(3) { n += len(generate("{i} {j}")) }',
    "while": 'let said = ""; while len(said) < 60 { said = generate("{i} {said}") }',
    "change": 'print(sentiment("{i}").label)',
    "callback": 'n += sum(map([1, 2], fn(k) => similarity("{i}", "{k}"))) > 0.5',
    "try": 'try { if sentiment("{i}").label == "negative" { n += 1 } } catch e { n += 2 }',
    "caught": 'try { assert sentiment("{i}").label == "neutral" } catch e { n += 2 }',
    "break": 'if sentiment("{i}").score < 0.0 { break }; n += 1',
}
PLAN = """
fn weight(i: int) -> int {{
  if sentiment("{{i}}").label == "negative" {{ return 1 }}
  return 2
}}
task main(turns: int) -> float {{
  let n = 0.0
  for i in range(turns) {{
    {body}
  }}
  return n
}}
"""


@pytest.mark.parametrize("body", LOOPS.values(), ids=LOOPS)
def test_a_turn_leaves_no_cycles(body):
    """The collector finds no more after many turns than after few."""
    assert garbage(body, TURNS) < garbage(body, 10) + TURNS // 2


def garbage(body, turns):
    """How many objects only the cyclic collector can free after a run."""
    plugins = virtual_runs.plugins()
    plugins.workers = VirtualWorkers()
    plan = Engine(plugins).load(text=PLAN.format(body=body))
    options = RunOptions(out=io.StringIO())
    plan.run("main", {"turns": 10}, options)
    gc.collect()
    gc.disable()
    try:
        plan.run("main", {"turns": turns}, options)
        return gc.collect()
    finally:
        gc.enable()
