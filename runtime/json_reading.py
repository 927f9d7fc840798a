"""JSON text to plan values, without recursion, so that text may nest as deep as data may.

Python's own decoder recurses in C: depending on the stack it runs on, deep text makes it fail or crash.
"""

from __future__ import annotations

import re
from json.decoder import scanstring  # pyright: ignore[reportAttributeAccessIssue] - the stubs leave it out
from math import isinf
from typing import Any

from .errors import PlanError
from .numerals import from_text
from .run import Limits
from .sizes import DEFAULT_LIMITS, too_deep
from .values import PlanDict, PlanList, Value, new_dict, new_list

_SPACE = re.compile(r"[ \t\n\r]*")
_START = re.compile(
    r'(?P<number>-?(?:0|[1-9][0-9]*)(?P<float>(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?))|true|false|null|[\[\]{}:,"]'
)
"""How a value begins; numbers and words are whole."""
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_SURROGATES = re.compile("[\ud800-\udfff]")


class NotJson(Exception):  # noqa: N818 - says what the text is
    """The text is no JSON: `expected` says what should stand at `at`, an offset."""

    def __init__(self, expected: str, at: int) -> None:
        self.expected = expected
        self.at = at
        super().__init__(expected)


def read_json(text: str, limits: Limits = DEFAULT_LIMITS, what: str = "this text") -> Value:
    """The value that `text` stands for; `what` names the text in the `value` error for text that is no JSON."""
    try:
        return decode(text, limits)
    except NotJson as error:
        line = text.count("\n", 0, error.at) + 1
        column = error.at - (text.rfind("\n", 0, error.at) + 1) + 1
        place = f"column {column}" if line == 1 and "\n" not in text else f"line {line}, column {column}"
        raise PlanError("value", f"{what} is no JSON: at {place} there should be {error.expected}") from None


def decode(text: str, limits: Limits = DEFAULT_LIMITS) -> Value:
    """The value that `text` stands for; raises `NotJson`."""
    reader = _Reader(text, limits)
    value = reader.read()
    if reader.at < len(text):
        raise NotJson("nothing more", reader.at)
    return value


class _Reader:
    """Where reading stands: `at` is the offset of the next character, behind white space."""

    def __init__(self, text: str, limits: Limits) -> None:
        self.text = text
        self.limits = limits
        self.at: int = _SPACE.match(text).end()  # pyright: ignore[reportOptionalMemberAccess] - it matches everywhere

    def read(self) -> Value:
        """One value."""
        open_: list[Value] = []
        keys: list[str] = []
        while True:
            value = self._value()
            is_dict = type(value) is PlanDict
            if is_dict or type(value) is PlanList:
                if len(open_) >= self.limits.depth:
                    too_deep(self.limits.depth)
                if not self._closes(value):
                    open_.append(value)
                    keys += [self._key()] if is_dict else []
                    continue
            while open_ and self._put(open_[-1], keys, value):
                value = open_.pop()
            if not open_:
                return value

    def _put(self, holder: Value, keys: list[str], value: Value) -> bool:
        """Put `value` into the innermost open container, and say whether that ends there."""
        is_dict = type(holder) is PlanDict
        if is_dict:
            holder[keys.pop()] = value
        else:
            holder.append(value)
        end = "}" if is_dict else "]"
        mark = self.text[self.at : self.at + 1]
        if mark == end:
            self._skip(1)
            return True
        if mark != ",":
            raise NotJson(f"a comma or {end}", self.at)
        self._skip(1)
        if is_dict:
            keys.append(self._key())
        return False

    def _closes(self, holder: Value) -> bool:
        """Whether the container that was just opened is empty."""
        if self.text.startswith("}" if type(holder) is PlanDict else "]", self.at):
            self._skip(1)
            return True
        return False

    def _skip(self, count: int) -> None:
        self.at = _SPACE.match(self.text, self.at + count).end()  # pyright: ignore[reportOptionalMemberAccess] - as above

    def _key(self) -> str:
        if not self.text.startswith('"', self.at):
            raise NotJson("a key in double quotes", self.at)
        key = self._string()
        if not self.text.startswith(":", self.at):
            raise NotJson("a colon", self.at)
        self._skip(1)
        return key

    def _string(self) -> str:
        try:
            value, end = scanstring(self.text, self.at + 1, True)
        except ValueError as error:
            at = getattr(error, "pos", self.at)
            raise NotJson("text in double quotes that ends, with known escapes and no bare line ends", at) from None
        self.at = end
        self._skip(0)
        return _SURROGATES.sub("\ufffd", value)

    def _value(self) -> Value:
        """A scalar, or a container that was just opened."""
        found = _START.match(self.text, self.at)
        begin = found[0] if found is not None else ""
        if begin == '"':
            return self._string()
        if found is None or begin in ("]", "}", ":", ","):
            raise NotJson("a value", self.at)
        start = self.at
        self._skip(len(begin))
        if begin == "{":
            return new_dict()
        if begin == "[":
            return new_list()
        if begin in _WORDS:
            return _WORDS[begin]
        return self._number(found, start)

    def _number(self, found: re.Match[str], start: int) -> int | float:
        if not found["float"]:
            return from_text(found["number"])
        number = float(found["number"])
        if isinf(number):
            raise NotJson("a number that a float can hold", start)
        return number
