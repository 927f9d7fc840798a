"""Texts cut into sentences, and sentences put together again into pieces that a model can take."""

# ruff: noqa: RUF001 - the marks of many scripts are meant

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_END = re.compile(
    r"""(?: [.!?…]+ ["'”’»)\]]* (?=\s) | [。！？｡]+ [」』”’）]* | \n[ \t]*\n )  \s*""",
    re.VERBOSE,
)
"""Where a sentence may end, with the space behind it. An empty line ends one too."""
_ABBREVIATIONS = """
mr mrs ms dr prof st jr sr vs etc e.g i.e cf fig vol pp approx inc ltd co dept est gen gov hon rev sen rep capt
col lt jan feb apr jun jul aug sep sept oct nov dec mon tue thu fri z.b d.h bzw ca nr str
"""
_KNOWN = frozenset(_ABBREVIATIONS.split())


def sentences(text: str) -> list[str]:
    """The sentences of `text` in order, each with the space behind it: together they are `text` again.

    By rules: marks at the end, of Latin and of East Asian scripts, but not those of abbreviations and initials.
    """
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if _is_end(text, start, match):
            found.append(text[start : match.end()])
            start = match.end()
    return [*found, text[start:]] if start < len(text) else found


def _is_end(text: str, start: int, match: re.Match[str]) -> bool:
    if match[0][0] in "\n。！？｡":
        return True
    if text[match.end() : match.end() + 1].islower():
        return False
    if not match[0].startswith(".") or match[0].startswith(".."):
        return True
    words = text[start : match.start()].rsplit(None, 1)
    word = words[-1].lstrip("(\"'“‘[").lower() if words else ""
    return not (word in _KNOWN or (len(word) == 1 and word.isalpha()))


def pieces(text: str, count: Callable[[str], int], most: int) -> list[str]:
    """`text` in as few pieces as its sentences allow, each of at most `most` tokens; together they are `text` again.

    count: gives the tokens of a text. A sentence that is too long by itself is cut between words.
    """
    found: list[str] = []
    room = 0
    for sentence in sentences(text):
        for part in _broken(sentence, count, most):
            size = count(part)
            if found and size <= room:
                found[-1] += part
                room -= size
            else:
                found.append(part)
                room = most - size
    return found


def _broken(sentence: str, count: Callable[[str], int], most: int) -> Iterator[str]:
    """`sentence`, or parts of it of at most `most` tokens: halved, again and again, at the end of a word."""
    waiting = [sentence]
    while waiting:
        part = waiting.pop()
        if len(part) < 2 or count(part) <= most:
            yield part
            continue
        middle = _word_end(part)
        waiting += [part[middle:], part[:middle]]


def _word_end(part: str) -> int:
    """A place near the middle of `part` where a word ends; the middle where none does."""
    middle = len(part) // 2
    for ends in (re.finditer(r"[,;:，、；：]\s*", part), re.finditer(r"\s+", part)):
        places = [end.end() for end in ends if len(part) // 4 <= end.end() <= 3 * len(part) // 4]
        if places:
            return min(places, key=lambda place: abs(place - middle))
    return middle
