"""Deep data and data that holds the same part many times over: too large to copy, so the expected output is stated."""

from __future__ import annotations

import pytest

from .running import compiled

PROGRAMS = {
    "one path through a value of two to the sixty parts": (
        """
let x: any = [0]
for i in range(60) { x = [x, x] }
let y = x
x[0][0][0] = 5
print(x[0][0][0] == 5, x[0][1][0] == 5, x[1][0][0] == 5, y[0][0][0] == 5, x == y, x[1] == y[1])
""",
        ["true false false false false true"],
    ),
    "a row that stands in a grid many times": (
        """
let row = [0, 0]
let grid = [row] * 3
grid.push(row)
for i in range(4) { grid[i][0] += i }
row[1] = 9
print(grid, row)
""",
        ["[[0, 0], [1, 0], [2, 0], [3, 0]] [0, 9]"],
    ),
    "a chain of five thousand links": (
        """
fn main_part() {
  let chain: any = {n: 0, rest: none}
  for i in range(5000) { chain = {n: i, rest: chain} }
  let other = chain
  other.rest.rest.n = -1
  let sums = [0, 0]
  for i, start in [[0, chain], [1, other]] {
    let link = start
    while link != none {
      sums[i] += link.n
      link = link.rest
    }
  }
  return sums
}
print(main_part())
""",
        ["[12497500, 12492502]"],
    ),
    "a value that holds itself as it was, again and again": (
        """
let x: any = {n: 0}
for i in range(30) {
  x.before = x
  x.n += 1
}
print(x.n, x.before.n, x.before.before.n)
x.before.n = 100
print(x.n, x.before.n, x.before.before.n)
""",
        ["30 29 28", "30 100 28"],
    ),
}


@pytest.mark.parametrize("title", PROGRAMS)
@pytest.mark.parametrize("metered", [False, True], ids=["", "metered"])
def test_shared_structure(title: str, metered: bool) -> None:
    """The program prints what its text says."""
    text, expected = PROGRAMS[title]
    found = compiled(text.lstrip(), metered=metered)
    assert (expected, None) == (found.printed, found.error)
