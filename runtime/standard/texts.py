"""Standard functions on text. Results that can be larger than their arguments are bounded before they are built."""

from __future__ import annotations

import re

from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_count, check_length
from planlang.runtime.values import PlanList, Value, new_list

from .arguments import need_int, need_text
from .registry import Registry

FUNCTIONS = Registry()
_WORD = re.compile(r"\S+")


@FUNCTIONS.add_with_run
def upper(run: Run, s: Value) -> str:
    """The text in capitals."""
    check_length(len(need_text("upper", s)), run.limits)
    return s.upper()


@FUNCTIONS.add_with_run
def lower(run: Run, s: Value) -> str:
    """The text in small letters."""
    check_length(len(need_text("lower", s)), run.limits)
    return s.lower()


@FUNCTIONS.add
def title(s: Value) -> str:
    """The first letter of every word in capitals."""
    return _WORD.sub(lambda word: word[0].capitalize(), need_text("title", s))


@FUNCTIONS.add
def strip(s: Value, chars: Value = None) -> str:
    """The text without white space, or the given characters, at its ends."""
    need_text("strip", s)
    return s.strip() if chars is None else s.strip(need_text("strip", chars, "chars"))


@FUNCTIONS.add_with_run
def split(run: Run, s: Value, sep: Value = None) -> PlanList:
    """The parts between the separators, or the words."""
    need_text("split", s)
    if sep is None:
        parts = s.split()
    elif not need_text("split", sep, "sep"):
        raise PlanError("value", "`split` needs a separator that is not empty", "the characters of a text are chars(s)")
    else:
        check_count(s.count(sep) + 1, run.limits)
        parts = s.split(sep)
    run.tick(len(parts))
    return new_list(parts)


@FUNCTIONS.add_with_run
def lines(run: Run, s: Value) -> PlanList:
    r"""The lines, which end in `\n` or `\r\n`."""
    return new_list(split_lines(run, need_text("lines", s)))


def split_lines(run: Run, text: str) -> list[str]:
    r"""The lines of `text` without their ends, `\n` or `\r\n`; a line end at the very end begins no further line."""
    check_count(text.count("\n") + 1, run.limits)
    found = text.split("\n")
    if not found[-1]:
        found.pop()
    run.tick(len(found))
    return [line.removesuffix("\r") for line in found] if "\r" in text else found


@FUNCTIONS.add_with_run
def chars(run: Run, s: Value) -> PlanList:
    """The characters."""
    check_count(len(need_text("chars", s)), run.limits)
    run.tick(len(s))
    return new_list(s)


@FUNCTIONS.add_with_run
def replace(run: Run, s: Value, old: Value, new: Value) -> str:
    """The text with every `old` replaced."""
    need_text("replace", s)
    if not need_text("replace", old, "old"):
        raise PlanError("value", "`replace` needs an `old` that is not empty")
    growth = len(need_text("replace", new, "new")) - len(old)
    if growth > 0:
        check_length(len(s) + s.count(old) * growth, run.limits)
    return s.replace(old, new)


@FUNCTIONS.add
def starts_with(s: Value, prefix: Value) -> bool:
    """Whether the text begins with `prefix`."""
    return need_text("starts_with", s).startswith(need_text("starts_with", prefix, "prefix"))


@FUNCTIONS.add
def ends_with(s: Value, suffix: Value) -> bool:
    """Whether the text ends with `suffix`."""
    return need_text("ends_with", s).endswith(need_text("ends_with", suffix, "suffix"))


@FUNCTIONS.add
def find(s: Value, part: Value) -> int | None:
    """The position of `part`, or none."""
    at = need_text("find", s).find(need_text("find", part, "part"))
    return at if at >= 0 else None


@FUNCTIONS.add_with_run
def pad_left(run: Run, s: Value, n: Value, fill: Value = " ") -> str:
    """The text at the right of `n` characters."""
    _check_padding("pad_left", run, s, n, fill)
    return s.rjust(n, fill)


@FUNCTIONS.add_with_run
def pad_right(run: Run, s: Value, n: Value, fill: Value = " ") -> str:
    """The text at the left of `n` characters."""
    _check_padding("pad_right", run, s, n, fill)
    return s.ljust(n, fill)


def _check_padding(name: str, run: Run, s: Value, n: Value, fill: Value) -> None:
    need_text(name, s)
    check_length(need_int(name, n, "n"), run.limits)
    if n < -(2**31):
        raise PlanError("value", f"`{name}` needs a length of at least 0")
    if len(need_text(name, fill, "fill")) != 1:
        raise PlanError("value", f"`{name}` needs a `fill` of exactly one character")


@FUNCTIONS.add
def code(s: Value) -> int:
    """The code point of a character."""
    if len(need_text("code", s)) != 1:
        raise PlanError("value", f"`code` needs exactly one character, not {len(s):,}")
    return ord(s)


@FUNCTIONS.add
def char(n: Value) -> str:
    """The character of a code point."""
    point = need_int("char", n, "n")
    if not 0 <= point <= 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        raise PlanError("value", "`char` needs the code point of a character", "0 to 0xd7ff, or 0xe000 to 0x10ffff")
    return chr(point)


@FUNCTIONS.add
def is_digit(s: Value) -> bool:
    """Whether there are only decimal digits."""
    return need_text("is_digit", s).isdecimal()


@FUNCTIONS.add
def is_alpha(s: Value) -> bool:
    """Whether there are only letters."""
    return need_text("is_alpha", s).isalpha()


@FUNCTIONS.add
def is_space(s: Value) -> bool:
    """Whether there is only white space."""
    return need_text("is_space", s).isspace()


@FUNCTIONS.add_with_run
def url_encode(run: Run, s: Value) -> str:
    """The text as it may stand in a web address."""
    from urllib.parse import quote

    check_length(len(need_text("url_encode", s)) * 3, run.limits)
    return quote(s, safe="", errors="replace")
