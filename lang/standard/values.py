"""Signatures of the standard functions on values of any type."""

SECTION = "Any value"
TEXT = """
## The number of characters of a text, elements of a list, or keys of a dict.
## >>> len("naïve")
## 5
## >>> len([1, 2])
## 2
fn len(x: str | list[any] | dict[any, any]) -> int

## The value as text, as `print` and `{x}` in a text show it: text as it is, everything else as the language writes it.
## >>> str(1.5)
## "1.5"
## >>> str(["a", none])
## "[\\"a\\", none]"
fn str(x: any) -> str

## The value as the language writes it: text in quotes, with escapes.
## >>> repr("a")
## "\\"a\\""
fn repr(x: any) -> str

## The name of the value's type: `none`, `bool`, `int`, `float`, `str`, `list`, `dict`, `function`, `type`, or the name
## of a plugin's type.
## >>> type_of(1.5)
## "float"
fn type_of(x: any) -> str

## The value as JSON text, on one line or, with `indent`, over several. Keys that are not text become text, as in
## Python. Functions, and numbers without end such as `inf`, have no JSON.
## >>> to_json({a: [1, none]})
## "\\{\\"a\\": [1, null]\\}"
fn to_json(x: any, indent: int? = none) -> str

## The value that a JSON text stands for. Where the text is no JSON, the result is `default`, and an error that names
## line and column if none is given. Of equal keys the last wins.
## >>> from_json('{"a": [1, 2.5]}')
## {a: [1, 2.5]}
## >>> from_json("?", default=none)
## none
fn from_json(s: str, default: any = absent) -> any

## A fingerprint of the value: the SHA-256 of its canonical JSON, as 64 hexadecimal digits. The order of keys does
## not count, nor whether a whole number is written as int or float.
## >>> digest({a: 1, b: 2}) == digest({b: 2, a: 1})
## true
fn digest(x: any) -> str

## The value, known to be of the type; an error that names the place where it is not.
## >>> type Point = {x: int, y: int}; validate({x: 1, y: 2}, Point)
## {x: 1, y: 2}
fn validate[T](x: any, wanted: type[T]) -> T

## Whether the value is of the type.
## >>> type Point = {x: int, y: int}; conforms({x: 1}, Point)
## false
fn conforms[T](x: any, wanted: type[T]) -> bool

## The literals of a type, in order.
## >>> type Size = "small" | "large"; options(Size)
## ["small", "large"]
fn options[T](kind: type[T]) -> list[T]
"""
