"""Signatures of the standard functions that build, take apart, count and show lists."""

SECTION = "Lists: the whole"
TEXT = """
## The ints from 0 up to `n`, without `n`; or from `start` up to `stop` in steps. It takes no memory until changed.
## >>> range(3)
## [0, 1, 2]
## >>> range(2, 10, step=3)
## [2, 5, 8]
fn range(start: int, stop: int = absent, step: int = 1) -> list[int]

## Each element with its position: pairs `[0, a]`, `[1, b]` and so on.
## >>> enumerate(["a", "b"])
## [[0, "a"], [1, "b"]]
fn enumerate[T](xs: list[T], start: int = 0) -> list[[int, T]]

## Pairs of the elements at equal positions; the longer list is cut.
## >>> zip([1, 2], ["a", "b"])
## [[1, "a"], [2, "b"]]
fn zip[A, B](xs: list[A], ys: list[B]) -> list[[A, B]]

## The elements from last to first.
## >>> reversed([1, 2, 3])
## [3, 2, 1]
fn reversed[T](xs: list[T]) -> list[T]

## How often `x` occurs in the list, or the text `x` in a text (without overlaps).
## >>> count([1, 2, 1], 1)
## 2
## >>> count("banana", "an")
## 2
fn count(xs: list[any] | str, x: any) -> int

## How often each element of a list, or character of a text, occurs; most frequent first.
## >>> counts(["b", "a", "b"])
## {b: 2, a: 1}
fn counts(xs: list[any] | str) -> dict[any, int]

## The position of the first element equal to `x`, or none.
## >>> index_of(["a", "b"], "b")
## 1
fn index_of(xs: list[any], x: any) -> int?

## The first element. An empty list is an error unless `default` is given.
## >>> first([1, 2])
## 1
## >>> first([], default=none)
## none
fn first[T, D](xs: list[T], default: D = absent) -> T | D

## The last element. An empty list is an error unless `default` is given.
## >>> last([1, 2])
## 2
fn last[T, D](xs: list[T], default: D = absent) -> T | D

## The elements without repetitions, in the order in which they first appear.
## >>> unique([2, 1, 2])
## [2, 1]
fn unique[T](xs: list[T]) -> list[T]

## The elements of the inner lists in one list. Deeper lists stay as they are.
## >>> flatten([[1, 2], [], [3]])
## [1, 2, 3]
fn flatten[T](xs: list[list[T]]) -> list[T]

## The elements in lists of `n`; the last may be shorter.
## >>> chunks([1, 2, 3], 2)
## [[1, 2], [3]]
fn chunks[T](xs: list[T], n: int) -> list[list[T]]

## The texts joined, with `sep` between them.
## >>> join(["a", "b"], ", ")
## "a, b"
fn join(xs: list[str], sep: str = "") -> str

## A table as text: one line for each row, with the given columns, or all keys that occur.
## >>> print(table([{name: "fig", n: 3}, {name: "pear", n: 12}]))
## name   n
## ----  --
## fig    3
## pear  12
fn table(rows: list[dict[any, any]], columns: list[str]? = none) -> str
"""
