"""Signatures of the standard functions on numbers."""

SECTION = "Numbers"
TEXT = """
## The value without its sign.
## >>> abs(-3)
## 3
fn abs(x: float) -> any

## The smallest of a list, or of several values. With `key`, the one whose key is smallest; the first of equals.
## An empty list is an error unless `default` is given.
## >>> min([3, 1, 2])
## 1
## >>> min(4, 2)
## 2
## >>> min(["pear", "fig"], key=len)
## "fig"
## >>> min([], default=0)
## 0
fn min(values...: any, key: fn(any) -> any? = none, default: any = absent) -> any

## The largest of a list, or of several values. With `key`, the one whose key is largest; the first of equals.
## An empty list is an error unless `default` is given.
## >>> max([3, 1, 2])
## 3
## >>> max(["pear", "fig"], key=len)
## "pear"
fn max(values...: any, key: fn(any) -> any? = none, default: any = absent) -> any

## The sum of the numbers; 0 for none. `true` counts as 1. With floats among them it is rounded once, at the end.
## >>> sum([1, 2, 3])
## 6
## >>> sum([0.1, 0.2, 0.3])
## 0.6
fn sum(xs: list[float | bool]) -> any

## The arithmetic mean. An empty list is an error.
## >>> mean([1, 2, 6])
## 3.0
fn mean(xs: list[float | bool]) -> float

## The middle value, or the mean of the two in the middle. An empty list is an error.
## >>> median([5, 1, 2])
## 2.0
## >>> median([1, 2, 3, 10])
## 2.5
fn median(xs: list[float | bool]) -> float

## The nearest int, or with `digits` a float of so many digits after the point. Halves go to the even neighbour.
## >>> round(2.6)
## 3
## >>> round(2.5)
## 2
## >>> round(3.14159, 2)
## 3.14
fn round(x: float, digits: int? = none) -> any

## The largest int that is not above `x`.
## >>> floor(-2.5)
## -3
fn floor(x: float) -> int

## The smallest int that is not below `x`.
## >>> ceil(2.1)
## 3
fn ceil(x: float) -> int

## The square root.
## >>> sqrt(9)
## 3.0
fn sqrt(x: float) -> float

## e to the power of `x`.
## >>> exp(0)
## 1.0
fn exp(x: float) -> float

## The logarithm of `x`, the natural one unless `base` is given.
## >>> log(1)
## 0.0
## >>> log(8, 2)
## 3.0
fn log(x: float, base: float = 2.718281828459045) -> float

## The sine of `x` radians.
## >>> sin(0)
## 0.0
fn sin(x: float) -> float

## The cosine of `x` radians.
## >>> cos(0)
## 1.0
fn cos(x: float) -> float

## The tangent of `x` radians.
## >>> tan(0)
## 0.0
fn tan(x: float) -> float

## `x`, or the bound that it passes.
## >>> clamp(12, 0, 10)
## 10
fn clamp(x: float, low: float, high: float) -> any

## The quotient, rounded down, and the remainder: `[a // b, a % b]`.
## >>> divmod(7, 2)
## [3, 1]
fn divmod(a: float, b: float) -> [any, any]

## A whole number from text, or from a float by dropping what follows the point. Where `x` is text that is no whole
## number, or none, the result is `default`, and an error if none is given.
## >>> int("42")
## 42
## >>> int(-2.7)
## -2
## >>> int("many", default=0)
## 0
fn int[D](x: str | float | bool | none, default: D = absent) -> int | D

## A float from text or a number. Where `x` is text that is no number, or none, the result is `default`, and an error
## if none is given.
## >>> float("2.5")
## 2.5
## >>> float("n/a", default=none)
## none
fn float[D](x: str | float | bool | none, default: D = absent) -> float | D
"""
