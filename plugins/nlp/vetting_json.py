"""Reading JSON that nobody vouches for: bounded in size and depth before it is parsed, every key once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\Z)|[\[{]|[\]}]', re.DOTALL)
"""Texts, opening and closing brackets; a text that never ends goes up to the end, so that this stays linear."""

_LONGEST_NUMBER = 40


class RefusedError(Exception):
    """A file of a model is not used; the message says which one and why, in one sentence without its end."""


def read_json(path: Path, most: int, depth: int) -> dict[str, Any]:
    """The object in the file at `path`, of at most `most` bytes and `depth` levels; raises `RefusedError`."""
    size = path.stat().st_size
    if size > most:
        raise RefusedError(f"{path.name} has {size:,} bytes, and {most:,} are the most that make sense")
    return parse(path.read_bytes(), path.name, depth)


def parse(data: bytes, name: str, depth: int) -> dict[str, Any]:
    """The object that `data` writes in JSON; `name` is for messages. Raises `RefusedError`."""
    if _depth(data) > depth:
        raise RefusedError(f"{name} nests deeper than {depth} levels")
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_int=_number)
    except _TwiceError as error:
        raise RefusedError(f"{name} says `{error}` twice") from error
    except _LongNumberError as error:
        raise RefusedError(f"{name} holds a number of {error} digits") from error
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{name} is no JSON text") from error
    if not isinstance(found, dict):
        raise RefusedError(f"{name} does not hold an object")
    return found


class _TwiceError(Exception):
    """A key occurs twice in an object: which one counts would depend on who reads it."""


class _LongNumberError(Exception):
    """A number has so many digits that reading it would take long, and nobody means it."""


def _number(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise _LongNumberError(f"{len(digits):,}")
    return int(digits)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        raise _TwiceError(next(key for key, _ in pairs if key in seen or seen.add(key))[:40])
    return found


def _depth(data: bytes) -> int:
    """How deep brackets nest, texts left out. Counting all is enough where there are few."""
    if data.count(b"[") + data.count(b"{") < 8:
        return 8 if b"[" in data or b"{" in data else 0
    deepest = now = 0
    for found in _TOKENS.finditer(data):
        first = found[0][0]
        if first in b"[{":
            now += 1
            deepest = max(deepest, now)
        elif first in b"]}":
            now -= 1
    return deepest
