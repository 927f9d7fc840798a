"""Mistakes that the search found, each kept as the smallest program that shows it."""

from __future__ import annotations

import pytest

from .reference import Outcome
from .running import by_reference, compiled, line_by_line

FOUND = {
    "a list repeated once shares nothing with the list that it was made of": """
let g = [[1]]
let h = g * 1
h[0].push(2)
print(g, h)
""",
    "an operand read before a change is the value before the change": """
fn joined(xs: list[int]) { return xs + [xs.pop()] }
let xs = [1, 2, 3]
print(xs + [xs.pop()], xs)
print([...xs, xs.pop(), ...xs], joined([1, 2]))
let ys = [1, 2]
print(ys == [ys.pop()], zip(ys, [ys.pop(), 5]), ys)
""",
    "an operand read before its variable is given away is the value before": """
fn grown(xs) { xs.push(9); return xs }
fn main_part() {
  let xs = [1]
  return xs + grown(xs)
}
print(main_part())
""",
    "a part of a list read before the list is given away is the value before": """
fn grown(g) { g[0].push(9); return g }
fn main_part() {
  let g = [[1]]
  return [g[0] + grown(g)[0]]
}
print(main_part())
""",
    "a list that is extended by what is taken from it is first read, then changed": """
let xs: list[int] = [1, 2, 3]
xs += [xs.pop()]
let g = [[1, 2]]
g[0] += [g[0].pop()]
print(xs, g)
""",
    "the data of a failure are a copy": """
let d = {message: "m", xs: [1]}
try { fail d } catch e {
  e.xs.push(2)
  print(e.xs)
}
print(d)
""",
    "a loop that takes pairs apart runs over the list as it was": """
let pairs = [[1, 2]]
for a, b in pairs {
  if len(pairs) < 5 { pairs.push([a, b]) }
}
print(pairs)
""",
    "a loop over one of two lists runs over it as it was": """
let xs = [1, 2]
for x in if len(xs) > 1 then xs else [] {
  if len(xs) < 9 { xs.push(x) }
}
print(xs)
""",
    "a loop inside a loop runs over the list as it was": """
fn main_part() {
  let xs = [1, 2]
  let n = 0
  while n < 2 {
    n += 1
    for x in xs {
      if len(xs) < 20 { xs.push(x) }
    }
  }
  return xs
}
print(main_part())
""",
    "a loop that extends the list it goes over runs over it as it was": """
fn main_part() {
  let xs = [1, 2]
  for x in xs {
    if len(xs) < 20 { xs += [x] }
  }
  return xs
}
print(main_part())
""",
    "a comprehension that changes the list it goes over runs over it as it was": """
let xs = [1, 2, 3]
print([xs.pop() for x in xs], xs)
""",
    "a comprehension may change its own variable": """
let g = [[1, 2], [3]]
print([[row.pop(), row] for row in g], g)
print({k: xs.pop() for k, xs in items({a: [1], b: [2]})})
""",
    "what a comprehension goes over may itself contain a change": """
let xs = [[1, 2], [3]]
print([x for x in xs.pop()], [[x, y] for x in [1] for y in [xs.pop(), [x]]], xs)
""",
    "a match in a loop keeps what it bound": """
fn main_part() {
  let xs = [1]
  let seen = []
  for i in range(3) {
    match xs {
      case ys {
        xs.push(i)
        seen.push(ys)
      }
    }
  }
  return [xs, seen]
}
print(main_part())
""",
    "a match keeps what it bound although the list is extended": """
fn main_part() {
  let xs = [1]
  match xs {
    case ys {
      xs += [2]
      return [xs, ys]
    }
  }
}
print(main_part())
""",
    "a default that a standard function gives back is a copy, in a loop as well": """
fn main_part() {
  let xs = [0]
  let seen = []
  for i in range(3) {
    let ys = first([[9]][:0], default=xs)
    xs.push(i)
    seen.push(ys)
  }
  return [xs, seen]
}
print(main_part())
""",
    "a function that gives back its parameter gives a copy, in a loop as well": """
fn whole(p) {
  match p {
    case x { return x }
  }
}
fn same(a, b = a) { return b }
fn otherwise(p) { return first([[9]][:0], default=p) }
fn main_part() {
  let xs = [0]
  let seen = []
  for i in range(3) {
    let ys = [whole(xs), same(xs), otherwise(xs)]
    xs.push(i)
    seen.push(ys)
  }
  return [xs, seen]
}
print(main_part())
""",
    "a function is called with what it gives itself": """
fn twice(f, x) { return f(f(x)) }
print(twice(fn(x) => x + 1, 2), twice(fn(xs) => xs + [1], []))
""",
    "a constant that looks at a part of a list keeps it": """
fn get_row() { return row }
let g = [[1]]
let row = g[0]
g[0].push(2)
print(get_row(), g)
""",
    "a function in a block that captures nothing is known by its name": """
fn main_part() {
  fn add(x) { return x + 1 }
  fn down(n) { return if n == 0 then 0 else add(down(n - 1)) }
  return map([1, 2], down)
}
print(main_part())
""",
    "many handlers inside one another": "".join(f'{"  " * i}try {{ fail "{i}" }} catch e{i} {{\n' for i in range(24))
    + "print(e0.message, e23.message)\n"
    + "}\n" * 24,
}


@pytest.mark.parametrize("title", FOUND)
@pytest.mark.parametrize("metered", [False, True], ids=["", "metered"])
def test_found(title: str, metered: bool) -> None:
    """The program shows what the reference shows."""
    text = FOUND[title].lstrip()
    expected = by_reference(text)
    assert expected is not None
    assert expected.error is None
    assert expected == compiled(text, metered=metered)


def test_a_session_changes_its_variables_in_deep_blocks() -> None:
    """Blocks deeper than Python allows become functions, which have to know the session's variables."""
    deep = "".join(f"for i{i} in [0] {{ " for i in range(20)) + "xs.push(1); n = n + 1" + " }" * 20
    found = line_by_line(f"let xs = []\nlet n = 1\n{deep}\nprint(xs, n)\n")
    assert Outcome(["[1] 2"]) == found


def test_a_session_knows_the_types_of_its_earlier_inputs() -> None:
    """A check that an earlier input compiled is not done with a type of a later one."""
    found = line_by_line(
        "fn f(x: any) { let y: int = x; return y }\nlet z: any = [1]\nlet g: list[int] = z\nprint(f(3))\n"
    )
    assert Outcome(["3"]) == found


def test_a_session_reads_before_it_changes() -> None:
    """A variable that no earlier input changed may change in this one."""
    found = line_by_line("let xs = [1, 2]\nxs += [xs.pop()]\nprint(xs)\n")
    assert Outcome(["[1, 2, 2]"]) == found


def test_a_session_keeps_what_was_taken_from_a_list() -> None:
    """What follows an input is not known when it is compiled."""
    found = line_by_line("let g = [[1]]\nlet row = g[0]\ng[0].push(2)\nprint(row, g)\n")
    assert Outcome(["[1] [[1, 2]]"]) == found


def test_the_programs_print() -> None:
    """Each program prints something: one that prints nothing would show nothing."""
    assert all(isinstance(o, Outcome) and o.printed for o in map(by_reference, FOUND.values()))
