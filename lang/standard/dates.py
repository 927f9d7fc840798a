"""Signatures of the standard functions on dates."""

SECTION = "Dates"
TEXT = """
## A date or a time as ISO text (`2024-05-17`, `2024-05-17T10:00:00Z`), from ISO text in one of its forms or, with
## `format`, from text in the form that its `%` codes describe (`%d.%m.%Y`; the codes are those of C and Python).
## >>> parse_date("17.05.2024", "%d.%m.%Y")
## "2024-05-17"
## >>> parse_date("20240517")
## "2024-05-17"
fn parse_date(s: str, format: str? = none) -> str

## An ISO date or time in the form that the `%` codes of `format` describe.
## >>> format_date("2024-05-17", "%A, %d %B %Y")
## "Friday, 17 May 2024"
fn format_date(d: str, format: str) -> str

## The days from the date `a` to the date `b`, below 0 if `b` is earlier. Times of the day do not count.
## >>> days_between("2024-02-28", "2024-03-01")
## 2
fn days_between(a: str, b: str) -> int
"""
