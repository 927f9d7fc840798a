"""Findings as spans of a text: those that overlap sorted out, names found again, and all of them masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from .kinds import NAMED, Kind

_CHECKED = 0.95
"""Scores from here on say that a check digit was right."""
_MASK = re.compile(r"<([A-Z]+)_(\d+)>")
_WORD = re.compile(r"[^\W\d_][\w'’-]+")  # noqa: RUF001 - both apostrophes


_TITLES = re.compile(r"(?:(?:Dear|Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam|Herr|Frau|Customer)\b\.?\s+)+")


class Span(NamedTuple):
    """A finding at `text[start:end]`."""

    start: int
    end: int
    kind: Kind
    score: float


def apart(spans: Iterable[Span], text: str) -> list[Span]:
    """`spans` in order, none overlapping another; of one that gives way, what is left over stays.

    Those with right check digits go first, then the longer, then what patterns found. All that any span covers stays
    covered. Masks that stand in the text already are left alone.
    """
    taken = bytearray(len(text))
    for match in _MASK.finditer(text):
        taken[match.start() : match.end()] = b"\1" * len(match[0])
    kept: list[Span] = []
    for span in sorted(spans, key=_rank):
        for start, end in _free(taken, span):
            trimmed = _trimmed(text, start, end)
            if trimmed is not None:
                kept.append(span._replace(start=trimmed[0], end=trimmed[1]))
        taken[span.start : span.end] = b"\1" * (span.end - span.start)
    return sorted(kept)


def _rank(span: Span) -> tuple[bool, int, bool, float, int, str]:
    return span.score < _CHECKED, span.start - span.end, span.kind in NAMED, -span.score, span.start, span.kind


def _free(taken: bytearray, span: Span) -> Iterator[tuple[int, int]]:
    """The parts of `span` that nothing has taken yet."""
    for match in re.finditer(rb"\0+", taken[span.start : span.end]):
        yield span.start + match.start(), span.start + match.end()


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The place without space and loose marks at its ends; None where no letter and no digit is in it."""
    while start < end and (text[start].isspace() or text[start] in ",;:.-'\"/"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ",;:-'\"/"):
        end -= 1
    return (start, end) if any(map(str.isalnum, text[start:end])) else None


def untitled(text: str, span: Span) -> Span:
    """`span` without the titles that a model takes for a part of a name: they stay in the text."""
    match = _TITLES.match(text, span.start, span.end) if span.kind == "person" else None
    return span._replace(start=match.end()) if match else span


def again(text: str, spans: Sequence[Span], common: frozenset[str]) -> list[Span]:
    """Where names of persons that were found stand once more, whole or one of their words.

    common: words in small letters that are none of a name by themselves ("will", "may").
    """
    names: dict[str, float] = {}
    for span in spans:
        if span.kind == "person":
            name = text[span.start : span.end]
            for part in (name, *_WORD.findall(name)):
                if len(part) > 1 and part[0].isupper() and part.lower() not in common:
                    names[part] = max(span.score, names.get(part, 0))
    if not names:
        return []
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    found = re.finditer(rf"(?<!\w)(?:{either})(?!\w)", text)
    return [Span(match.start(), match.end(), "person", names[match[0]]) for match in found]


def masked(text: str, spans: Sequence[Span]) -> str:
    """`text` with `<KIND_NUMBER>` in the place of each span; equal ones of a kind have one number."""
    numbers = _Numbers(text, spans)
    parts: list[str] = []
    start = 0
    for span in spans:
        parts += [text[start : span.start], f"<{span.kind.upper()}_{numbers.of(span)}>"]
        start = span.end
    return "".join([*parts, text[start:]])


class _Numbers:
    """Numbers of findings, of each kind from 1 in the order of the text; behind those of masks that stand there."""

    def __init__(self, text: str, spans: Sequence[Span]) -> None:
        self._text = text
        self._given: dict[tuple[Kind, str], int] = {}
        self._last: dict[str, int] = {}
        for kind, number in _MASK.findall(text):
            self._last[kind.lower()] = max(int(number), self._last.get(kind.lower(), 0))
        self._names = {self._key(span) for span in spans if span.kind == "person"}

    def of(self, span: Span) -> int:
        key = (span.kind, self._whole(self._key(span)) if span.kind == "person" else self._key(span))
        if key not in self._given:
            self._given[key] = self._last[span.kind] = self._last.get(span.kind, 0) + 1
        return self._given[key]

    def _key(self, span: Span) -> str:
        """What is equal for the same name or number, however it is written."""
        found = self._text[span.start : span.end].casefold()
        if span.kind in ("person", "place", "organization", "address"):
            return " ".join(re.findall(r"\w+", found))
        return re.sub(r"[\s()./-]", "", found) if span.kind != "url" else found

    def _whole(self, name: str) -> str:
        """The only longer name that has all words of this one, where there is one: "schmidt" is "anna schmidt"."""
        words = set(name.split())
        longer = [other for other in self._names if words < set(other.split())]
        return longer[0] if len(longer) == 1 else name
