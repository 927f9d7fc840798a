"""Standard functions on regular expressions, with RE2: time in proportion to the text, whatever the pattern.

Matching works on UTF-8, so that offsets need not be translated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, cast

from planlang.runtime.display import quoted
from planlang.runtime.errors import PlanError
from planlang.runtime.run import Run
from planlang.runtime.sizes import check_count, check_length
from planlang.runtime.values import PlanList, Value, new_list

from .arguments import CHUNK, need_text
from .registry import Registry

FUNCTIONS = Registry()
_LONGEST_PATTERN = 100_000
_REFERENCE = re.compile(rb"\\(.?)", re.DOTALL)


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Any:
    """`pattern` as RE2 has it, for UTF-8; raises a `value` error for what is no regular expression."""
    import re2 as untyped

    re2 = cast(Any, untyped)
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 8 << 20
    try:
        return re2.compile(pattern.encode("utf-8", "replace"), options=options)
    except re2.error as error:
        raise _bad_pattern(pattern, error) from None


def _bad_pattern(pattern: str, error: Exception) -> PlanError:
    said = error.args[0] if error.args else ""
    reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    hint = ""
    if re.search(r"\(\?(<?[=!])", pattern):
        hint = "look-ahead and look-behind are not supported: match more, and take the part you need with a group"
    elif re.search(r"\\[1-9]", pattern):
        hint = "back-references are not supported: they cannot be matched in linear time"
    short = pattern if len(pattern) <= 80 else pattern[:80] + "…"
    shown = quoted(short) if "'" in short or not short.isprintable() else f"'{short}'"
    return PlanError("value", f"{shown} is no regular expression: {reason}", hint)


def _pattern(function: str, pattern: Value) -> Any:
    if len(need_text(function, pattern, "pattern")) > _LONGEST_PATTERN:
        raise PlanError("value", f"a regular expression can be at most {_LONGEST_PATTERN:,} characters long")
    return compiled(pattern)


def _bytes(function: str, s: Value) -> bytes:
    return need_text(function, s).encode("utf-8", "replace")


@FUNCTIONS.add
def matches(s: Value, pattern: Value) -> bool:
    """Whether the pattern occurs in the text."""
    return _pattern("matches", pattern).search(_bytes("matches", s)) is not None


@FUNCTIONS.add_with_run
def find_all(run: Run, s: Value, pattern: Value) -> PlanList:
    """Everything that the pattern matches."""
    data = _bytes("find_all", s)
    found = new_list()
    for match in _all(run, _pattern("find_all", pattern), data):
        start, end = match.span()
        found.append(data[start:end].decode())
        if not len(found) % CHUNK:
            check_count(len(found), run.limits)
    return found


def _all(run: Run, pattern: Any, data: bytes) -> Iterator[Any]:
    """The matches from left to right, without overlaps, and never between the bytes of one character."""
    at = 0
    while at <= len(data):
        match = pattern.search(data, at)
        if match is None:
            return
        run.tick(1)
        yield match
        start, end = match.span()
        at = end if end > start else _next_character(data, end)


def _next_character(data: bytes, at: int) -> int:
    at += 1
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at


@FUNCTIONS.add
def capture(s: Value, pattern: Value) -> PlanList | None:
    """The groups of the first match, or none."""
    match = _pattern("capture", pattern).search(_bytes("capture", s))
    return None if match is None else new_list(map(_decode, match.groups()))


def _decode(group: bytes | None) -> str | None:
    return None if group is None else group.decode()


@FUNCTIONS.add_with_run
def sub(run: Run, s: Value, pattern: Value, with_: Value) -> str:
    """The text with every match replaced."""
    data = _bytes("sub", s)
    compiled = _pattern("sub", pattern)
    template = _template(need_text("sub", with_, "with").encode("utf-8", "replace"), compiled.groups)
    pieces: list[bytes] = []
    length = len(data)
    at = 0
    for match in _all(run, compiled, data):
        start, end = match.span()
        filled = b"".join(part if isinstance(part, bytes) else match.group(part) or b"" for part in template)
        length += len(filled) - (end - start)
        check_length(length, run.limits)
        pieces += (data[at:start], filled)
        at = end
    return b"".join([*pieces, data[at:]]).decode()


def _template(text: bytes, groups: int) -> list[bytes | int]:
    """The parts of a replacement: bytes as they are, and numbers of groups."""
    parts: list[bytes | int] = []
    at = 0
    for found in _REFERENCE.finditer(text):
        parts.append(text[at : found.start()])
        at = found.end()
        mark = found[1]
        if mark == b"\\":
            parts.append(mark)
        elif mark.isdigit() and int(mark) <= groups:
            parts.append(int(mark))
        elif mark.isdigit():
            raise PlanError("value", f"the replacement names group {int(mark)}, and the pattern has {groups}")
        else:
            raise PlanError("value", r"in a replacement, \ must be followed by a group's number or another \ ")
    return [*parts, text[at:]]
