"""Signatures of the standard functions that go through lists with a function, and of those that order them."""

SECTION = "Lists: each element"
TEXT = """
## The list of `f(x)` for every element `x`.
## >>> map([1, 2], fn(x) => x * 10)
## [10, 20]
fn map[A, B](xs: list[A], f: fn(A) -> B) -> list[B]

## The elements for which `f` is true.
## >>> filter([1, 2, 3], fn(x) => x > 1)
## [2, 3]
fn filter[T](xs: list[T], f: fn(T) -> bool) -> list[T]

## `f(f(f(start, x1), x2), x3)` and so on: the elements folded into one value.
## >>> reduce([1, 2, 3], fn(total, x) => total + x, 0)
## 6
fn reduce[T](xs: list[T], f: fn(any, T) -> any, start: any) -> any

## Whether `f` is true for some element; without `f`, whether some element is true.
## >>> any([1, 5], fn(x) => x > 3)
## true
fn any[T](xs: list[T], f: fn(T) -> bool? = none) -> bool

## Whether `f` is true for all elements; without `f`, whether all elements are true.
## >>> all([1, 5], fn(x) => x > 3)
## false
fn all[T](xs: list[T], f: fn(T) -> bool? = none) -> bool

## The first element for which `f` is true, or none.
## >>> find_first([1, 5, 7], fn(x) => x > 3)
## 5
fn find_first[T](xs: list[T], f: fn(T) -> bool) -> T?

## The elements in lists by what `f` gives for them, in the order in which they appear.
## >>> group_by(["ant", "bee", "asp"], fn(w) => w[0])
## {a: ["ant", "asp"], b: ["bee"]}
fn group_by[T, K](xs: list[T], f: fn(T) -> K) -> dict[K, list[T]]

## The elements in ascending order, or by ascending `key`; elements that are equal keep their order.
## >>> sorted([3, 1, 2])
## [1, 2, 3]
## >>> sorted(["pear", "fig"], key=len)
## ["fig", "pear"]
## >>> sorted([1, 2], reverse=true)
## [2, 1]
fn sorted[T](xs: list[T], key: fn(T) -> any? = none, reverse: bool = false) -> list[T]

## The `n` largest elements, largest first, or those with the largest `key`.
## >>> top([3, 9, 5], 2)
## [9, 5]
fn top[T](xs: list[T], n: int, key: fn(T) -> any? = none) -> list[T]
"""
