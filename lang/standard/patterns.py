"""Signatures of the standard functions on regular expressions."""

SECTION = "Regular expressions"
TEXT = """
## Whether the pattern occurs somewhere in the text; `^` and `$` tie it to the ends. Patterns are those of RE2, which
## takes time in proportion to the text whatever the pattern: no back-references and no look-around.
## `\\d`, `\\w`, `\\s` and `\\b` know ASCII only; `\\pL` is any letter, `\\pN` any digit, `(?i)` ignores case.
## >>> matches("order 66", '\\d+')
## true
fn matches(s: str, pattern: str) -> bool

## Everything that the pattern matches, whole, from left to right and without overlaps.
## >>> find_all("a1 b22", '[a-z]\\d+')
## ["a1", "b22"]
fn find_all(s: str, pattern: str) -> list[str]

## What the groups of the pattern hold in its first match, or none if there is no match. A group that took no
## part gives none.
## >>> capture("2024-05-17", '(\\d+)-(\\d+)')
## ["2024", "05"]
fn capture(s: str, pattern: str) -> list[any]?

## The text with everything that the pattern matches replaced by `with`, in which `\\1` is what the first group
## holds and `\\0` the whole match.
## >>> sub("Ada Lovelace", '(\\w+) (\\w+)', '\\2, \\1')
## "Lovelace, Ada"
fn sub(s: str, pattern: str, with: str) -> str
"""
