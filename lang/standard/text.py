"""Signatures of the standard functions on text."""

SECTION = "Text"
TEXT = """
## The text in capitals.
## >>> upper("straße")
## "STRASSE"
fn upper(s: str) -> str

## The text in small letters.
## >>> lower("ABC")
## "abc"
fn lower(s: str) -> str

## The first letter of every word in capitals, the others small.
## >>> title("the cat's PYJAMAS")
## "The Cat's Pyjamas"
fn title(s: str) -> str

## The text without the white space at its ends, or without the characters in `chars`.
## >>> strip("  a b ")
## "a b"
## >>> strip("--a-", "-")
## "a"
fn strip(s: str, chars: str? = none) -> str

## The parts between the separators; without `sep`, the words between white space.
## >>> split("a,,b", ",")
## ["a", "", "b"]
## >>> split("  two words ")
## ["two", "words"]
fn split(s: str, sep: str? = none) -> list[str]

## The lines without their ends. A line end at the very end begins no further line.
## >>> lines("one\\ntwo\\n")
## ["one", "two"]
fn lines(s: str) -> list[str]

## The characters, one by one.
## >>> chars("aé")
## ["a", "é"]
fn chars(s: str) -> list[str]

## The text with every `old` replaced by `new`.
## >>> replace("a-b-c", "-", "+")
## "a+b+c"
fn replace(s: str, old: str, new: str) -> str

## Whether the text begins with `prefix`.
## >>> starts_with("banana", "ban")
## true
fn starts_with(s: str, prefix: str) -> bool

## Whether the text ends with `suffix`.
## >>> ends_with("banana", "ban")
## false
fn ends_with(s: str, suffix: str) -> bool

## The position at which `part` first occurs, or none.
## >>> find("banana", "na")
## 2
## >>> find("banana", "x")
## none
fn find(s: str, part: str) -> int?

## The text with `fill` before it until it is `n` characters long.
## >>> pad_left("7", 3, fill="0")
## "007"
fn pad_left(s: str, n: int, fill: str = " ") -> str

## The text with `fill` behind it until it is `n` characters long.
## >>> pad_right("ab", 4)
## "ab  "
fn pad_right(s: str, n: int, fill: str = " ") -> str

## The Unicode code point of a character.
## >>> code("A")
## 65
fn code(s: str) -> int

## The character with the given Unicode code point.
## >>> char(0x1f600)
## "😀"
fn char(n: int) -> str

## Whether the text is not empty and has only decimal digits.
## >>> is_digit("2024")
## true
fn is_digit(s: str) -> bool

## Whether the text is not empty and has only letters.
## >>> is_alpha("情感")
## true
fn is_alpha(s: str) -> bool

## Whether the text is not empty and has only white space.
## >>> is_space(" \\t")
## true
fn is_space(s: str) -> bool

## The text as it may stand in a web address: everything but letters, digits and `-._~` as `%` and two digits.
## >>> url_encode("a b/ä")
## "a%20b%2F%C3%A4"
fn url_encode(s: str) -> str
"""
