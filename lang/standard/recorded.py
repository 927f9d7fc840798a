"""Signatures of the standard functions whose answers a run records, so that it can be resumed and repeated."""

SECTION = "Recorded"
TEXT = """
## The time now, in UTC, as ISO text: `2024-05-17T10:00:00.000Z`.
## >>> len(now())
## 24
# effect: observation
fn now() -> str

## A random float from 0 up to 1, without 1. Random values follow from the run's seed.
## >>> random() < 1.0
## true
# effect: observation
fn random() -> float

## A random int from `low` to `high`, both included.
## >>> random_int(3, 3)
## 3
# effect: observation
fn random_int(low: int, high: int) -> int

## The elements in random order.
## >>> sorted(shuffle([3, 1, 2]))
## [1, 2, 3]
# effect: observation
fn shuffle[T](xs: list[T]) -> list[T]

## `k` different elements at random.
## >>> len(sample(range(100), 5))
## 5
# effect: observation
fn sample[T](xs: list[T], k: int) -> list[T]
"""
