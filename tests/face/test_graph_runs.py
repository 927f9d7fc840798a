"""Runs keep what `plan graph` says: calls that overlap in it are asked together, those on its chain in turn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planlang.graphs.words import Words
from planlang.lang.dataflow import dataflow
from planlang.plugins import Context, Item, hookimpl, worker
from planlang.plugins.loader import Plugins, load
from planlang.runtime.engine import Engine

CASES = """
### functions that call what they are given | twice with tell (3) → twice with ask (4) | 3 2 1
fn twice(f, x: str) -> list[str] { return [f("{x}+"), f("{x}++")] }
fn ask(x: str) -> str { return tell(tell(x)) }
let a = twice(tell, "a")
let b = twice(ask, first(a))
let c = twice(fn(x: str) => x + "!", tell("c"))
### two calls side by side | tell (1) → tell (3) | 2 1
let a = tell("a")
let b = tell("b")
tell(a + b)

### a loop | tell (1) | 5
for i in range(5) { tell("{i}") }

### a loop that carries | tell (2) for each turn of line 2 | 1 1 1
let s = "s"
for i in range(3) { s = tell("{s}-{i}") }

### a condition | tell (2) → tell (2) | 6 3
for i in range(6) {
  if tell("{i % 2}{"+" * i}") == "1" { tell("again {i}") }
}

### a continue | tell (2) → tell (3) | 6 3
for i in range(6) {
  if tell("{i % 2}{"+" * i}") == "1" { continue }
  tell("more {i}")
}

### a break | tell (2) for each turn of line 1 | 2 1 1
for i in range(6) {
  if tell("{i}") == "2" { break }
}
tell("by")

### a second loop over what the first one filled | tell (2) → tell (3) | 4 4
let xs = []
for i in range(4) { xs.push(tell("{i}")) }
for x in xs { tell("{x}!") }

### counting | tell (3) → tell (6) | 4 1
let n = {}
for i in range(4) {
  let k = tell("{i % 2}{"+" * i}")
  n[k] = (n[k] ?? 0) + 1
}
tell("{len(n)}")

### a function | f (4) | 3 3
fn f(x: str) -> str {
  return tell(tell("{x}-"))
}
for i in range(3) { f("{i}") }

### recursion | f (5) | 1 2 4
fn f(x: str, depth: int) -> list[any] {
  let said = tell(x)
  return if depth == 0 then [said] else [f("{said}{i}", depth - 1) for i in range(2)]
}
print(f("", 2))

### reduce | tell (1) for each turn of line 1 | 1 1
print(reduce(["a", "b"], fn(s, t) => tell(s + t), ""))

### any | tell (1) for each turn of line 1 | 1 1
print(any(["a", "b", "c"], fn(t) => tell(t) == "b"))

### map | tell (1) → tell (2) | 3 3
let all = map(["a", "b", "c"], fn(t) => tell(t))
print(all.map(fn(t) => tell("{t}!")))

### try | tell (2) → tell (2) → tell (4) | 2 1
let r = ""
try { r = tell("a") } catch e { r = tell("b") }
tell("c")
tell(r + "d")

### while | tell (2) for each turn of line 2 | 1 1 1 1
let s = ""
while len(s) < 4 { s = tell("{s}x") }

### match | tell (2) → tell (4) | 3 1
for i in range(3) {
  match tell("{i}") {
    case "0" { }
    case "1" { tell("one") }
    case _ { }
  }
}
"""


class Rounds:
    """A model that answers all calls that are there at once; `SEEN` holds how many these were, time after time."""

    max_batch = 1000
    SEEN: list[int] = []  # noqa: RUF012 - one for all

    def load(self, context: Context) -> None:
        pass

    def run(self, batch: list[Item]) -> list[object]:
        self.SEEN.append(len(batch))
        return [item["text"].strip("+") for item in batch]


@worker(f"{__name__}:Rounds", model="rounds")
def tell(text: str) -> str:
    """The text without its plus signs."""


class RoundsPlugin:
    INTERFACE_VERSION = 1

    @hookimpl
    def register_functions(self, register) -> None:
        register(tell)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    plugins: Plugins = load({"rounds": RoundsPlugin()})
    yield Engine(plugins)
    plugins.close()


@pytest.mark.parametrize("case", CASES.strip().split("### ")[1:], ids=lambda case: case.partition(" |")[0])
def test_a_run_keeps_what_the_graph_says(engine: Engine, case: str):
    head, _, text = case.partition("\n")
    _, chain, rounds = head.split(" | ")
    module = engine.check(text=text, name="a.plan")
    assert [] == [d.message for d in module.diagnostics if d.is_error]
    assert chain == Words(dataflow(module).sections[0]).chain()
    Rounds.SEEN.clear()
    engine.load(text=text, name="a.plan").run()
    assert [int(size) for size in rounds.split()] == Rounds.SEEN
